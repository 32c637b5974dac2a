"""The story of an instance, from its first start to a rollback; runs in a machine of its own (`namespace.run`).

Given is a revision as `package_app.sh` made it. What happened is written to `evidence.json`; nothing is judged here.
"""

from __future__ import annotations

import itertools
import json
import pwd
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infra.constructs.compact import compact
from tests.e2e.emulator.s3 import UPLOADS, local_s3
from tests.e2e.emulator.stack import function
from tests.infra.codedeploy import amazon_linux
from tests.infra.codedeploy.agent import DEPLOYMENT_ROOT, Agent
from tests.infra.codedeploy.namespace import EVIDENCE, GIVEN, PYTHON, ROOT, UPPER
from tests.infra.codedeploy.systemctl import FOLDERS, JOURNAL
from tests.infra.codedeploy.visitor import SlowUpload, Visitors, ask, connect_directly, form

BUNDLE = ROOT / "model" / "bundles" / "default"
GOLDEN = BUNDLE / "assets.extra" / "golden"
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:movements-dev-classify:live"
BASE = Path("/opt/movements")
PAGE = "app.main:server"
"""In the command line of every process of the page."""

_EXPORTS = {
    "AWS_REGION": "eu-west-1",
    "ENVIRONMENT": "dev",
    "LOG_GROUP": "/movements/dev/page",
    "CLASSIFIER_FUNCTION": FUNCTION,
    "UPLOAD_BUCKET": UPLOADS,
    "WORKOUTS_MACHINE": "arn:aws:states:eu-west-1:123456789012:stateMachine:movements-dev-workouts",
}


def main() -> None:
    """Live through it, and write down what was seen, as far as it came."""
    seen: dict[str, Any] = {}
    try:
        live(seen)
    finally:
        for folder in ("nginx", "movements"):
            shutil.copytree(f"/var/log/{folder}", EVIDENCE / folder)
        shutil.copyfile(JOURNAL, EVIDENCE / JOURNAL.name)
        (EVIDENCE / "evidence.json").write_text(json.dumps(seen, indent=1))


def live(seen: dict[str, Any]) -> None:
    """The story; what is seen is added under the chapter's name."""
    work = Path("/var/scenario")
    (work / "tmp").mkdir(parents=True)
    tempfile.tempdir = str(work / "tmp")  # /tmp is the instance's, and must stay empty
    amazon_linux.prepare()
    agent = Agent()
    before, given = written(), temporary()
    bystander = subprocess.Popen(["bash", "-c", "exec -a 'python -m gunicorn somebody:else' sleep 1000"])

    first_start(work)
    seen["placeholder"] = {
        "page": asdict(ask("/", headers={"Accept": "text/html"})),
        "api": asdict(ask("/api/model")),
        "live": asdict(ask("/health/live")),
    }
    seen["after_first_start"] = sorted(written() - before)
    clips = {"thruster": GOLDEN / "thruster_4096.mp4", "ghd": GOLDEN / "ghd_4096.mp4"}

    with ExitStack() as aws:
        s3 = aws.enter_context(local_s3())
        folder = Path(tempfile.mkdtemp())
        lambda_ = aws.enter_context(function(folder, s3.address, bundle=str(BUNDLE)))
        address = lambda_.client.meta.endpoint_url.replace("127.0.0.1", "localhost")  # a name, to be looked up
        more = {**s3.environment, "AWS_ENDPOINT_URL_LAMBDA": address}
        more["LD_LIBRARY_PATH"] = str(PYTHON / "lib")  # the interpreter's own path to its library may be root's alone
        point_page(more)

        agent.deploy(revision(work, "one"))
        seen["first"] = situation()

        visitors = Visitors(clips)
        visitors.come()
        slow = SlowUpload(clips["ghd"])
        agent.deploy(revision(work, "two", {"scripts/instance/nginx.conf": "\n# another configuration\n"}))
        seen["second"] = situation()
        seen["slow_upload"] = asdict(slow.finish())
        seen["page_log"] = Path("/var/log/movements/page.log").read_text()
        agent.deploy(revision(work, "broken", {"app/main.py": "\nraise RuntimeError('a defect')\n"}))
        seen["third"] = situation()
        agent.roll_back()
        seen["rolled_back"] = situation()
        visitors.leave()
        seen["visitors"] = {
            "answered": visitors.answered,
            "failures": visitors.failures,
            "releases": [name for name, _ in itertools.groupby(visitors.releases)],
        }

        hurry()
        agent.deploy(revision(work, "unreachable", {"scripts/instance/nginx.conf": ("current/", "nowhere/")}))
        seen["unreachable"] = situation()
        seen["requests"] = requests(clips["ghd"])
        directly = connect_directly()
        seen["many"] = [ask("/assets/release.txt", connection=directly).status for _ in range(500)]
        seen["uploads_left"] = s3.listing()

    agent.deploy(revision(work, "without-function"))
    seen["without_function"] = situation()
    seen["without_function"]["page"] = asdict(ask("/"))
    first_start(work)
    seen["started_again"] = situation()
    seen["security"] = security()
    stop_page()
    seen["dead"] = {
        "page": asdict(ask("/", headers={"Accept": "text/html"})),
        "api": asdict(ask("/api/model")),
        "page_processes": processes(PAGE),
    }
    seen["launched"] = launch(work, more)
    seen["bystander"] = bystander.poll() is None
    seen["deployments"] = [asdict(deployment) for deployment in agent.deployments]
    seen["written"] = sorted(written() - before)
    seen["temporary"] = sorted(temporary() - given)


