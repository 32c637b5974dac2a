"""A machine of its own, for one program: this one's files under an overlay, no network, no other processes.

What the program writes goes to memory and is gone with it, as are its processes, whatever becomes of it.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
EVIDENCE = Path("/evidence")
"""Where the program leaves what is to be looked at afterwards."""
GIVEN = Path("/given")
"""What the program was given."""
UPPER = Path("/upper")
"""Every file that was written since the machine began, as the overlay keeps it."""
PYTHON = Path("/opt/python")
"""The interpreter of the tests, where a user who is not root may run it."""

_PROGRAMS = ("unshare", "mount", "nginx", "openssl", "systemd-analyze", "useradd", "su", "setpriv")
_UNSHARE = ("unshare", "--mount", "--propagation", "private", "--pid", "--net", "--fork", "--kill-child")


def why_not() -> str | None:
    """Why there can be no such machine here, or None."""
    if platform.system() != "Linux":
        return "namespaces are Linux's"
    if os.geteuid() != 0:
        return "only root can make an overlay of /"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [program for program in _PROGRAMS if shutil.which(program, path=path) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    probe = [*_UNSHARE, sys.executable, "-m", __name__, "--probe"]
    tried = subprocess.run(probe, cwd=ROOT, capture_output=True, text=True)
    return f"namespaces are not permitted here: {tried.stderr.strip()[-200:]}" if tried.returncode else None


def run(folder: Path, module: str, *, given: Path, timeout: int) -> Path:
    """Run `python -m module` on a machine of its own; gives the folder of what it left in `EVIDENCE`.

    Args:
        folder: an empty one, for the mounts and the evidence.
        module: the program; it finds the project at its usual place, and cannot write there.
        given: a folder that it finds, and reads only, at `GIVEN`.
        timeout: in seconds.

    Raises:
        AssertionError: the program failed; the message ends with what it wrote.
    """
    evidence, stage = folder / "evidence", folder / "stage"
    evidence.mkdir()
    stage.mkdir()
    command = [*_UNSHARE, sys.executable, "-m", __name__, str(stage), str(evidence), str(given), module]
    log = folder / "output.log"
    with log.open("wb") as output:
        done = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=timeout
        )
    assert done.returncode == 0, log.read_text(errors="replace")[-6000:]
    return evidence


def _main(stage: Path, evidence: Path, given: Path, module: str) -> int:
    """In the new namespaces: put the machine together, run the program, be its init."""
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", stage)
    upper, work, root = stage / "upper", stage / "work", stage / "root"
    for folder in (upper, work, root):
        folder.mkdir()
    _mount("-t", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", "overlay", root)
    _mount("-t", "proc", "proc", root / "proc")
    _mount("--rbind", "/dev", root / "dev")
    for temporary, mode in (("run", "755"), ("tmp", "1777"), ("var/tmp", "1777")):
        _mount("-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", root / temporary)
    _bind(ROOT, root, ROOT, writable=False)  # also where the checkout is a mount of its own, which / does not include
    _bind(Path(sys.base_prefix), root, PYTHON, writable=False)
    _bind(evidence, root, EVIDENCE, writable=True)
    _bind(given, root, GIVEN, writable=False)
    _bind(upper, root, UPPER, writable=False)
    _loopback()
    os.chroot(root)
    os.chdir(ROOT)
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    environment = {"PATH": path, "HOME": "/root", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    child = subprocess.Popen([sys.executable, "-m", module], env=environment)
    while True:
        pid, status = os.wait()  # orphans too: this is process 1
        if pid == child.pid:
            return os.waitstatus_to_exitcode(status)


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def _bind(source: Path, root: Path, target: Path, *, writable: bool) -> None:
    place = root / target.relative_to("/")
    place.mkdir(parents=True, exist_ok=True)
    _mount("--bind", source, place)
    if not writable:
        _mount("-o", "remount,bind,ro", place)


def _loopback() -> None:
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP (linux/sockios.h, linux/if.h)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh22x", b"lo", 0)
        flags = struct.unpack("16sh22x", fcntl.ioctl(any_socket, get_flags, request))[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh22x", b"lo", flags | up))


if __name__ == "__main__":
    if sys.argv[1:] == ["--probe"]:
        sys.exit(0)
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))
