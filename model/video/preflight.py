"""Looks at an mp4 or mov file without a decoder and refuses what may not reach one.

A decoder is the most attacked part of a service that takes files from unknown people, and the most expensive one: what
can be known from the boxes of the file (ISO/IEC 14496-12) is decided here, in Python, with bounded work.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from model.contract import Limits
from model.errors import (
    CorruptVideo,
    EmptyFile,
    NotFound,
    TooLarge,
    TooLong,
    TooManyPixels,
    TooShort,
)
from model.units import megabytes
from model.video.film import Film, read_film
from model.video.headers import displayed_width
from model.video.track import Matrix


@dataclass(frozen=True)
class Probe:
    """What the boxes of a file say about its first video track.

    Attributes:
        container: "mp4" or "mov".
        codec: "h264", "hevc", "av1", "vp9" or "mpeg4".
        seconds: sum of the durations of the frames.
        frames: how many frames are declared; a truncated file yields fewer.
        width, height: of a frame as displayed, after rotation, in pixels.
        rotation: degrees clockwise to turn a decoded frame for display: 0, 90, 180 or 270.
        mirrored: whether a decoded frame is flipped left to right before it is turned.
    """

    container: str
    codec: str
    seconds: float
    frames: int
    width: int
    height: int
    rotation: int = 0
    mirrored: bool = False


def preflight(path: Path, limits: Limits) -> Probe:
    """What the boxes of a clip say, held against the limits; see `open_film`."""
    return open_film(path, limits)[1]


def open_film(path: Path, limits: Limits) -> tuple[Film, Probe]:
    """Read the boxes of a clip and hold them against the limits.

    Args:
        path: the file; its name does not matter.
        limits: what a clip may cost.

    Raises:
        NotFound: there is no such file.
        EmptyFile, NotAVideo, UnsupportedContainer, NoVideoTrack, UnsupportedCodec: it is not a clip that we read.
        TooLarge, TooLong, TooManyPixels, TooShort: it is outside the limits.
        CorruptVideo: its boxes contradict each other or are cut off.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path.name!r}.", hint="Check the name of the file.")
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile()
    if size > limits.max_bytes:
        has, most = (megabytes(count, decimals=1) for count in (size, limits.max_bytes))
        raise TooLarge(f"The file has {has}; at most {most} are accepted.")
    film = read_film(path)
    probe = probe_of(film)
    enforce(probe, limits)
    return film, probe


PIXELS_PER_BYTE = 32
"""How many pixels take as long to decode as a byte: some 100 ns beside 3 ns, of H.264 and H.265 on one core."""


def probe_of(film: Film) -> Probe:
    """A film in short."""
    track = film.track
    rotation, mirrored = _orientation(track.matrix, film.matrix)
    turned = rotation in (90, 270)
    width = displayed_width(track.width, track.entries[0].pixel_aspect)
    return Probe(
        container=film.container,
        codec=track.codec,
        seconds=film.seconds,
        frames=film.declared,
        width=track.height if turned else width,
        height=width if turned else track.height,
        rotation=rotation,
        mirrored=mirrored,
    )


def _orientation(track: Matrix, film: Matrix) -> tuple[int, bool]:
    """Quarter turns clockwise, in degrees, and whether the frame is flipped left to right before.

    A display matrix maps the point (x, y) to (a x + c y, b x + d y), y downwards; the film's is applied last. Phones
    write quarter turns; what lies between is rounded to the nearest, and a matrix without a direction turns nothing.
    """
    (a, b, c, d), (e, f, g, h) = (tuple(m[i] / 65536 for i in (0, 1, 3, 4)) for m in (track, film))
    a, b, c, d = a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h
    if c == d == 0:
        return 0, False
    return round(math.degrees(math.atan2(-c, d)) / 90) % 4 * 90, a * d - b * c < 0


def enforce(probe: Probe, limits: Limits) -> None:
    """Hold a clip against the limits.

    Raises:
        TooLong, TooManyPixels, TooShort: it is outside the limits.
        CorruptVideo: its frames last no time.
    """
    pixels = probe.width * probe.height
    if pixels > limits.max_pixels:
        raise TooManyPixels(
            f"A frame of the video has {probe.width} x {probe.height} pixels; at most {limits.max_pixels} in all are "
            "accepted."
        )
    if probe.frames < limits.min_frames:
        raise TooShort(f"The clip has {_frames(probe.frames)}; at least {limits.min_frames} are needed.")
    if probe.seconds <= 0:
        raise CorruptVideo(f"The clip says that its {probe.frames} frames last no time.")
    if probe.seconds > limits.max_seconds:
        raise TooLong(f"The clip lasts {probe.seconds:.4g} s; at most {limits.max_seconds:g} s are accepted.")


def enforce_work(probe: Probe, frames: int, size: int, limits: Limits) -> None:
    """Hold what will be decoded against the limit; raises `TooLong` if it is too much.

    Args:
        probe: of the clip.
        frames: that will be decoded.
        size: their bytes in the file, which take their time beside the pixels: see `PIXELS_PER_BYTE`.
        limits: of the contract.
    """
    work = probe.width * probe.height * frames + PIXELS_PER_BYTE * size
    if work > limits.max_pixel_frames:
        raise TooLong(
            f"Of the clip, {_frames(frames)} of {probe.width} x {probe.height} pixels and {megabytes(size)} in all "
            f"must be decoded; at most {limits.max_pixel_frames * frames // work} such frames are accepted."
        )


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
