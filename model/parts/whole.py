"""Assembles the files that a bundle stores in parts: in memory, in a folder, or as a bundle without parts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.bundle import FLOAT32, LITERT, MANIFEST, PARTS, SAVED_MODEL, Bundle, seal
from model.errors import ModelUnavailable
from model.parts.parts import assemble


def has(bundle: Bundle, name: str) -> bool:
    """Whether a bundle has the file `name`, whole or in parts."""
    return any((bundle.directory / path).is_file() for path in (name, PARTS[name]))


def content(bundle: Bundle, name: str) -> bytes:
    """The bytes of a file that a bundle may keep in parts.

    Args:
        bundle: verified, so that its parts are those that were sealed.
        name: a key of `model.bundle.PARTS`.

    Raises:
        ModelUnavailable: the bundle has neither the file nor its parts, or the parts do not make it.
    """
    try:
        if (bundle.directory / name).is_file():
            return (bundle.directory / name).read_bytes()
        parts = (bundle.directory / PARTS[name]).read_bytes()
        return assemble(parts, weights_path(bundle.directory).read_bytes())
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{name} of the bundle {bundle.contract.name} cannot be assembled: {error}.") from error


def weights_path(directory: Path) -> Path:
    """The file that the parts of a bundle refer to: its flatbuffer in float32."""
    float32 = directory / FLOAT32
    return float32 if float32.is_file() else directory / LITERT


@contextmanager
def saved_model(bundle: Bundle) -> Iterator[Path]:
    """A directory that TensorFlow can open; one that had to be assembled is removed at the end.

    Raises:
        ModelUnavailable: see `content`.
    """
    if (bundle.directory / SAVED_MODEL).is_file():
        yield bundle.directory
        return
    with tempfile.TemporaryDirectory(prefix="saved-model-") as folder:
        directory = Path(folder)
        (directory / SAVED_MODEL).write_bytes(content(bundle, SAVED_MODEL))
        if (bundle.directory / "variables").is_dir():
            shutil.copytree(bundle.directory / "variables", directory / "variables")
        yield directory


@contextmanager
def unpacked(bundle: Bundle) -> Iterator[Path]:
    """A sealed bundle without parts, which anyone can open with `tf.saved_model.load`.

    A bundle that has no parts is given as it is; a copy that had to be made is removed at the end.

    Args:
        bundle: verified.

    Raises:
        ModelUnavailable: see `content`.
    """
    if not any((bundle.directory / parts).is_file() for parts in PARTS.values()):
        yield bundle.directory
        return
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        directory = Path(folder)
        ignored = shutil.ignore_patterns(MANIFEST, *(Path(parts).name for parts in PARTS.values()))
        shutil.copytree(bundle.directory, directory, dirs_exist_ok=True, ignore=ignored)
        for name in PARTS:
            if has(bundle, name):
                (directory / name).write_bytes(content(bundle, name))
        seal(directory)
        yield directory
