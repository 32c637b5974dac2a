"""Deployments through appspec.yml, executed: see `tests/infra/codedeploy`. The story runs once, the tests judge it."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.e2e.emulator.unpack import EMULATOR
from tests.infra.codedeploy import namespace
from tests.infra.codedeploy.agent import AppSpec
from tests.infra.codedeploy.visitor import SECRET, VIEWER

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"

ONE, TWO, BROKEN, AGAIN, UNREACHABLE, WITHOUT_FUNCTION = range(6)
"""The deployments of the story, in order."""

# Where an instance may be written to: by its first start and its packages, and by what CodeDeploy does.
FIRST_START = (
    "/etc/movements/", "/etc/nginx/nginx.conf", "/etc/systemd/system/multi-user.target.wants/",
    "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/.pwd.lock", "/etc/subuid", "/etc/subgid",
    "/opt/aws/amazon-cloudwatch-agent/", "/usr/bin/python3.12", "/usr/lib/systemd/system/",
    "/var/lib/nginx/", "/var/log/", "/var/scenario/",
)  # fmt: skip
DEPLOYMENTS = (
    "/etc/logrotate.d/movements", "/etc/systemd/system/movements@.service", "/opt/codedeploy-agent/",
    "/opt/movements/", "/var/cache/movements/",
)  # fmt: skip


@dataclass(frozen=True)
class Story:
    """What happened.

    Attributes:
        seen: `evidence.json`.
        folder: logs of the page and of nginx.
        begun: when, in nanoseconds, as files' times are.
    """

    seen: dict[str, Any]
    folder: Path
    begun: int

    def deployment(self, number: int) -> dict[str, Any]:
        """One of the deployments above."""
        deployment: dict[str, Any] = self.seen["deployments"][number]
        return deployment


@pytest.fixture(scope="module")
def revision(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pipeline hands to CodeDeploy, made by the script that makes it there."""
    out = tmp_path_factory.mktemp("packed") / "revision"
    environment = {**os.environ, "PYTHON": sys.executable, "CODEBUILD_RESOLVED_SOURCE_VERSION": COMMIT}
    command = [str(ROOT / "scripts" / "package_app.sh"), str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.fixture(scope="module")
def story(revision: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    reason = namespace.why_not()
    if reason is not None:
        pytest.skip(reason)
    if not EMULATOR.is_file():
        pytest.skip(f"{EMULATOR.relative_to(ROOT)} is absent: run `make {EMULATOR.relative_to(ROOT)}`")
    begun = time.time_ns()
    folder = namespace.run(
        tmp_path_factory.mktemp("instance"), "tests.infra.codedeploy.scenario", given=revision, timeout=280
    )
    return Story(json.loads((folder / "evidence.json").read_text()), folder, begun)


# --- the revision


def test_the_revision_holds_its_commit_and_no_weights(revision: Path) -> None:
    assert (revision / "RELEASE").read_text() == f"{COMMIT}\n"
    assert {path.name for path in revision.iterdir()} == {
        "RELEASE", "app", "appspec.yml", "golden", "model", "requirements", "scripts", "wheels"
    }  # fmt: skip
    kinds = {path.suffix for path in (revision / "model").rglob("*") if path.is_file()}
    assert kinds == {".py"}
    assert not list(revision.rglob("__pycache__"))


def test_the_revision_is_one_that_codedeploy_takes(revision: Path) -> None:
    spec = AppSpec.read(revision)
    assert [str(destination) for _, destination in spec.files] == ["/opt/movements/incoming"]
    assert {hook.runas for hooks in spec.hooks.values() for hook in hooks} == {"root"}


def test_every_wheel_that_is_pinned_is_in_the_revision_and_nothing_of_the_model_is(revision: Path) -> None:
    names = {path.name.partition("-")[0].lower() for path in (revision / "wheels").iterdir()}
    lines = re.findall(r"^([a-z0-9-]+==[^\\\n]+)", (revision / "requirements" / "web.txt").read_text(), re.MULTILINE)
    pinned = [Requirement(line) for line in lines]
    wanted = [one.name for one in pinned if one.marker is None or one.marker.evaluate()]  # not what PyPy needs instead
    assert names == {name.replace("-", "_") for name in wanted}
    assert not names & {"numpy", "opencv_python_headless", "ai_edge_litert", "tensorflow"}


def test_the_revision_has_every_module_of_the_model_that_the_page_imports_there(revision: Path) -> None:
    """What predicts on the page's own machine stays behind, and is imported there only."""
    local = {"local_classifier.py", "local_workouts.py", "workouts.py"}
    waiting = [path for path in (revision / "app").rglob("*.py") if path.name not in local]
    waiting += (revision / "model").glob("*.py")
    imported = {name for path in waiting for name in _imports(path) if name.split(".")[0] == "model"}
    assert imported
    for name in imported:
        assert (revision / f"{name.replace('.', '/')}.py").is_file() or (revision / name.replace(".", "/")).is_dir()


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "model":
            names |= {f"model.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module)
    return names


# --- an instance before its first deployment


def test_before_the_first_deployment_people_read_that_the_model_is_not_ready(story: Story) -> None:
    page = story.seen["placeholder"]["page"]
    assert page["status"] == 503
    assert "The model is not ready yet" in page["text"]
    assert page["headers"]["content-type"] == "text/html; charset=utf-8"
    assert page["headers"]["retry-after"]
    assert "default-src 'none'" in page["headers"]["content-security-policy"]


def test_before_the_first_deployment_programs_get_the_apis_error(story: Story) -> None:
    api = story.seen["placeholder"]["api"]
    error = json.loads(api["text"])["error"]
    assert (api["status"], error["code"]) == (503, "model_unavailable")
    assert error.keys() == {"code", "message", "hint"}


def test_before_the_first_deployment_the_load_balancer_finds_a_living_instance(story: Story) -> None:
    assert story.seen["placeholder"]["live"]["status"] == 200


def test_a_first_start_that_is_repeated_leaves_the_release_serving(story: Story) -> None:
    again, before = story.seen["started_again"], story.seen["without_function"]
    assert again["release"] == before["release"] == "two"
    assert again["nginx_config"] == before["nginx_config"]


# --- deployments


def test_the_first_deployment_runs_nothing_of_a_former_one_and_serves(story: Story) -> None:
    assert story.deployment(ONE)["failed"] is None
    assert story.deployment(ONE)["events"] == [
        "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart", "ValidateService"
    ]  # fmt: skip
    assert story.seen["first"]["release"] == "one"


def test_a_second_deployment_replaces_the_first(story: Story) -> None:
    assert story.deployment(TWO)["failed"] is None
    assert story.deployment(TWO)["events"][0] == "ApplicationStop"
    assert story.seen["second"]["release"] == "two"
    assert "# another configuration" in story.seen["second"]["nginx_config"]


def test_no_request_failed_and_every_prediction_was_right_in_three_deployments_and_a_rollback(story: Story) -> None:
    visitors = story.seen["visitors"]
    assert visitors["failures"] == []
    assert visitors["answered"]["clip"] > 10
    assert visitors["answered"]["page"] > 50


def test_no_visitor_saw_a_release_that_did_not_start(story: Story) -> None:
    assert story.seen["visitors"]["releases"] == ["one", "two"]


def test_an_upload_that_began_before_a_deployment_is_answered_after_it(story: Story) -> None:
    answer = story.seen["slow_upload"]
    assert answer["status"] == 200, answer
    assert json.loads(answer["text"])["prediction"][0][0] == "ghd"


def test_a_release_that_cannot_start_fails_its_deployment_and_the_former_serves(story: Story) -> None:
    assert story.deployment(BROKEN)["failed"] == "ApplicationStart"
    assert "RuntimeError: a defect" in story.deployment(BROKEN)["output"]
    assert story.seen["third"]["release"] == "two"
    assert story.seen["third"]["current"] == story.deployment(TWO)["id"]


def test_a_rollback_deploys_the_last_good_revision_again(story: Story) -> None:
    assert (story.deployment(AGAIN)["failed"], story.deployment(AGAIN)["revision"]) == (None, "two")
    assert story.seen["rolled_back"]["release"] == "two"
    assert story.seen["rolled_back"]["current"] == story.deployment(AGAIN)["id"]


def test_a_release_that_visitors_cannot_reach_is_taken_back_with_its_configuration(story: Story) -> None:
    assert story.deployment(UNREACHABLE)["failed"] == "ValidateService"
    assert story.seen["unreachable"]["release"] == "two"
    assert story.seen["unreachable"]["current"] == story.deployment(AGAIN)["id"]
    assert story.seen["unreachable"]["nginx_config"] == story.seen["rolled_back"]["nginx_config"]


def test_without_its_function_no_release_is_accepted_and_the_former_page_is_still_there(story: Story) -> None:
    assert story.deployment(WITHOUT_FUNCTION)["failed"] == "ApplicationStart"
    assert "model_unavailable" in story.deployment(WITHOUT_FUNCTION)["output"]
    assert story.seen["without_function"]["page"]["status"] == 200
    assert story.seen["without_function"]["current"] == story.deployment(AGAIN)["id"]


def test_a_server_that_is_launched_without_the_function_serves_its_release_all_the_same(story: Story) -> None:
    """Refused, it would be replaced by another one, which would be refused, and so on."""
    launched = story.seen["launched"]
    assert launched["refused"] == "ApplicationStart", "what the pipeline brings must answer, also on a new server"
    assert launched["accepted"] is None
    assert launched["release"] == "launched"
    assert launched["live"] == {"status": "ok"}


CHAPTERS = ("first", "second", "third", "rolled_back", "unreachable", "without_function", "started_again")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_one_release_runs_at_a_time_and_it_alone_starts_with_the_machine(story: Story, chapter: str) -> None:
    situation = story.seen[chapter]
    current = situation["current"]
    processes = situation["page_processes"]
    masters = {process["pid"] for process in processes} & {process["parent"] for process in processes}
    assert len(masters) == 1
    assert len(processes) == 3
    assert all(f"/opt/movements/releases/{current}/" in process["line"] for process in processes)
    assert situation["enabled"] == [f"movements@{current}.service"]


def test_nothing_but_ours_is_ever_stopped(story: Story) -> None:
    assert story.seen["bystander"] is True
    masters = {tuple(story.seen[chapter]["nginx"]) for chapter in CHAPTERS}
    assert len(masters) == 1
    assert len(next(iter(masters))) == 1


def test_releases_with_the_same_requirements_share_one_environment(story: Story) -> None:
    assert {tuple(story.seen[chapter]["environments"]) for chapter in CHAPTERS} == {
        tuple(story.seen["first"]["environments"])
    }


def test_scripts_are_of_the_same_time_on_every_server(story: Story) -> None:
    """Dash names them after it, and a server refuses the names of another release."""
    assert {tuple(story.seen[chapter]["script_times"]) for chapter in CHAPTERS} == {(1_000_000_000,)}


def test_the_last_releases_are_kept_and_older_ones_removed(story: Story) -> None:
    kept = [story.deployment(number)["id"] for number in (TWO, BROKEN, AGAIN)]
    assert story.seen["rolled_back"]["releases"] == kept


def test_a_page_that_died_is_explained_to_people_and_to_programs(story: Story) -> None:
    dead = story.seen["dead"]
    assert dead["page_processes"] == []
    assert (dead["page"]["status"], dead["api"]["status"]) == (503, 503)
    assert "The model is not ready yet" in dead["page"]["text"]
    assert json.loads(dead["api"]["text"])["error"]["code"] == "model_unavailable"


# --- requests


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [("no_clip", 415, "not_a_video"), ("unknown", 404, "not_found"), ("large", 413, "too_large")],
)
def test_errors_of_the_page_and_of_nginx_read_the_same(story: Story, request_: str, status: int, code: str) -> None:
    answer = story.seen["requests"][request_]
    error = json.loads(answer["text"])["error"]
    assert (answer["status"], error["code"]) == (status, code)
    assert error.keys() == {"code", "message", "hint"}


def test_a_request_for_a_prediction_leaves_nothing_in_the_bucket(story: Story) -> None:
    assert story.seen["requests"]["clip"]["status"] == 200
    assert story.seen["uploads_left"] == []


def test_the_page_knows_that_it_is_reached_over_tls(story: Story) -> None:
    assert "max-age" in story.seen["requests"]["page"]["headers"]["strict-transport-security"]


def test_without_a_load_balancer_cloudfront_reaches_the_page_and_one_address_may_not_ask_for_ever(story: Story) -> None:
    directly = story.seen["requests"]["directly"]
    assert (directly["status"], "max-age" in directly["headers"]["strict-transport-security"]) == (200, True)
    assert story.seen["many"][:300] == [200] * 300
    assert 429 in story.seen["many"]


def test_no_answer_tells_versions(story: Story) -> None:
    answers = [*story.seen["requests"].values(), *story.seen["placeholder"].values(), story.seen["dead"]["page"]]
    assert {answer["headers"]["server"] for answer in answers} == {"nginx"}


def test_the_access_log_has_addresses_of_viewers_and_no_queries_and_no_health_checks(story: Story) -> None:
    text = (story.folder / "nginx" / "access.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert SECRET not in text
    assert VIEWER in {line["viewer"] for line in lines}
    assert {"/", "/api/classify"} <= {line["path"] for line in lines}
    assert "/health/live" not in {line["path"] for line in lines}
    assert all(line["request_id"] for line in lines if line["path"] == "/api/classify" and line["status"] == 200)


def test_the_pages_log_is_json_line_by_line(story: Story) -> None:
    """Of releases that start: where an app cannot be imported, gunicorn has its own last words."""
    lines = [json.loads(line) for line in story.seen["page_log"].splitlines()]
    assert "request" in {line["message"] for line in lines}


# --- what the page may do


def test_the_page_runs_without_any_privilege(story: Story) -> None:
    security = story.seen["security"]
    assert len(security["processes"]) == 3
    for process in security["processes"]:
        assert set(process["Uid"].split()) == {str(security["user"])} != {"0"}
        assert int(process["CapEff"], 16) == int(process["CapBnd"], 16) == 0
        assert process["NoNewPrivs"] == "1"
        assert process["Seccomp"] == "2"  # its system calls are filtered
    assert security["shell"] == "/usr/sbin/nologin"
    assert security["homes"] == []


def test_the_page_can_write_neither_its_code_nor_its_configuration(story: Story) -> None:
    security = story.seen["security"]
    assert len(security["writes"]) >= 5
    assert 0 not in security["writes"].values(), security["writes"]
    assert security["not_root_owned"] == []
    assert security["writable_by_all"] == []


def test_only_root_reads_the_key_of_the_certificate(story: Story) -> None:
    assert story.seen["security"]["key_mode"] == "0o600"


def test_systemd_finds_nothing_wrong_with_the_installed_unit(story: Story) -> None:
    assert story.seen["security"]["verify"] == [0, ""]


def test_nothing_is_left_in_the_folders_for_temporary_files(story: Story) -> None:
    assert story.seen["temporary"] == []


def test_the_instance_is_written_to_where_it_should_be_and_nowhere_else(story: Story) -> None:
    first, whole = story.seen["after_first_start"], story.seen["written"]
    assert [path for path in first if not path.startswith((*FIRST_START, "/opt/codedeploy-agent/"))] == []
    assert [path for path in whole if not path.startswith((*FIRST_START, *DEPLOYMENTS))] == []
    assert any(path.startswith("/opt/movements/releases/") for path in whole)


# --- the machine that the tests run on


def test_the_machine_of_the_tests_is_as_it_was(story: Story) -> None:
    changed = []
    for path in map(Path, story.seen["written"]):
        if path.is_symlink() or path.is_file():
            if path.lstat().st_ctime_ns >= story.begun:
                changed.append(path)
        elif path.exists():
            changed.append(path)
    assert changed == []


def test_no_process_of_the_story_is_left(story: Story) -> None:
    left = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if "/opt/movements/" in line or "codedeploy.scenario" in line or "somebody:else" in line:
            left.append(line)
    assert left == []
