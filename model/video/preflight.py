"""Looks at an mp4 or mov file without a decoder and refuses what may not reach one.

A decoder is the most attacked part of a service that takes files from strangers, and the most expensive one: what
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
    NotAVideo,
    NotFound,
    NoVideoTrack,
    TooLarge,
    TooLong,
    TooManyPixels,
    TooShort,
)
from model.units import megabytes
from model.video.boxes import Box, BoxReader
from model.video.fragments import count_fragments
from model.video.magic import HEAD_BYTES, refusal
from model.video.track import Matrix, Track, only, read_track

_FIRST = frozenset(
    (b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"sidx", b"junk")
)
"""Kinds of box that an mp4 or mov file begins with."""
_PICTURE_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"crx "))


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
    with path.open("rb") as file:
        probe = _probe(BoxReader(file, size))
    enforce(probe, limits)
    return probe


def _probe(reader: BoxReader) -> Probe:
    head = reader.read(reader.root, min(HEAD_BYTES, reader.root.length))
    if head[4:8] not in _FIRST:
        raise refusal(head)
    brand = head[8:12] if head[4:8] == b"ftyp" else b"qt  "
    moov: Box | None = None
    fragments: list[Box] = []
    for box in reader.children(reader.root):
        if box.kind == b"moov" and moov is None:
            moov = box
        elif box.kind == b"moof":
            fragments.append(box)
    if moov is None:
        if brand in _PICTURE_BRANDS:
            raise NotAVideo("The file is a picture (HEIF, AVIF or raw), not a video, whatever its name says.")
        raise CorruptVideo("The file has no index (moov box): it is cut off, or its recording was never finished.")
    if not moov.complete:
        raise CorruptVideo("The file ends within its index (moov box).")

    track, matrix = _first_video_track(reader, moov)
    frames, ticks = count_fragments(reader, moov, fragments, track.number)
    rotation, mirrored = _orientation(track.matrix, matrix)
    turned = rotation in (90, 270)
    return Probe(
        container="mov" if brand == b"qt  " else "mp4",
        codec=track.codec,
        seconds=(track.ticks + ticks) / track.timescale,
        frames=track.frames + frames,
        width=track.height if turned else track.width,
        height=track.width if turned else track.height,
        rotation=rotation,
        mirrored=mirrored,
    )


def _first_video_track(reader: BoxReader, moov: Box) -> tuple[Track, Matrix]:
    """The track that the decoder will choose, and the display matrix of the whole film.

    Every video track must be of an allowed codec: the demuxer looks into all of them.
    """
    mvhd = only(reader, moov, b"mvhd")
    matrix = reader.unpack("9i", mvhd, 48 if reader.read(mvhd, 1)[0] == 1 else 36)
    traks = [box for box in reader.children(moov) if box.kind == b"trak"]
    tracks = [track for trak in traks if (track := read_track(reader, trak)) is not None]
    if not tracks:
        raise NoVideoTrack(f"The file has no video track; its tracks ({len(traks)}) hold only sound or data.")
    return tracks[0], matrix


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
    if pixels * probe.frames > limits.max_pixel_frames:
        raise TooLong(
            f"The clip has {probe.frames} frames of {probe.width} x {probe.height} pixels; at most "
            f"{limits.max_pixel_frames // pixels} of that size are accepted."
        )


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
