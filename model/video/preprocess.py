"""The last steps from frames to tensor: one resize, one scale."""

from __future__ import annotations

import cv2
import numpy as np

from model.contract import Interpolation

_FLAGS = {Interpolation.AREA: cv2.INTER_AREA, Interpolation.LINEAR: cv2.INTER_LINEAR}


def resize(frame: np.ndarray, width: int, height: int, interpolation: Interpolation) -> np.ndarray:
    """A frame uint8 [H, W, 3] as uint8 [height, width, 3].

    `AREA` averages the pixels that become one, by halves as long as that goes evenly, which is quick and the same but
    for rounding. Where a frame grows in either direction there is nothing to average: both interpolations are linear.
    """
    if interpolation is Interpolation.AREA:
        while (
            frame.shape[1] >= 4 * width and frame.shape[0] >= 4 * height and not (frame.shape[0] | frame.shape[1]) & 1
        ):
            frame = halved(frame)
    grows = width > frame.shape[1] or height > frame.shape[0]
    flag = cv2.INTER_LINEAR if grows else _FLAGS[interpolation]
    result: np.ndarray = cv2.resize(frame, (width, height), interpolation=flag)
    return result


def halved(picture: np.ndarray) -> np.ndarray:
    """A picture uint8 [H, W] or [H, W, 3] of which four pixels become one; a last odd row or column is left out."""
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    half: np.ndarray = cv2.resize(picture[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return half


def to_tensor(frames: np.ndarray) -> np.ndarray:
    """Frames uint8 [..., H, W, 3] as float32 in [0, 1]: 255 becomes 1. The only place where pixels are scaled."""
    if frames.dtype != np.uint8:
        raise TypeError(f"frames must be uint8, got {frames.dtype}")
    return frames.astype(np.float32) / np.float32(255)


def as_rgb(frame: np.ndarray) -> np.ndarray:
    """A frame uint8 [H, W, 3] as the decoder gives it, its channels the other way round."""
    rgb: np.ndarray = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    return rgb
