"""Pictures of a clip for people to look at; no tensor is made of them."""

from __future__ import annotations

import cv2
import numpy as np

from model.contract import Interpolation
from model.video.preprocess import resize

_HEIGHT = 240
_QUALITY = 80


def still(frame: np.ndarray) -> np.ndarray:
    """A frame, uint8 [H, W, 3], at most 240 pixels high."""
    height, width = frame.shape[:2]
    if height <= _HEIGHT:
        return frame
    return resize(frame, max(1, round(width * _HEIGHT / height)), _HEIGHT, Interpolation.AREA)


def still_jpeg(picture: np.ndarray) -> bytes:
    """A still, uint8 [h, w, 3] RGB, as JPEG."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(data)
