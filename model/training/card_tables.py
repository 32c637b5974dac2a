"""The tables of a card, as Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from model.answers.ablation import Ablation, Score
from model.answers.evaluation import EvaluationAnswer, JudgedClip, UnreadClip
from model.answers.interval import interval_of_few
from model.record import BundleRecord, Data

NEAR = "clips that are nearly a movement (a pull-up below the chin, a snatch, single unders)"


class Result(NamedTuple):
    """A share of so many clips, and what it is the share of."""

    words: str
    share: float | None
    clips: int


def results(record: BundleRecord) -> list[Result]:
    """The shares of the test set."""
    report, rule, recall = record.report, record.report.none_of_these, record.at_recall
    shown = sum(row.clips for name, row in report.per_class.items() if name in report.labels)
    rows = [Result("top-1 of the movements", report.top1, shown), Result("top-5", report.top5, shown)]
    if rule is not None:
        kept = None if rule.movements_rejected is None else 1 - rule.movements_rejected
        rows.append(Result("movements let through by the rule", kept, rule.movements))
        rows.append(Result("other clips rejected by the rule", rule.others_rejected, rule.others))
    if recall is not None:
        when = f"when {recall.recall:.2f} of the movements are let through"
        rows.append(Result(f"other clips rejected {when}", recall.others_rejected, recall.others))
        rows.append(Result(f"the same of {NEAR}", recall.near_rejected, recall.near))
        rows.append(Result("the same of both together", recall.all_others_rejected, recall.others + recall.near))
    return rows


def result_table(record: BundleRecord) -> str:
    """The shares of the test set, and the calibration error behind the first two."""
    lines = [f"| {row.words} | {told(row.share, row.clips)} |" for row in results(record)]
    lines.insert(2, f"| expected calibration error | {told(record.report.ece)} |")
    return "\n".join(["| | |", "|---|---|", *lines])


def label_table(data: Data) -> str:
    """The recorded clips, by what they show; nothing without any."""
    if not data.labels:
        return ""
    rows = [f"| {label} | {count.clips} | {count.athletes} |" for label, count in data.labels.items()]
    return "\n".join(["| movement | clips | athletes |", "|---|---|---|", *rows])


def sheets(names: Mapping[str, str]) -> str:
    """Contact sheets, each under what it shows."""
    return "\n\n".join(f"{shown}\n\n![{shown}](evaluation/{name})" for shown, name in names.items())


def ablation_table(ablation: Ablation) -> str:
    """A row for every recipe, and a column for every folder of videos and view of them."""
    columns = [(folder, view) for folder in ablation.rows[0].videos for view in ("athlete", "none")]
    head = ["recipe", "held out"]
    head += [f"{folder}, {'crop' if view == 'athlete' else 'whole'}" for folder, view in columns]
    rows = [
        [row.name, _score(row.held_out), *(_score(row.videos[folder].get(view)) for folder, view in columns)]
        for row in ablation.rows
    ]
    if all(row.milliseconds is not None for row in ablation.rows):
        head.append("ms")
        rows = [[*cells, f"{row.milliseconds:.1f}"] for cells, row in zip(rows, ablation.rows, strict=True)]
    size = ablation.size
    title = f"{ablation.steps} steps, {ablation.clips_seen} clips seen, {size} x {size} pixels:"
    return "\n".join([title, "", _row(head), "|---" * len(head) + "|", *map(_row, rows)])


def film_table(folder: str, answer: EvaluationAnswer) -> str:
    """What the model says of a folder of film, one row for everything that is shown."""
    by_shown: dict[str, list[JudgedClip | UnreadClip]] = defaultdict(list)
    for clip in answer.predictions:
        by_shown[clip.shows].append(clip)
    rows = []
    for shows, clips in sorted(by_shown.items()):
        read = [clip for clip in clips if isinstance(clip, JudgedClip)]
        said = ", ".join(f"{clip.prediction[0][0]} {clip.prediction[0][1]:.2f}" for clip in read)
        rejected = sum(clip.none_of_these is not None and clip.none_of_these.answer for clip in read)
        right = sum(clip.right for clip in read)
        rows.append(_row([shows, str(len(clips)), str(right), f"{said}; {rejected} rejected"]))
    head = ["shown", "clips", "right", "most probable label, and how often rejected"]
    return "\n".join([_film_sentence(folder, answer), "", _row(head), "|---" * len(head) + "|", *rows])


def _film_sentence(folder: str, answer: EvaluationAnswer) -> str:
    text = f"`{folder}`: {answer.clips} clips, never trained on. "
    rule = answer.none_of_these
    if rule is None or rule.movements:
        text += f"Top-1 {told(answer.top1, answer.clips, 2)}, top-5 {told(answer.top5, answer.clips, 2)}. "
    if rule is not None and rule.movements_rejected is not None:
        kept = told(1 - rule.movements_rejected, rule.movements, 2)
        text += f"The rule lets {kept} of the movements through. "
    if rule is not None and rule.others:
        text += f"It rejects {told(rule.others_rejected, rule.others, 2)} of the {rule.others} clips of other movements"
        if rule.near_relatives and rule.all_else:
            near = told(rule.near_relatives_rejected, rule.near_relatives, 2)
            rest = told(rule.all_else_rejected, rule.all_else, 2)
            text += (
                f": {near} of the {rule.near_relatives} near relatives (pull-ups, skipping, burpees, snatches) and "
                f"{rest} of the {rule.all_else} others"
            )
        text += "."
    return text.strip()


def told(share: float | None, clips: int = 0, digits: int = 3) -> str:
    """A share; of few clips, with its interval; without clips there is none to tell."""
    if share is None:
        return "none there"
    interval = interval_of_few(share, clips)
    ends = "" if interval is None else f" ({interval.low:.{digits}f} to {interval.high:.{digits}f})"
    return f"{share:.{digits}f}{ends}"


def _score(score: Score | None) -> str:
    if score is None:
        return "-"
    parts = []
    if score.top1 is not None and score.loss is not None:
        parts.append(f"{_short(score.top1, score.movements)} ({score.loss:.2f})")
    if score.rejected is not None:
        parts.append(f"rejects {_short(score.rejected, score.others)}")
    return ", ".join(parts)


def _short(share: float, clips: int) -> str:
    """A share with its interval in square brackets, for a cell of a wide table."""
    interval = interval_of_few(share, clips)
    return f"{share:.2f}" if interval is None else f"{share:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
