"""A bundle: one SavedModel directory that carries everything needed to use it rightly.

    saved_model.pb, variables/      the graph with frozen weights, signature `serving_default`
    assets.extra/contract.json      `model.contract.Contract`
    assets.extra/model.tflite       the same graph for LiteRT
    assets.extra/body.tflite        the network on landmarks, where the contract has a second stream
    assets.extra/counter.tflite     the network that counts any exercise on landmarks, where there is one
    assets.extra/depth.tflite       the network that reads depth from pictures, where the contract has it
    assets.extra/pose/              of a published bundle: BlazePose's weights and their licence (`model.pose.weights`)
    assets.extra/step.tflite        of a stream model: the graph of one more frame, signature `step` in the SavedModel
    assets.extra/float32.tflite     of a quantised bundle: the flatbuffer that it was made of
    assets.extra/weights.npz        what the network has beside the flatbuffer's weights, to train on from
    assets.extra/golden/            small clips and golden.json: the probabilities they must give
    assets.extra/record.json        `model.record.BundleRecord`: what was measured, and what it was made from
    assets.extra/LICENSE            the terms of the weights
    assets.extra/card.md            the same for people: data, method, measurements, limits
    assets.extra/evaluation/        plots of the test set, for the card
    MANIFEST.json                   sha256 and size of every other file

A bundle holds its weights once, in the flatbuffer. `saved_model.pb` and `step.tflite` would repeat them: a bundle that
we make has `assets.extra/saved_model.parts` and `step.parts` in their place, from which `model.parts.whole` assembles
them, byte for byte. A published bundle has the files themselves, so that anyone can open it.

Nothing of a bundle is used before every file has been compared with the manifest. That proves that the bundle is whole,
not where it comes from: anyone who can write the files can write the manifest. Its origin is proved by its digest, the
sha256 of the manifest, if that came by another way than the bundle itself.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, Self

from pydantic import ValidationError

from model.contract import Contract
from model.errors import ModelUnavailable

MANIFEST = "MANIFEST.json"
SAVED_MODEL = "saved_model.pb"
CONTRACT = "assets.extra/contract.json"
LITERT = "assets.extra/model.tflite"
STEP = "assets.extra/step.tflite"
FLOAT32 = "assets.extra/float32.tflite"
BODY = "assets.extra/body.tflite"
COUNTER = "assets.extra/counter.tflite"
DEPTH = "assets.extra/depth.tflite"
POSE = "assets.extra/pose"
PARTS = {SAVED_MODEL: "assets.extra/saved_model.parts", STEP: "assets.extra/step.parts"}
"""What a bundle has in place of a file that would repeat its weights."""

WEIGHTS = "assets.extra/weights.npz"
GOLDEN = "assets.extra/golden/golden.json"
RECORD = "assets.extra/record.json"
CARD = "assets.extra/card.md"
LICENSE = "assets.extra/LICENSE"
EVALUATION = "assets.extra/evaluation"

GOLDEN_TOLERANCE = 5e-3
"""Largest difference of a golden clip's probabilities; engines and processors differ by less than 1e-4."""

MAX_FILES = 500
MAX_BYTES = 2 * 2**30
_S3_URI = re.compile(r"^s3://(?P<bucket>[^/]+)/(?P<prefix>.+?)/?$")


class S3Client(Protocol):
    """The one call of a boto3 S3 client that fetching a bundle needs."""

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803, boto3's names
        """An object with its length and a streaming body."""
        ...


@dataclass(frozen=True)
class Golden:
    """A small clip and the probabilities it must give.

    Attributes:
        clip: path of the mp4.
        probabilities: float per output of the graph, labels first, then *none of these* where the contract has it.
    """

    clip: Path
    probabilities: tuple[float, ...]

    def require(self, given: Sequence[float]) -> None:
        """Compare what a model says of the clip with what it must; raises `ModelUnavailable` if it differs."""
        difference = max(abs(one - other) for one, other in zip(given, self.probabilities, strict=True))
        if difference > GOLDEN_TOLERANCE:
            raise ModelUnavailable(
                f"The golden clip {self.clip.name} is off by {difference:.4f}: "
                "this machine does not reproduce the model."
            )


