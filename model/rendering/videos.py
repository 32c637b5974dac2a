"""Whole rendered videos as files: what a phone would have filmed, for trying the way from a file to an answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from model.contract import NONE_LABEL
from model.processes import process_pool
from model.rendering.clip import render_video
from model.rendering.dataset import label_of
from model.rendering.mp4 import write_mp4

SIZES = ((480, 270), (270, 480), (360, 360), (400, 300))
"""Width and height of the pictures, pixels: phones held level and upright, and what is cut from them."""

BARRED = 0.15
"""Share of videos published with black bars at two sides."""


def render_videos(out: Path, clips: int, seed: int, *, workers: int = 2) -> list[Path]:
    """Write `<label>_<number>.mp4` for `clips` clips; files that are there already are kept.

    What shows none of the movements carries the name of what it shows instead (`air squat_12.mp4`). Movements are
    drawn as for the shards of `dataset`, but from random numbers of their own: no video repeats a clip of a shard.

    Args:
        out: folder; made if it is not there.
        clips: how many.
        seed: decides every video, together with its number.
        workers: processes.

    Returns:
        The files, by number.
    """
    return made_by_processes(_render, out, clips, seed, workers)


def made_by_processes(
    make: Callable[[Path, int, int], Path], out: Path, count: int, seed: int, workers: int
) -> list[Path]:
    """Files of a folder, each made by a process: `make` is given the folder, the seed and a number from 0."""
    out.mkdir(parents=True, exist_ok=True)
    with process_pool(workers) as pool:
        return list(pool.map(make, [out] * count, [seed] * count, range(count)))


def _render(out: Path, seed: int, number: int) -> Path:
    found = sorted(out.glob(f"*_{number}.mp4"))
    if found:
        return found[0]
    rng = np.random.default_rng((seed, number, 2))
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    label = label_of(seed, number)
    video = render_video((seed, number, 2), label, width=width, height=height)
    frames = _barred(video.frames) if rng.random() < BARRED else video.frames
    name = video.kind if label == NONE_LABEL else label
    path = out / f"{name}_{number}.mp4"
    partial = path.with_name(f".{path.name}")
    write_mp4(partial, frames)
    partial.replace(path)
    return path


def _barred(frames: np.ndarray) -> np.ndarray:
    """Frames [n, H, W, 3] with black at the two longer sides, as sites pad them to the other shape; sides stay even."""
    height, width = frames.shape[1:3]
    room = (max(height, width) * 4 // 3 - min(height, width)) // 4 * 2
    pads = [(0, 0)] * 4
    pads[1 if width >= height else 2] = (room, room)
    return np.pad(frames, pads)
