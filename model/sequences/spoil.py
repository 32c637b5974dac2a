"""What a network of landmarks makes of a body: points that are a little off, jump, change sides, or get lost.

How much was fitted to what BlazePose makes of rendered films, whose joints are known; see the tests of this room.
"""

from __future__ import annotations

import numpy as np

from model.pose.track import PAIRS, RATE
from model.rendering.motion.geometry import Array

OFFSETS = np.repeat([0.05, 0.08, 0.11, 0.05, 0.06, 0.075, 0.05], 2)[:-1]
"""How far a point is from its joint for as long as the film lasts, in torsos, by the order of POINTS."""
DRIFT = np.repeat([0.05, 0.085, 0.10, 0.05, 0.07, 0.075, 0.045], 2)[:-1]
"""Deviation of what comes and goes within DRIFT_SECONDS; now and then it is twice or four times as much."""
DRIFT_SECONDS, MOOD_SECONDS, MOOD = 0.15, 0.7, 0.6
JITTER = 0.012
"""Deviation from one instant to the next, in torsos."""

_SIDES = np.array([[2 * pair, 2 * pair + 1] for pair in range(len(PAIRS))])


def spoilt(rng: np.random.Generator, points: Array, *, hard: float = 1.0) -> tuple[Array, Array]:
    """A body's points as they are found in a film.

    Args:
        rng: decides everything.
        points: float64 [T, 13, 2], where they are, in any unit.
        hard: by how much worse this body is found than others.

    Returns:
        Where they are found, and seen: float64 [T], 0 where the body was lost and its points are guessed.
    """
    count = len(points)
    torso = float(np.percentile(np.linalg.norm(points[:, :2].mean(axis=1) - points[:, 6:8].mean(axis=1), axis=-1), 90))
    torso = max(torso, 1e-6)
    strength = rng.uniform(0.4, 1.8) * hard
    found = points + torso * strength * (
        rng.normal(0, OFFSETS[:, None], (1, len(OFFSETS), 2))
        + _memory(rng, (count, len(OFFSETS), 2), DRIFT_SECONDS)
        * np.exp(MOOD * _memory(rng, (count, len(OFFSETS), 1), MOOD_SECONDS))
        * DRIFT[:, None]
        + rng.normal(0, JITTER, points.shape)
    )
    _jump(rng, found, torso)
    _swap(rng, found)
    if rng.random() < 0.15 * hard**2:
        _hide_legs(rng, found, torso)
    return _lost(rng, found)


def _memory(rng: np.random.Generator, shape: tuple[int, ...], seconds: float) -> Array:
    """Noise of deviation 1 over the instants of the first axis, each of which remembers some seconds."""
    memory = np.exp(-1 / (seconds * RATE))
    noise = rng.normal(0, 1, shape)
    noise[1:] *= np.sqrt(1 - memory**2)
    for instant in range(1, len(noise)):
        noise[instant] += memory * noise[instant - 1]
    return noise


def _some(rng: np.random.Generator, count: int, a_second: float, longest: float) -> list[slice]:
    """Short spans, some a second of film, of up to `longest` seconds each."""
    spans = []
    for _ in range(rng.poisson(a_second * count / RATE)):
        first = int(rng.integers(count))
        spans.append(slice(first, first + 1 + int(rng.uniform(0, longest) * RATE)))
    return spans


def _jump(rng: np.random.Generator, found: Array, torso: float) -> None:
    """Single points that are somewhere else for a moment: another limb, a shadow, the bar."""
    for span in _some(rng, len(found), rng.uniform(0, 1.0), 0.8):
        point = rng.integers(found.shape[1])
        found[span, point] += rng.normal(0, 0.5 * torso, 2)


def _swap(rng: np.random.Generator, found: Array) -> None:
    """Left and right changed for a moment, of all limbs or of one pair, or for all of the film."""
    spans = _some(rng, len(found), 0.08, 2.5)
    if rng.random() < 0.1:
        spans.append(slice(0, len(found)))
    for span in spans:
        pairs = _SIDES if rng.random() < 0.6 else _SIDES[[rng.integers(len(_SIDES))]]
        for left, right in pairs:
            found[span, left], found[span, right] = found[span, right].copy(), found[span, left].copy()


def _hide_legs(rng: np.random.Generator, found: Array, torso: float) -> None:
    """Legs, or what is below the knee, behind something: the network draws them as it thinks they are."""
    first = 8 if rng.random() < 0.6 else 10
    span = slice(0, len(found)) if rng.random() < 0.5 else _some(rng, len(found), 1.0, 3.0)
    for part in [span] if isinstance(span, slice) else span:
        hips = found[part, 6:8].mean(axis=1, keepdims=True)
        usual = np.median(found[:, first:12] - found[:, 6:8].mean(axis=1, keepdims=True), axis=0)
        found[part, first:12] = hips + usual + rng.normal(0, 0.12 * torso, (1, 12 - first, 2))


def _lost(rng: np.random.Generator, found: Array) -> tuple[Array, Array]:
    """The body lost for a moment, or at the ends: guessed in between; or another one followed instead."""
    count = len(found)
    seen = np.ones(count)
    if rng.random() < 0.3:
        for span in _some(rng, count, 0.15, 1.5):
            seen[span] = 0
        if seen.sum() < 2:
            seen[:] = 1
    if rng.random() < 0.08 and count > RATE:
        span = slice(first := int(rng.integers(count)), first + int(rng.uniform(0.3, 2.0) * RATE))
        still = found[int(rng.integers(count))] + rng.normal(0, 1.5, 2) * np.ptp(found[:, :, 1])
        found[span] = still + rng.normal(0, 0.02, found[span].shape) * np.ptp(found[:, :, 1])
    instants, kept = np.arange(count), np.flatnonzero(seen)
    flat = found.reshape(count, -1)
    guessed = np.stack([np.interp(instants, kept, column) for column in flat[kept].T], axis=-1)
    return guessed.reshape(found.shape), seen
