"""The commands that README and guides tell a person to type, typed in their order, in a folder like theirs."""

from __future__ import annotations

import functools
import itertools
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest

from model.rendering.clip import render_video
from model.rendering.mp4 import write_shots
from tests.e2e.emulator.s3 import MODELS, local_s3

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "app/assets/examples"
ELSEWHERE = {
    "live 0": "a camera; a film at its own pace stands in for it in tests of `movements live`",
    "s3://films/": "an archive in AWS: tests/e2e/test_archive.py",
    "serve --own": "a page, until it is stopped: tests/e2e/page/test_own.py",
}
"""What is not typed here, and where it is tried."""

FILM_S = 100
ATHLETES = 10
TAGS = ("deadlift", "double-unders")
FRAMES = 12
QUICKLY = {"train": "--steps 2"}
"""What shortens a command: all else is as it is shown."""


def commands(*names: str) -> list[str]:
    """The lines with `movements` in the documents' shell blocks, each once, in their order."""
    found = []
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")
        for block in re.findall(r"^```sh\n(.+?)^```$", text, re.M | re.S):
            lines = block.replace("\\\n", " ").splitlines()
            found += [
                line.split("  #")[0].strip() for line in lines if re.search(r"(^|&& )(\.venv/bin/)?movements ", line)
            ]
    return [line for line in dict.fromkeys(found) if not any(words in line for words in ELSEWHERE)]


class Desk:
    """A folder with a person's files, in which commands are typed."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        program = folder / ".venv" / "bin" / "movements"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m model.cli "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        self._environment["PATH"] = f"{program.parent}{os.pathsep}{os.environ['PATH']}"

    def type(self, line: str) -> str:
        """What a line says; it must succeed."""
        done = subprocess.run(
            ["bash", "-e", "-c", line],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """With a repetition, two more in a folder, a film and rules of one's own."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(EXAMPLES / "thruster.mp4", folder)
    shutil.copy(EXAMPLES / "deadlift.mp4", folder / "more.mp4")
    (folder / "clips").mkdir()
    for name in ("ghd.mp4", "ohs.mp4"):
        shutil.copy(EXAMPLES / name, folder / "clips")
    with av.open(str(EXAMPLES / "thruster.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24")[::2, :852:2] for frame in container.decode(video=0)]
    write_shots(folder / "film.mp4", itertools.repeat(np.stack(frames), FILM_S * 5 // len(frames) + 1), fps=5)
    shutil.copytree(ROOT / "model/workout/rules", folder / "my-rules")
    return Desk(folder)


@pytest.mark.parametrize("line", commands("README.md", "docs/index.md", "docs/judges.md"))
def test_a_command_of_first_steps_does_what_it_says(desk: Desk, line: str) -> None:
    desk.type(line.removeprefix("make pose && "))


def test_what_first_steps_write_is_there(desk: Desk) -> None:
    for name in ("results.jsonl", "results.csv", "reps.csv", "film.srt", "film.json"):
        if not (desk.folder / name).exists():
            pytest.fail(f"{name} was not written")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def films(tmp_path: Path) -> Iterator[str]:
    """The address of a site with a film of each athlete, two movements in it."""
    folder = tmp_path / "site"
    folder.mkdir()
    for number in range(ATHLETES):
        shots = [render_video((7, number), movement, width=120, height=160).frames[:FRAMES] for movement in TAGS]
        write_shots(folder / f"film-{number}.mp4", shots, fps=30)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.timeout(600)
def test_links_become_a_live_model_by_the_commands_of_own_clips(films: str, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    rows = [f"{films}/film-{number}.mp4,Athlete {number},film-{number}" for number in range(ATHLETES)]
    (folder / "links.csv").write_text("\n".join(["url,athlete,name", *rows]))
    (folder / "exports").mkdir()
    for number in range(ATHLETES):
        ranges = [[place * FRAMES, (place + 1) * FRAMES - 2] for place in range(len(TAGS))]
        tags = [{"name": name, "frameRange": frames} for name, frames in zip(TAGS, ranges, strict=True)]
        export = {"videoName": f"film-{number}.mp4", "framesCount": FRAMES * len(TAGS), "tags": tags}
        (folder / "exports" / f"{number}.json").write_text(json.dumps(export))

    with local_s3() as s3:
        desk, said = Desk(folder, **s3.environment), ""
        for line in commands("docs/own-clips.md"):
            if "activate" in line:
                line = line.replace("sha256:…", re.findall(r"sha256:\w{64}", said)[-1])
            line = line.replace("s3://bucket/", f"s3://{MODELS}/")
            shorter = next((words for name, words in QUICKLY.items() if f"movements {name} " in line), "")
            said = desk.type(f"{line} {shorter}")
    assert f"BUNDLE=s3://{MODELS}/models/squats/4\n" in said
