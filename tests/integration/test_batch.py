"""`movements batch` as a process, with a real model, ended as a power cut would."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.servers import ROOT


def command(folder: Path, out: Path, bundle: Path, *options: str) -> list[str]:
    words = [sys.executable, "-m", "model.cli", "batch", str(folder), "--out", str(out), "--bundle", str(bundle)]
    return [*words, "--workers", "2", *options]


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text().splitlines() if line.endswith("}")] if out.is_file() else []


def test_a_batch_that_is_killed_goes_on_and_answers_no_clip_twice(
    tiny_bundle: Path, red_clip: bytes, tmp_path: Path
) -> None:
    folder, out = tmp_path / "clips", tmp_path / "out.jsonl"
    (folder / "more").mkdir(parents=True)
    for number in range(120):
        (folder / ("more" if number % 2 else ".") / f"{number:03}.mp4").write_bytes(red_clip)
    (folder / "050.mp4").write_text("this is a text file, whatever its name says\n")
    started = subprocess.Popen(command(folder, out, tiny_bundle), cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(rows(out)) < 20 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    before = {row["file"] for row in rows(out)}
    assert 20 <= len(before) < 120
    with out.open("a") as file:
        file.write('{"file": "cut o')
    table = tmp_path / "out.csv"
    done = subprocess.run(
        command(folder, out, tiny_bundle, "--csv", str(table)), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert f"120 clips asked about, {len(before)} of them before; 1 have none" in done.stdout
    counted = Counter(row["file"] for row in rows(out))
    assert len(counted) == 120 and set(counted.values()) == {1}
    assert next(row for row in rows(out) if row["file"] == "050.mp4")["error"]["code"] == "not_a_video"
    assert len(table.read_text().splitlines()) == 121
    shutil.rmtree(folder)
    again = subprocess.run(command(tmp_path, out, tiny_bundle), cwd=ROOT, capture_output=True, text=True, check=True)
    assert "0 clips asked about" in again.stdout
