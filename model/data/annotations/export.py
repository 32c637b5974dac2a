"""What is left of an export once the peculiarities of its tool are gone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError


class Tool(StrEnum):
    """An annotation tool whose exports we read."""

    SUPERVISELY = "Supervisely"
    LABEL_STUDIO = "Label Studio"
    CVAT = "CVAT"


@dataclass(frozen=True)
class Span:
    """Frames of a video that an annotator gave a name, as the export says, unchecked.

    Attributes:
        video: name of the video file, without folder.
        name: what the annotator called it.
        start, end: its first and its last frame, counted from 0, both belonging to it.
        frame_count: frames of the video, where the export says so.
    """

    video: str
    name: str
    start: int
    end: int
    frame_count: int | None = None


@dataclass(frozen=True)
class Export:
    """One file of an annotation tool.

    Attributes:
        tool: which one wrote it.
        spans: in the order of the file.
        findings: a sentence for each thing in the file that is no span that we can use.
    """

    tool: Tool
    spans: tuple[Span, ...]
    findings: tuple[str, ...]


def first_fault(error: ValidationError) -> str:
    """Where a document differs from what it should be, and how, in a few words."""
    fault = error.errors()[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
