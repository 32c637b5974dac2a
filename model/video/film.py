"""The film in a file: its one video track, opened by our own reader and handed out frame by frame.

Nothing here decodes. What leaves for the decoder is what was asked for, in a file of our own (`canonical`).
"""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from model.contract import Limits
from model.errors import CorruptVideo, NotAVideo
from model.video.boxes import Box, BoxReader
from model.video.canonical import write_canonical
from model.video.colour import told
from model.video.fragments import read_fragments
from model.video.guard import StreamGuard
from model.video.headers import Colour
from model.video.magic import HEAD_BYTES, refusal
from model.video.references import REFERENCE, Role, role_of
from model.video.samples import Samples, read_samples
from model.video.track import Matrix, Track, find_film, only, timescale_of

_FIRST = frozenset(
    (b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"sidx", b"junk")
)
"""Kinds of box that an mp4 or mov file begins with."""
_PICTURE_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"crx "))


@dataclass(frozen=True)
class Film:
    """The film of a file, as its index tells it.

    Attributes:
        path: of the file.
        container: "mp4" or "mov".
        track: the video track.
        matrix: how the film as a whole is turned for display, after the track.
        declared: how many frames the index lists for showing.
        samples: those that lie within the file, in decoding order.
        places: int64 [samples], place of each in order of presentation, hidden ones included.
        frames: int64 [frames], sample of every frame that is shown, in order of presentation.
        ticks: int64 [frames], when each is shown, in ticks after the first.
        seconds: how long the declared frames last together.
    """

    path: Path
    container: str
    track: Track
    matrix: Matrix
    declared: int
    samples: Samples
    places: np.ndarray
    frames: np.ndarray
    ticks: np.ndarray
    seconds: float

    @property
    def times(self) -> np.ndarray:
        """float64 [frames]: seconds from the first frame to each, rounded as FFmpeg rounds them."""
        return self.ticks * (1 / self.track.timescale)


def read_film(path: Path) -> Film:
    """Find the film in a file.

    Raises:
        NotAVideo, UnsupportedContainer, NoVideoTrack, UnsupportedCodec: there is none that we read.
        CorruptVideo: the boxes contradict each other or are cut off.
    """
    with path.open("rb") as file:
        return _film(path, BoxReader(file, os.fstat(file.fileno()).st_size))


def _film(path: Path, reader: BoxReader) -> Film:
    head = reader.read(reader.root, min(HEAD_BYTES, reader.root.length))
    if head[4:8] not in _FIRST:
        raise refusal(head)
    brand = head[8:12] if head[4:8] == b"ftyp" else b"qt  "
    moov, fragments = _index(reader, brand)
    mvhd = only(reader, moov, b"mvhd")
    track = find_film(reader, moov, timescale_of(reader, mvhd))
    listed, seconds = _listed(reader, moov, fragments, track)
    shown = listed.shown[_edited(listed, track)]
    size = reader.root.length
    inside = (listed.offsets >= 0) & (listed.sizes > 0) & (listed.offsets <= size - listed.sizes)
    samples = listed.take(inside & (listed.entries >= 0) & (listed.entries < len(track.entries)))
    if samples.sizes.sum() > size:
        raise CorruptVideo("The frames of the video claim more bytes than the file has.")
    order = np.argsort(samples.shown, kind="stable")
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    frames = order[_edited(samples, track)[order]]
    ticks = samples.shown[frames]
    return Film(
        path=path,
        container="mov" if brand == b"qt  " else "mp4",
        track=track,
        matrix=reader.unpack("9i", mvhd, 48 if reader.read(mvhd, 1)[0] == 1 else 36),
        declared=len(shown),
        samples=samples,
        places=places,
        frames=frames,
        ticks=ticks - ticks[0] if len(ticks) else ticks,
        seconds=seconds,
    )


def _index(reader: BoxReader, brand: bytes) -> tuple[Box, list[tuple[int, Box]]]:
    """The index of the file, and its fragments with their first byte."""
    moov: Box | None = None
    fragments: list[tuple[int, Box]] = []
    position = 0
    for child in reader.children(reader.root):
        if child.kind == b"moov" and moov is None:
            moov = child
        elif child.kind == b"moof":
            fragments.append((position, child))
        position = child.end
    if moov is None:
        if brand in _PICTURE_BRANDS:
            raise NotAVideo("The file is a picture (HEIF, AVIF or raw), not a video, whatever its name says.")
        raise CorruptVideo("The file has no index (moov box): it is cut off, or its recording was never finished.")
    if not moov.complete:
        raise CorruptVideo("The file ends within its index (moov box).")
    return moov, fragments