@dataclass(frozen=True)
class Bundle:
    """A verified bundle on disk."""

    directory: Path
    contract: Contract
    litert_path: Path | None
    goldens: tuple[Golden, ...] = ()

    @property
    def body_path(self) -> Path | None:
        """The network on landmarks; None where the contract has no second stream."""
        return None if self.contract.body is None else self.directory / BODY

    @property
    def counter_path(self) -> Path | None:
        """The network that counts any exercise, if there is one."""
        path = self.directory / COUNTER
        return path if path.is_file() else None

    @property
    def depth_path(self) -> Path | None:
        """The network that reads depth from pictures; None where the contract has none."""
        return None if self.contract.depth is None else self.directory / DEPTH

    @property
    def pose_folder(self) -> Path | None:
        """The bundle's own copy of BlazePose's weights, if it has one."""
        folder = self.directory / POSE
        return folder if folder.is_dir() else None

    @classmethod
    def load(
        cls,
        source: Path | str,
        *,
        digest: str | None = None,
        cache: Path | None = None,
        s3: S3Client | None = None,
    ) -> Self:
        """Open a bundle and verify every file of it against its manifest.

        Args:
            source: a directory, or `s3://bucket/prefix` of a published version.
            digest: what it must have, `sha256:` and 64 hexadecimal digits; compared before anything else is read.
            cache: where a bundle from S3 is kept; required with an S3 source.
            s3: a boto3 S3 client; required with an S3 source.

        Raises:
            ModelUnavailable: something is missing, unknown, altered or not readable as a contract, or the digest is
                another one.
        """
        if isinstance(source, str) and source.startswith("s3://"):
            if cache is None or s3 is None:
                raise ValueError(f"{source} needs both a cache directory and an S3 client")
            return cls._open(_fetch(source, digest, cache, s3))
        directory = Path(source)
        _verify(directory, digest)
        return cls._open(directory)

    @classmethod
    def plain(cls, directory: Path, contract: Contract) -> Self:
        """A SavedModel without our extras, with the contract given by the caller; nothing can be verified."""
        if not (directory / SAVED_MODEL).is_file():
            raise ModelUnavailable(f"{directory} is not a SavedModel: it has no {SAVED_MODEL}.")
        return cls(directory=directory, contract=contract, litert_path=None)

    @classmethod
    def _open(cls, directory: Path) -> Self:
        try:
            contract = Contract.read(directory / CONTRACT)
            if contract.body is not None and not (directory / BODY).is_file():
                raise ValueError(f"its contract has a second stream, but {BODY} is missing")
            if contract.depth is not None and not (directory / DEPTH).is_file():
                raise ValueError(f"its contract has a network of depth, but {DEPTH} is missing")
            goldens = _goldens(directory, contract)
        except (OSError, ValueError, ValidationError) as error:
            raise ModelUnavailable(f"The bundle {directory.name} cannot be read: {error}") from error
        litert = directory / LITERT
        return cls(directory, contract, litert if litert.is_file() else None, goldens)


def digest_of(manifest: bytes) -> str:
    """The digest of the bundle with this manifest, as `model.defaults.DIGEST_FORM` says."""
    return f"sha256:{hashlib.sha256(manifest).hexdigest()}"


