"""Cuts pieces out of one video, exact to the frame."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.sidedata.sidedata import Type
from av.video.frame import PictureType

# One thread, so that the same frames give the same bytes on every machine. Without B-frames every frame is stored when
# it is shown: times start at 0 without an edit list, and each frame's duration is its own.
ENCODER = {"preset": "medium", "crf": "18", "bf": "0", "threads": "1"}
MUXER = {"movflags": "+faststart", "fflags": "+bitexact"}

_USUAL_RATE = Fraction(30)
_RATES = (Fraction(1), Fraction(240))
"""Range of frame rates that are accepted from a file; they only guide the encoder, times are the frames' own."""


@dataclass(frozen=True)
class Piece:
    """Frames to cut out of a video.

    Attributes:
        path: the clip to write.
        start, end: the first and the last frame, counted from 0, both belonging to it.
    """

    path: Path
    start: int
    end: int


def cut_video(source: Path, pieces: Sequence[Piece]) -> list[float | str]:
    """Cut pieces out of a video, which is decoded once, from its start to the last frame that is wanted.

    Frames are counted in the order in which they are shown, as annotation tools count them. Clips are h264, yuv420p;
    each frame is shown as long as in the source; what the display matrix asks for is done to the pixels; odd sizes
    lose a row or a column; sound and metadata are left out. A clip appears under its name when it is complete.

    Args:
        source: any video that FFmpeg decodes.
        pieces: may overlap.

    Returns:
        For each piece the seconds of its clip, or a sentence saying why there is none.
    """
    made: dict[Piece, float] = {}
    waiting = sorted(pieces, key=lambda piece: piece.start, reverse=True)
    writers: dict[Piece, _ClipWriter] = {}
    count_shown = 0
    try:
        with _opened(source) as container:
            stream = container.streams.video[0]
            upright = _Upright()
            for number, shown in enumerate(_shown_frames(container, stream)):
                count_shown = number + 1
                while waiting and waiting[-1].start == number:
                    piece = waiting.pop()
                    writers[piece] = _ClipWriter(piece.path, stream)
                if writers:
                    frame = upright.turn(shown.frame)
                    for writer in writers.values():
                        writer.write(frame, shown.start, shown.end)
                for piece in [piece for piece in writers if piece.end == number]:
                    made[piece] = writers[piece].close()
                    del writers[piece]
                if not waiting and not writers:
                    break
        why = f"it ends after {count_shown} frames"
    except ValueError as error:
        why = str(error)
    finally:
        for writer in writers.values():
            writer.discard()
    return [
        made.get(
            piece, f"{piece.path.name} is not made of frames {piece.start} to {piece.end} of {source.name!r}: {why}"
        )
        for piece in pieces
    ]


def _opened(source: Path) -> av.container.InputContainer:
    try:
        container = av.open(str(source))
    except av.FFmpegError as error:
        raise ValueError(f"FFmpeg cannot read it ({error})") from error
    if not container.streams.video:
        container.close()
        raise ValueError("it has no video track")
    return container


@dataclass(frozen=True)
class _ShownFrame:
    """A decoded frame, and when it appears and disappears, in units of its stream's time base."""

    frame: av.VideoFrame
    start: int
    end: int


