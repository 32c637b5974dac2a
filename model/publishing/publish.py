"""Puts a bundle where the function finds it: immutable versions in S3, each complete before it exists.

A version is `s3://bucket/<prefix>/<name>/<version>/` with the files of the bundle as plain objects. It exists when its
MANIFEST.json does, and that is written last.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol, TypeVar

from pydantic import BaseModel, Field, ValidationError

from model.bundle import MANIFEST, POSE, Bundle, digest_of, seal
from model.defaults import DIGEST_FORM
from model.parts.whole import unpacked
from model.pose.weights import DEFAULT_FOLDER, everything, read
from model.predict import Predictor

CONTENT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mp4": "video/mp4",
    ".png": "image/png",
}
"""Content types by suffix; every other file is `application/octet-stream`."""

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]+[a-z0-9])/(?P<prefix>[^/]+(?:/[^/]+)*)/?")
_GONE = frozenset({"404", "NoSuchKey", "NotFound"})
_TAKEN = frozenset({"409", "412", "ConditionalRequestConflict", "PreconditionFailed"})
_REASONS = {
    "AccessDenied": "access is denied; s3:GetObject, s3:PutObject and s3:ListBucket are needed",
    "403": "access is denied; s3:GetObject, s3:PutObject and s3:ListBucket are needed",
    "NoSuchBucket": "there is no such bucket",
    "PermanentRedirect": "the bucket is in another region: set AWS_DEFAULT_REGION",
    "301": "the bucket is in another region: set AWS_DEFAULT_REGION",
    "ExpiredToken": "the AWS credentials have expired: sign in again",
    "InvalidAccessKeyId": "AWS does not know the access key",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key",
    "NoCredentialsError": "there are no AWS credentials: sign in, or set AWS_PROFILE",
    "PartialCredentialsError": "the AWS credentials are incomplete: set both access key and secret key",
    "EndpointConnectionError": "S3 cannot be reached: look at the network and at AWS_DEFAULT_REGION",
}
"""What S3's error codes and boto3's exceptions mean for a person."""

_Answer = TypeVar("_Answer")


class PublishError(Exception):
    """A version cannot be published or used; the message says why in one sentence."""


class S3Client(Protocol):
    """The calls of a boto3 S3 client that publishing needs."""

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803, boto3's names
        """An object with a streaming body."""
        ...

    def head_object(self, *, Bucket: str, Key: str, ChecksumMode: str) -> dict[str, Any]:  # noqa: N803
        """An object's length and checksum."""
        ...

    def put_object(self, *, Bucket: str, Key: str, Body: IO[bytes] | bytes, **more: str) -> dict[str, Any]:  # noqa: N803
        """Writes an object."""
        ...


@dataclass(frozen=True)
class PublishedVersion:
    """A complete version in S3.

    Attributes:
        uri: s3://bucket/<prefix>/<name>/<version>.
        digest: of its MANIFEST.json, and so of all its content; `sha256:` and 64 hexadecimal digits.
        files, bytes: of the bundle, without the manifest.
    """

    uri: str
    digest: str
    files: int
    bytes: int


class _File(BaseModel):
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)

    @property
    def checksum(self) -> str:
        """The digest as S3 writes it."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode("ascii")


class _Manifest(BaseModel):
    files: dict[str, _File]


def publish(bundle: Path, destination: str, s3: S3Client) -> PublishedVersion:
    """Upload a bundle as a new version, or complete an upload of it that was interrupted.

    1. The bundle is verified, and its golden clips are run. What it stores in parts is assembled, so that anyone can
       open what is in S3 with `tf.saved_model.load`; BlazePose's weights, which it needs for its second stream, are
       put beside the rest, so that the function loads nothing but what is sealed.
    2. A version that exists with another content is refused.
    3. Every file that is not there yet is written together with its SHA-256, which S3 compares with what arrives.
    4. Length and SHA-256 of every object are read back.
    5. The manifest is written, on condition that there is none; then all is checked again, because another publisher
       may have written the same version at the same time.

    Args:
        bundle: its directory.
        destination: s3://bucket/<prefix> of all models; name and version are the bundle's.
        s3: a boto3 S3 client.

    Raises:
        ModelUnavailable: the bundle is incomplete or altered, or does not give its golden probabilities.
        PublishError: the version exists with another content, or S3 refuses.
        ValueError: the destination is not an address in S3.
    """
    bucket, prefix = _parse(destination)
    predictor = Predictor.load(bundle)
    predictor.check()
    loaded = predictor.bundle
    prefix = f"{prefix}/{loaded.contract.name}/{loaded.contract.version}"
    with unpacked(loaded) as directory, with_pose(loaded, directory) as complete:
        return _upload(complete, bucket, prefix, s3)


def find_version(uri: str, s3: S3Client, *, digest: str | None = None) -> PublishedVersion:
    """A published version, if it is complete: its manifest can be read, and every object has the size that it says.

    Args:
        uri: s3://bucket/<prefix>/<name>/<version>.
        s3: a boto3 S3 client.
        digest: what the version must have; compared before anything of it is used.

    Raises:
        PublishError: there is no such version, or it is incomplete or has another digest, or S3 refuses.
        ValueError: `uri` is not an address in S3, or `digest` is none.
    """
    bucket, prefix = _parse(uri)
    if digest is not None and re.fullmatch(DIGEST_FORM, digest) is None:
        raise ValueError(f"{digest!r} is not a digest: sha256: and 64 hexadecimal digits are expected")
    uri = f"s3://{bucket}/{prefix}"
    content = _read(s3, bucket, f"{prefix}/{MANIFEST}")
    if content is None:
        raise PublishError(f"There is no version at {uri}: `movements publish` makes one.")
    if digest is not None and digest_of(content) != digest:
        raise PublishError(f"{uri} has the digest {digest_of(content)}, not {digest}: do not activate it.")
    try:
        manifest = _Manifest.model_validate_json(content)
    except ValidationError as error:
        raise PublishError(f"{uri}/{MANIFEST} is not the manifest of a bundle.") from error
    _check(s3, bucket, prefix, manifest, checksum=False)
    return _version(uri, content, manifest)


def refusal(error: Exception, where: str) -> PublishError:
    """One sentence for an error of boto3.

    Args:
        error: what boto3 raised.
        where: the address that was asked for.
    """
    return PublishError(f"{where}: {_REASONS.get(_code(error), str(error)).rstrip('. ')}.")


def _parse(address: str) -> tuple[str, str]:
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ValueError(f"{address!r} is not an address in S3: s3://bucket/prefix is expected")
    return match["bucket"], match["prefix"]


@contextmanager
def with_pose(bundle: Bundle, directory: Path) -> Iterator[Path]:
    """The bundle in a directory with BlazePose's weights and their licence, if it needs them and has none."""
    if bundle.contract.body is None or bundle.pose_folder is not None:
        yield directory
        return
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        complete = Path(folder)
        shutil.copytree(directory, complete, dirs_exist_ok=True)
        (complete / POSE).mkdir()
        for weights in everything():
            (complete / POSE / weights.name).write_bytes(read(DEFAULT_FOLDER, weights))
        seal(complete)
        yield complete


