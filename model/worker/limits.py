"""What a worker may not do, whatever runs in it: kept by the kernel, as far as the kernel can.

- Memory: `RLIMIT_DATA`, on what the process had when its model was loaded and `SPARE_BYTES` more.
- Processor time: `RLIMIT_CPU`, set anew for every question. The parent ends a worker that is late; this is for one
  whose parent is gone.
- Files: `RLIMIT_FSIZE` 0 and `RLIMIT_CORE` 0. Pipes and sockets are not files.
- Landlock (Linux 5.13 and later, where it is not switched off): the file system is for reading only, programs are not
  started, TCP connections not opened (from 6.7 on), signals not sent (from 6.12 on). A thread passes it on to those
  that it starts.

AWS Lambda's kernels know no Landlock, so a worker there has the limits alone; the function's file system is read-only
except for /tmp, and its network is what the operator configured. Systems other than Linux have what they know of this.
"""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path

SPARE_BYTES = 2**30
"""What one clip may need beside the loaded model: pictures of a decoder take at most `guard.MAX_BYTES_HELD`."""


def confine() -> bool:
    """Let this thread and all that it starts only read files; True where the kernel does that."""
    from landlockpy import AccessFS, Ruleset, Scope, supported

    if not supported():
        return False
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        rules.allow_path("/", AccessFS.READ_FILE | AccessFS.READ_DIR)
        with contextlib.suppress(OSError):
            rules.allow_path("/dev/null", AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        rules.restrict()
    return True


def forbid_files() -> None:
    """No file of this process grows from now on, and no core is dumped."""
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        _set(kind, 0)


def limit_memory() -> None:
    """From now on, `SPARE_BYTES` more of writable memory, and no more than that."""
    used = _data_bytes()
    if used is not None:
        _set(resource.RLIMIT_DATA, used + SPARE_BYTES)


def limit_processor_seconds(seconds: float) -> None:
    """At most so many seconds of processor time from now on, all threads together."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _set(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime + seconds) + 1, forever=False)


def _set(kind: int, value: int, *, forever: bool = True) -> None:
    """Set a limit, which cannot be raised again if it is `forever`."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS knows some kinds by name only
        resource.setrlimit(kind, (value, value if forever else hard))


def _data_bytes() -> int | None:
    """Private writable memory of this process (`VmData`); None where the system does not say."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return None