def _shown_frames(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[_ShownFrame]:
    """The frames of a video in the order in which they are shown, until the end or until one cannot be decoded.

    A frame is shown until the next one appears; what a container says of durations is a guess where they vary.
    """
    usual = max(1, round(1 / (_rate(stream) * stream.time_base)))
    held: av.VideoFrame | None = None
    start = 0
    try:
        for frame in container.decode(stream):
            if held is None:
                start = frame.pts or 0
            else:
                end = max(start + 1, start + usual if frame.pts is None else frame.pts)
                yield _ShownFrame(held, start, end)
                start = end
            held = frame
    except av.FFmpegError:
        pass  # what cannot be decoded ends the video: frames after it could not be counted
    if held is not None:
        yield _ShownFrame(held, start, start + (held.duration or usual))


def _rate(stream: av.VideoStream) -> Fraction:
    rate = Fraction(stream.average_rate or stream.guessed_rate or _USUAL_RATE)
    return min(max(rate, _RATES[0]), _RATES[1])


class _Upright:
    """Does to frames what the display matrix of the first one asks for, makes their sizes even and their form yuv420p.

    FFmpeg's filters do it, so colours are not converted to RGB and back.
    """

    def __init__(self) -> None:
        self._graph: av.filter.Graph | None = None
        self._form: tuple[int, int, str] | None = None

    def turn(self, frame: av.VideoFrame) -> av.VideoFrame:
        """A frame as it is to be shown.

        Raises:
            ValueError: it has not the form of the first one.
        """
        form = (frame.width, frame.height, frame.format.name)
        if self._graph is None:
            self._graph, self._form = _upright_graph(frame), form
        if form != self._form:
            raise ValueError(f"its frames change from {self._form} to {form}")
        self._graph.push(frame)
        return self._graph.pull()


def _upright_graph(frame: av.VideoFrame) -> av.filter.Graph:
    graph = av.filter.Graph()
    graph.threads = 1
    last = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    even = ("crop", "trunc(iw/2)*2:trunc(ih/2)*2:0:0")
    for name, arguments in (*_turns(frame), even, ("format", "yuv420p"), ("buffersink", None)):
        node = graph.add(name, arguments)
        last.link_to(node)
        last = node
    graph.configure()
    return graph


def _turns(frame: av.VideoFrame) -> list[tuple[str, str | None]]:
    """The filters that bring a frame upright.

    A display matrix (libavutil/display.h, ISO/IEC 14496-12) puts the pixel (p, q) at (a p + c q, b p + d q).
    """
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    if matrix is None:
        return []
    a, b, _, c, d = struct.unpack_from("=5i", bytes(matrix))
    across, down = (a, d) if abs(a) + abs(d) >= abs(b) + abs(c) else (c, b)
    turns: list[tuple[str, str | None]] = [] if (across, down) == (a, d) else [("transpose", "cclock_flip")]
    if across < 0:
        turns.append(("hflip", None))
    if down < 0:
        turns.append(("vflip", None))
    return turns


class _ClipWriter:
    """Encodes one clip beside its final place, and moves it there when it is complete."""

    def __init__(self, path: Path, source: av.VideoStream) -> None:
        self._path, self._partial = path, path.with_suffix(".partial")
        self._container = av.open(str(self._partial), "w", format="mp4", options=MUXER)
        self._stream = self._container.add_stream("libx264", rate=_rate(source), options=ENCODER)
        self._stream.pix_fmt = "yuv420p"
        self._time_base = self._stream.codec_context.time_base = source.time_base
        self._first: int | None = None
        self._end = 0
        self._durations: dict[int, int] = {}

    def write(self, frame: av.VideoFrame, start: int, end: int) -> None:
        """Add a frame that is shown from `start` to `end`, in units of the source's time base."""
        if self._first is None:
            self._first = start
            coder = self._stream.codec_context
            self._stream.width, self._stream.height = frame.width, frame.height
            coder.color_range, coder.colorspace = frame.color_range, frame.colorspace
            coder.color_primaries, coder.color_trc = frame.color_primaries, frame.color_trc
        # The source's choice of key frames and B-frames is not ours.
        frame.pict_type = PictureType.NONE
        frame.pts, frame.time_base = start - self._first, self._time_base
        self._durations[frame.pts] = end - start
        self._end = end - self._first
        self._mux(self._stream.encode(frame))

    def close(self) -> float:
        """Put the clip in its place; its seconds."""
        self._mux(self._stream.encode())
        self._container.close()
        self._partial.replace(self._path)
        return float(self._end * self._time_base)

    def discard(self) -> None:
        """Leave nothing behind."""
        self._container.close()
        self._partial.unlink(missing_ok=True)

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            packet.duration = self._durations.pop(packet.pts)
            self._container.mux(packet)
