"""What systemd does to a process before it becomes a service: `confine` applies a unit's settings to this process.

What a well-behaved process could stumble over is done, by the kernel's means that systemd uses: mount namespace, user,
capabilities, no new privileges, system calls. What limits only an attacker or needs a cgroup is left out, and named in
`NOT_APPLIED`.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import pwd
import resource
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

Settings = Mapping[str, Sequence[str]]
"""A section of a unit: every value of a setting, in order, specifiers replaced."""

APPLIED = frozenset(
    {
        "CacheDirectory", "CacheDirectoryMode", "CapabilityBoundingSet", "Environment", "EnvironmentFile", "Group",
        "LimitNOFILE", "MemoryDenyWriteExecute", "NoNewPrivileges", "PrivateTmp", "ProtectHome", "ProtectSystem",
        "RestrictAddressFamilies", "RuntimeDirectory", "RuntimeDirectoryMode", "StandardError", "StandardOutput",
        "SystemCallErrorNumber", "SystemCallFilter", "UMask", "User", "WorkingDirectory",
    }
)  # fmt: skip
NOT_APPLIED = frozenset(
    {
        "AmbientCapabilities", "DevicePolicy", "LockPersonality", "MemoryMax", "PrivateDevices", "PrivateIPC",
        "PrivateMounts", "PrivateUsers", "ProcSubset", "ProtectClock", "ProtectControlGroups", "ProtectHostname",
        "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "ProtectProc", "RemoveIPC",
        "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "SystemCallArchitectures", "TasksMax",
    }
)  # fmt: skip

# sys/mount.h, linux/sched.h, linux/prctl.h
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x1, 0x20, 0x1000, 0x4000, 0x40000
_CLONE_NEWNS = 0x20000
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_MDWE = 24, 38, 65

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000  # seccomp.h
_EQUAL = 4


class _Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


_libc = ctypes.CDLL(None, use_errno=True)


def environment(service: Settings) -> dict[str, str]:
    """The environment that a service gets: nothing of the caller's."""
    values = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
    for line in service.get("Environment", ()):
        values |= dict(item.partition("=")[::2] for item in line.split())
    for path in service.get("EnvironmentFile", ()):
        lines = (line.strip() for line in Path(path).read_text().splitlines())
        values |= dict(line.partition("=")[::2] for line in lines if line and not line.startswith("#"))
    return values


def prepare(service: Settings) -> None:
    """As root, before the process: make the folders it owns."""
    if "User" not in service:
        return
    user = pwd.getpwnam(service["User"][-1])
    for kind, parent in (("Runtime", Path("/run")), ("Cache", Path("/var/cache"))):
        for name in service.get(f"{kind}Directory", ()):
            folder = parent / name
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(int(service.get(f"{kind}DirectoryMode", ["0755"])[-1], 8))
            os.chown(folder, user.pw_uid, user.pw_gid)


