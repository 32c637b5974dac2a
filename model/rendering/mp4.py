"""Writes frames as the mp4 that browsers play: h264, yuv420p, index in front."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np


def write_mp4(path: Path, frames: np.ndarray, *, fps: int = 30, crf: int = 26) -> None:
    """Write frames uint8 [n, H, W, 3] RGB, H and W even, to an mp4; a higher `crf` gives a smaller, rougher file."""
    write_shots(path, [frames], fps=fps, crf=crf)


def write_shots(path: Path, shots: Iterable[np.ndarray], *, fps: int, crf: int = 26) -> int:
    """Write shots, each as in `write_mp4` and of the same size, one after the other; how many frames there were."""
    count = 0
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": str(crf), "preset": "slow"})
        stream.pix_fmt = "yuv420p"
        for frames in shots:
            if not count:
                stream.height, stream.width = frames.shape[1:3]
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            count += len(frames)
        container.mux(stream.encode())
    return count
