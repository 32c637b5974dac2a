"""Reads CVAT's own XML: "CVAT for video 1.1" and "CVAT for images 1.1", of a task, a job or a project.

The form is that of https://docs.cvat.ai/docs/other/xml_format. Frames are those of the video, counted from
0, whatever part of it the task holds. In the form for videos a repetition is a track, from its first frame to the one
before `outside="1"`; a track that comes back is another repetition. In the form for images a repetition is a run of
consecutive frames with one tag.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from model.data.annotations.export import Export, Span, Tool

_FRAME = re.compile(r"frame_(\d+)(?:\.\w+)?$")
_STEP = re.compile(r"step\s*=\s*(\d+)")


@dataclass(frozen=True)
class _Task:
    """`step`: every how many frames of the video one was annotated."""

    video: str
    step: int


def is_cvat(root: Element) -> bool:
    """Whether an XML document is an export of CVAT."""
    return root.tag == "annotations" and root.find("meta") is not None


def read_cvat(root: Element) -> Export:
    """The spans of an export.

    Shapes on single images are findings: which of them belong together is only known in the form for videos.

    Args:
        root: of an XML document that `is_cvat`.

    Raises:
        ValueError: it does not say which video it is about, or a number in it is none.
    """
    tasks = _tasks(root)
    spans: list[Span] = []
    tagged: dict[tuple[str, str], list[int]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    for track in root.iterfind("track"):
        task = _find(track.get("task_id", ""), tasks)
        for start, end in _track_runs(track):
            spans.append(Span(task.video, track.get("label", ""), start, end))
    for image in root.iterfind("image"):
        found = _FRAME.search(image.get("name", ""))
        frame = int(found[1] if found else image.get("id", ""))
        for child in image:
            if child.tag == "tag":
                tagged[image.get("task_id", ""), child.get("label", "")].append(frame)
            else:
                left_out[child.tag] += 1
    for (identifier, label), frames in tagged.items():
        task = _find(identifier, tasks)
        spans.extend(Span(task.video, label, start, end) for start, end in _runs(frames, task.step))
    findings = [
        f"shapes of the kind {kind} on single images are left out ({count}): export them as CVAT for video 1.1"
        for kind, count in sorted(left_out.items())
    ]
    return Export(Tool.CVAT, tuple(spans), tuple(findings))


def _tasks(root: Element) -> dict[str, _Task]:
    """The tasks of an export by their identifier; that of a single task or job also under the empty one."""
    meta = root.find("meta")
    assert meta is not None, "is_cvat looked"
    single = [element for name in ("task", "job") for element in meta.iterfind(name)]
    several = list(meta.iterfind("project/tasks/task"))
    tasks = {}
    for element in single + several:
        # Where `source` stands depends on CVAT's version; a project says it per task.
        video = element.findtext("source") or (meta.findtext("source") if single else None) or element.findtext("name")
        if not video:
            raise ValueError("this export of CVAT names no video: <source> is missing in <meta>")
        step = _STEP.search(element.findtext("frame_filter") or "")
        task = _Task(PurePosixPath(video).name, int(step[1]) if step else 1)
        tasks[element.findtext("id") or ""] = task
        if single:
            tasks[""] = task
    return tasks


def _find(identifier: str, tasks: dict[str, _Task]) -> _Task:
    if identifier not in tasks:
        raise ValueError(f"this export of CVAT has annotations of a task {identifier!r} that its <meta> does not list")
    return tasks[identifier]


def _track_runs(track: Element) -> Iterator[tuple[int, int]]:
    """First and last frame of each time that a track is in the picture."""
    shapes = sorted((int(s.get("frame", "")), s.get("outside") == "1") for s in track if s.get("frame") is not None)
    start = last = None
    for frame, outside in shapes:
        if outside and start is not None:
            yield start, frame - 1
            start = None
        elif not outside:
            start = frame if start is None else start
            last = frame
    if start is not None and last is not None:
        yield start, last


def _runs(frames: Iterable[int], step: int) -> Iterator[tuple[int, int]]:
    """First and last of each run of frames that are at most `step` apart."""
    ordered = sorted(set(frames))
    start = 0
    for index in range(1, len(ordered) + 1):
        if index == len(ordered) or ordered[index] - ordered[index - 1] > step:
            yield ordered[start], ordered[index - 1]
            start = index
