"""Fetches videos by their links, with what the site says about them."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import av
from pydantic import BaseModel, ConfigDict, ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from yt_dlp import YoutubeDL  # type: ignore[import-untyped]
from yt_dlp.utils import DownloadCancelled, YoutubeDLError  # type: ignore[import-untyped]
from yt_dlp.version import __version__ as yt_dlp_version  # type: ignore[import-untyped]

from model.spreadsheet import write_rows

SOURCES = "sources.json"
"""Name of the record of where each video of a folder comes from."""
VIDEOS = "videos.csv"
"""Name of the table of athletes that `movements data import --athletes` reads."""

FORMATS = "/".join(
    [
        f"{kind}[ext=mp4]{codec}{protocol}"
        for protocol in ("[protocol^=http]", "")
        for codec in ("[vcodec~='^(avc|h264)']", "")
        for kind in ("bv", "b")
    ]
    + ["bv", "b"]
)
"""yt-dlp's choice, the first that a site has: always one file, never two to be merged.

mp4 before other containers, a plain download before a stream of pieces (whose mp4 is often MPEG-TS under a wrong name),
h264 before codecs that fewer tools read, pictures alone before pictures with sound. A link to a file does not tell its
codec.
"""

_PIECES = ".fetching"
"""Folder of what is not complete yet."""
_NAME_BYTES = 180


@dataclass(frozen=True)
class Link:
    """A video to fetch.

    Attributes:
        url: its http or https address.
        athlete, event: who is seen in it and in which event; empty if not known.
        name: of the file, without suffix; empty for the title that the site gives.
    """

    url: str
    athlete: str = ""
    event: str = ""
    name: str = ""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """A video that was fetched.

    Attributes:
        url: as in the list of links.
        file: its name in the folder.
        athlete, event: as in the list of links.
        title, uploader, upload_date, licence: as the site states them; None where it does not.
        extractor: yt-dlp's name of the site.
        width, height: of the stored frames, in pixels.
        fps: frames per second, on average; duration: in seconds. Both are the file's own, None where
            it does not tell.
        bytes, sha256: of the file.
        fetched_at: when, in UTC.
        yt_dlp: version of yt-dlp.
    """

    url: str
    file: str
    athlete: str = ""
    event: str = ""
    title: str | None
    uploader: str | None
    upload_date: date | None
    licence: str | None
    extractor: str
    width: int
    height: int
    fps: float | None
    duration: float | None
    bytes: int
    sha256: str
    fetched_at: datetime
    yt_dlp: str


class Sources(_Frozen):
    """All videos of a folder, in the order in which they came.

    Attributes:
        schema_version: of this form.
        videos: see `Source`.
    """

    schema_version: Literal[1] = 1
    videos: tuple[Source, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Sources:
        """The record of a folder; an empty one if there is none.

        Raises:
            ValueError: the file is not such a record.
        """
        path = folder / SOURCES
        if not path.is_file():
            return cls()
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{path} does not record videos: {where}: {first['msg']}") from error

    def having(self, source: Source) -> Sources:
        """The record with one video more, or with a newer account of it."""
        urls = [video.url for video in self.videos]
        at = urls.index(source.url) if source.url in urls else len(urls)
        return Sources(videos=(*self.videos[:at], source, *self.videos[at + 1 :]))

    def write(self, folder: Path) -> None:
        """Write the record and the table of athletes, each at once."""
        _replace(folder / SOURCES, self.model_dump_json(indent=1) + "\n")
        table = io.StringIO()
        rows = ((video.file, video.athlete, video.event) for video in self.videos)
        write_rows(table, [("video", "athlete", "event"), *rows])
        _replace(folder / VIDEOS, table.getvalue())


@dataclass(frozen=True)
class FetchReport:
    """What `fetch_videos` did.

    Attributes:
        sources: all videos of the folder.
        fetched, kept: how many links' videos came, and how many were there already.
        failures: by link, a sentence why there is no video.
    """

    sources: Sources
    fetched: int
    kept: int
    failures: dict[str, str]


def read_links(path: Path) -> list[Link]:
    """The videos that a file lists.

    Args:
        path: a CSV file with the column `url` and, where they are known, `athlete`, `event` and `name`; others do not
            matter. Or a text file with an address a line; lines that begin with # do not count.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it has neither form, or an address is none, or is listed twice in different ways.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no list of links at {path}")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    table = csv.DictReader(lines)
    if "url" in (table.fieldnames or ()):
        rows = [(table.line_num, row) for row in table]
    else:
        rows = [(number, {"url": line}) for number, line in enumerate(lines, 1) if not line.startswith("#")]
    links: dict[str, Link] = {}
    for number, row in rows:
        url, athlete, event, name = (
            " ".join((row.get(field) or "").split()) for field in ("url", "athlete", "event", "name")
        )
        if not any((url, athlete, event, name)):
            continue
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError(f"{path}, line {number}: {url!r} is not an http or https address")
        link = Link(url, athlete, event, name)
        if links.setdefault(url, link) != link:
            raise ValueError(f"{path}, line {number}: {url} is listed before with another athlete, event or name")
    return list(links.values())


