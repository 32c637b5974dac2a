"""Runs an image the way Lambda does, and looks at what runs."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.emulator.stack import Program
from tests.image.build import Image

ENTER = Path(__file__).with_name("enter.sh")


@dataclass(frozen=True)
class Container:
    """An image whose root filesystem lies in a folder."""

    image: Image
    root: Path

    def program(self, scratch: Path) -> Program:
        """What the image itself says is to be run, and with what variables."""
        configuration = self.image.configuration["config"]
        return self._enter(scratch, (*configuration["Entrypoint"], *configuration["Cmd"]))

    def run(self, scratch: Path, *command: str, **environment: str) -> str:
        """Run a command in it to its end; gives what it printed."""
        entered = self._enter(scratch, command)
        variables = {**entered.environment, **environment}
        done = subprocess.run(entered.command, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def _enter(self, scratch: Path, command: Sequence[str]) -> Program:
        configuration = self.image.configuration["config"]
        user, group = configuration["User"].split(":")
        scratch.chmod(0o1777)
        namespaces = ("/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child")
        place = (str(ENTER), str(self.root), str(scratch), user, group, configuration["WorkingDir"])
        return Program((*namespaces, *place, *command), self.image.environment)


@contextlib.contextmanager
def unpacked(image: Image, root: Path) -> Iterator[Container]:
    """The image in a folder of its own, which goes afterwards."""
    image.unpack(root)
    yield Container(image, root)
    shutil.rmtree(root)


@dataclass(frozen=True)
class Process:
    """A process as the kernel describes it in /proc/<pid>/status and /proc/<pid>/mountinfo."""

    pid: int
    status: dict[str, str]
    mounts: dict[str, set[str]]

    @classmethod
    def read(cls, pid: int) -> Process:
        """Read what is known of a living process."""
        folder = Path("/proc") / str(pid)
        lines = (folder / "status").read_text().splitlines()
        status = {name: " ".join(value.split()) for name, _, value in (line.partition(":") for line in lines)}
        rows = [line.split() for line in (folder / "mountinfo").read_text().splitlines()]
        return cls(pid, status, {row[4]: set(row[5].split(",")) for row in rows})

    @property
    def peak_bytes(self) -> int:
        """The most memory that was resident at a time, pages of mapped files included."""
        return int(self.status["VmHWM"].removesuffix(" kB")) * 1024


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that these started, and so on; the nearest first."""
    parents: dict[int, list[int]] = {}
    for child, parent in _parents():
        parents.setdefault(parent, []).append(child)
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(0), [])
        found += children
        waiting += children
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:  # it has ended in the meantime
            continue
        yield int(folder.name), int(stat.rpartition(")")[2].split()[1])
