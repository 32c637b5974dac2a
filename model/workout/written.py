"""A workout as others read it: rows, subtitles, annotations, and single repetitions cut out of the film."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator

from pydantic import JsonValue

from model.answers.workout import RepetitionAnswer, SegmentAnswer, Verdict, WorkoutAnswer
from model.spreadsheet import write_rows

OTHER = "another exercise"
"""What an exercise without a name is called."""

COLUMNS = (
    *("segment", "movement", "repetition", "set", "start", "end", "seconds", "verdict"),
    *("standard", "measured", "required", "unit", "moment", "reason"),
)  # fmt: skip
"""Of the rows, one per repetition; `standard` and what follows are of the point that decided."""

_LINGER = 1.5
"""Seconds for which a subtitle stays after a repetition, where none follows."""


def numbered(workout: WorkoutAnswer) -> Iterator[tuple[int, SegmentAnswer, int, int, RepetitionAnswer]]:
    """Every repetition with its segment, its number and that of its set, all counted from 1."""
    for number, segment in enumerate(workout.segments, 1):
        for place, repetition in enumerate(segment.repetitions):
            in_set = sum(one.first <= place for one in segment.sets) or 1
            yield number, segment, 1 + place, in_set, repetition


def name_of(segment: SegmentAnswer) -> str:
    """What a segment's exercise is called."""
    return OTHER if segment.movement is None else segment.movement


def told(segment: SegmentAnswer) -> str:
    """How many repetitions a segment has, in words: "14, perhaps 15 (1 no rep, 2 to look at)"."""
    verdicts = Counter(repetition.verdict for repetition in segment.repetitions)
    said = {Verdict.NO_REP: "no rep", Verdict.LOOK: "to look at"}
    notes = ", ".join(f"{verdicts[verdict]} {words}" for verdict, words in said.items() if verdicts[verdict])
    return segment.counted + (f" ({notes})" if notes else "")


def as_csv(workout: WorkoutAnswer) -> str:
    """A table with one row per repetition; see COLUMNS."""
    rows: list[tuple[object, ...]] = [COLUMNS]
    for number, segment, place, in_set, repetition in numbered(workout):
        decided = next((point for point in repetition.judgements if point.verdict is repetition.verdict), None)
        point = (
            (decided.standard, decided.measured, decided.required, decided.unit, decided.moment, decided.reason)
            if decided is not None
            else (None,) * 6
        )
        seconds = round(repetition.end - repetition.start, 3)
        row = (number, name_of(segment), place, in_set, repetition.start, repetition.end, seconds, repetition.verdict)
        rows.append((*row, *point))
    text = io.StringIO()
    write_rows(text, rows)
    return text.getvalue()


def as_subtitles(workout: WorkoutAnswer, *, web: bool = False) -> str:
    """Count and verdict of every repetition as SubRip subtitles, or as WebVTT, which browsers show.

    A subtitle appears with the end of a repetition, when it counts, and stays until the next one does.
    """
    rows = list(numbered(workout))
    ends = [repetition.end for *_, repetition in rows]
    parts = ["WEBVTT\n"] if web else []
    for place, (_, segment, number, _, repetition) in enumerate(rows):
        after = ends[place + 1] if place + 1 < len(rows) else repetition.end + _LINGER
        until = max(repetition.end + 0.1, min(after, repetition.end + 2 * _LINGER))
        verdict = "" if repetition.verdict in (Verdict.REP, Verdict.UNCLEAR) else f" – {repetition.verdict}"
        times = f"{_clock(repetition.end, web)} --> {_clock(until, web)}"
        parts.append(f"{place + 1}\n{times}\n{name_of(segment)} {number}{verdict}\n")
    return "\n".join(parts)


def _clock(seconds: float, web: bool) -> str:
    milliseconds = max(0, round(seconds * 1000))
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{'.' if web else ','}{rest % 1000:03}"


def as_json(workout: WorkoutAnswer) -> str:
    """The answer itself, as the text of a file; joints are for those who draw them, not for a file that people read."""
    told = workout.to_json()
    told.pop("bodies", None)
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def as_supervisely(workout: WorkoutAnswer, video: str) -> str:
    """The named repetitions as a video annotation that Supervisely and `movements data import` read.

    The form is that of https://docs.supervisely.com/data-organization/00_ann_format_navi: tags of the video with a
    range of frames, both ends included.

    Args:
        workout: with frame numbers.
        video: name of the film's file.
    """
    tags: list[JsonValue] = [
        {"name": segment.movement, "value": None, "frameRange": list(repetition.frames)}
        for _, segment, _, _, repetition in numbered(workout)
        if segment.movement is not None and repetition.frames is not None
    ]
    annotation: dict[str, JsonValue] = {
        "videoName": video,
        "description": "",
        "size": {"width": workout.width, "height": workout.height},
        "framesCount": workout.frames,
        "tags": tags,
        "objects": [],
        "frames": [],
    }
    return json.dumps(annotation, ensure_ascii=False, indent=2) + "\n"
