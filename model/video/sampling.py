"""Which frames of a clip are looked at: arithmetic on frame numbers, no video."""

from __future__ import annotations


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
