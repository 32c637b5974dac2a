"""Reads the annotation of a video by Supervisely: tags with a range of frames.

The form is that of https://docs.supervisely.com/data-organization/00_ann_format_navi and of `VideoAnnotation.to_json`
in the package `supervisely`: frames are counted from 0 and `frameRange` includes both ends. What the web page
and the API download says `videoName`; a project's download does not, there the file `<dataset>/ann/<video>.json` is
named after `<dataset>/video/<video>`. Several annotations may stand in one file, as a list: so the page hands over what
people corrected.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from model.data.annotations.export import Export, Span, Tool, first_fault

PROJECT_FILES = frozenset(("meta.json", "key_id_map.json", "obj_class_to_machine_color.json"))
"""What a project's download holds besides annotations."""


class _Tag(BaseModel):
    name: str
    frame_range: tuple[int, int] | None = Field(None, alias="frameRange")


class _Object(BaseModel):
    tags: list[Any] = []


class _Video(BaseModel):
    video_name: str | None = Field(None, alias="videoName")
    frames_count: int | None = Field(None, alias="framesCount")
    tags: list[Any]
    objects: list[_Object] = []


def is_supervisely(document: Any) -> bool:
    """Whether a JSON document is an annotation of Supervisely, or a list of them."""
    if isinstance(document, list):
        return bool(document) and all(_is_annotation(one) and "videoName" in one for one in document)
    return _is_annotation(document)


def _is_annotation(document: Any) -> bool:
    return isinstance(document, dict) and "tags" in document and ("framesCount" in document or "videoName" in document)


def read_supervisely(document: Any, file: Path) -> Export:
    """The spans of an annotation, or of a list of them.

    Args:
        document: JSON that `is_supervisely`.
        file: where it was read; names the video if the document does not.

    Raises:
        ValueError: it is no annotation after all.
    """
    if isinstance(document, list):
        parts = [read_supervisely(one, file) for one in document]
        spans = tuple(span for part in parts for span in part.spans)
        return Export(Tool.SUPERVISELY, spans, tuple(finding for part in parts for finding in part.findings))
    try:
        video = _Video.model_validate(document)
    except ValidationError as error:
        raise ValueError(f"this is not a video annotation of Supervisely: {first_fault(error)}") from error
    name = Path(video.video_name or file.name.removesuffix(".json")).name
    tags, findings = [], []
    for number, element in enumerate(video.tags, 1):
        try:
            tag = _Tag.model_validate(element)
        except ValidationError as error:
            findings.append(f"tag {number} cannot be read ({first_fault(error)})")
            continue
        if tag.frame_range is None:
            findings.append(f"the tag {tag.name!r} is about the whole video and is left out")
            continue
        tags.append(Span(name, tag.name, *tag.frame_range, frame_count=video.frames_count))
    if on_objects := sum(len(element.tags) for element in video.objects):
        findings.append(f"tags of objects are left out ({on_objects}): a repetition is a tag of the video")
    return Export(Tool.SUPERVISELY, tuple(tags), tuple(findings))