@functools.cache
def system_calls(group: str) -> frozenset[str]:
    """The calls in a group such as `@system-service`, as this systemd defines it; a call is a group of itself."""
    if not group.startswith("@"):
        return frozenset({group})
    shown = subprocess.run(["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True)
    lines = (line.strip() for line in shown.stdout.splitlines()[1:])
    return frozenset().union(*(system_calls(line) for line in lines if line and not line.startswith("#")))


def allowed_calls(service: Settings) -> frozenset[str] | None:
    """The calls that `SystemCallFilter` leaves, or None without one."""
    lines = [line for line in service.get("SystemCallFilter", ()) if line]
    if not lines:
        return None
    assert not lines[0].startswith("~"), "a list of what is allowed is expected"
    calls: frozenset[str] = frozenset().union(system_calls("@default"))
    for line in lines:
        named = frozenset().union(*(system_calls(name) for name in line.removeprefix("~").split()))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def confine(service: Settings, calls: frozenset[str] | None) -> None:
    """Become what the service's process is; to be followed by exec.

    Args:
        service: the section Service of a unit.
        calls: `allowed_calls(service)`, found out beforehand, while there are still programs to ask.
    """
    filters = ctypes.CDLL("libseccomp.so.2") if calls is not None else None
    os.umask(int(service.get("UMask", ["0022"])[-1], 8))
    for descriptor, setting in ((1, "StandardOutput"), (2, "StandardError")):
        kind, _, path = service.get(setting, ["null:/dev/null"])[-1].partition(":")
        assert kind in ("append", "null"), kind
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666), descriptor)
    _mounts(service)
    if "LimitNOFILE" in service:
        limit = int(service["LimitNOFILE"][-1])
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    if service.get("CapabilityBoundingSet", ["all"])[-1] == "":
        for capability in range(int(Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1):
            _checked(_libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0))
    if "User" in service:
        user = pwd.getpwnam(service["User"][-1])
        os.setgroups(os.getgrouplist(user.pw_name, user.pw_gid))
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.chdir(service.get("WorkingDirectory", ["/"])[-1])
    if _yes(service, "NoNewPrivileges"):
        _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if _yes(service, "MemoryDenyWriteExecute"):
        _libc.prctl(_PR_SET_MDWE, 1, 0, 0, 0)  # Linux 6.3 and later; systemd has a filter for others
    if filters is not None and calls is not None:
        _filter_families(filters, service)
        _filter_calls(filters, calls, service)


def _mounts(service: Settings) -> None:
    """A view of the files of its own: nothing to write to but its own folders, other people's homes empty."""
    if service.get("ProtectSystem", ["no"])[-1] != "strict":
        return
    _checked(_libc.unshare(_CLONE_NEWNS))
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    own = [f"/run/{name}" for name in service.get("RuntimeDirectory", ())]
    own += [f"/var/cache/{name}" for name in service.get("CacheDirectory", ())]
    for folder in own:
        _mount(folder, folder, None, _MS_BIND)
    if _yes(service, "PrivateTmp"):
        for folder in ("/tmp", "/var/tmp"):
            _mount("tmpfs", folder, "tmpfs", 0)
            own.append(folder)
    if _yes(service, "ProtectHome"):
        for folder in ("/root", "/home"):
            _mount("tmpfs", folder, "tmpfs", 0, "mode=000")
    places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for place in places:
        if place not in own and not place.startswith(("/proc", "/dev", "/sys")) and Path(place).exists():
            _mount(None, place, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [text if text is None else text.encode() for text in (source, target, kind, data)]
    _checked(_libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]))


def _filter_calls(filters: ctypes.CDLL, calls: frozenset[str], service: Settings) -> None:
    code = getattr(errno, service.get("SystemCallErrorNumber", ["EPERM"])[-1])
    filters.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(filters.seccomp_init(ctypes.c_uint32(_ERRNO | code)))
    for name in calls:
        number = filters.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # of this architecture
            filters.seccomp_rule_add_array(context, ctypes.c_uint32(_ALLOW), number, 0, None)
    _checked(filters.seccomp_load(context))


def _filter_families(filters: ctypes.CDLL, service: Settings) -> None:
    names = [name for line in service.get("RestrictAddressFamilies", ()) for name in line.split()]
    if not names:
        return
    permitted = {int(getattr(socket, name)) for name in names}
    filters.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(filters.seccomp_init(ctypes.c_uint32(_ALLOW)))
    refused = ctypes.c_uint32(_ERRNO | errno.EAFNOSUPPORT)
    number = filters.seccomp_syscall_resolve_name(b"socket")
    for family in sorted(set(range(46)) - permitted):
        is_family = _Comparison(arg=0, op=_EQUAL, a=family, b=0)
        _checked(filters.seccomp_rule_add_array(context, refused, number, 1, ctypes.byref(is_family)))
    _checked(filters.seccomp_load(context))


def _yes(service: Settings, setting: str) -> bool:
    return service.get(setting, ["no"])[-1] in ("yes", "true", "1")


def _checked(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno() or -result
        raise OSError(code, os.strerror(code))