def point_page(variables: dict[str, str]) -> None:
    """Have the page find what is AWS here."""
    with Path("/etc/movements/page.env").open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())


def launch(work: Path, variables: dict[str, str]) -> dict[str, Any]:
    """What becomes of another server that Auto Scaling launches while the function does not answer."""
    shutil.rmtree(BASE)
    shutil.rmtree(DEPLOYMENT_ROOT)
    first_start(work)
    point_page(variables)
    subprocess.run(["systemctl", "reload", "nginx"], check=True)  # it ran already, which a new server's does not
    agent = Agent()
    hurry()
    refused = agent.deploy(revision(work, "first-of-all"))
    first_start(work)
    point_page(variables)
    amazon_linux.began("autoscaling")
    accepted = agent.deploy(revision(work, "launched"))
    release = ask("/assets/release.txt")
    return {
        "refused": refused.failed,
        "accepted": accepted.failed,
        "release": release.text,
        "live": ask("/health/live").json,
    }


def temporary() -> set[str]:
    """What lies in the folders for temporary files; the checkout too, where it is below one of them."""
    return {str(path) for folder in ("/tmp", "/var/tmp") for path in Path(folder).rglob("*")}


def first_start(work: Path) -> None:
    """Run the user data, as cloud-init does with what CDK makes of it."""
    script = work / "user-data.sh"
    lines = ["#!/bin/bash", *(f"export {name}={value}" for name, value in _EXPORTS.items())]
    script.write_text("\n".join([*lines, compact((ROOT / "scripts/instance/user_data.sh").read_text())]) + "\n")
    script.chmod(0o700)
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    subprocess.run([str(script)], check=True, cwd="/", env={"PATH": path})


def revision(work: Path, name: str, changes: dict[str, str | tuple[str, str]] | None = None) -> Path:
    """A revision that says its name at `/assets/release.txt`, with text appended to files or replaced in them."""
    made = work / "revisions" / name
    shutil.copytree(GIVEN, made)
    (made / "app/assets/release.txt").write_text(name)
    for file, change in (changes or {}).items():
        text = (made / file).read_text()
        (made / file).write_text(text + change if isinstance(change, str) else text.replace(*change))
    return made


def situation() -> dict[str, Any]:
    """Who serves, what runs, what starts with the machine."""
    release = ask("/assets/release.txt")
    return {
        "release": release.text if release.status == 200 else release.status,
        "current": (BASE / "current").readlink().name,
        "page_processes": processes(PAGE),
        "nginx": [process["pid"] for process in processes("nginx: master")],
        "releases": sorted(path.name for path in (BASE / "releases").iterdir()),
        "environments": sorted(path.name for path in (BASE / "environments").iterdir()),
        "script_times": sorted({int(path.stat().st_mtime) for path in (BASE / "environments").rglob("*.js")}),
        "enabled": sorted(path.name for path in FOLDERS[0].glob("*.wants/movements@*")),
        "nginx_config": Path("/etc/nginx/nginx.conf").read_text(),
    }


