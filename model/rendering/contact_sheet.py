"""Contact sheets: some clips of one movement, one under the other, for people to judge the renderer by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

GAP = 4
"""White pixels between two clips."""
QUALITY = 65


def write_contact_sheet(path: Path, clips: Sequence[np.ndarray], *, columns: int = 6) -> Path:
    """Write a JPEG with a row for every clip: `columns` of its frames uint8 [n, side, side, 3] RGB, evenly chosen."""
    rows = []
    for frames in clips:
        chosen = frames[np.linspace(0, len(frames) - 1, columns).round().astype(int)]
        row = np.concatenate(list(chosen), axis=1)
        rows.append(np.pad(row, ((0, GAP), (0, 0), (0, 0)), constant_values=255))
    sheet = np.concatenate(rows)[:-GAP, :, ::-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    written, data = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not written:
        raise ValueError(f"a sheet of shape {sheet.shape} cannot be coded as JPEG")
    path.write_bytes(data.tobytes())
    return path
