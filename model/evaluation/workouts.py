"""Films with truth, beside what is said of them: counts, segments, boundaries, verdicts, and other ways of counting."""

from __future__ import annotations

import logging
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from model.answers.counting import (
    CountMetrics,
    JudgedFilm,
    JudgedSet,
    SegmentMetrics,
    VerdictMetrics,
    WorkoutsEvaluation,
)
from model.answers.workout import RepetitionAnswer, SegmentAnswer, SetSpan, Verdict, WorkoutAnswer
from model.evaluation.counting import COUNTERS
from model.evaluation.standards import Case, Room, cases, standard_metrics
from model.predict import Predictor
from model.workout.analyse import analyse
from model.workout.standards import Standard, Standards
from model.workout.timeline import REST_SECONDS, Span

OURS = "both streams"
OVERLAP = 0.5
"""Intersection over union from which on a segment is found."""
_AROUND = 0.5
"""Seconds around a set within which what is counted belongs to it."""
_HOUR = 3600.0

logger = logging.getLogger(__name__)


@dataclass
class Tally:
    """What was compared so far.

    Attributes:
        counted: by way of counting, (true, counted) of every set.
        true, found, matched: segments.
        starts, ends: errors of matched repetitions, seconds.
        verdicts: by movement, (truth, verdict) of every matched repetition.
        points: by movement and point of performance, every case of which the truth is known.
        idle_seconds, idle: seconds without a repetition, and repetitions that were counted there.
        other_seconds, named: seconds of other exercises, and repetitions of a movement that were counted there.
    """

    counted: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    true: int = 0
    found: int = 0
    matched: int = 0
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    verdicts: dict[str, list[tuple[Verdict, Verdict]]] = field(default_factory=lambda: defaultdict(list))
    points: dict[str, dict[str, list[Case]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    idle_seconds: float = 0.0
    idle: int = 0
    other_seconds: float = 0.0
    named: int = 0

    def add(
        self,
        truth: WorkoutAnswer,
        answer: WorkoutAnswer,
        standards: Standards = MappingProxyType({}),
        room: Room | None = None,
    ) -> None:
        """Compare one film; by which standards it was judged, and its joints in metres, tell of single points."""
        sets = set_spans(truth)
        for span, true in sets:
            self.counted[OURS].append((true, _counted(answer, span)))
        self.true += len(truth.segments)
        self.found += len(answer.segments)
        for wanted in truth.segments:
            self.matched += any(
                found.movement == wanted.movement and overlap(wanted, found) >= OVERLAP for found in answer.segments
            )
            if wanted.movement is None:
                self.other_seconds += wanted.end - wanted.start
                self.named += sum(
                    found.movement is not None and wanted.start <= _middle(one) <= wanted.end
                    for found in answer.segments
                    for one in found.repetitions
                )
            else:
                self._compare(wanted, answer, standards.get(wanted.movement), room)
        inside = [(span.start - _AROUND, span.end + _AROUND) for span, _ in sets]
        self.idle_seconds += truth.seconds - sum(end - start for start, end in inside)
        self.idle += sum(
            not any(start <= _middle(one) <= end for start, end in inside)
            for found in answer.segments
            for one in found.repetitions
        )

    def _compare(
        self, wanted: SegmentAnswer, answer: WorkoutAnswer, standard: Standard | None, room: Room | None
    ) -> None:
        """Repetitions that are found and named rightly: their boundaries and verdicts."""
        same = [one for found in answer.segments if found.movement == wanted.movement for one in found.repetitions]
        for true in wanted.repetitions:
            best = min(same, key=lambda one: abs(_middle(one) - _middle(true)), default=None)
            if best is None or abs(_middle(best) - _middle(true)) > max(0.5, true.end - true.start) / 2:
                continue
            self.starts.append(abs(best.start - true.start))
            self.ends.append(abs(best.end - true.end))
            self.verdicts[str(wanted.movement)].append((true.verdict, best.verdict))
            if standard is not None and room is not None:
                for name, case in cases(true, best, standard, room):
                    self.points[standard.movement][name].append(case)

    def evaluation(self, films: int, seconds: float, cpu_seconds: float) -> WorkoutsEvaluation:
        """The figures."""
        precision, recall = _share(self.matched, self.found), _share(self.matched, self.true)
        f1 = 2 * precision * recall / (precision + recall) if precision and recall else None
        return WorkoutsEvaluation(
            films=films,
            seconds=round(seconds, 1),
            counts={name: count_metrics(pairs) for name, pairs in self.counted.items()},
            segments=SegmentMetrics(
                true=self.true,
                found=self.found,
                precision=_round(precision),
                recall=_round(recall),
                f1=_round(f1),
                start_seconds=_round(statistics.median(self.starts)) if self.starts else None,
                end_seconds=_round(statistics.median(self.ends)) if self.ends else None,
            ),
            false_per_hour=_round(_share(self.idle * _HOUR, self.idle_seconds)),
            named_per_hour=_round(_share(self.named * _HOUR, self.other_seconds)),
            verdicts={movement: verdict_metrics(pairs) for movement, pairs in sorted(self.verdicts.items())},
            standards={
                movement: {name: standard_metrics(some) for name, some in points.items()}
                for movement, points in sorted(self.points.items())
            },
            cpu_seconds_per_minute=_round(_share(60 * cpu_seconds, seconds)),
        )


def evaluate_workouts(
    folder: Path,
    predictor: Predictor,
    standards: Standards,
    *,
    baselines: bool = True,
    report: Callable[[JudgedFilm], None] = lambda film: None,
) -> WorkoutsEvaluation:
    """Judge a predictor on the films of a folder.

    Args:
        folder: of `movements workouts`: films, and beside each its truth as JSON.
        predictor: of a bundle with a second stream.
        standards: by which repetitions are judged.
        baselines: whether other ways of counting are tried on the same films.
        report: told of each film, as soon as it is judged.

    Raises:
        FileNotFoundError: the folder holds no film with truth.
        MovementsError: a film cannot be read, or the bundle has no second stream.
    """
    films = [path for path in sorted(folder.glob("*.mp4")) if path.with_suffix(".json").is_file()]
    if not films:
        raise FileNotFoundError(f"{folder} holds no films with truth beside them: `movements workouts` makes them")
    tally, seconds, cpu = Tally(), 0.0, 0.0
    for film in films:
        truth = as_told(WorkoutAnswer.model_validate_json(film.with_suffix(".json").read_text(encoding="utf-8")))
        start = time.process_time()
        workout = analyse(film, predictor, standards)
        cpu += time.process_time() - start
        seconds += truth.seconds
        tally.add(truth, workout.answer, standards, Room.beside(film, truth.seconds))
        if baselines:
            for name, counter in COUNTERS.items():
                count = counter(film, workout.body)
                tally.counted[name] += [(true, count(span)) for span, true in set_spans(truth)]
        logger.info("%s: %d segments", film.name, len(workout.answer.segments))
        report(JudgedFilm(name=film.name, truth=truth, answer=workout.answer, sets=judged_sets(truth, workout.answer)))
    return tally.evaluation(len(films), seconds, cpu)


def judged_sets(truth: WorkoutAnswer, answer: WorkoutAnswer) -> tuple[JudgedSet, ...]:
    """Every set of a film, and how many repetitions an answer counts in it."""
    names = [segment.movement or segment.kind or "another exercise" for segment in truth.segments for _ in segment.sets]
    return tuple(
        JudgedSet(name=name, start=span.start, end=span.end, true=true, counted=_counted(answer, span))
        for name, (span, true) in zip(names, set_spans(truth), strict=True)
    )


def as_told(truth: WorkoutAnswer) -> WorkoutAnswer:
    """A film's truth as a person tells it: shots of the same exercise that follow each other are one segment."""
    told: list[SegmentAnswer] = []
    for segment in truth.segments:
        last = told[-1] if told else None
        if (
            last is None
            or (last.movement, last.kind) != (segment.movement, segment.kind)
            or segment.start - last.end > REST_SECONDS
        ):
            told.append(segment)
            continue
        before = len(last.repetitions)
        moved = tuple(SetSpan(first=before + one.first, last=before + one.last) for one in segment.sets)
        update = {
            "end": segment.end,
            "repetitions": (*last.repetitions, *segment.repetitions),
            "sets": (*last.sets, *moved),
        }
        told[-1] = last.model_copy(update=update)
    return truth.model_copy(update={"segments": tuple(told)})


def set_spans(truth: WorkoutAnswer) -> list[tuple[Span, int]]:
    """When each set of a film begins and ends, and how many repetitions it has."""
    return [
        (Span(segment.repetitions[one.first].start, segment.repetitions[one.last].end), one.last - one.first + 1)
        for segment in truth.segments
        for one in segment.sets
    ]


def overlap(one: SegmentAnswer, other: SegmentAnswer) -> float:
    """Intersection over union of two segments in time."""
    common = min(one.end, other.end) - max(one.start, other.start)
    together = max(one.end, other.end) - min(one.start, other.start)
    return max(0.0, common) / together if together > 0 else 0.0


def count_metrics(pairs: Sequence[tuple[int, int]]) -> CountMetrics:
    """The figures of sets (true, counted)."""
    count = len(pairs)
    return CountMetrics(
        sets=count,
        exact=_round(_share(sum(true == counted for true, counted in pairs), count)),
        within_one=_round(_share(sum(abs(true - counted) <= 1 for true, counted in pairs), count)),
        error=_round(_share(sum(abs(true - counted) / true for true, counted in pairs), count)),
    )


def verdict_metrics(pairs: Sequence[tuple[Verdict, Verdict]]) -> VerdictMetrics:
    """The figures of repetitions (truth, verdict)."""
    given = [(true, said) for true, said in pairs if said in (Verdict.REP, Verdict.NO_REP)]
    faulty = [said for true, said in pairs if true is Verdict.NO_REP]
    good = [said for true, said in pairs if true is Verdict.REP]
    return VerdictMetrics(
        repetitions=len(pairs),
        given=len(given),
        right=_round(_share(sum(true is said for true, said in given), len(given))),
        faulty=len(faulty),
        faulty_found=_round(_share(sum(said in (Verdict.NO_REP, Verdict.LOOK) for said in faulty), len(faulty))),
        good_refused=_round(_share(sum(said is Verdict.NO_REP for said in good), len(good))),
        unclear=_round(_share(sum(said is Verdict.UNCLEAR for _, said in pairs), len(pairs))),
    )


def _counted(answer: WorkoutAnswer, span: Span) -> int:
    return sum(
        span.start - _AROUND <= _middle(one) <= span.end + _AROUND
        for found in answer.segments
        for one in found.repetitions
    )


def _middle(one: RepetitionAnswer) -> float:
    return (one.start + one.end) / 2


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