def fetch_videos(links: Sequence[Link], out: Path, *, height: int = 480) -> FetchReport:
    """Fetch videos into a folder, and record each in its `sources.json` and `videos.csv` as soon as it is there.

    A video that is recorded, and whose file still has the recorded size, is not fetched again; half of one goes on
    where it was. A link that fails does not stop the others. No cookies of a browser are read, and those that a site
    sets are forgotten after the link; no other program is run on what was fetched.

    Args:
        links: what to fetch.
        out: folder of the videos.
        height: rows of the largest format to take, columns where the video is upright; if a site has only larger ones,
            the smallest of them is taken.

    Raises:
        ValueError: the record that is there cannot be read.
    """
    out.mkdir(parents=True, exist_ok=True)
    sources = Sources.read(out)
    failures: dict[str, str] = {}
    fetched = kept = 0
    columns = (TextColumn("fetching"), BarColumn(), MofNCompleteColumn(), TextColumn("videos"))
    with Progress(*columns) as progress:
        task = progress.add_task("", total=len(links))
        for number, link in enumerate(links):
            source = next((video for video in sources.videos if video.url == link.url), None)
            if source and _has_size(out / source.file, source.bytes):
                seen = {"athlete": link.athlete or source.athlete, "event": link.event or source.event}
                source = source.model_copy(update=seen)
                kept, outcome = kept + 1, f"{source.file} was there"
            else:
                try:
                    source = _fetch(link, out, height, sources, partial(progress.advance, task))
                    fetched, outcome = fetched + 1, f"{source.file} is fetched"
                except (YoutubeDLError, ValueError) as error:
                    source, failures[link.url], outcome = None, _sentence(error), f"{link.url} failed"
            if source:
                sources = sources.having(source)
                sources.write(out)
            progress.update(task, completed=number + 1)
            if not progress.console.is_terminal:
                progress.console.print(f"{number + 1} of {len(links)}: {outcome}", markup=False)
    if (pieces := out / _PIECES).is_dir() and not any(pieces.iterdir()):
        pieces.rmdir()
    return FetchReport(sources, fetched, kept, failures)


def yt_dlp_options(height: int, folder: Path, name: str) -> dict[str, Any]:
    """yt-dlp's options for one video.

    Args:
        height: as in `fetch_videos`.
        folder: where the file comes to lie.
        name: of the file. The format and the suffix are added to it, so that the half of a file is never continued with
            another format.
    """
    return {
        "format": FORMATS,
        "format_sort": [f"res:{height}"],
        "paths": {"home": str(folder)},
        "outtmpl": f"{name}.%(format_id)s.%(ext)s",
        "match_filter": _refuse_live,
        "noplaylist": True,
        "playlist_items": "0",
        "fixup": "never",
        "skip_unavailable_fragments": False,
        "js_runtimes": {"deno": {}, "node": {}},
        "retries": 3,
        "socket_timeout": 30,
        "noprogress": True,
        "color": "never",
        "logger": _Silence(),
    }


class _Silence:
    """Takes yt-dlp's messages; the reason of a failure comes with its exception."""

    def debug(self, message: str) -> None:
        pass

    warning = error = debug


class _LiveStream(DownloadCancelled):
    msg = "It is a live stream, and has no end to wait for."