def requests(clip: Path) -> dict[str, Any]:
    """What a visitor gets who asks for particular things."""
    headers, body = form(clip.read_bytes())
    return {
        "page": asdict(ask("/")),
        "live": asdict(ask("/health/live")),
        "directly": asdict(ask("/", connection=connect_directly())),
        "clip": asdict(ask("/api/classify", headers=headers, body=body)),
        "no_clip": asdict(ask("/api/classify", headers=headers, body=form(b"not a clip")[1])),
        "large": asdict(ask("/api/uploads", headers={"Content-Type": "text/plain"}, body=bytes(2**20))),
        "unknown": asdict(ask("/api/nothing")),
        "compressed": asdict(ask("/assets/style.css", headers={"Accept-Encoding": "gzip"})),
    }


def security() -> dict[str, Any]:
    """What the page's process may do, asked of the kernel, and what systemd's own tools say of its unit."""
    (master,) = [process for process in processes(PAGE) if process["parent"] not in pids(PAGE)]
    release = BASE / "current"
    user = pwd.getpwnam("movements")
    tried = {}
    for path in (
        release / "app/main.py",
        release / "app/new.py",
        BASE / "new",
        release / "venv/new",
        "/etc/movements/page.env",
    ):
        command = ["setpriv", "--reuid=movements", "--regid=movements", "--init-groups", "sh", "-c", f": >>{path}"]
        tried[str(path)] = subprocess.run(command, capture_output=True).returncode
    unit = f"movements@{release.readlink().name}.service"
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    root = Path(f"/proc/{master['pid']}/root")
    return {
        "user": user.pw_uid,
        "shell": user.pw_shell,
        "processes": [status(process["pid"]) for process in processes(PAGE)],
        "writes": tried,
        "homes": [str(path) for home in ("root", "home") for path in (root / home).iterdir()],
        "verify": [verified.returncode, verified.stdout + verified.stderr],
        "key_mode": oct(Path("/etc/movements/tls/key.pem").stat().st_mode & 0o777),
        "not_root_owned": [str(path) for path in BASE.rglob("*") if path.lstat().st_uid != 0],
        "writable_by_all": [
            str(path) for path in BASE.rglob("*") if not path.is_symlink() and path.lstat().st_mode & 0o022
        ],
    }


def hurry() -> None:
    """Let deployments that must fail do so without the patience that a slow cloud needs."""
    file = Path("/etc/movements/deploy.env")
    lines = ["START_SECONDS=2" if line.startswith("START_") else line for line in file.read_text().splitlines()]
    lines = ["SWITCH_SECONDS=1" if line.startswith("SWITCH_") else line for line in lines]
    file.write_text("\n".join(lines) + "\n")


def stop_page() -> None:
    """End the release that serves, as a crash that cannot be mended would."""
    unit = f"movements@{(BASE / 'current').readlink().name}"
    subprocess.run(["systemctl", "stop", unit], check=True)


def processes(name: str) -> list[dict[str, Any]]:
    """The running processes whose command line has a name in it."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if name in line:
            found.append({"pid": int(folder.name), "parent": parent, "line": line})
    return found


def pids(name: str) -> set[int]:
    """Their numbers."""
    return {process["pid"] for process in processes(name)}


def status(pid: int) -> dict[str, str]:
    """What the kernel says of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    wanted = ("Uid", "Gid", "Groups", "CapBnd", "CapEff", "NoNewPrivs", "Seccomp", "Umask")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines) if name in wanted}


def written() -> set[str]:
    """Every file that was written since the machine began; in memory file systems, nothing of the instance stays."""
    return {f"/{path.relative_to(UPPER)}" for path in UPPER.rglob("*") if not path.is_dir() or path.is_symlink()}


if __name__ == "__main__":
    main()
