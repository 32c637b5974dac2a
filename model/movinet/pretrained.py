"""Backbones pretrained on Kinetics-600: from the official archive, or a folder, to a weights file of ours."""

from __future__ import annotations

import hashlib
import re
import tarfile
import tempfile
import urllib.error
import urllib.request
from pathlib import Path, PurePosixPath
from typing import IO

from model.errors import BadRequest, ModelUnavailable
from model.movinet.presets import PRESETS

ARCHIVE = "https://storage.googleapis.com/tf_model_garden/vision/movinet/movinet_{variant}_{kind}.tar.gz"
"""Where tensorflow/models publishes the Kinetics-600 checkpoints, base and stream, under the Apache License 2.0."""

MAX_BYTES = 512 * 2**20
"""Of an archive, and of all files in it; A5, the largest, has 80 MB of weights."""

MAX_MEMBERS = 64
_CHECKPOINT_FILE = re.compile(r"^[\w.-]+\.(index|data-\d{5}-of-\d{5})$")


def pretrained(
    variant: str,
    target: Path,
    *,
    stream: bool = False,
    source: Path | str | None = None,
    sha256: str | None = None,
) -> Path:
    """The command `movements pretrained`: official weights as a file that a backbone's `load_weights` reads.

    Args:
        variant: `a0` to `a5`.
        target: file to write, `.weights.h5`.
        stream: those of the stream model (for `StreamBackbone`), not of the base model (for `Backbone`).
        source: folder of a checkpoint, prefix of one, `.tar.gz` of one, or https address of such an archive. Without
            it, the official archive is downloaded.
        sha256: what the archive must have, in hexadecimal. An archive is worth as much as the place it came from: give
            it wherever it is known.

    Returns:
        `target`.

    Raises:
        ModelUnavailable: there is no such source, it is refused, or it does not hold this variant.
        BadRequest: there is no such variant, or `target` has another ending.
    """
    if variant not in PRESETS:
        raise BadRequest(f"There is no MoViNet {variant!r}.", hint=f"The variants are {', '.join(PRESETS)}.")
    if not target.name.endswith(".weights.h5"):
        raise BadRequest(f"{target} is no name for weights.", hint="Let it end in .weights.h5.")
    where = str(source or ARCHIVE.format(variant=variant, kind="stream" if stream else "base"))
    with tempfile.TemporaryDirectory(prefix="pretrained-") as folder:
        scratch = Path(folder)
        path = Path(where)
        if where.startswith("https://"):
            path = _download(where, scratch / "archive.tar.gz")
        if path.is_file() and path.name.endswith((".tar.gz", ".tgz")):
            _check_digest(path, sha256)
            path = _unpack(path, scratch / "checkpoint")
        elif sha256 is not None:
            raise ModelUnavailable(f"{where} is no archive, so no sha256 can be compared.", hint="Leave it out.")
        return _convert(variant, _prefix(path), target, stream=stream)


def _convert(variant: str, prefix: Path, target: Path, *, stream: bool) -> Path:
    from model.movinet.backbone import Backbone
    from model.movinet.checkpoint import import_backbone
    from model.movinet.options import BackboneOptions
    from model.movinet.stream import StreamBackbone

    backbone = (StreamBackbone if stream else Backbone)(BackboneOptions(variant, frames=1, size=32))
    import_backbone(backbone, prefix)
    target.parent.mkdir(parents=True, exist_ok=True)
    backbone.save_weights(target)
    return target


def _prefix(path: Path) -> Path:
    """The path of a checkpoint without its ending, from itself or from the folder that holds it alone."""
    if Path(f"{path}.index").is_file():
        return path
    found = sorted(path.rglob("*.index")) if path.is_dir() else []
    if len(found) != 1:
        raise ModelUnavailable(
            f"{path} holds {len(found)} checkpoints, not one.",
            hint="Give a folder with one checkpoint, or the checkpoint's path without .index.",
        )
    return found[0].with_suffix("")


def _check_digest(archive: Path, sha256: str | None) -> None:
    if sha256 is None:
        return
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != sha256.lower():
        raise ModelUnavailable(
            f"{archive.name} has the sha256 {digest}, not {sha256}.", hint="Do not use it; download it again."
        )


def _unpack(archive: Path, folder: Path) -> Path:
    """Copy the checkpoint's files, and nothing else, out of an archive, each under its bare name.

    Raises:
        ModelUnavailable: the archive cannot be read, is too large, or holds anything but plain files below its root.
    """
    folder.mkdir()
    try:
        with tarfile.open(archive, "r:gz") as tar:
            left = MAX_BYTES
            for count, member in enumerate(tar, start=1):
                _refuse_unless_plain(member, archive.name)
                left -= member.size
                if left < 0 or count > MAX_MEMBERS:
                    raise ModelUnavailable(
                        f"{archive.name} unpacks to more than {MAX_BYTES} bytes or {MAX_MEMBERS} files.",
                        hint="This is no checkpoint of MoViNet.",
                    )
                name = PurePosixPath(member.name).name
                content = tar.extractfile(member)
                if content is not None and _CHECKPOINT_FILE.match(name):
                    _copy(content, folder / name, member.size)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ModelUnavailable(f"{archive.name} cannot be unpacked: {error}", hint="Download it again.") from error
    return folder


def _refuse_unless_plain(member: tarfile.TarInfo, archive: str) -> None:
    path = PurePosixPath(member.name)
    if not (member.isfile() or member.isdir()) or path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise ModelUnavailable(
            f"{archive} holds {member.name!r}, which is not a plain file below its root.",
            hint="Do not use this archive; take the official one.",
        )


def _download(address: str, target: Path) -> Path:
    """Fetch an archive of at most `MAX_BYTES` by https."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310, the caller lets https pass only
            _copy(answer, target, MAX_BYTES)
            if answer.read(1):
                raise ModelUnavailable(f"{address} is larger than {MAX_BYTES} bytes.", hint="Check the address.")
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise ModelUnavailable(
            f"{address} cannot be downloaded: {error}",
            hint="Download it where there is a network, and give its path as the source.",
        ) from error
    return target


def _copy(source: IO[bytes], target: Path, limit: int) -> None:
    """Copy at most `limit` bytes."""
    with target.open("wb") as file:
        while limit > 0 and (block := source.read(min(limit, 2**20))):
            file.write(block)
            limit -= len(block)
