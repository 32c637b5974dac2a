"""A deployed environment, used as people use it: clips good and bad, a release, a broken release that must not go live.

ENVIRONMENT names it, and the shell's credentials lead to its account. None of this has been run yet: what it will find
first is in `infra/README.md`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from model.contract import MOVEMENTS
from tests.servers import ROOT

ENVIRONMENT = os.environ.get("ENVIRONMENT", "")
EXAMPLES = ROOT / "app" / "assets" / "examples"
RELEASE = ROOT / "build" / "page"
"""What was deployed last, as `scripts/account/deploy.sh` left it."""

PATIENCE = 600.0

pytestmark = [
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not ENVIRONMENT, reason="ENVIRONMENT names no environment in an account: see account.yml"),
]


@pytest.fixture(scope="module")
def page() -> str:
    """The address of the page, once it answers."""
    stacks = boto3.client("cloudformation").describe_stacks(StackName=f"movements-{ENVIRONMENT}-web")["Stacks"]
    address = next(one["OutputValue"] for one in stacks[0]["Outputs"] if one["OutputKey"] == "PageAddress").rstrip("/")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if requests.get(f"{address}/health", timeout=30).status_code == 200:
            return address
        time.sleep(10)
    raise AssertionError(f"{address}/health never was 200")


def classified(page: str, clip: bytes) -> requests.Response:
    """The answer to a clip that is uploaded as a browser does it."""
    ticket: dict[str, Any] = requests.post(f"{page}/api/v1/uploads", timeout=30).json()
    sent = requests.post(ticket["url"], data=ticket["fields"], files={"file": clip}, timeout=60)
    assert sent.ok, sent.text
    return requests.post(f"{page}/api/v1/classify", json={"key": ticket["key"]}, timeout=60)


def release(folder: Path) -> bool:
    """Whether a revision goes live."""
    done = subprocess.run([ROOT / "scripts" / "account" / "release.sh", folder], cwd=ROOT, check=False)
    return done.returncode == 0


@pytest.fixture
def revision(tmp_path: Path) -> Iterator[Path]:
    """The revision that is live, to be changed."""
    copy = tmp_path / "page"
    shutil.copytree(RELEASE, copy)
    yield copy


def test_every_example_is_recognised(page: str) -> None:
    shown = {}
    for movement in MOVEMENTS:
        answer = classified(page, (EXAMPLES / f"{movement.label.replace(' ', '-')}.mp4").read_bytes())
        assert answer.status_code == 200, answer.text
        shown[movement.label] = answer.json()["predictions"][0]["label"]
    assert shown == {movement.label: movement.label for movement in MOVEMENTS}


def test_what_is_no_clip_is_said(page: str) -> None:
    answer = classified(page, b"this is a text, whatever its name says" * 100)
    assert (answer.status_code, answer.json()["code"]) == (415, "not_a_video")


def test_a_workout_is_analysed(page: str) -> None:
    ticket: dict[str, Any] = requests.post(f"{page}/api/workouts/uploads", timeout=30).json()
    film = (EXAMPLES / "thruster.mp4").read_bytes()
    assert requests.post(ticket["url"], data=ticket["fields"], files={"file": film}, timeout=60).ok
    job = requests.post(f"{page}/api/workouts", json={"key": ticket["key"]}, timeout=60).json()
    end = time.monotonic() + PATIENCE
    while job["state"] not in ("done", "failed") and time.monotonic() < end:
        time.sleep(5)
        job = requests.get(f"{page}/api/workouts/{job['id']}", timeout=30).json()
    assert job["state"] == "done", job
    assert [segment["movement"] for segment in job["workout"]["segments"]] == ["thruster"]


def test_a_release_goes_live_without_a_request_lost(page: str, revision: Path) -> None:
    (revision / "RELEASE").write_text("a release of a test\n")
    deploying = subprocess.Popen([ROOT / "scripts" / "account" / "release.sh", revision], cwd=ROOT)
    statuses = []
    while deploying.poll() is None:
        statuses.append(requests.get(f"{page}/health/live", timeout=30).status_code)
        time.sleep(1)
    assert deploying.returncode == 0
    assert set(statuses) == {200}


def test_a_broken_release_does_not_go_live(page: str, revision: Path) -> None:
    expected = revision / "golden" / "expected.json"
    expected.write_text(json.dumps({**json.loads(expected.read_text()), "label": "no such movement"}) + "\n")
    assert not release(revision)
    assert classified(page, (EXAMPLES / "thruster.mp4").read_bytes()).status_code == 200
    assert release(RELEASE), "what was live before can be released again"
