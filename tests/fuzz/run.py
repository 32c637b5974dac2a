"""Reads mutants one after the other and watches what each costs: `python -m tests.fuzz.run FIRST COUNT [relocating]`.

Prints one line of JSON: how many were read and refused, the highest cost, and every case that broke a rule.
"""

from __future__ import annotations

import collections
import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import av
import cv2

from model.contract import MOVEMENTS, Contract
from model.errors import MovementsError
from model.video import decode, read_clip
from tests.clips import numbered_clip
from tests.fuzz.mutants import mutant

CONTRACT = Contract(name="fuzz", version="1", architecture="none", movements=MOVEMENTS, frames=5, size=32)
DECODERS = frozenset(("h264", "hevc", "av1", "libdav1d", "vp9", "mpeg4"))


def originals(folder: Path) -> list[bytes]:
    """Small files of every codec and build, and three in codecs that must never be opened."""
    kinds: list[dict[str, Any]] = [
        {},
        {"options": {"bf": "2", "b-adapt": "0", "g": "5"}, "sound": True},
        {"flags": "frag_keyframe+empty_moov", "options": {"g": "3"}},
        {"flags": "faststart", "container": "mov"},
        {"codec": "libx265", "options": {"x265-params": "bframes=2:log-level=-1"}},
        {"codec": "libsvtav1", "options": {"preset": "12"}},
        {"codec": "libvpx-vp9"},
        {"codec": "mpeg4"},
        {"codec": "png", "pixels": "rgb24"},
        {"codec": "mjpeg", "pixels": "yuvj420p", "container": "mov"},
        {"codec": "magicyuv", "pixels": "gbrp", "container": "mov"},
    ]
    return [
        numbered_clip(folder / f"{number}.mp4", 6, 64, 64, **kind).read_bytes() for number, kind in enumerate(kinds)
    ]


class Watch:
    """Stands where the decoder is opened, and asks FFmpeg's demuxer in this process what it would choose."""

    def __init__(self) -> None:
        self.opened: collections.Counter[str] = collections.Counter()
        self.foreign: list[str] = []
        self._open = cv2.VideoCapture
        decode.cv2.VideoCapture = self  # type: ignore[misc, assignment]

    def __call__(self, content: Any, *arguments: Any) -> cv2.VideoCapture:
        try:
            with av.open(content) as film:
                names = [stream.codec_context.name if stream.codec_context else "?" for stream in film.streams]
        except av.FFmpegError:
            names = []
        content.seek(0)
        self.opened.update(names)
        self.foreign += [name for name in names if name not in DECODERS]
        if len(names) > 1:
            self.foreign.append(f"{len(names)} streams")
        return self._open(content, *arguments)


def peak() -> int:
    """The highest resident memory since it was last forgotten, in MB."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024


def forget_peak() -> None:
    """Begin to measure the highest memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def run(first: int, count: int, *, relocating: bool, seconds: float, megabytes: int) -> dict[str, Any]:
    """Read the cases from a number on; see the module."""
    watch = Watch()
    outcomes: collections.Counter[str] = collections.Counter()
    broken: list[dict[str, object]] = []
    slowest, largest = (0.0, -1), (0, -1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        honest = originals(folder)
        path = folder / "case.mp4"
        for content in honest[:8]:  # what is loaded once counts for no case
            path.write_bytes(content)
            read_clip(path, CONTRACT)
        base = peak()
        for seed in range(first, first + count):
            path.write_bytes(mutant(seed, honest, relocating=relocating))
            forget_peak()
            watch.foreign.clear()
            begin = time.process_time()
            fault = ""
            try:
                read_clip(path, CONTRACT)
                outcomes["read"] += 1
            except MovementsError as error:
                outcomes[error.code] += 1
            except Exception:
                fault = traceback.format_exc(limit=-3)
            spent, grown = time.process_time() - begin, peak() - base
            slowest, largest = max(slowest, (spent, seed)), max(largest, (grown, seed))
            if watch.foreign:
                fault = f"opened {watch.foreign}"
            elif spent > seconds or grown > megabytes:
                fault = f"{spent:.1f} s, {grown} MB"
            if fault:
                broken.append({"case": seed, "fault": fault})
    return {
        "cases": count,
        "outcomes": dict(outcomes),
        "opened": dict(watch.opened),
        "slowest": slowest,
        "largest": largest,
        "broken": broken,
    }


if __name__ == "__main__":
    os.nice(5)
    kind = sys.argv[3:] == ["relocating"]
    result = run(
        int(sys.argv[1]), int(sys.argv[2]), relocating=kind, seconds=2 if kind else 5, megabytes=300 if kind else 400
    )
    print(json.dumps(result))
