"""The folder in which a process keeps clips for a moment, gone when the process is."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from model.errors import StorageFull, no_room

_PREFIX = "movements-page-"


class Scratch:
    """A private folder below the system's temporary one.

    It is removed when it is closed, or this object or the process ends; one of a process that was killed, by the next
    that starts. A lock on the folder tells them apart: the system gives it back when its process ends, however it does.
    """

    def __init__(self) -> None:
        """Remove what killed processes left, and make a folder; raises `StorageFull` if there is no room for one."""
        _sweep()
        self.directory, lock = _locked_directory()
        self._remove = weakref.finalize(self, _remove, self.directory, lock)

    def require_room(self, count: int) -> None:
        """Raise `StorageFull` if a file of `count` bytes does not fit."""
        if shutil.disk_usage(self.directory).free < count:
            raise StorageFull()

    def close(self) -> None:
        """Remove the folder with everything in it."""
        self._remove()


def _locked_directory() -> tuple[Path, int]:
    while True:
        try:
            directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
            lock = os.open(directory, os.O_RDONLY)
        except FileNotFoundError:  # swept before it was locked
            continue
        except OSError as error:
            if no_room(error):
                raise StorageFull() from error
            raise
        fcntl.flock(lock, fcntl.LOCK_EX)
        if directory.exists():
            return directory, lock
        os.close(lock)


def _sweep() -> None:
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # removed meanwhile, or another person's
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # its process lives
            os.close(lock)
        else:
            _remove(directory, lock)


def _remove(directory: Path, lock: int) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    os.close(lock)
