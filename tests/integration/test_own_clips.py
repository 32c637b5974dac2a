"""From links and annotations to a bundle that the function serves, with seven commands and no code.

The videos are rendered: whole workouts of a few people, each of several repetitions, annotated as Supervisely exports
them. Everything runs as a person runs it, in processes of their own.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import shlex
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from classify.handler import handler
from classify.service import service
from model.bundle import CARD, WEIGHTS, Bundle
from model.data.manifest import Manifest, Split
from model.rendering.clip import render_video
from model.rendering.mp4 import write_mp4
from tests.e2e.emulator.s3 import MODELS, UPLOADS, LocalS3, local_s3
from tests.integration.test_handler import Context

ATHLETES = ("Ana Ruiz", "Ben Moss", "Cleo Park", "Dan Ito", "Eva Lund")
MOVEMENTS = ("deadlift", "double-unders")
REPETITIONS = 2
"""Of each movement, by each athlete."""

WIDTH, HEIGHT, REST = 120, 160, 6
"""Pixels of the videos, and frames between two repetitions."""


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with local_s3() as running:
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with videos and their annotations, and its address on a web server of this machine."""
    folder = tmp_path_factory.mktemp("site")
    for number, athlete in enumerate(ATHLETES):
        frames: list[np.ndarray] = []
        tags = []
        for repetition in range(REPETITIONS):
            for movement in MOVEMENTS:
                seed = (number, repetition, MOVEMENTS.index(movement))
                shown = render_video(seed, movement, width=WIDTH, height=HEIGHT).frames
                frames += [shown[0]] * REST
                tags.append({"name": movement, "frameRange": [len(frames), len(frames) + len(shown) - 1]})
                frames += list(shown)
        name = f"Event 1, {athlete}, {number}.mp4"
        write_mp4(folder / f"{number}.mp4", np.stack(frames))
        export = {"videoName": name, "framesCount": len(frames), "tags": tags[::-1]}
        (folder / f"{number}.json").write_text(json.dumps(export))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def movements(folder: Path, s3: LocalS3, arguments: str) -> str:
    """Run the command `movements` in a folder; gives what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"CUDA_VISIBLE_DEVICES": "-1", "PYTHONPATH": str(Path(__file__).parents[2]), **s3.environment}
    command = [sys.executable, "-c", "from model.cli.commands import app; app()", *shlex.split(arguments)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_seven_commands_lead_from_links_to_a_bundle_that_the_function_serves(
    site: tuple[Path, str], s3: LocalS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports, address = site
    rows = [f'{address}/{n}.mp4,"Event 1, {athlete}, {n}"' for n, athlete in enumerate(ATHLETES)]
    (tmp_path / "links.csv").write_text("\n".join(["url,name", *rows]) + "\n")
    run = functools.partial(movements, tmp_path, s3)

    run("data fetch links.csv --out videos")
    run(f"data import {exports} --videos videos --out manifest.json")
    run("data cut manifest.json --videos videos --out clips")
    run("data split clips --test 0.2 --validation 0.2")
    run("data records clips --out records --size 32")
    run("train --data records --out run --preset fine-tune --from default --steps 3")
    run(
        "bundle run --data records --test records --clips clips --out bundle --name own --version 7 "
        f"--publish s3://{MODELS}/models"
    )

    repetitions = Manifest.read(tmp_path / "clips").repetitions
    assert len(repetitions) == len(ATHLETES) * len(MOVEMENTS) * REPETITIONS
    people = {split: {r.athlete for r in repetitions if r.split is split} for split in Split}
    assert sorted(map(len, people.values())) == [1, 1, 3]
    assert set.union(*people.values()) == set(ATHLETES)
    bundle = Bundle.load(tmp_path / "bundle")
    assert bundle.contract.labels == MOVEMENTS
    assert bundle.contract.none_of_these is None
    assert len(bundle.goldens) == len(MOVEMENTS)
    assert (bundle.directory / WEIGHTS).is_file()
    card = " ".join((bundle.directory / CARD).read_text(encoding="utf-8").split())
    assert "4 clips of 1 athlete of the test set" in card
    assert "The clips were split by athlete, seed 1" in card
    assert "The training began with the weights of movinet-a0-rendered" in card
    setting = run(f"activate s3://{MODELS}/models/own/7").strip()
    assert setting == f"BUNDLE=s3://{MODELS}/models/own/7"

    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    name, value = setting.split("=")
    for key, given in {**s3.environment, "UPLOAD_BUCKET": UPLOADS, name: value, "THREADS": "1"}.items():
        monkeypatch.setenv(key, given)
    service.cache_clear()
    clip = next(r.clip for r in repetitions if r.split is Split.TEST)
    assert clip is not None
    answer = handler({"video": base64.b64encode((tmp_path / "clips" / clip).read_bytes()).decode()}, Context())
    service.cache_clear()
    assert answer["statusCode"] == 200
    body = json.loads(answer["body"])
    assert {label for label, _ in body["prediction"]} == set(MOVEMENTS)
    assert sum(probability for _, probability in body["prediction"]) == pytest.approx(1, abs=1e-4)
    assert body["model"] == {"name": "own", "version": "7", "engine": "litert"}
