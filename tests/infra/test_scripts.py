"""The scripts of instances and deployments, one by one; `test_deployment` runs them together."""

from __future__ import annotations

import http.server
import importlib.util
import json
import os
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
HOOKS = SCRIPTS / "hooks"
USER_DATA = SCRIPTS / "instance" / "user_data.sh"
UNIT = SCRIPTS / "instance" / "movements@.service"
OURS = [SCRIPTS / "package_app.sh", USER_DATA, *sorted(HOOKS.glob("*.sh"))]


@pytest.mark.parametrize("script", OURS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    done = subprocess.run([str(shellcheck), "-x", str(script)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_hook_of_the_appspec_is_a_program_and_every_program_a_hook() -> None:
    text = yaml.safe_load((ROOT / "appspec.yml").read_text())
    named = [hook["location"] for hooks in text["hooks"].values() for hook in hooks]
    programs = [str(path.relative_to(ROOT)) for path in sorted(HOOKS.glob("*.*")) if os.access(path, os.X_OK)]
    assert sorted(named) == programs
    assert all(0 < hook["timeout"] <= 600 for hooks in text["hooks"].values() for hook in hooks)


def test_stopping_is_given_more_time_than_the_page_takes_to_answer_what_it_was_asked() -> None:
    text = yaml.safe_load((ROOT / "appspec.yml").read_text())
    unit = dict(line.partition("=")[::2] for line in UNIT.read_text().splitlines() if "=" in line)
    config: dict[str, Any] = {}
    for line in (SCRIPTS / "instance" / "gunicorn_config.py").read_text().splitlines():
        name, _, value = line.partition(" = ")
        config[name] = value.partition(" ")[0]
    assert int(config["graceful_timeout"]) < int(unit["TimeoutStopSec"])
    for event in ("ApplicationStop", "ApplicationStart", "ValidateService"):
        assert int(unit["TimeoutStopSec"]) < text["hooks"][event][0]["timeout"]


@pytest.mark.parametrize("script", [*OURS, HOOKS / "check_page.py"], ids=lambda path: path.name)
def test_no_process_is_ended_by_its_name(script: Path) -> None:
    assert not {"pkill", "killall", "pgrep", "kill"} & set(script.read_text().replace('"', " ").split())


def test_user_data_leaves_room_in_the_16_kilobytes_that_ec2_takes() -> None:
    assert USER_DATA.stat().st_size < 14_000


AGENT = 'set -euo pipefail\ninsist() { "$@"; }\n' + USER_DATA.read_text().partition("# --- deployments\n")[2]
"""The part of the first start that brings CodeDeploy's agent."""


@dataclass(frozen=True)
class AgentStart:
    """What became of an attempt to install the agent: exit status, output, and the programs that were run."""

    status: int
    output: str
    ran: list[str]


def start_agent(folder: Path, *, second: int, first: int, runs: bool) -> AgentStart:
    """Install the agent where version 2's installer, and that of version 1, end with a status.

    Args:
        folder: of the test.
        second: status of the installer of version 2; -1 where there is none.
        first: status of that of version 1.
        runs: whether the agent is active afterwards.
    """
    programs, log = folder / "bin", folder / "ran"
    programs.mkdir()
    update = folder / "codedeploy-agent.update.log"
    installer = f"echo installer $1 >>{log}; echo why it ended >{update}; exit"
    stubs = {
        "curl": f'for word in "$@"; do address=$word; done; echo "curl ${{address##*.com/}}" >>{log}\n'
        'while [ "$1" != --output ]; do shift; done\n'
        f"case $address in *latestv2*) status={second} ;; *) status={first} ;; esac\n"
        '[ "$status" -ge 0 ] || exit 22\n'
        f"printf '#!/bin/bash\\n%s %s\\n' '{installer}' \"$status\" >\"$2\"",
        "dnf": f'echo "dnf $*" >>{log}',
        "ruby3.2": f'echo "ruby3.2" >>{log}; exec bash "$@"',
        "systemctl": f'echo "systemctl $*" >>{log}; case $1 in is-active) exit {0 if runs else 3} ;; esac',
        "mktemp": f"mkdir -p {folder}/root; exec /usr/bin/mktemp -p {folder}/root",
    }
    for name, text in stubs.items():
        (programs / name).write_text(f"#!/bin/bash\n{text}\n")
        (programs / name).chmod(0o755)
    script = AGENT.replace("/tmp/codedeploy-agent.update.log", str(update))
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        env={"PATH": f"{programs}:/usr/bin:/bin", "AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
    )
    assert list((folder / "root").iterdir()) == []
    assert not update.exists()
    return AgentStart(done.returncode, done.stdout + done.stderr, log.read_text().splitlines())


def test_the_agent_is_one_that_needs_no_ruby(tmp_path: Path) -> None:
    started = start_agent(tmp_path, second=0, first=1, runs=True)
    assert started.status == 0
    assert started.ran == [
        "curl latestv2/install",
        "installer auto",
        "systemctl enable --now codedeploy-agent",
        "systemctl is-active --quiet codedeploy-agent",
    ]


@pytest.mark.parametrize("second", [-1, 1], ids=["there is no version 2", "its installer fails"])
def test_the_older_agent_gets_a_ruby_that_its_installer_knows(tmp_path: Path, second: int) -> None:
    started = start_agent(tmp_path, second=second, first=0, runs=True)
    assert started.status == 0
    assert [line for line in started.ran if not line.startswith("systemctl")][-4:] == [
        "dnf install -y -q ruby3.2",
        "curl latest/install",
        "ruby3.2",
        "installer auto",
    ]


def test_an_instance_without_an_agent_is_none_and_says_why(tmp_path: Path) -> None:
    """Version 1's installer ends with 1 and without a word on a Ruby it does not know; its log has the reason."""
    started = start_agent(tmp_path, second=-1, first=1, runs=True)
    assert started.status == 1
    assert "why it ended" in started.output


def test_an_agent_that_does_not_run_fails_the_first_start(tmp_path: Path) -> None:
    assert start_agent(tmp_path, second=0, first=0, runs=False).status == 3


USED = ("AWS_REGION", "ENVIRONMENT", "LOG_GROUP", "CLASSIFIER_FUNCTION", "UPLOAD_BUCKET", "WORKOUTS_MACHINE")
"""Variables without which an instance cannot be set up."""


@pytest.mark.parametrize("name", USED)
def test_user_data_stops_before_anything_if_a_value_is_missing(name: str) -> None:
    names = set(USED) - {name}
    environment = {"PATH": "/nonexistent", **dict.fromkeys(names, "value")}
    done = subprocess.run(["/bin/bash", str(USER_DATA)], env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    assert f"{name}: parameter null or not set" in done.stderr
    assert "command not found" not in done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_rates_the_pages_exposure_below_two_of_ten() -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-400:]


def test_packaging_does_not_mix_two_revisions(tmp_path: Path) -> None:
    (tmp_path / "older").touch()
    done = subprocess.run([str(SCRIPTS / "package_app.sh"), str(tmp_path)], capture_output=True, text=True)
    assert done.returncode != 0
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["older"]


# --- check_page.py, against a page that answers what a test tells it


@pytest.fixture(scope="module")
def check_page() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_page", HOOKS / "check_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class FakePage:
    """Answers `/health` and `/api/classify`; `statuses` are those of the next answers, 200 after that."""

    address: str
    model: str = "default"
    answer: Any = field(default_factory=lambda: {"prediction": [["thruster", 0.99], ["ghd", 0.01]]})
    statuses: list[int] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[FakePage]:
    fake = FakePage(f"unix:{tmp_path / 'page.sock'}")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send({"status": "ok", "model": {"name": fake.model, "version": "1"}})

        def do_POST(self) -> None:
            fake.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(fake.answer)

        def _send(self, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(fake.statuses.pop(0) if fake.statuses else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "a socket"

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with socketserver.ThreadingUnixStreamServer(fake.address.removeprefix("unix:"), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield fake
        server.shutdown()


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    folder = tmp_path / "golden"
    folder.mkdir()
    (folder / "clip.mp4").write_bytes(b"the golden clip")
    (folder / "expected.json").write_text(json.dumps({"model": "default", "label": "thruster"}))
    return folder


def alive(module: ModuleType, monkeypatch: pytest.MonkeyPatch, *, restarts: int = 0) -> None:
    """Let systemd say that the unit runs."""
    shown = subprocess.CompletedProcess([], 0, f"ActiveState=active\nNRestarts={restarts}\n", "")
    monkeypatch.setattr(module.subprocess, "run", lambda *_, **__: shown)


def test_a_page_that_sees_the_golden_clips_movement_is_good(
    check_page: ModuleType, page: FakePage, golden: Path
) -> None:
    assert "sees thruster" in check_page.check(page.address, golden)
    assert b"the golden clip" in page.posted[0]


def test_a_page_that_sees_another_movement_is_wrong_at_once(
    check_page: ModuleType, page: FakePage, golden: Path
) -> None:
    page.answer = {"prediction": [["ghd", 0.9], ["thruster", 0.1]]}
    with pytest.raises(check_page.WrongAnswerError, match="sees ghd"):
        check_page.wait(page.address, golden, unit="page", seconds=60)
    assert len(page.posted) == 1


def test_another_model_owes_an_answer_but_not_this_one(check_page: ModuleType, page: FakePage, golden: Path) -> None:
    page.model = "my-movements"
    page.answer = {"prediction": [["swing", 0.6]]}
    assert "sees swing" in check_page.check(page.address, golden)
    page.answer = {"prediction": []}
    with pytest.raises(check_page.WrongAnswerError, match="no prediction"):
        check_page.check(page.address, golden)


def test_a_page_whose_function_is_just_starting_is_asked_again(
    check_page: ModuleType, page: FakePage, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive(check_page, monkeypatch)
    page.statuses = [503, 200, 503]
    assert "sees thruster" in check_page.wait(page.address, golden, unit="page", seconds=60)
    assert len(page.posted) == 2


def test_a_page_that_stays_without_its_function_is_given_up(
    check_page: ModuleType, page: FakePage, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive(check_page, monkeypatch)
    page.statuses = [503] * 1000
    with pytest.raises(check_page.NotReadyError, match=r"not ready after 0\.1 seconds: GET /health: 503"):
        check_page.wait(page.address, golden, unit="page", seconds=0.1)


def test_a_page_that_had_to_be_restarted_is_given_up_although_there_is_time(
    check_page: ModuleType, golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive(check_page, monkeypatch, restarts=1)
    with pytest.raises(check_page.NotReadyError, match="1 restarts"):
        check_page.wait(f"unix:{tmp_path}/nobody.sock", golden, unit="page", seconds=1000)