def seal(directory: Path) -> None:
    """Write the manifest of a finished bundle: sha256 and size in bytes of every file, by relative path."""
    files = {
        path.relative_to(directory).as_posix(): {"sha256": _sha256(path), "size": path.stat().st_size}
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    (directory / MANIFEST).write_text(json.dumps({"files": files}, indent=2) + "\n", encoding="utf-8")


def write_goldens(directory: Path, goldens: list[Golden]) -> None:
    """Copy golden clips into a bundle that is being made, with the probabilities they must give."""
    table = {}
    target = (directory / GOLDEN).parent
    target.mkdir(parents=True, exist_ok=True)
    for golden in goldens:
        shutil.copyfile(golden.clip, target / golden.clip.name)
        table[golden.clip.name] = [round(p, 6) for p in golden.probabilities]
    (directory / GOLDEN).write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def _goldens(directory: Path, contract: Contract) -> tuple[Golden, ...]:
    path = directory / GOLDEN
    if not path.is_file():
        return ()
    goldens = []
    for name, probabilities in json.loads(path.read_text(encoding="utf-8")).items():
        if len(probabilities) != contract.outputs:
            raise ValueError(f"golden clip {name} has {len(probabilities)} probabilities, not {contract.outputs}")
        goldens.append(Golden(path.parent / PurePosixPath(name).name, tuple(probabilities)))
    return tuple(goldens)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(text: str | bytes, where: str) -> dict[str, tuple[str, int]]:
    """Path -> (sha256, size); refuses paths that lead out of the bundle and manifests of absurd size."""
    try:
        entries = {
            name: (str(entry["sha256"]), int(entry["size"])) for name, entry in json.loads(text)["files"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnavailable(f"The manifest of the bundle {where} cannot be read: {error!r}") from error
    if len(entries) > MAX_FILES or sum(size for _, size in entries.values()) > MAX_BYTES:
        raise ModelUnavailable(f"The bundle {where} is larger than {MAX_FILES} files or {MAX_BYTES} bytes.")
    for name in entries:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or name != path.as_posix() or name == MANIFEST:
            raise ModelUnavailable(
                f"The manifest of the bundle {where} names {name!r}, which is not a file of a bundle."
            )
    return entries


def _compare_digest(manifest: bytes, expected: str | None, where: str) -> None:
    if expected is not None and digest_of(manifest) != expected:
        raise ModelUnavailable(
            f"The bundle {where} has the digest {digest_of(manifest)}, not {expected}.",
            hint="It is another bundle than the one that was expected: do not use it before you know why.",
        )


def _verify(directory: Path, digest: str | None = None) -> None:
    if not (directory / MANIFEST).is_file():
        raise ModelUnavailable(f"There is no bundle at {directory}: {MANIFEST} is missing.")
    manifest = (directory / MANIFEST).read_bytes()
    _compare_digest(manifest, digest, directory.name)
    entries = _read_manifest(manifest, directory.name)
    present = {p.relative_to(directory).as_posix(): p for p in directory.rglob("*") if p.is_symlink() or p.is_file()}
    present.pop(MANIFEST)
    if unknown := sorted(set(present) - set(entries)):
        raise ModelUnavailable(f"The bundle {directory.name} holds {unknown[0]!r}, which its manifest does not name.")
    for name, (sha256, size) in entries.items():
        path = present.get(name)
        if path is None or path.is_symlink():
            raise ModelUnavailable(f"The bundle {directory.name} lacks {name!r}.")
        if path.stat().st_size != size or _sha256(path) != sha256:
            raise ModelUnavailable(f"The bundle {directory.name} is altered: {name!r} is not what its manifest says.")


def _fetch(uri: str, digest: str | None, cache: Path, s3: S3Client) -> Path:
    """Copy a published version into the cache, unless it is there; the cache is keyed by the manifest's digest."""
    match = _S3_URI.match(uri)
    if match is None:
        raise ModelUnavailable(f"{uri!r} is not the address of a bundle: s3://bucket/prefix is expected.")
    bucket, prefix = match["bucket"], match["prefix"]
    manifest = _get(s3, bucket, f"{prefix}/{MANIFEST}", limit=2**20)
    _compare_digest(manifest, digest, uri)
    target = cache / hashlib.sha256(manifest).hexdigest()[:16]
    if target.is_dir():
        _verify(target)
        return target
    cache.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="bundle-", dir=cache))
    try:
        for name, (_, size) in _read_manifest(manifest, uri).items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_get(s3, bucket, f"{prefix}/{name}", limit=size))
        (partial / MANIFEST).write_bytes(manifest)
        _verify(partial)
        try:
            partial.rename(target)
        except OSError:  # another worker finished the same version first
            _verify(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _get(s3: S3Client, bucket: str, key: str, *, limit: int) -> bytes:
    """An object of at most `limit` bytes."""
    try:
        answer = s3.get_object(Bucket=bucket, Key=key)
        data: bytes = answer["Body"].read(limit + 1)
    except Exception as error:  # botocore's errors share no base class that can be named without importing botocore
        raise ModelUnavailable(f"s3://{bucket}/{key} of the bundle cannot be read.") from error
    if len(data) > limit:
        raise ModelUnavailable(f"s3://{bucket}/{key} of the bundle is larger than {limit} bytes.")
    return data
