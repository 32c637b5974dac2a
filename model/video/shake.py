"""How a hand-held camera moved: one shift per frame, found from what stands still."""

from __future__ import annotations

import math

import cv2
import numpy as np

_ROWS, _COLUMNS = 3, 4
_HIGH_PASS_SIGMA = 3.0
_LEAST_DETAIL = 1.0
"""The same in grey levels: what is below is noise."""
_AGREEING = 1 / 3
"""Share of the blocks that must be within a pixel of their median; after a cut to another scene none are."""
_PEAK_SIGMA = 1.0
"""Width of a correlation peak in grey pixels."""
_STILL = 0.25
"""A camera whose shifts stay below this many grey pixels (75th percentile) stands still."""
_LEAST_BLOCK = 8
"""Side of a block, in pixels, below which it says nothing."""
_TEXTURED = 0.25
"""A block with less detail than this fraction of the median block says nothing about the shift."""


def camera_shifts(grey: np.ndarray) -> np.ndarray:
    """Shift of every frame against the middle one.

    The frame is cut into twelve blocks, each gives a shift by phase correlation of its fine detail, and their median
    counts: one correlation of the whole frame would follow a large athlete.

    Args:
        grey: float32 [T, h, w], grey levels 0 to 255.

    Returns:
        float32 [T, 2]: (x, y) in pixels that must be added to a point of the middle frame to find it in frame t;
        all zero for a camera that stands still, and zero for a frame that shows another scene.
    """
    shifts = _estimate(grey)
    amplitude = _quantile(np.abs(shifts - _quantile(shifts, 0.5)), 0.75).max()
    if amplitude <= _STILL:
        return np.zeros_like(shifts)
    # The window of a block holds a large shift back by a few per cent: look once more at what is left.
    return shifts + _estimate(aligned(grey, shifts))


def aligned(grey: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """The frames [T, h, w] moved back by their shifts [T, 2]; what comes from beyond the edge repeats it."""
    height, width = grey.shape[1:]
    moved = [
        cv2.warpAffine(
            frame,
            np.array([[1, 0, x], [0, 1, y]], np.float32),
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for frame, (x, y) in zip(grey, shifts, strict=True)
    ]
    return np.stack(moved)


def _estimate(grey: np.ndarray) -> np.ndarray:
    """Shifts float32 [T, 2] as `camera_shifts` gives them, in one look; zero where nothing can be seen."""
    count, height, width = grey.shape
    nothing = np.zeros((count, 2), np.float32)
    if min(height // _ROWS, width // _COLUMNS) < _LEAST_BLOCK:
        return nothing
    blocks = _blocks(np.stack([frame - cv2.GaussianBlur(frame, (0, 0), _HIGH_PASS_SIGMA) for frame in grey]))
    detail = blocks[count // 2].std(axis=(-2, -1))
    blocks = blocks[:, detail > max(_TEXTURED * float(_quantile(detail, 0.5)[0]), _LEAST_DETAIL)]
    if not blocks.shape[1]:
        return nothing
    opinions = _phase_correlation(blocks, count // 2)
    shifts = _quantile(opinions, 0.5, axis=1)
    agreeing = (np.hypot(*np.moveaxis(opinions - shifts, -1, 0)) < 1).mean(axis=1, keepdims=True)
    return np.where(agreeing >= _AGREEING, shifts[:, 0], 0).astype(np.float32)


def _blocks(frames: np.ndarray) -> np.ndarray:
    """Windowed blocks [T, blocks, bh, bw] of frames [T, h, w]."""
    count, height, width = frames.shape
    high, wide = height // _ROWS, width // _COLUMNS
    cut = frames[:, : high * _ROWS, : wide * _COLUMNS].reshape(count, _ROWS, high, _COLUMNS, wide)
    window = np.outer(np.hanning(high), np.hanning(wide)).astype(np.float32)
    return cut.swapaxes(2, 3).reshape(count, _ROWS * _COLUMNS, high, wide) * window


def _phase_correlation(blocks: np.ndarray, reference: int) -> np.ndarray:
    """Shift (x, y) [T, blocks, 2] of every block against that of frame `reference`, to a fraction of a pixel.

    High frequencies, where compression leaves little truth, are weighed down by a Gaussian; the peak is then a
    Gaussian too, and a parabola through the logarithms of its top and two neighbours gives its place.
    """
    high, wide = blocks.shape[-2:]
    # By default NumPy scales by an integer, and computes in double precision for it: seven times as long.
    spectra = np.fft.rfft2(blocks, norm="ortho")
    cross = spectra * spectra[reference].conj()
    distance = np.fft.fftfreq(high)[:, None] ** 2 + np.fft.rfftfreq(wide) ** 2
    weight = np.exp(-2 * (np.pi * _PEAK_SIGMA) ** 2 * distance).astype(np.float32)
    surface = np.fft.irfft2(cross / (np.abs(cross) + 1e-9) * weight, s=(high, wide))
    flat = surface.reshape(*surface.shape[:2], -1)
    row, column = np.divmod(flat.argmax(axis=-1), wide)

    def logarithm(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        index = rows % high * wide + columns % wide
        values: np.ndarray = np.log(np.take_along_axis(flat, index[..., None], axis=-1)[..., 0].clip(min=1e-9))
        return values

    top = logarithm(row, column)
    y = row + _vertex(logarithm(row - 1, column), top, logarithm(row + 1, column))
    x = column + _vertex(logarithm(row, column - 1), top, logarithm(row, column + 1))
    return np.stack([(x + wide / 2) % wide - wide / 2, (y + high / 2) % high - high / 2], axis=-1)


def _quantile(values: np.ndarray, share: float, axis: int = 0) -> np.ndarray:
    """Which value a share of those along an axis is below, interpolated; the axis is kept.

    For the same, NumPy imports its masked arrays with the first clip.
    """
    ordered = np.sort(values, axis=axis)
    place = share * (values.shape[axis] - 1)
    lower, upper = (ordered.take([rounded(place)], axis=axis) for rounded in (math.floor, math.ceil))
    between: np.ndarray = lower + (upper - lower) * values.dtype.type(place % 1)
    return between


def _vertex(before: np.ndarray, top: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where the parabola through three values at -1, 0 and 1 is highest, between -1/2 and 1/2."""
    place: np.ndarray = (before - after) / (2 * (before - 2 * top + after) - 1e-9)
    return place.clip(-0.5, 0.5)
