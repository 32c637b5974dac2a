"""`systemctl` of a machine without systemd: starts, watches and stops what real unit files say, and nothing else.

Knows the commands that our scripts use, and service units with the settings that the page's and nginx's have; anything
else is an error, so that no script relies on what is not modelled. Each service has a watcher, which restarts it as
the unit says; its state is a file in /run/services.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.infra.codedeploy import confine

FOLDERS = (Path("/etc/systemd/system"), Path("/usr/lib/systemd/system"))
STATES = Path("/run/services")
JOURNAL = Path("/var/log/journal.log")

_SERVICE = confine.APPLIED | confine.NOT_APPLIED | {
    "ExecReload", "ExecStart", "ExecStartPre", "KillMode", "KillSignal", "PIDFile", "Restart", "RestartSec",
    "TimeoutStartSec", "TimeoutStopSec", "Type",
}  # fmt: skip
_UNIT = {"After", "Description", "StartLimitBurst", "StartLimitIntervalSec", "Wants"}


@dataclass
class State:
    """What `systemctl show` says of a service."""

    ActiveState: str = "inactive"
    MainPID: int = 0
    NRestarts: int = 0
    restarting: bool = False


class Unit:
    """A service's unit file, for one instance of it if it is a template."""

    def __init__(self, name: str) -> None:
        self.name = name.removesuffix(".service")
        base, at, instance = self.name.partition("@")
        file = f"{base}{at}.service"
        found = [folder / file for folder in FOLDERS if (folder / file).is_file()]
        if not found:
            raise SystemExit(f"Unit {self.name}.service not found.")
        self.path = found[0]
        self.sections: dict[str, dict[str, list[str]]] = {}
        section = ""
        for line in self.path.read_text().splitlines():
            line = line.strip()
            if line.startswith("["):
                section = line.strip("[]")
                self.sections[section] = {}
            elif line and line[0] not in "#;":
                setting, _, value = line.partition("=")
                self.sections[section].setdefault(setting, []).append(value.replace("%i", instance))
        unknown = self.sections["Service"].keys() - _SERVICE | self.sections["Unit"].keys() - _UNIT
        if unknown:
            raise SystemExit(f"{self.path}: not modelled: {', '.join(sorted(unknown))}")

    def get(self, setting: str, default: str = "", section: str = "Service") -> str:
        """A setting's last value."""
        return self.sections[section].get(setting, [default])[-1]

    def commands(self, setting: str) -> list[list[str]]:
        """The command lines of a setting such as `ExecStart`."""
        return [shlex.split(line) for line in self.sections["Service"].get(setting, []) if line]

    @property
    def link(self) -> Path:
        """What exists if the service starts with the machine."""
        return FOLDERS[0] / f"{self.get('WantedBy', section='Install')}.wants" / f"{self.name}.service"

    @property
    def state(self) -> State:
        """The state, as the watcher wrote it last."""
        with suppress(FileNotFoundError):
            return State(**json.loads((STATES / self.name).read_text()))
        return State()

    @state.setter
    def state(self, state: State) -> None:
        STATES.mkdir(exist_ok=True)
        new = STATES / f".{self.name}.{os.getpid()}"
        new.write_text(json.dumps(asdict(state)))
        new.rename(STATES / self.name)


def start(unit: Unit) -> None:
    """Start a service and wait until it says that it runs."""
    if unit.state.ActiveState == "active":
        return
    unit.state = State("activating")
    watcher = [sys.executable, "-m", __name__ if __name__ != "__main__" else __spec__.name, "--watch", unit.name]
    with JOURNAL.open("ab") as journal:
        subprocess.Popen(
            watcher, stdin=subprocess.DEVNULL, stdout=journal, stderr=journal, start_new_session=True, cwd="/"
        )
    while unit.state.ActiveState == "activating":
        time.sleep(0.02)
    if unit.state.ActiveState != "active":
        raise SystemExit(f"Job for {unit.name}.service failed.")