def _refuse_live(info: dict[str, Any], *, incomplete: bool) -> None:
    if info.get("is_live") or info.get("live_status") == "is_upcoming":
        raise _LiveStream


def _fetch(link: Link, out: Path, limit: int, sources: Sources, advance: Callable[[float], None]) -> Source:
    """Fetch one video of at most `limit` rows and put it into the folder; `advance` hears what part of it has come.

    Raises:
        YoutubeDLError: yt-dlp cannot fetch it.
        ValueError: what came is not one video, or its place is taken.
    """
    pieces = out / _PIECES
    done = 0.0

    def follow(status: dict[str, Any]) -> None:
        nonlocal done
        total = status.get("total_bytes") or status.get("total_bytes_estimate")
        if total:
            part = min(status.get("downloaded_bytes", 0) / total, 1)
            advance(part - done)
            done = part

    with YoutubeDL(yt_dlp_options(limit, pieces, _digest(link.url))) as site:
        site.add_progress_hook(follow)
        info = site.extract_info(link.url)
    if info.get("_type", "video") != "video":
        raise ValueError("It is a list of videos: give the link of each.")
    path = Path(info["requested_downloads"][0]["filepath"])
    try:
        width, height, fps, duration = _measure(path)
    except ValueError:
        path.unlink()
        raise
    file = _file_name(link, info, path.suffix, sources)
    _place(path, out / file, next((video for video in sources.videos if video.url == link.url), None))
    return Source(
        url=link.url,
        file=file,
        athlete=link.athlete,
        event=link.event,
        title=info.get("title"),
        uploader=info.get("uploader"),
        upload_date=_date(info.get("upload_date")),
        licence=info.get("license"),
        extractor=info["extractor"],
        width=width,
        height=height,
        fps=fps,
        duration=duration,
        bytes=(out / file).stat().st_size,
        sha256=_sha256(out / file),
        fetched_at=datetime.now(UTC),
        yt_dlp=yt_dlp_version,
    )


def _file_name(link: Link, info: dict[str, Any], suffix: str, sources: Sources) -> str:
    """A name of our own choice: no separators, no control characters, nothing that a file system refuses."""
    name = unicodedata.normalize("NFC", link.name or f"{info.get('title') or 'video'} [{info['id']}]")
    name = "".join("_" if unicodedata.category(letter)[0] == "C" else letter for letter in name)
    name = re.sub(r'[<>:"/\\|?*]', "_", name).strip(". ") or "video"
    # A file system counts bytes, and a name that is cut loses its id.
    if len(name.encode()) > _NAME_BYTES:
        name = name.encode()[:_NAME_BYTES].decode(errors="ignore") + f" {_digest(link.url)}"
    taken = {video.file.casefold() for video in sources.videos if video.url != link.url}
    if f"{name}{suffix}".casefold() in taken:
        name += f" {_digest(link.url)}"
    return name + suffix


def _place(path: Path, target: Path, ours: Source | None) -> None:
    if target.exists() and (ours is None or ours.file != target.name) and _sha256(target) != _sha256(path):
        raise ValueError(f"{target.name} is in the folder already, from somewhere else: move it away.")
    path.replace(target)


def _measure(path: Path) -> tuple[int, int, float | None, float | None]:
    """Width and height in pixels, frames per second, seconds; the last two None where the file does not tell."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            next(container.decode(stream))
            duration = stream.duration and float(stream.duration * stream.time_base)
            if duration is None and container.duration is not None:
                duration = container.duration / av.time_base
            return stream.width, stream.height, float(stream.average_rate) if stream.average_rate else None, duration
    except (av.FFmpegError, IndexError, StopIteration) as error:
        raise ValueError("What came is not a video.") from error


def _sentence(error: Exception) -> str:
    """What a person can use of an error of yt-dlp: without its prefixes, causes and advice to its own developers."""
    text = str(error).removeprefix("ERROR: ").splitlines()[0]
    text = re.sub(r"^\[[^\]]+\] [^\s:]+: ", "", text)
    return re.split(r" \(caused by |; please report this issue|\. Use --", text)[0].rstrip(". ") + "."


def _date(text: str | None) -> date | None:
    return datetime.strptime(text, "%Y%m%d").date() if text else None


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:12]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _replace(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
