"""Pictures that hang on walls and cover them: posters, flags, windows, clutter, foliage, fences."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from model.rendering.colours import any_colour
from model.rendering.look import SKINS

SIDE = 128
COUNT = 96
WINDOWS = 12
"""The first pictures are windows."""


@cache
def pictures(seed: int = 5) -> np.ndarray:
    """uint8 [COUNT, SIDE, SIDE, 3]; the same for the same seed."""
    rng = np.random.default_rng(seed)
    return np.stack([_picture(rng, _window if i < WINDOWS else None) for i in range(COUNT)])


def _ink(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(value * 255) for value in any_colour(rng, 0.9, 0.02, 1.0))


def _picture(rng: np.random.Generator, painter: Callable[[np.ndarray, np.random.Generator], None] | None) -> np.ndarray:
    painters = (_poster, _flag, _clutter, _foliage, _fence)
    image = np.empty((SIDE, SIDE, 3), np.uint8)
    image[:] = _ink(rng)
    (painter or painters[rng.choice(len(painters), p=[0.25, 0.10, 0.40, 0.13, 0.12])])(image, rng)
    if rng.random() < 0.5:
        image = np.clip(image + rng.normal(0, rng.uniform(2, 18), image.shape), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.5))
    return image


def _poster(image: np.ndarray, rng: np.random.Generator) -> None:
    for _ in range(rng.integers(1, 5)):
        word = "".join(chr(rng.integers(65, 91)) for _ in range(rng.integers(2, 8)))
        at = int(rng.integers(-5, 40)), int(rng.integers(20, SIDE))
        cv2.putText(image, word, at, int(rng.integers(0, 7)), rng.uniform(0.5, 1.6), _ink(rng), int(rng.integers(1, 5)))
    if rng.random() < 0.5:
        at = int(rng.integers(20, 108)), int(rng.integers(20, 108))
        cv2.circle(
            image, at, int(rng.integers(8, 40)), _ink(rng), int(rng.integers(1, 6)) if rng.random() < 0.7 else -1
        )


def _flag(image: np.ndarray, rng: np.random.Generator) -> None:
    ink = _ink(rng)
    cv2.rectangle(image, (35, 0), (52, SIDE), ink, -1)
    cv2.rectangle(image, (0, 52), (SIDE, 72), ink, -1)


def _window(image: np.ndarray, rng: np.random.Generator) -> None:
    sky, ground = rng.uniform(0.75, 1) * np.array([225, 238, 250]), rng.uniform(0.3, 0.9) * np.array([120, 135, 105])
    outside = np.repeat(rng.uniform(0, 1, (8, 6, 1)), 3, axis=2) * 0.35
    outside[rng.integers(3, 8) :] += 0.6
    share = np.clip(cv2.resize(outside, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), 0, 1)
    image[:] = (sky * (1 - share) + ground * share).astype(np.uint8)
    columns, rows, ink = int(rng.integers(1, 6)), int(rng.integers(1, 5)), _ink(rng)
    for i in range(columns + 1):
        cv2.line(image, (i * SIDE // columns, 0), (i * SIDE // columns, SIDE), ink, 3)
    for i in range(rows + 1):
        cv2.line(image, (0, i * SIDE // rows), (SIDE, i * SIDE // rows), ink, 3)


def _clutter(image: np.ndarray, rng: np.random.Generator) -> None:
    for _ in range(rng.integers(15, 90)):
        kind, ink = rng.integers(4), _ink(rng)
        x, y = (int(v) for v in rng.integers(0, SIDE, 2))
        other = x + int(rng.integers(-30, 30)), y + int(rng.integers(-40, 40))
        if kind == 0:
            cv2.rectangle(image, (x, y), other, ink, -1 if rng.random() < 0.7 else 2)
        elif kind == 1:
            axes = int(rng.integers(2, 20)), int(rng.integers(2, 20))
            cv2.ellipse(image, (x, y), axes, 0, 0, 360, ink, -1 if rng.random() < 0.6 else 2)
        elif kind == 2:
            cv2.line(image, (x, y), other, ink, int(rng.integers(1, 4)))
        else:  # somebody far away
            s = int(rng.integers(5, 14))
            skin = tuple(int(v * 255) for v in SKINS[rng.integers(len(SKINS))])
            cv2.ellipse(image, (x, y), (int(s * 0.45), int(s * 0.55)), 0, 0, 360, skin, -1)
            cv2.rectangle(image, (int(x - s * 0.8), int(y + s * 0.5)), (int(x + s * 0.8), y + s * 3), ink, -1)


def _foliage(image: np.ndarray, rng: np.random.Generator) -> None:
    total = np.zeros((SIDE, SIDE), np.float32)
    for octave in (4, 8, 16, 32, 64, 128):
        total += cv2.resize(
            rng.random((octave, octave)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC
        )
    share = ((total - total.min()) / np.ptp(total))[..., None]
    image[:] = np.clip(np.array(_ink(rng)) * share + np.array(_ink(rng)) * (1 - share), 0, 255).astype(np.uint8)


def _fence(image: np.ndarray, rng: np.random.Generator) -> None:
    count, ink = int(rng.integers(4, 30)), _ink(rng)
    for i in range(count):
        bottom = int(i * SIDE // count + rng.integers(-3, 3))
        cv2.line(image, (i * SIDE // count, 0), (bottom, SIDE), ink, int(rng.integers(1, 4)))
