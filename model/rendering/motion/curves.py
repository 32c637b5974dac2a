"""Smooth functions of time: key poses joined, small sway, uneven tempo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from model.rendering.motion.geometry import Array


class Curve:
    """Key values joined without overshoot; constant before the first key and after the last.

    Cubic Hermite pieces with harmonic-mean slopes (Fritsch and Butland 1984), zero at the ends: what lies between two
    keys stays between their values, so a foot that two keys leave on the floor stays there.

    times: K increasing instants. rows: K rows of D values, or K values (D = 1).
    """

    def __init__(
        self, times: Sequence[float] | Array, rows: Sequence[Sequence[float]] | Sequence[float] | Array
    ) -> None:
        self._times = np.asarray(times, dtype=np.float64)
        values = np.asarray(rows, dtype=np.float64)
        self._values = values if values.ndim == 2 else values[:, None]
        if len(self._times) < 2 or len(self._times) != len(self._values):
            raise ValueError(
                f"times and rows must be as many, and two at least; got {len(self._times)}, {len(self._values)}"
            )
        self._steps = np.diff(self._times)
        if (self._steps <= 0).any():
            raise ValueError(f"times must increase, got {self._times.tolist()}")
        secants = np.diff(self._values, axis=0) / self._steps[:, None]
        before, after = secants[:-1], secants[1:]
        same_way = before * after > 0
        slopes = np.divide(2 * before * after, before + after, out=np.zeros_like(before), where=same_way)
        self._slopes = np.pad(slopes, ((1, 1), (0, 0)))

    @classmethod
    def through(cls, *keys: tuple[float, Sequence[float] | float]) -> Self:
        """A curve through (time, row) keys."""
        return cls([time for time, _ in keys], np.array([row for _, row in keys], dtype=np.float64))

    def __call__(self, at: Array) -> Array:
        """Values [D, T] at the instants [T]; with D = 1 unpack with `(value,) = curve(t)`."""
        at = np.clip(at, self._times[0], self._times[-1])
        piece = np.clip(np.searchsorted(self._times, at, side="right") - 1, 0, len(self._steps) - 1)
        step = self._steps[piece][:, None]
        s = (at - self._times[piece])[:, None] / step
        rest = 1 - s
        values: Array = (
            (1 + 2 * s) * rest**2 * self._values[piece]
            + s * rest**2 * step * self._slopes[piece]
            + s**2 * (3 - 2 * s) * self._values[piece + 1]
            - s**2 * rest * step * self._slopes[piece + 1]
        )
        return values.T


class UpAndDown:
    """A movement that goes up during phases [0, 1], down during [1, 2], and so on; each half has its own curve.

    Both curves run over [0, 1], and the second must begin where the first ends and end where it begins.
    """

    def __init__(self, up: Curve, down: Curve) -> None:
        self._up, self._down = up, down

    def __call__(self, phase: Array) -> Array:
        """Values [D, T] at phases [T] of any sign."""
        phase = np.mod(phase, 2.0)
        return np.where(phase < 1, self._up(phase), self._down(phase - 1))


class Sway:
    """A small random motion: three sine waves per coordinate, slow and wide to quick and fine (0.3 to 4 Hz).

    amplitudes: D expected extents, in the unit of what is swayed.
    """

    def __init__(self, rng: np.random.Generator, *amplitudes: float) -> None:
        shape = (3, len(amplitudes), 1)
        bands = np.array([[0.3, 0.8], [0.9, 1.8], [2.2, 4.0]])
        self._turns = 2 * np.pi * rng.uniform(bands[:, :1], bands[:, 1:], size=shape[:2])[..., None]
        self._phases = rng.uniform(0, 2 * np.pi, size=shape)
        self._weights = (
            np.array([0.7, 0.3, 0.08])[:, None, None] * np.asarray(amplitudes)[:, None] * rng.uniform(0.3, 1.2, shape)
        )

    def __call__(self, seconds: Array) -> Array:
        """Values [D, T] at the instants [T] in seconds."""
        waves: Array = (self._weights * np.sin(self._turns * seconds + self._phases)).sum(axis=0)
        return waves


class Tempo:
    """An uneven tempo: maps [0, 1] onto itself, increasing, now faster and now slower than the clock."""

    def __init__(self, rng: np.random.Generator, strength: float) -> None:
        self._shares = rng.uniform(-1, 1, size=2) * strength * np.array([0.7, 0.3])

    def __call__(self, t: Array) -> Array:
        """Warped times [T]; increasing as long as the strength is below 1."""
        warped: Array = t + sum(
            share * np.sin(np.pi * turns * t) / (np.pi * turns)
            for turns, share in zip((2, 4), self._shares, strict=True)
        )
        return warped


def blend(start: ArrayLike, end: ArrayLike, share: ArrayLike) -> Array:
    """`start` where `share` is 0, `end` where it is 1; a share [T] applies to vectors [T, 3] or [T, 2, 3]."""
    first, last = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    weight = np.asarray(share, dtype=np.float64)
    while weight.ndim < max(first.ndim, last.ndim):
        weight = weight[..., None]
    return first + (last - first) * weight


def smooth_step(x: ArrayLike) -> Array:
    """0 below 0, 1 above 1, smooth between."""
    s = np.clip(np.asarray(x, dtype=np.float64), 0, 1)
    result: Array = s * s * (3 - 2 * s)
    return result


class Cycle:
    """A repeating movement of period 1; the curve runs over [0, 1] and ends as it begins."""

    def __init__(self, curve: Curve) -> None:
        self._curve = curve

    def __call__(self, phase: Array) -> Array:
        """Values [D, T] at phases [T] of any sign."""
        return self._curve(np.mod(phase, 1.0))
