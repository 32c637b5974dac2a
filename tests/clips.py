"""Test videos, written by the test that needs them: exact, small, the frame's number readable in its pixels."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 8
"""Bars of a numbered frame, so numbers go from 0 to 255."""
MILLISECONDS = 1000


def numbered_frame(number: int, width: int, height: int) -> np.ndarray:
    """A frame uint8 [height, width, 3] whose upper half shows `number` as white (1) and black (0) bars.

    The highest bit is at the left; the lower half is grey, so a frame that was turned or mirrored reads differently.
    """
    frame = np.full((height, width, 3), 128, np.uint8)
    for bit in range(BITS):
        left, right = bit * width // BITS, (bit + 1) * width // BITS
        frame[: height // 2, left:right] = 255 * (number >> (BITS - 1 - bit) & 1)
    return frame


def read_number(frame: np.ndarray) -> int:
    """The number in a frame of `numbered_frame` after coding, scaling and the like; -1 if it is not upright."""
    height, width = frame.shape[:2]
    below = frame[height * 3 // 4, width // 16 :: width // BITS].mean(axis=-1)
    if np.abs(below - 128).max() > 40:
        return -1
    bars = frame[height // 4, [int((bit + 0.5) * width / BITS) for bit in range(BITS)]].mean(axis=-1)
    return sum(int(level > 128) << (BITS - 1 - bit) for bit, level in enumerate(bars))


def write_clip(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    codec: str = "libx264",
    rate: int = 30,
    times: Sequence[int] | None = None,
    rotation: int = 0,
    mirrored: bool = False,
    container: str | None = None,
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    flags: str = "",
    sound: bool = False,
) -> Path:
    """Write frames uint8 [H, W, 3], RGB, as they are to be displayed.

    Args:
        path: the file; its name chooses the container unless `container` does.
        codec: an encoder of FFmpeg.
        rate: frames per second.
        times: presentation times in milliseconds, for a variable frame rate.
        rotation: the frames are stored turned, and the track says how many degrees clockwise to turn them back.
        mirrored: the frames are stored mirrored, and the track says so.
        pixels: pixel format of the encoder.
        options: options of the encoder.
        flags: `movflags` of the muxer, for example "faststart" or "frag_keyframe+empty_moov".
        sound: a track of silence beside the picture.
    """
    muxer = {"movflags": flags} if flags else {}
    quality = {"libx264": {"crf": "10", "preset": "ultrafast"}, "libx265": {"crf": "10", "x265-params": "log-level=0"}}
    with av.open(str(path), "w", format=container, options=muxer) as output:
        video = None
        for number, displayed in enumerate(frames):
            stored = np.rot90(displayed, rotation // 90)
            stored = np.ascontiguousarray(stored[:, ::-1] if mirrored else stored)
            if video is None:
                video = output.add_stream(codec, rate=rate, options=options or quality.get(codec, {}))
                video.height, video.width = stored.shape[:2]
                video.pix_fmt = pixels
                video.thread_count = 1
                if times is not None:
                    video.codec_context.time_base = Fraction(1, MILLISECONDS)
                if sound:
                    _write_silence(output)
            frame = av.VideoFrame.from_ndarray(stored, format="rgb24")
            frame.pts = number if times is None else times[number]
            frame.time_base = Fraction(1, rate if times is None else MILLISECONDS)
            output.mux(video.encode(frame))
        if video is not None:
            output.mux(video.encode())
    if rotation or mirrored:
        orient(path, rotation, mirrored=mirrored)
    return path


def _write_silence(output: av.container.OutputContainer) -> None:
    track = output.add_stream("aac", rate=44_100)
    for index in range(20):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 44_100, index * 1024
        output.mux(track.encode(frame))
    output.mux(track.encode())


def sound_clip(path: Path) -> Path:
    """An mp4 with silence and no picture."""
    with av.open(str(path), "w") as output:
        _write_silence(output)
    return path


def numbered_clip(path: Path, frames: int = 30, width: int = 160, height: int = 120, **how: object) -> Path:
    """A clip of numbered frames; `how` as in `write_clip`."""
    return write_clip(path, (numbered_frame(n, width, height) for n in range(frames)), **how)  # type: ignore[arg-type]


def plain_clip(path: Path, colour: tuple[int, int, int], frames: int = 12, size: int = 64, **how: object) -> Path:
    """A clip of one colour, RGB; `how` as in `write_clip`."""
    frame = np.full((size, size, 3), colour, np.uint8)
    return write_clip(path, (frame for _ in range(frames)), **how)  # type: ignore[arg-type]


def athlete_frames(
    count: int = 30, width: int = 320, height: int = 180, shake: float = 0.0, seed: int = 0
) -> Iterable[np.ndarray]:
    """A patterned figure of 24 x 60 pixels that jumps up and down by 30, before a patterned wall.

    It is between 208 and 232 from the left and between 40 and 130 from above, whatever the size of the frame.

    Args:
        shake: the camera wanders by up to this many pixels in either direction.
    """
    rng = np.random.default_rng(seed)
    wall = np.kron(rng.integers(40, 216, (height // 6 + 12, width // 6 + 12, 3)), np.ones((6, 6, 1))).astype(np.uint8)
    figure = np.kron(rng.integers(0, 2, (10, 4, 3)) * 255, np.ones((6, 6, 1))).astype(np.uint8)
    for number in range(count):
        phase = 2 * np.pi * number / count
        dx, dy = (round(shake * f) for f in (np.sin(3 * phase), np.cos(2 * phase)))
        scene = wall[30 + dy : 30 + dy + height, 30 + dx : 30 + dx + width].copy()
        top, left = round(55 - 15 * np.cos(2 * phase)) - dy, 208 - dx
        scene[top : top + 60, left : left + 24] = figure
        yield scene


def orient(path: Path, rotation: int, *, mirrored: bool = False) -> None:
    """Write the display matrix of the (first) track: turn by `rotation` degrees clockwise, after mirroring."""
    data = bytearray(path.read_bytes())
    x, y = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotation]
    flip = -1 if mirrored else 1
    a, b, c, d = flip * x, flip * y, -y, x
    start = data.index(b"tkhd") + 4 + 40
    struct.pack_into(">9i", data, start, a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of an mp4 file."""
    payload = b"".join(content)
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def patch(path: Path, kind: bytes, offset: int, form: str, *values: int) -> None:
    """Overwrite fields of the first box of a kind, `offset` bytes into its content."""
    data = bytearray(path.read_bytes())
    struct.pack_into(">" + form, data, data.index(kind) + len(kind) + offset, *values)
    path.write_bytes(data)
