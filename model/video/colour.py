"""Pictures for bright and wide-gamut displays as an ordinary display shows them (BT.709, BT.1886).

Newer phones film in HLG or PQ with the primaries of BT.2020, or in Display P3. FFmpeg converts those through a table
that takes seconds to build. Here the few pixels that a model sees are converted, after they were reduced:

1. to light: the inverse of the transfer function (ITU-R BT.2100 tables 4 and 5; SDR: BT.1886, exponent 2.4), for HLG
   with the system gamma 1.2 of a display of 1 000 cd/m²;
2. relative to diffuse white at 203 cd/m² (ITU-R BT.2408);
3. to the primaries of BT.709 (matrices after SMPTE RP 177);
4. above three quarters of white, along a shoulder that reaches white only in the limit: highlights keep their detail;
5. back to values by the exponent 1/2.4.

Below the shoulder this is what FFmpeg 8 gives, to two levels of 255.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from model.video.headers import UNSPECIFIED, Colour

_PQ, _HLG = 16, 18
_BT2020, _DCI_P3, _DISPLAY_P3 = 9, 11, 12
_PLAIN_PRIMARIES = frozenset((1, UNSPECIFIED, 5, 6, 7))
_PLAIN_TRANSFERS = frozenset((1, UNSPECIFIED, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 17))
_MATRICES = frozenset((1, UNSPECIFIED, 4, 5, 6, 7, 9))
_GBR, _FULL_CHROMA = 0, 3
_WHITE = 203.0
"""Luminance of diffuse white, cd/m²."""
_PEAK = 1000.0
_SYSTEM_GAMMA = 1.2
_GAMMA = 2.4
_KNEE = 0.75
_STEP_BITS = 2
"""Levels of a colour that a table does not tell apart, as a power of two."""
_LUMINANCE = np.array((0.2627, 0.6780, 0.0593))
"""Luminance of the primaries of BT.2020."""
_TO_BT709 = {
    _BT2020: np.array(((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))),
    _DCI_P3: np.array(((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979))),
    _DISPLAY_P3: np.array(((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979))),
}


def converts(colour: Colour) -> bool:
    """Whether FFmpeg would convert a film of this colour, and must be told that it is ordinary."""
    return colour.transfer in (_PQ, _HLG) or colour.primaries not in _PLAIN_PRIMARIES


def told(colour: Colour, chroma: int) -> Colour:
    """What the decoder is told of a colour: what it would convert, or cannot, is unspecified.

    FFmpeg's conversion ends at values that it does not know, and OpenCV, which does not look, then hands out whatever
    lay in its memory. A picture whose matrix is not known has colours that are somewhat off.

    Args:
        colour: as the film says.
        chroma: as in `StreamHeader`; red, green and blue (matrix 0) are all of one size.
    """
    plain = not converts(colour) and colour.transfer in _PLAIN_TRANSFERS
    known = colour.matrix in _MATRICES or (colour.matrix == _GBR and chroma == _FULL_CHROMA)
    return Colour(
        colour.primaries if plain else UNSPECIFIED,
        colour.transfer if plain else UNSPECIFIED,
        colour.matrix if known else UNSPECIFIED,
        colour.full_range,
    )


def to_ordinary(pictures: np.ndarray, colour: Colour) -> np.ndarray:
    """Pictures, uint8 [..., 3] RGB, as an ordinary display shows them; themselves if they are ordinary."""
    if not converts(colour):
        return pictures
    light = _light(colour)[pictures]
    if colour.transfer == _HLG:
        light *= np.maximum(light @ _LUMINANCE, 1e-6)[..., None] ** (_SYSTEM_GAMMA - 1)
        light *= _PEAK / _WHITE
    matrix = _TO_BT709.get(colour.primaries)
    if matrix is not None:
        light = light @ matrix.T
    return _values(light)


def nearly_ordinary(pictures: np.ndarray, colour: Colour) -> np.ndarray:
    """The same to a level or two, through a table: for frames that are drawn on, and what bodies are looked for in.

    A frame of 1280 x 720 takes 14 ms instead of 60 to 340.
    """
    if not converts(colour):
        return pictures
    steps = (pictures >> _STEP_BITS).astype(np.uint32)
    bits = 8 - _STEP_BITS
    found: np.ndarray = _table(colour)[(steps[..., 0] << 2 * bits) | (steps[..., 1] << bits) | steps[..., 2]]
    return found


@lru_cache(maxsize=4)
def _table(colour: Colour) -> np.ndarray:
    """What every colour becomes, uint8 [colours, 3], for the middle of each step of red, green and blue."""
    middles = (np.arange(0, 256, 1 << _STEP_BITS) + (1 << _STEP_BITS) // 2).astype(np.uint8)
    grid = np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1)
    return to_ordinary(grid.reshape(-1, 3), colour)


def grey_to_ordinary(grey: np.ndarray, colour: Colour) -> np.ndarray:
    """Grey levels, float32 0 to 255, likewise."""
    if colour.transfer not in (_PQ, _HLG):
        return grey
    levels = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    table = to_ordinary(levels, Colour(transfer=colour.transfer))[:, 1]
    ordinary: np.ndarray = np.interp(grey, np.arange(256), table).astype(np.float32)
    return ordinary


def _light(colour: Colour) -> np.ndarray:
    """Light of every value, float64 [256]: relative to white, but for HLG, where it is that of the scene."""
    value = np.arange(256) / 255
    if colour.transfer == _HLG:
        a = 0.17883277
        b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
        return np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12)
    if colour.transfer == _PQ:
        power = value ** (1 / 78.84375)
        ratio = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
        return 10_000 / _WHITE * ratio ** (1 / 0.1593017578125)
    return value**_GAMMA


def _values(light: np.ndarray) -> np.ndarray:
    light = light.clip(0)
    over = (light - _KNEE) / (1 - _KNEE)
    shown = np.where(over > 0, 1 - (1 - _KNEE) * np.exp(-over.clip(0)), light)
    return np.rint(255 * shown ** (1 / _GAMMA)).astype(np.uint8)
