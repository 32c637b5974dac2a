"""The page's image, really built and really used: as a server in the browser's place, and as a command.

The figures are printed (`-rP` shows them), never asserted: they are of the machine that runs the tests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from model.contract import MOVEMENTS
from tests.image.build import ROOT, Image, build, pinned, why_not
from tests.image.container import Container, Process, descendants, unpacked

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

PLACE = "opt/movements"
EXAMPLES = ROOT / "app" / "assets" / "examples"
DOCKERFILE = "page.Dockerfile"


@dataclass(frozen=True)
class Running:
    """A container that serves the page."""

    container: Container
    address: str
    scratch: Path
    processes: tuple[Process, ...]

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body of an answer."""
        return self.ask(urllib.request.Request(self.address + path, headers=headers))

    def classify(self, clip: Path) -> dict[str, Any]:
        """The page's answer to a clip."""
        request = urllib.request.Request(f"{self.address}/api/v1/classify", data=clip.read_bytes(), method="POST")
        request.add_header("Content-Type", "video/mp4")
        status, body = self.ask(request)
        assert status == 200, body
        answer: dict[str, Any] = json.loads(body)
        return answer

    @staticmethod
    def ask(request: urllib.request.Request) -> tuple[int, bytes]:
        """Status and body, of an error too."""
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    folder = tmp_path_factory.mktemp("image") / "oci"
    start = time.perf_counter()
    built = build(folder, dockerfile=DOCKERFILE)
    size, compressed = (sum(getattr(layer, what) for layer in built.ours) / 1e6 for what in ("size", "compressed"))
    print(f"\nimage of the page: built in {time.perf_counter() - start:.0f} s")
    print(f"image of the page: {size:.0f} MB on top of its base, compressed {compressed:.0f} MB")
    yield built
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def container(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    with unpacked(image, tmp_path_factory.mktemp("root")) as made:
        yield made


@pytest.fixture(scope="module")
def page(container: Container, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    scratch = tmp_path_factory.mktemp("scratch")
    program = container.program(scratch)
    variables = {**program.environment, "PORT": str(port), "ALLOWED_HOSTS": '["page"]'}
    start = time.perf_counter()
    with (scratch.parent / "page.log").open("wb") as log:
        served = subprocess.Popen(program.command, env=variables, stdout=log, stderr=log, start_new_session=True)
    running = Running(container, f"http://127.0.0.1:{port}", scratch, ())
    try:
        while True:
            assert served.poll() is None, (scratch.parent / "page.log").read_text()[-4000:]
            assert time.perf_counter() < start + 120
            try:
                if running.get("/health")[0] == 200:
                    break
            except OSError:  # not yet listening
                time.sleep(0.1)
        print(f"\nimage of the page: healthy {time.perf_counter() - start:.1f} s after its start")
        processes = (Process.read(pid) for pid in descendants(served.pid))
        yield Running(container, running.address, scratch, tuple(processes))
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.wait(30)


def test_the_page_in_a_container_recognises_every_example(page: Running) -> None:
    start = time.perf_counter()
    shown = {
        movement.label: page.classify(EXAMPLES / f"{movement.label.replace(' ', '-')}.mp4") for movement in MOVEMENTS
    }
    print(f"\nimage of the page: {(time.perf_counter() - start) / len(shown):.2f} s a clip")
    assert {label: answer["predictions"][0]["label"] for label, answer in shown.items()} == {
        movement.label: movement.label for movement in MOVEMENTS
    }
    assert all(answer["streams"] == ["pictures", "body"] for answer in shown.values())


def test_the_page_in_a_container_is_whole(page: Running) -> None:
    status, body = page.get("/")
    assert (status, b"<title>" in body) == (200, True)
    assert page.get("/openapi.json")[0] == page.get("/assets/style.css")[0] == 200


def test_the_page_in_a_container_hands_browsers_what_answers_clips(page: Running) -> None:
    _, body = page.get("/_dash-layout")
    found = re.search(r"/device/[0-9a-f]{16}/", body.decode().replace(r"\u002f", "/"))
    assert found is not None
    for name in ("worker.js", "litert_wasm_internal.wasm", "mediabunny.mjs", "model.tflite"):
        assert page.get(found[0] + name)[0] == 200, name


def test_a_container_answers_under_the_names_that_it_was_given(page: Running) -> None:
    assert page.get("/health/live", Host="page:8050")[0] == 200
    assert page.get("/health/live", Host="elsewhere.example")[0] == 400


def test_docker_is_told_how_the_page_is(page: Running, tmp_path: Path) -> None:
    text = (ROOT / DOCKERFILE).read_text(encoding="utf-8")
    found = re.search(r"^HEALTHCHECK .*\\\n\s+CMD (\[.+\])$", text, re.M)
    assert found is not None
    command = json.loads(found[1])
    page.container.run(tmp_path, *command, PORT=page.address.rpartition(":")[2])
    with pytest.raises(AssertionError, match="refused"):
        page.container.run(tmp_path, *command, PORT="1")


def test_the_page_runs_without_any_privilege_and_writes_nowhere_but_to_tmp(page: Running) -> None:
    ours = [process for process in page.processes if process.status["Name"].startswith(("python", "movements"))]
    assert len(ours) >= 2, "the page and its workers"
    for process in ours:
        assert process.status["Uid"] == process.status["Gid"] == "65534 65534 65534 65534"
        assert int(process.status["CapEff"], 16) == 0
        writable = {place for place, options in process.mounts.items() if "rw" in options}
        assert {place for place in writable if not place.startswith(("/dev", "/proc"))} == {"/tmp"}
    assert {path.name.rpartition("-")[0] for path in page.scratch.iterdir()} <= {"movements-page"}


def test_the_image_is_the_command_too(container: Container, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "thruster.mp4", tmp_path)
    (entry,) = container.image.configuration["config"]["Entrypoint"]
    answer = json.loads(container.run(tmp_path, entry, "predict", "/tmp/thruster.mp4", "--json"))
    assert answer["prediction"][0][0] == "thruster"
    assert [path.name for path in tmp_path.iterdir()] == ["thruster.mp4"]


def test_the_image_has_exactly_the_pinned_packages_and_the_project(container: Container, tmp_path: Path) -> None:
    python = container.run(tmp_path, "python3", "-c", "import platform; print(platform.python_version())").strip()
    installed = container.image.packages(PLACE)
    installed.pop("movements")
    assert installed == pinned(ROOT / "requirements" / "app.txt", python)


def test_nothing_says_where_the_image_was_built_and_none_but_root_can_change_it(image: Image) -> None:
    assert image.traces() == []
    entries = {name: entry for layer in image.ours for name, entry in layer.entries.items()}
    assert [name for name, entry in entries.items() if entry.mode & 0o022 or entry.owner != (0, 0)] == []
    assert [name for name in entries if "/tests/" in name and name.startswith(f"{PLACE}/model")] == []