def _listed(reader: BoxReader, moov: Box, fragments: list[tuple[int, Box]], track: Track) -> tuple[Samples, float]:
    """All samples of the track, wherever they are listed, and how many seconds those that are shown last."""
    whole = read_samples(reader, track.table)
    pieces = read_fragments(reader, moov, fragments, track.number, whole.end)
    samples = Samples.joined([whole, *pieces])
    lasting = samples.durations[_edited(samples, track)]
    return samples, int(lasting.sum()) / track.timescale


def _edited(samples: Samples, track: Track) -> np.ndarray:
    """bool [samples]: shown by the edits of the track. Samples of fragments are, whatever those say."""
    if not track.edits or not (~samples.fragment).any():
        return np.ones(len(samples), bool)
    shown = samples.fragment.copy()
    for edit in track.edits:
        inside = samples.shown >= edit.start
        if edit.ticks or len(track.edits) > 1:
            inside &= samples.shown < edit.start + edit.ticks
        shown |= inside
    return shown


class SampleReader:
    """Reads the samples of a film, and knows which of them others are decoded from."""

    def __init__(self, film: Film, file: BinaryIO) -> None:
        self._film = film
        self._file = file
        self._roles: dict[int, Role] = {}

    def sample(self, index: int) -> bytes:
        """The bytes of a sample; raises `CorruptVideo` if the file shrank."""
        samples = self._film.samples
        self._file.seek(int(samples.offsets[index]))
        data = self._file.read(int(samples.sizes[index]))
        if len(data) != samples.sizes[index]:
            raise CorruptVideo("The file ends early.")
        return data

    def role(self, index: int) -> Role:
        """What a sample is for others."""
        if index not in self._roles:
            entry = self._film.track.entries[0]
            same = self._film.samples.entries[index] == 0
            self._roles[index] = role_of(entry.codec, entry.length_bytes, self.sample(index)) if same else REFERENCE
        return self._roles[index]

    def needed(self, wanted: Collection[int]) -> list[int]:
        """The samples that must be decoded to see others, in decoding order.

        From the last sample before a wanted one at which decoding may start, without those from which nothing that
        is wanted is decoded.

        Args:
            wanted: indices of samples.
        """
        needed: set[int] = set()
        begun = 0
        for last in sorted(wanted):
            first = self._start(last, begun)
            run = range(first, last + 1)
            highest = max(self.role(index).layer for index in run)
            needed.update(index for index in run if self.role(index).layer < max(highest, 1))
            begun = first
        return sorted(needed | set(wanted))

    def _start(self, wanted: int, begun: int) -> int:
        """The last sample up to `wanted`, not before `begun`, at which decoding may start; 0 if there is none."""
        film = self._film
        for index in range(wanted, begun, -1):
            if film.samples.sync[index] and film.places[index] <= film.places[wanted] and self.role(index).start:
                return index
        return begun

    def canonical(self, chosen: Iterable[int], limits: Limits) -> tuple[io.BytesIO, Colour, float]:
        """The film of some samples, in decoding order, as the decoder gets it; its colour, and its pixel aspect.

        Raises:
            CorruptVideo: a header in the stream is damaged.
            TooManyPixels: the stream says that it is beyond the limits.
        """
        indices = np.fromiter(chosen, np.int64)
        track = self._film.track
        guards = [StreamGuard(entry, limits) for entry in track.entries]
        configurations = [guard.configuration() for guard in guards]
        kinds = self._film.samples.entries[indices]
        content = write_canonical(
            [
                entry.written(configuration, told(entry.colour or Colour(), chroma=1))
                for entry, configuration in zip(track.entries, configurations, strict=True)
            ],
            (track.width, track.height),
            (guards[kind].sample(self.sample(index)) for index, kind in zip(indices.tolist(), kinds, strict=True)),
            self._film.places[indices] - self._film.places[indices].min(),
            kinds,
        )
        return content, guards[0].colour, guards[0].pixel_aspect
