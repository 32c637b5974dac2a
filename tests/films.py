"""Films that several tests are about."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.rendering.mp4 import write_mp4


def square_that_moves(folder: Path) -> Path:
    """Twenty seconds of a square that moves: nobody, for whom it is looked again and again."""
    frames = np.zeros((200, 96, 128, 3), np.uint8)
    for number, frame in enumerate(frames):
        frame[20:60, number % 80 : number % 80 + 30] = 200
    write_mp4(folder / "film.mp4", frames, fps=10)
    return folder / "film.mp4"
