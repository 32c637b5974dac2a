"""Which frames of a clip are looked at: arithmetic on numbers and times of frames, no video."""

from __future__ import annotations

import numpy as np

_JITTER = 4
"""A clip has a constant rate if no frame is further from its place than this part of the time between two frames."""


def sample_frames(ticks: np.ndarray, n: int) -> tuple[int, ...]:
    """`n` frames of a clip, uniform in time, the first and the last included.

    Phones drop frames in poor light and screens record only what changes; by number, the parts with fewer frames would
    be looked at for longer than they last. At a constant rate, also one whose times were rounded, the result is
    `sample_indices`.

    Args:
        ticks: int64 [frames], when each frame is shown, in any unit, in ascending order.
        n: frames wanted, at least 1.

    Returns:
        Numbers of frames; of two that are equally near, the even one. A clip with fewer frames than `n` repeats some.

    Raises:
        ValueError: there is no frame, or `n` is below 1.
    """
    total = len(ticks)
    if total < 1 or n < 1:
        raise ValueError(f"there must be a frame, and n must be at least 1, got {total} frames and n={n}")
    passed = ticks.astype(np.int64) - ticks[0]
    span = int(passed[-1])
    if (_JITTER * np.abs(passed * (total - 1) - np.arange(total) * span) <= span).all():
        return sample_indices(total, n)
    if n == 1:
        return (_nearest(2 * passed, span),)
    return tuple(_nearest((n - 1) * passed, number * span) for number in range(n))


def _nearest(times: np.ndarray, time: int) -> int:
    """The number of the frame nearest to a time; of two equally near ones, the even one."""
    after = int(np.searchsorted(times, time))
    if after == 0 or after == len(times):
        return min(after, len(times) - 1)
    before = after - 1
    left, right = time - int(times[before]), int(times[after]) - time
    return before if left < right or (left == right and before % 2 == 0) else after


def sample_indices(total: int, n: int) -> tuple[int, ...]:
    """`n` frame numbers, uniform over a clip of `total` frames, the first and the last included.

    The same numbers as `numpy.linspace(0, total - 1, n).round()`, in integers: ties go to the even number. A clip
    shorter than `n` repeats frames; one number alone is the middle frame.

    Args:
        total: frames of the clip, at least 1.
        n: frames wanted, at least 1.

    Raises:
        ValueError: an argument is below 1.
    """
    if total < 1 or n < 1:
        raise ValueError(f"total and n must be at least 1, got total={total}, n={n}")
    if n == 1:
        return ((total - 1) // 2,)
    return tuple(_rounded_ratio(i * (total - 1), n - 1) for i in range(n))


def _rounded_ratio(numerator: int, denominator: int) -> int:
    """numerator / denominator rounded to the nearest integer, ties to even, without a floating-point step."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))
