"""From any number of exports of any tools to one manifest, with a sentence for everything that could not be used."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from model.data.annotations.cvat import is_cvat, read_cvat
from model.data.annotations.export import Export, Span, Tool
from model.data.annotations.label_studio import DEFAULT_RATE, is_label_studio, read_label_studio
from model.data.annotations.people import People
from model.data.annotations.supervisely import PROJECT_FILES, is_supervisely, read_supervisely
from model.data.annotations.videos import Video, Videos
from model.data.manifest import MANIFEST, AnnotatedRepetition, Manifest

MIN_FRAMES = 3
"""Shorter ranges are slips of the mouse: the shortest repetition that people do, a double-under, has ten frames."""

RATE_TOLERANCE = 0.002
"""Relative difference up to which two frame rates count as one: 23.976 is taken for 24."""

LISTED = 12
"""Names that a sentence lists at most."""


@dataclass(frozen=True)
class Imported:
    """What became of the exports.

    Attributes:
        manifest: the repetitions that can be used.
        read: how many ranges the exports hold, without those that `only` left out.
        findings: a sentence for everything that was left out, and for what is odd but kept.
    """

    manifest: Manifest
    read: int
    findings: tuple[str, ...]


def import_exports(
    paths: Sequence[Path],
    people: People,
    *,
    videos: Videos | None = None,
    rename: Mapping[str, str] | None = None,
    only: Collection[str] = (),
    min_frames: int = MIN_FRAMES,
    label_studio_rate: float | None = None,
) -> Imported:
    """Read exports of Supervisely, Label Studio and CVAT into one manifest.

    1. Files are read, folders searched for .json and .xml; each file tells by its content which tool wrote it.
    2. Names lose spaces at their ends and are renamed. Where several differ only by case, all become lower case.
    3. Videos are looked up by name; ranges of a video that is not there are left out.
    4. Frames of Label Studio are counted again in those of the video, if its clock is given.
    5. Ranges that are too short, end after their video, or are there already are left out. Ranges that overlap stay.

    Args:
        paths: exports, and folders with exports.
        people: says who is seen in a video; a video that it does not know counts as an athlete of its own.
        videos: what the annotations are about. Without it, no video is looked for, and only `framesCount` of
            Supervisely says where a video ends.
        rename: label by the annotators' name.
        only: labels to take; empty for all.
        min_frames: ranges of fewer frames are left out.
        label_studio_rate: frames per second that Label Studio was set to count in; None if those of the videos.

    Raises:
        FileNotFoundError: a path does not exist.
    """
    findings: list[str] = []
    exports = _read_all(paths, findings)
    labels = _labels((span.name for export in exports.values() for span in export.spans), rename or {}, findings)
    for label in sorted(set(only) - set(labels.values())):
        findings.append(f"no export has the label {label!r} that was asked for; they have {_listed(labels.values())}")
    found_in: dict[AnnotatedRepetition, Path] = {}
    unclear: dict[Path, Video] = {}
    read = 0
    for file, export in exports.items():
        for name, spans in _by_video(export, labels, only).items():
            read += len(spans)
            video = videos.find(name) if videos else None
            if videos and video is None:
                findings.append(f"{file}: {name!r} is not in {videos.folder}; its {len(spans)} ranges are left out")
                continue
            frame_count = _frame_count(video, file, findings)
            if video and frame_count and export.tool is Tool.LABEL_STUDIO:
                if label_studio_rate is not None:
                    spans = _in_frames_of(video, spans, label_studio_rate)
                elif abs(video.rate / DEFAULT_RATE - 1) > RATE_TOLERANCE:
                    unclear.setdefault(file, video)
            source = video.path.name if video else name
            for span in spans:
                repetition, fault = None, _fault(span, frame_count or span.frame_count, min_frames)
                if fault is None:
                    repetition = _repetition(span, source, people)
                    fault = f"{found_in[repetition]} has it already" if repetition in found_in else None
                if repetition is None or fault is not None:
                    findings.append(f"{file}: {_shown(span.name, span.start, span.end, source)} is left out: {fault}")
                else:
                    found_in[repetition] = file
    manifest = Manifest.of(found_in)
    findings += [*_clocks(unclear), *_overlaps(manifest), *_unknown_people(manifest, people)]
    return Imported(manifest, read, tuple(findings))


def check_out(out: Path) -> None:
    """Make sure that a manifest may be written to a file or folder.

    Raises:
        FileExistsError: the manifest there records clips, which a new one would forget.
    """
    file = out / MANIFEST if out.is_dir() else out
    if file.is_file() and any(repetition.clip for repetition in Manifest.read(file).repetitions):
        raise FileExistsError(f"{file} records clips that are cut: write the new manifest to another file")


def read_export(file: Path) -> Export:
    """The spans of one export, whichever tool wrote it.

    Raises:
        ValueError: no tool that we know wrote it, or it is damaged.
    """
    document = file.read_bytes()
    if file.suffix.lower() == ".xml":
        try:
            root = fromstring(document)
        except (ParseError, DefusedXmlException) as error:
            raise ValueError(f"this is not XML that can be read safely ({error!r})") from error
        if is_cvat(root):
            return read_cvat(root)
    elif file.suffix.lower() == ".json":
        try:
            parsed: Any = json.loads(document)
        except ValueError as error:
            raise ValueError(f"this is not JSON ({error})") from error
        if is_supervisely(parsed):
            return read_supervisely(parsed, file)
        if is_label_studio(parsed):
            return read_label_studio(parsed)
    raise ValueError("this is not an export of Supervisely (JSON), Label Studio (JSON) or CVAT (XML); unpack archives")


def _read_all(paths: Iterable[Path], findings: list[str]) -> dict[Path, Export]:
    exports = {}
    for file in _files(paths):
        try:
            export = read_export(file)
        except (ValueError, RecursionError) as error:
            findings.append(f"{file}: {error}")
            continue
        exports[file] = export
        findings.extend(f"{file}: {finding}" for finding in export.findings)
    return exports


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    """The files, and those of the folders that may be exports; each once."""
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(file for suffix in ("json", "xml") for file in path.rglob(f"*.{suffix}"))
            files.update((f, None) for f in inside if f.name not in PROJECT_FILES and not f.name.startswith("."))
        elif path.is_file():
            files[path] = None
        else:
            raise FileNotFoundError(f"there is no export at {path}")
    return files


def _labels(names: Iterable[str], rename: Mapping[str, str], findings: list[str]) -> dict[str, str]:
    """The label of each name that annotators gave."""
    given = sorted(set(names))
    findings.extend(
        f"no export has the name {old!r} that is to become {rename[old]!r}; they have {_listed(given)}"
        for old in sorted(set(rename) - {name.strip() for name in given})
    )
    labels = {name: rename.get(name.strip(), name.strip()) for name in given}
    alike: dict[str, set[str]] = defaultdict(set)
    for label in labels.values():
        alike[label.casefold()].add(label)
    for folded, spellings in sorted(alike.items()):
        if len(spellings) > 1:
            findings.append(f"{_listed(spellings)} differ only by case; all become {folded!r}")
    return {name: label if len(alike[label.casefold()]) == 1 else label.casefold() for name, label in labels.items()}


def _listed(names: Iterable[str]) -> str:
    several = sorted(set(names))
    more = f" and {len(several) - LISTED} more" if len(several) > LISTED else ""
    return (", ".join(repr(name) for name in several[:LISTED]) or "none") + more


def _by_video(export: Export, labels: Mapping[str, str], only: Collection[str]) -> dict[str, list[Span]]:
    """The wanted spans of an export, with labels for names, by the name of their video."""
    videos: dict[str, list[Span]] = defaultdict(list)
    for span in export.spans:
        if not only or labels[span.name] in only:
            videos[span.video].append(replace(span, name=labels[span.name]))
    return videos


def _repetition(span: Span, source: str, people: People) -> AnnotatedRepetition:
    athlete, event = people.find(source) or (Path(source).stem, "")
    return AnnotatedRepetition(
        source=source, athlete=athlete, event=event, movement=span.name, start=span.start, end=span.end
    )


def _shown(movement: str, start: int, end: int, source: str) -> str:
    return f"{movement!r} at frames {start} to {end} of {source!r}"


def _frame_count(video: Video | None, file: Path, findings: list[str]) -> int | None:
    if video is None:
        return None
    try:
        return video.frame_count
    except ValueError as error:
        findings.append(f"{file}: {error}; where it ends is not checked")
        return None


def _fault(span: Span, frame_count: int | None, min_frames: int) -> str | None:
    """Why a span cannot be a repetition."""
    if not span.name:
        return "it has no name"
    if span.start < 0:
        return "it begins before the video"
    if span.end - span.start + 1 < min_frames:
        return f"it has fewer than {min_frames} frames"
    if frame_count is not None and span.end >= frame_count:
        return f"the last frame of the video is {frame_count - 1}"
    return None


def _in_frames_of(video: Video, spans: list[Span], rate: float) -> list[Span]:
    """Spans on a clock of `rate` frames per second, in frames of the video: those on the screen at these times."""
    period = 1 / Fraction(rate).limit_denominator(1001)
    return [
        replace(span, start=video.frame_at(span.start * period), end=video.frame_at(span.end * period))
        for span in spans
    ]


def _clocks(unclear: Mapping[Path, Video]) -> list[str]:
    """A sentence for each export whose frames may not be those of its videos."""
    return [
        f"{file}: Label Studio counts {DEFAULT_RATE:g} frames per second unless its <Video> tag has another frameRate,"
        f" and {video.path.name!r} has {video.rate:.5g}: if they differ, say --label-studio-rate"
        for file, video in unclear.items()
    ]


def _overlaps(manifest: Manifest) -> list[str]:
    """A sentence for each two repetitions that have frames in common."""
    findings = []
    for index, first in enumerate(manifest.repetitions):
        for second in manifest.repetitions[index + 1 :]:
            if second.source != first.source or second.start > first.end:
                break
            findings.append(
                f"{_shown(first.movement, first.start, first.end, first.source)} overlaps"
                f" {second.movement!r} at frames {second.start} to {second.end}; both are kept"
            )
    return findings


def _unknown_people(manifest: Manifest, people: People) -> list[str]:
    """A sentence about the videos that count as an athlete of their own."""
    unknown = sorted({r.source for r in manifest.repetitions if people.find(r.source) is None})
    if not unknown:
        return []
    return [f"who is seen in {_listed(unknown)} is not known; each counts as an athlete of its own"]
