"""From a film to a workout: what is done when, how often, and whether each repetition holds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from model.answers.clip import ModelFacts
from model.answers.workout import FOLLOWING, NAMING, Progress, SegmentAnswer, SetSpan, WorkoutAnswer
from model.body.course import Stretch
from model.body.reading import Reading
from model.body.repetitions import repetitions, steady
from model.body.stream import BodyView, BodyWatcher
from model.contract import BodyStream, Limits
from model.defaults import WORKOUT_BYTES, WORKOUT_SECONDS
from model.errors import ModelUnavailable
from model.joined import AROUND, Window, joined, said, together
from model.pose.body import NAMES
from model.pose.read import Followed, pieces
from model.predict import Predictor
from model.video import ClipReader
from model.workout.depth import DepthSight
from model.workout.drawn import drawn
from model.workout.standards import Standards, bodies_between, judged
from model.workout.timeline import FEWEST_OTHERS, Run, Span, beside, doubted, filled, merged, sets, without

LIMITS = Limits(max_bytes=WORKOUT_BYTES, max_seconds=WORKOUT_SECONDS)
"""What a film may cost; its frames are decoded in spans, each of which is held against the limit for clips."""

PIECE_SECONDS = 600.0
"""How long the parts are in which a film may be followed side by side: those of a film in 1080p30, on which decoder and
body take the same; of one with more pixels a second they are shorter, so that each takes about the same time."""
_USUAL_PIXELS = 1920 * 1080 * 30
_SHORTEST_SHARE = 0.2

MOST_ASKED = 4
"""Repetitions of a set that pictures are asked about."""

EXERCISE_SHARE = 0.5
"""Part of a turn that a repetition of any exercise takes; the rest is the way back."""
LEAST_NAMED, LEAST_COUNTED = 0.35, 0.65
"""Mean probability within a repetition below which it is none: of the movement, or that anything is repeated. With the
second, most sets of generated sequences are counted exactly; of the first, pictures have their say as well."""
LEAST_REPEATED = 0.2
"""The second of them for a repetition of a movement. Beside staged sets, half of what was named in rests and walks had
less; of the sets themselves, one in a hundred."""
LEAST_SEEN, LEAST_VISIBILITY = 0.7, 0.3
"""Share of a repetition's instants in which a body must be followed, and mean visibility of its joints: athletes have
.5 to .8, bodies that are drawn into things .1."""
JOINTS = list(range(NAMES.index("left_shoulder"), NAMES.index("right_ankle") + 1))
"""Landmarks from the shoulders to the ankles."""
_APART = 1.0
"""Distance of mean postures, in sizes of the body, from which on two exercises are two."""

Report = Callable[[Progress], None]
"""Told how far it is, again and again."""


@dataclass(frozen=True)
class Workout:
    """A film that was analysed.

    Attributes:
        answer: what is done in it.
        body: the athlete, as far as one was followed.
    """

    answer: WorkoutAnswer
    body: BodyView | None


def analyse(
    path: Path,
    predictor: Predictor,
    standards: Standards,
    *,
    athlete: tuple[float, float] | None = None,
    followed: Sequence[Followed] | None = None,
    bodies: bool = False,
    deadline: float | None = None,
    report: Report = lambda progress: None,
) -> Workout:
    """What is done in a film of any length.

    Args:
        path: an mp4 or mov file, of at most two hours and 8 GiB.
        predictor: of a bundle with a second stream.
        standards: by which repetitions are judged.
        athlete: where the athlete is in the first picture, (x, y) in shares of it, if it is not the one who moves most.
        followed: the athlete through the film's `pieces`, where they were followed before (`follow_piece`).
        bodies: whether the answer says where the athlete's joints are.
        deadline: instant of `time.monotonic()` at which to give up.
        report: told how far it is.

    Raises:
        ClipError: the film cannot be read.
        ModelUnavailable: the bundle has no second stream, or BlazePose's weights are missing.
        TimedOut: the deadline passed.
    """
    start = time.perf_counter()
    watcher, contract = _second_stream(predictor)
    reader = _reader(path, predictor, deadline)
    if followed is None:
        film = watcher.follow(reader, athlete=athlete, deadline=deadline, progress=_following(report))
    else:
        film = Followed.joined(followed)
    body = watcher.read(film, agree=True)
    if body is not None:
        film = watcher.closer(body, reader, predictor.contract.labels, athlete=athlete, deadline=deadline)
        if film is not body.film:
            body = watcher.read(film, agree=True)
    watched = time.perf_counter()
    runs = [] if body is None else _runs(body, reader, predictor, contract, report)
    named = time.perf_counter()
    labels = predictor.contract.labels
    sight = DepthSight.of(predictor.bundle, reader, film)
    width, height = film.size
    answer = WorkoutAnswer(
        file=str(path),
        seconds=round(reader.seconds, 3),
        width=width,
        height=height,
        frames=reader.count,
        segments=() if body is None else tuple(_segment(run, labels, body, standards, reader, sight) for run in runs),
        cuts=() if body is None else tuple(round(cut, 3) for cut in film.cuts),
        followed=0.0 if body is None else round(float(body.track.seen.mean()), 4),
        bodies=drawn(body.track, film.size) if bodies and body is not None else None,
        model=ModelFacts(
            name=predictor.contract.name, version=predictor.contract.version, engine=predictor.engine.name
        ),
        timing_ms={
            FOLLOWING: round((watched - start) * 1e3, 1),
            NAMING: round((named - watched) * 1e3, 1),
            "total": round((time.perf_counter() - start) * 1e3, 1),
        },
    )
    return Workout(answer, body)


def pieces_of(path: Path, predictor: Predictor, *, deadline: float | None = None) -> list[tuple[float, float]]:
    """Parts of a film of about `PIECE_SECONDS`, seconds of the begin and the end of each, to be followed side by side.

    Raises as `analyse` does.
    """
    _second_stream(predictor)
    reader = _reader(path, predictor, deadline)
    share = _USUAL_PIXELS * reader.seconds / (reader.pixels * reader.count)
    return pieces(reader, PIECE_SECONDS * min(1.0, max(_SHORTEST_SHARE, share)))


def follow_piece(
    path: Path,
    predictor: Predictor,
    piece: tuple[float, float],
    *,
    athlete: tuple[float, float] | None = None,
    before: Followed | None = None,
    deadline: float | None = None,
    report: Report = lambda progress: None,
) -> Followed:
    """The athlete through one of a film's pieces.

    Args:
        path, predictor, athlete, deadline, report: as for `analyse`.
        piece: one of `pieces_of` the film.
        before: of an athlete who was pointed out, the piece before.

    Raises as `analyse` does.
    """
    watcher, _ = _second_stream(predictor)
    reader = _reader(path, predictor, deadline)
    if athlete is not None and before is not None:
        athlete = before.last_place or athlete
    return watcher.follow(reader, athlete=athlete, piece=piece, deadline=deadline, progress=_following(report))


def _second_stream(predictor: Predictor) -> tuple[BodyWatcher, BodyStream]:
    watcher, contract = predictor.watcher, predictor.contract.body
    if watcher is None or contract is None:
        raise ModelUnavailable(
            "Workouts are read from the athlete's body, for which this model has no network, or BlazePose's weights "
            "are missing.",
            hint="Run `make pose`, or choose a bundle of `movements join`.",
        )
    return watcher, contract


def _reader(path: Path, predictor: Predictor, deadline: float | None) -> ClipReader:
    return ClipReader(path, predictor.contract.model_copy(update={"limits": LIMITS}), deadline=deadline)


def _following(report: Report) -> Callable[[float], None]:
    return lambda share: report(Progress(stage=FOLLOWING, share=share))


def _segment(
    run: Run, labels: Sequence[str], body: BodyView, standards: Standards, reader: ClipReader, sight: DepthSight | None
) -> SegmentAnswer:
    film = body.film
    movement = None if run.movement is None else labels[run.movement]
    standard = None if movement is None else standards.get(movement)
    lowest = None if sight is None else sight.lowest
    return SegmentAnswer(
        movement=movement,
        start=round(run.start, 3),
        end=round(run.end, 3),
        probability=round(run.probability, 6),
        repetitions=tuple(
            judged(span, standard, film.bodies, film.seconds, reader.frame_at, lowest) for span in run.spans
        ),
        sets=tuple(SetSpan(first=first, last=last) for first, last in sets(run.spans)),
        perhaps=run.perhaps,
    )


def _runs(body: BodyView, reader: ClipReader, predictor: Predictor, contract: BodyStream, report: Report) -> list[Run]:
    """What is done when: the movements that both streams see, and between them whatever else is repeated."""
    proposed = merged(movements(body, contract), apart=math.inf)
    counted = exercises(body)
    named: list[Run] = []
    refused: list[Run] = []
    for number, run in enumerate(proposed):
        verdict = _shown(run, body, reader, predictor, contract)
        movement, none = int(verdict[:-1].argmax()), float(verdict[-1])
        if contract.none_of_these.rejects(none, float(verdict[movement])):
            if seen := tuple(span for span in run.spans if _is_seen(body, span)):
                posture = _posture_between(body, run)
                refused.append(Run(None, seen, probability=none, posture=posture))
        else:
            named.append(replace(run, movement=movement, probability=float(verdict[movement])))
        report(Progress(stage=NAMING, share=(1 + number) / len(proposed)))
    named = [doubted(filled(run, counted), counted) for run in merged(named, apart=math.inf)]
    left = without(counted, named)
    others = merged([*left, *without(refused, [*named, *left])], apart=_APART)
    # What both streams were too unsure of to name, they may still find likest to what is done right beside it.
    going_on = [(run, one) for run in others if (one := beside(run, named)) is not None]
    for run, one in going_on:
        if int(_shown(run, body, reader, predictor, contract)[:-1].argmax()) == one.movement:
            named.append(replace(run, movement=one.movement, probability=one.probability, posture=()))
            others.remove(run)
    named = merged(named, apart=math.inf)
    return merged([*named, *(run for run in others if len(run.spans) >= FEWEST_OTHERS)], apart=_APART)


def movements(body: BodyView, contract: BodyStream) -> list[Run]:
    """Repetitions of the movements, as the body alone proposes them, in the order of time.

    Where there is a network that counts, it must find them repeated, too: a bar that is taken up is half a deadlift.
    """
    found = []
    for stretch in body.stretches:
        spans = _spans(body, stretch, contract.shares[stretch.movement], body.reading, LEAST_NAMED)
        if kept := tuple(span for span in spans if _is_repeated(body, span)):
            found.append(Run(stretch.movement, kept))
    return found


def _is_repeated(body: BodyView, span: Span) -> bool:
    if body.counting is None:
        return True
    times = body.track.seconds
    inside = (times >= span.start) & (times <= span.end)
    return float(body.counting.probabilities[inside, 0].mean()) >= LEAST_REPEATED


def exercises(body: BodyView) -> list[Run]:
    """Whatever is repeated, named or not, in the order of time."""
    found = []
    for stretch in body.exercises:
        spans = _spans(body, stretch, EXERCISE_SHARE, body.counting, LEAST_COUNTED)
        if seen := tuple(span for span in spans if _is_seen(body, span)):
            found.append(Run(None, seen, posture=_posture(body, stretch)))
    return found


def _spans(body: BodyView, stretch: Stretch, share: float, reading: Reading | None, least: float) -> tuple[Span, ...]:
    """The repetitions of a stretch that are sure enough, in seconds."""
    assert reading is not None
    times = body.track.seconds
    found = steady(repetitions(stretch, share), reading.probabilities[:, stretch.movement], least)
    return tuple(Span(float(times[one.first]), float(times[one.last])) for one in found)


def _is_seen(body: BodyView, span: Span) -> bool:
    """Whether somebody is there during a repetition: what moves otherwise has a body drawn into it, now and then."""
    times = body.track.seconds
    inside = (times >= span.start) & (times <= span.end)
    found = bodies_between(body.film.bodies, body.film.seconds, span.start, span.end)
    if not found or body.track.seen[inside].mean() < LEAST_SEEN:
        return False
    return float(np.mean([one.visibility[JOINTS].mean() for _, one in found])) >= LEAST_VISIBILITY


def _posture(body: BodyView, stretch: Stretch) -> tuple[float, ...]:
    """The mean posture of a stretch, in sizes of the body: what tells one exercise from another."""
    return _mean_posture(body.track.points[stretch.first : stretch.after])


def _posture_between(body: BodyView, run: Run) -> tuple[float, ...]:
    times = body.track.seconds
    return _mean_posture(body.track.points[(times >= run.start) & (times <= run.end)])


def _mean_posture(points: np.ndarray) -> tuple[float, ...]:
    hips = points[:, 6:8].mean(axis=1, keepdims=True)
    relative = points - hips
    size = np.percentile(np.linalg.norm(relative[:, :2].mean(axis=1), axis=-1), 90) + 1e-6
    return tuple((relative.mean(axis=0) / size).ravel().tolist())


def _shown(run: Run, body: BodyView, reader: ClipReader, predictor: Predictor, contract: BodyStream) -> np.ndarray:
    """What both streams say of some repetitions of a run: float64 [movements + 1]."""
    chosen = sorted({round(place) for place in np.linspace(0, len(run.spans) - 1, MOST_ASKED)})
    rows = []
    for number in chosen:
        window = Window(run.spans[number].start - AROUND, run.spans[number].end + AROUND)
        pictures = predictor.probabilities(reader.clip(window.first, window.last).tensor)
        rows.append(joined(pictures, said(body, window, len(contract.shares)), contract))
    return together(np.stack(rows))
