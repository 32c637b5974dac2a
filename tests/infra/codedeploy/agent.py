"""What CodeDeploy's agent does on an instance, as far as appspec.yml can tell.

In-place deployments to EC2 without a load balancer: AWS's "AppSpec 'hooks' section" and the agent's source
(aws/aws-codedeploy-agent: hook_executor.rb, installer.rb, linux_util.rb).
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

DEPLOYMENT_ROOT = Path("/opt/codedeploy-agent/deployment-root")
GROUP_ID = "00000000-1111-2222-3333-444444444444"
SCRIPTED = ("ApplicationStop", "BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService")
"""The events that scripts may hook into, in their order; files are copied between BeforeInstall and AfterInstall."""

_ENVIRONMENT = {"PATH": "/sbin:/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
_BEHAVIORS = ("DISALLOW", "OVERWRITE", "RETAIN")


@dataclass(frozen=True)
class Hook:
    """A script of an event: its place in the revision, seconds it may take, who runs it."""

    location: str
    timeout: int
    runas: str


@dataclass(frozen=True)
class AppSpec:
    """A revision's appspec.yml.

    Attributes:
        files: source in the revision and destination folder.
        behavior: of a file that exists already and that no deployment made.
        hooks: by event.
    """

    files: tuple[tuple[str, Path], ...]
    behavior: str
    hooks: dict[str, tuple[Hook, ...]]

    @classmethod
    def read(cls, revision: Path) -> AppSpec:
        """Read and check it, as strictly as the agent does.

        Raises:
            ValueError: something in it is unknown or missing.
        """
        text: dict[str, Any] = yaml.safe_load((revision / "appspec.yml").read_text(encoding="utf-8"))
        if unknown := text.keys() - {"version", "os", "files", "permissions", "hooks", "file_exists_behavior"}:
            raise ValueError(f"unknown sections: {unknown}")
        if (text.get("version"), text.get("os")) != (0.0, "linux"):
            raise ValueError("version must be 0.0 and os must be linux")
        behavior = text.get("file_exists_behavior", "DISALLOW")
        if behavior not in _BEHAVIORS:
            raise ValueError(f"file_exists_behavior must be one of {_BEHAVIORS}")
        hooks = text.get("hooks", {})
        if unknown := hooks.keys() - set(SCRIPTED):
            raise ValueError(f"not events of such a deployment: {unknown}")
        files = tuple((entry["source"], Path(entry["destination"])) for entry in text.get("files", []))
        for source, _ in files:
            if not (revision / source.lstrip("/")).exists():
                raise ValueError(f"no {source} in the revision")
        read = {event: tuple(_hook(revision, entry) for entry in entries) for event, entries in hooks.items()}
        if any(sum(hook.timeout for hook in of_event) > 3600 for of_event in read.values()):
            raise ValueError("the scripts of an event may take an hour")
        return cls(files, behavior, read)


def _hook(revision: Path, entry: dict[str, Any]) -> Hook:
    if unknown := entry.keys() - {"location", "timeout", "runas"}:
        raise ValueError(f"unknown in a hook: {unknown}")
    if not (revision / entry["location"]).is_file():
        raise ValueError(f"no {entry['location']} in the revision")
    return Hook(entry["location"], int(entry.get("timeout", 3600)), entry.get("runas", "root"))


class HookError(Exception):
    """A script failed, or took too long."""


@dataclass
class Deployment:
    """One deployment: `failed` is the event it failed in, None if it succeeded."""

    id: str
    revision: str
    events: list[str] = field(default_factory=list)
    failed: str | None = None
    output: str = ""


class Agent:
    """The agent of one instance; `deployments` are those it made."""

    def __init__(self) -> None:
        self.deployments: list[Deployment] = []
        self._successful: Path | None = None
        self._successful_name = ""
        self._installed: list[Path] = []

    def deploy(self, revision: Path) -> Deployment:
        """Deploy a revision; the first event that fails is the last."""
        return self._deploy(revision, revision.name)

    def roll_back(self) -> Deployment:
        """What CodeDeploy does after a failure: the last revision that succeeded is a new deployment."""
        assert self._successful is not None
        return self._deploy(self._successful, self._successful_name)

    def _deploy(self, revision: Path, name: str) -> Deployment:
        deployment = Deployment(f"d-{len(self.deployments) + 1:09X}", name)
        self.deployments.append(deployment)
        event = "DownloadBundle"
        try:
            if self._successful is not None:
                event = "ApplicationStop"
                self._run(deployment, event, self._successful)
            event = "DownloadBundle"
            archive = self._download(deployment, revision)
            for event in SCRIPTED[1:]:
                self._run(deployment, event, archive)
                if event == "BeforeInstall":
                    event = "Install"
                    self._install(AppSpec.read(archive), archive)
                    deployment.events.append(event)
        except (HookError, ValueError, FileExistsError) as error:
            deployment.failed = event
            deployment.output += f"[{event}] {error}\n"
        else:
            self._successful, self._successful_name = archive, name
        print(f"--- {deployment.id} of {name}: failed in {deployment.failed}\n{deployment.output}", flush=True)
        return deployment

    def _download(self, deployment: Deployment, revision: Path) -> Path:
        """Unpack a revision, without its files' modes: a zip need not keep them."""
        archive = DEPLOYMENT_ROOT / GROUP_ID / deployment.id / "deployment-archive"
        shutil.copytree(revision, archive, copy_function=shutil.copyfile)
        deployment.events.append("DownloadBundle")
        return archive

    def _run(self, deployment: Deployment, event: str, archive: Path) -> None:
        for hook in AppSpec.read(archive).hooks.get(event, ()):
            script = archive / hook.location
            script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
            environment = {
                **_ENVIRONMENT,
                "APPLICATION_NAME": "movements-test",
                "DEPLOYMENT_ID": deployment.id,
                "DEPLOYMENT_GROUP_NAME": "movements-test-page",
                "DEPLOYMENT_GROUP_ID": GROUP_ID,
                "LIFECYCLE_EVENT": event,
            }
            log = DEPLOYMENT_ROOT / f"{deployment.id}-{event}.log"
            begun = time.monotonic()
            with log.open("wb") as output:  # a file: what a script leaves running may hold on to a pipe
                process = subprocess.Popen(
                    ["su", hook.runas, "-c", str(script)],
                    cwd="/opt/codedeploy-agent",
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                try:
                    status = process.wait(hook.timeout)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    raise HookError(f"{hook.location} took longer than {hook.timeout} seconds") from None
                finally:
                    deployment.output += (
                        f"[{event}: {time.monotonic() - begun:.1f} s]\n{log.read_text(errors='replace')}"
                    )
            if status != 0:
                raise HookError(f"{hook.location} exited with {status}")
        deployment.events.append(event)

    def _install(self, spec: AppSpec, archive: Path) -> None:
        """Remove what the last installation copied, copy the files, mind those that somebody else made."""
        for path in self._installed:
            path.unlink(missing_ok=True)
        self._installed = []
        for source, destination in spec.files:
            origin = archive / source.lstrip("/")
            for path in [origin] if origin.is_file() else sorted(p for p in origin.rglob("*") if p.is_file()):
                target = destination / (path.name if origin.is_file() else path.relative_to(origin))
                if target.exists():
                    if spec.behavior == "DISALLOW":
                        raise FileExistsError(f"a file exists already at {target}")
                    if spec.behavior == "RETAIN":
                        continue
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
                self._installed.append(target)
