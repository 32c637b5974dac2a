"""The videos that annotations are about: found by the names that tools give them, their frames counted."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import av

SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi")
"""Ends of the names of video files, in lower case."""


class Video:
    """A video file.

    Attributes:
        path: where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def times(self) -> tuple[Fraction, ...]:
        """When each frame is shown, in seconds after the first; counted from the packets, without decoding.

        Raises:
            ValueError: the file has no video that FFmpeg can read.
        """
        try:
            with av.open(str(self.path)) as container:
                stream = container.streams.video[0]
                rate = stream.average_rate or stream.guessed_rate or 30
                packets = [packet for packet in container.demux(stream) if packet.size and not packet.is_discard]
                if any(packet.pts is None for packet in packets):
                    return tuple(Fraction(number) / rate for number in range(len(packets)))
                ticks = sorted(packet.pts for packet in packets)
                return tuple((tick - ticks[0]) * stream.time_base for tick in ticks)
        except (av.FFmpegError, IndexError) as error:
            raise ValueError(f"{self.path} is not a video that FFmpeg can read: {error}") from error

    @property
    def frame_count(self) -> int:
        """How many frames it has."""
        return len(self.times)

    @property
    def rate(self) -> float:
        """Frames per second, on average; 0 for fewer than two frames."""
        return float((len(self.times) - 1) / self.times[-1]) if len(self.times) > 1 else 0.0

    def frame_at(self, seconds: Fraction) -> int:
        """The frame on the screen that long after the first appeared; -1 before it, `frame_count` after the end.

        Times in files are rounded to their time base, so what is due within two milliseconds counts as there.
        """
        if self.rate and seconds >= self.times[-1] + Fraction(1 / self.rate):
            return self.frame_count
        return bisect_right(self.times, seconds + Fraction(1, 500)) - 1


class Videos:
    """The videos of a folder.

    Raises:
        FileNotFoundError: there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {folder}; give the one with the annotated videos")
        self.folder = folder
        self._exact: dict[str, Video] = {}
        self._alike: dict[str, list[Video]] = defaultdict(list)
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
                self._exact[path.name] = video = Video(path)
                self._alike[plain(path.name)].append(video)
                self._alike[plain(path.stem)].append(video)

    def find(self, name: str) -> Video | None:
        """The video of that name, or else the only one whose name reads the same to a tool that simplifies names."""
        alike = self._alike.get(plain(name), [])
        return self._exact.get(name) or (alike[0] if len(alike) == 1 else None)


def plain(name: str) -> str:
    """A name without case, and as Label Studio (Django's `get_valid_filename`) simplifies the names of uploads."""
    spaced = unicodedata.normalize("NFC", name).strip().replace(" ", "_")
    return re.sub(r"[^-\w.]", "", spaced).casefold()