def _upload(directory: Path, bucket: str, prefix: str, s3: S3Client) -> PublishedVersion:
    """Steps 2 to 5 of `publish`, with a bundle that has no parts."""
    uri = f"s3://{bucket}/{prefix}"
    content = (directory / MANIFEST).read_bytes()
    manifest = _Manifest.model_validate_json(content)
    found = _read(s3, bucket, f"{prefix}/{MANIFEST}")
    if found not in (None, content):
        raise _another(uri)
    for name, file in manifest.files.items():
        if _wrong(s3, bucket, f"{prefix}/{name}", file, checksum=True):
            with (directory / name).open("rb") as body:
                _write(s3, bucket, f"{prefix}/{name}", body, file.checksum)
    _check(s3, bucket, prefix, manifest, checksum=True)
    if found is None:
        digest = hashlib.sha256(content).digest()
        _write(s3, bucket, f"{prefix}/{MANIFEST}", content, base64.b64encode(digest).decode("ascii"), new=True)
    if _read(s3, bucket, f"{prefix}/{MANIFEST}") != content:
        raise _another(uri)
    _check(s3, bucket, prefix, manifest, checksum=True)
    return _version(uri, content, manifest)


def _version(uri: str, content: bytes, manifest: _Manifest) -> PublishedVersion:
    return PublishedVersion(
        uri=uri,
        digest=digest_of(content),
        files=len(manifest.files),
        bytes=sum(file.size for file in manifest.files.values()),
    )


def _another(uri: str) -> PublishError:
    return PublishError(f"{uri} exists with another content, and versions never change: raise the bundle's version.")


def _check(s3: S3Client, bucket: str, prefix: str, manifest: _Manifest, *, checksum: bool) -> None:
    for name, file in manifest.files.items():
        if wrong := _wrong(s3, bucket, f"{prefix}/{name}", file, checksum=checksum):
            raise PublishError(f"s3://{bucket}/{prefix} is not complete: {name} {wrong}; publish the bundle again.")


def _wrong(s3: S3Client, bucket: str, key: str, file: _File, *, checksum: bool) -> str:
    """What is wrong with an object; nothing if it is as the manifest says."""
    head = _ask(lambda: s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED"), bucket, key, ignored=_GONE)
    if head is None:
        return "is missing"
    if head["ContentLength"] != file.size:
        return f"has {head['ContentLength']} bytes instead of {file.size}"
    if checksum and head.get("ChecksumSHA256") != file.checksum:
        return "has another content or no SHA-256"
    return ""


def _read(s3: S3Client, bucket: str, key: str) -> bytes | None:
    """An object of a few kilobytes; None if it is not there."""
    return _ask(lambda: bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read()), bucket, key, ignored=_GONE)


def _write(s3: S3Client, bucket: str, key: str, body: IO[bytes] | bytes, checksum: str, *, new: bool = False) -> None:
    """Write an object; with `new`, only if there is none."""
    request = {
        "Key": key,
        "ContentType": CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream"),
        "ChecksumAlgorithm": "SHA256",
        "ChecksumSHA256": checksum,
        **({"IfNoneMatch": "*"} if new else {}),
    }
    ignored = _TAKEN if new else frozenset[str]()
    _ask(lambda: s3.put_object(Bucket=bucket, Body=body, **request), bucket, key, ignored=ignored)


def _ask(call: Callable[[], _Answer], bucket: str, key: str, *, ignored: frozenset[str]) -> _Answer | None:
    """The answer to a call of S3; None if it is refused with an ignored code."""
    try:
        return call()
    except Exception as error:  # botocore's errors share no base class that can be named without importing botocore
        if _code(error) in ignored:
            return None
        raise refusal(error, f"s3://{bucket}/{key}") from error


def _code(error: Exception) -> str:
    response: dict[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