def stop(unit: Unit) -> None:
    """Stop a service and wait until its process is gone."""
    state = unit.state
    if state.ActiveState == "inactive" or (state.ActiveState == "failed" and not state.restarting):
        return
    unit.state = State("deactivating", state.MainPID, state.NRestarts)
    with suppress(ProcessLookupError):
        if state.MainPID:
            os.kill(state.MainPID, getattr(signal, unit.get("KillSignal", "SIGTERM")))
    end = time.monotonic() + float(unit.get("TimeoutStopSec", "90"))
    while unit.state.ActiveState == "deactivating":
        if time.monotonic() > end and state.MainPID:
            with suppress(ProcessLookupError):
                os.killpg(state.MainPID, signal.SIGKILL)
        time.sleep(0.02)


def watch(unit: Unit) -> None:
    """Be systemd to one service, until it is stopped or given up."""
    forking = unit.get("Type") == "forking"
    restarts = 0
    while True:
        pid = _start_forking(unit) if forking else _start_notifying(unit)
        if pid and not _stopping(unit):
            unit.state = State("active", pid, restarts)
        status = _wait(pid, forking) if pid else 1
        again = status != 0 and unit.get("Restart") == "on-failure"
        again = again and restarts < int(unit.get("StartLimitBurst", "5", "Unit"))
        if not _stopping(unit):  # a start that is waited for has failed, even if there is another one soon
            unit.state = State("failed" if status else "inactive", 0, restarts, restarting=again)
        end = time.monotonic() + float(unit.get("RestartSec", "0.1"))
        while again and time.monotonic() < end and not _stopping(unit):
            time.sleep(0.02)
        if _stopping(unit):
            unit.state = State("inactive", 0, restarts)
            return
        if not again:
            return
        restarts += 1
        unit.state = State("activating", 0, restarts)


def _stopping(unit: Unit) -> bool:
    return unit.state.ActiveState == "deactivating"


def _start_forking(unit: Unit) -> int:
    for command in unit.commands("ExecStartPre") + unit.commands("ExecStart"):
        if subprocess.run(command, cwd="/").returncode != 0:
            return 0
    return int(Path(unit.get("PIDFile")).read_text())


def _start_notifying(unit: Unit) -> int:
    """Start the process and wait until it says `READY=1`; 0 if it ends before that, or takes too long."""
    service = unit.sections["Service"]
    confine.prepare(service)
    calls = confine.allowed_calls(service)
    (command,) = unit.commands("ExecStart")
    address = f"movements-notify-{unit.name}-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(f"\0{address}")
        notified.settimeout(0.05)
        environment = {**confine.environment(service), "NOTIFY_SOCKET": f"@{address}"}
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                confine.confine(service, calls)
                os.execve(command[0], command, environment)
            finally:
                os._exit(203)
        end = time.monotonic() + float(unit.get("TimeoutStartSec", "90"))
        while time.monotonic() < end:
            with suppress(TimeoutError):
                if b"READY=1" in notified.recv(4096):
                    return pid
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                print(f"{unit.name} ended with {os.waitstatus_to_exitcode(status)} before it was ready", flush=True)
                return 0
        os.killpg(pid, signal.SIGKILL)
        return 0


def _wait(pid: int, forking: bool) -> int:
    if not forking:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.05)
    return 0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="systemctl")
    parser.add_argument("--quiet", "-q", action="store_true")
    parser.add_argument("--now", action="store_true")
    parser.add_argument("--property", action="append", default=[])
    parser.add_argument("--watch", action="store_true")
    parser.add_argument("words", nargs="+")
    given = parser.parse_intermixed_args()
    if given.watch:
        watch(Unit(given.words[0]))
        return
    command, *names = given.words
    units = [Unit(name) for name in names]
    for unit in units:
        if command in ("enable", "disable"):
            unit.link.unlink(missing_ok=True)
            if command == "enable":
                unit.link.parent.mkdir(exist_ok=True)
                unit.link.symlink_to(unit.path)
        if command == "start" or (command == "enable" and given.now):
            start(unit)
        elif command == "stop" or (command == "disable" and given.now):
            stop(unit)
        elif command == "reload":
            for line in unit.commands("ExecReload"):
                subprocess.run(line, check=True, cwd="/")
        elif command == "show":
            print("\n".join(f"{name}={asdict(unit.state)[name]}" for name in given.property))
        elif command == "is-active":
            if unit.state.ActiveState != "active":
                raise SystemExit(3)
        elif command not in ("enable", "disable"):
            raise SystemExit(f"not modelled: {command}")
    if not units and command != "daemon-reload":
        raise SystemExit(f"not modelled: {command} without a unit")


if __name__ == "__main__":
    main()
