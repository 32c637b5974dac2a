"""What `movements evaluate-workouts` says: how well films with truth are cut into movements, counted and judged."""

from __future__ import annotations

from pydantic import Field

from model.answers.base import Answer, Count, Number, Share
from model.answers.workout import WorkoutAnswer


class CountMetrics(Answer):
    """How well one way of counting counts sets.

    Attributes:
        sets: how many there are.
        exact, within_one: shares of them.
        error: mean of |counted - true| / true, as RepNet and TransRAC measure it.
    """

    sets: Count
    exact: Share | None
    within_one: Share | None
    error: Number | None


class SegmentMetrics(Answer):
    """How well films are cut into segments; one is found if its movement is right and its overlap (IoU) at least .5.

    Attributes:
        true, found: how many there are, and how many the answers hold.
        precision, recall, f1: of segments; another exercise counts as a movement of its own.
        start_seconds, end_seconds: median error of where repetitions begin and end, of those that are found.
    """

    true: Count
    found: Count
    precision: Share | None
    recall: Share | None
    f1: Share | None
    start_seconds: Number | None
    end_seconds: Number | None


class VerdictMetrics(Answer):
    """How well repetitions of one movement are judged, of those that are found and named rightly.

    Attributes:
        repetitions: how many.
        given: those called rep or no rep.
        right: share of those.
        faulty, faulty_found: repetitions that do not hold, and the share of them called no rep or look.
        good_refused: share of those that hold and are called no rep.
        unclear: share of all of which nothing is said.
    """

    repetitions: Count
    given: Count
    right: Share | None
    faulty: Count
    faulty_found: Share | None
    good_refused: Share | None
    unclear: Share | None


class StandardMetrics(Answer):
    """How well one point of performance is judged, of repetitions that are found and named rightly.

    Attributes:
        repetitions: how many.
        given: those of which it is said that the point holds, or does not.
        right: share of those.
        faulty, faulty_found: repetitions of which it does not hold, and the share of them that are refused or doubted.
        good_doubted: share of the others that are.
        clear: repetitions that are clear of the limit: by more than .15 thigh or 10 degrees.
        clear_unclear, near_unclear: share of those, and of the others, of which nothing is said.
    """

    repetitions: Count
    given: Count
    right: Share | None
    faulty: Count
    faulty_found: Share | None
    good_doubted: Share | None
    clear: Count
    clear_unclear: Share | None
    near_unclear: Share | None


class JudgedSet(Answer):
    """One set of a film.

    Attributes:
        name: of what is done, also where the model has no name for it.
        start, end: its seconds.
        true, counted: how many repetitions it has, and how many were counted.
    """

    name: str
    start: Number
    end: Number
    true: Count
    counted: Count


class JudgedFilm(Answer):
    """One film: what it shows, what is said of it, and how its sets were counted."""

    name: str
    truth: WorkoutAnswer
    answer: WorkoutAnswer
    sets: tuple[JudgedSet, ...]


class WorkoutsEvaluation(Answer):
    """The figures of a folder of films.

    Attributes:
        films: how many.
        seconds: of film in all.
        counts: by way of counting, ours first; the others are told where each set begins and ends.
        segments: how well films are cut.
        false_per_hour: repetitions in an hour of rest and other things between sets.
        named_per_hour: repetitions of a movement in an hour of other exercises.
        verdicts: by movement.
        standards: by movement and point of performance, of films whose joints are known in metres.
        cpu_seconds_per_minute: of film, all that is needed.
    """

    films: Count
    seconds: Number
    counts: dict[str, CountMetrics] = Field(default_factory=dict)
    segments: SegmentMetrics
    false_per_hour: Number | None
    named_per_hour: Number | None
    verdicts: dict[str, VerdictMetrics] = Field(default_factory=dict)
    standards: dict[str, dict[str, StandardMetrics]] = Field(default_factory=dict)
    cpu_seconds_per_minute: Number | None = None
