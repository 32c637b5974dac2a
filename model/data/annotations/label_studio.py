"""Reads Label Studio's timeline segmentation of videos, exported as JSON or as JSON-MIN.

The form is that of https://labelstud.io/tags/timelinelabels and https://labelstud.io/guide/export: a region has
`{"ranges": [{"start", "end"}], "timelinelabels": [...]}`, frames counted from 1, both ends belonging to it. JSON-MIN
has the same regions under the name of the labelling tag.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel, Field, ValidationError

from model.data.annotations.export import Export, Span, Tool, first_fault
from model.data.annotations.videos import SUFFIXES

DEFAULT_RATE = 24.0
"""Frames per second that Label Studio counts in unless its <Video> tag says `frameRate`, whatever the video has."""

_REGION = "timelinelabels"
_UPLOAD = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of an uploaded file."""


class _Range(BaseModel):
    start: int
    end: int


class _Region(BaseModel):
    ranges: list[_Range] = Field(min_length=1)
    timelinelabels: list[str] = Field(min_length=1)


class _Result(BaseModel):
    type: str
    value: Any = None


class _Annotation(BaseModel):
    was_cancelled: bool = False
    result: list[_Result] = []


class _Task(BaseModel):
    data: dict[str, Any]
    file_upload: str | None = None
    annotations: list[_Annotation]


def is_label_studio(document: Any) -> bool:
    """Whether a JSON document is an export of Label Studio."""
    return (
        isinstance(document, list)
        and bool(document)
        and all(isinstance(task, dict) for task in document)
        and any("annotations" in task or _minimal(task)[1] for task in document)
    )


def read_label_studio(document: Any) -> Export:
    """The spans of an export, in the frames of Label Studio's own clock (see `DEFAULT_RATE`).

    Annotations that an annotator skipped, and regions that are not on the timeline, are findings.

    Args:
        document: JSON that `is_label_studio`.
    """
    spans: list[Span] = []
    findings: list[str] = []
    for task in document:
        where = f"task {task.get('id', '?')}"
        try:
            video, regions = _full(task, where, findings) if "annotations" in task else _minimal(task)
        except ValidationError as error:
            findings.append(f"{where} cannot be read ({first_fault(error)})")
            continue
        if video is None:
            findings.append(f"{where} names no video and is left out")
            continue
        for region in regions:
            try:
                read = _Region.model_validate(region)
            except ValidationError as error:
                findings.append(f"a region of {where} cannot be read ({first_fault(error)})")
                continue
            spans.extend(
                Span(video, label, part.start - 1, part.end - 1)
                for part in read.ranges
                for label in read.timelinelabels
            )
    return Export(Tool.LABEL_STUDIO, tuple(spans), tuple(findings))


def _full(document: dict[str, Any], where: str, findings: list[str]) -> tuple[str | None, list[Any]]:
    """The video and the timeline regions of a task in JSON."""
    task = _Task.model_validate(document)
    if any(annotation.was_cancelled for annotation in task.annotations):
        findings.append(f"{where} was skipped by an annotator, whose regions are left out")
    results = [
        result for annotation in task.annotations if not annotation.was_cancelled for result in annotation.result
    ]
    others = Counter(result.type for result in results if result.type != _REGION)
    findings.extend(f"regions of the type {kind} in {where} are left out ({n})" for kind, n in sorted(others.items()))
    upload = _UPLOAD.sub("", task.file_upload or "", count=1)
    return _video_name(task.data) or upload or None, [result.value for result in results if result.type == _REGION]


def _minimal(task: dict[str, Any]) -> tuple[str | None, list[Any]]:
    """The video and the timeline regions of a task in JSON-MIN."""
    lists = [value for value in task.values() if isinstance(value, list)]
    regions = [region for value in lists for region in value if isinstance(region, dict) and _REGION in region]
    return _video_name(task), regions


def _video_name(data: dict[str, Any]) -> str | None:
    names = (_file_name(value) for value in data.values() if isinstance(value, str))
    return next((name for name in names if name.lower().endswith(SUFFIXES)), None)


def _file_name(address: str) -> str:
    """The file's name in an upload's address, in that of a local file (`/data/local-files/?d=...`) or in a URL."""
    parts = urlsplit(address)
    local = parse_qs(parts.query).get("d")
    name = PurePosixPath(local[0] if local else unquote(parts.path)).name
    return _UPLOAD.sub("", name, count=1) if "/upload/" in parts.path else name
