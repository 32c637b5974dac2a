"""Of a clip that shows none of the movements, but nearly one: what of its standard was met, and what was not.

A push press is no thruster; a person who hears *none of these* wants to know that it was nearly one, and that the hips
were not low enough.
"""

from __future__ import annotations

import functools

from model.answers.clip import ClipAnswer, NearAnswer, NearPoint
from model.body.repetitions import repetitions
from model.body.stream import BodyView
from model.contract import BodyStream, Contract
from model.predict import Prediction
from model.workout.standards import Standards, judged, read_standards
from model.workout.timeline import Span

LEAST = 0.25
"""Mean probability of a movement, as the body says it, from which on the clip nearly shows it."""


@functools.cache
def _standards() -> Standards:
    return read_standards()


def with_near(prediction: Prediction) -> ClipAnswer:
    """What is said of a clip, with the movement that it nearly shows: with stills, and where none is the answer."""
    answer = prediction.answer()
    if prediction.stills is None or not prediction.shows_none or prediction.body is None:
        return answer
    label, _ = prediction.rows[0]
    near = nearest(prediction.body, label, prediction.seen, prediction.contract)
    return answer if near is None else answer.model_copy(update={"near": near})


def nearest(body: BodyView, label: str, seen: tuple[float, float], contract: Contract) -> NearAnswer | None:
    """What a body does of a movement; None if it does not move like that, or nothing is known of the movement.

    Args:
        body: the athlete through the clip.
        label: the movement that is likest.
        seen: first and last second of what was looked at.
        contract: of the model.
    """
    stream, standard = contract.body, _standards().get(label)
    if stream is None or standard is None:
        return None
    movement = contract.labels.index(label)
    times = body.track.seconds
    inside = (times >= seen[0]) & (times <= seen[1])
    if not inside.any() or float(body.reading.probabilities[inside, movement].mean()) < LEAST:
        return None
    told = judged(_repetition(body, movement, stream, seen), standard, body.film.bodies, body.film.seconds, lambda _: 0)
    points = tuple(
        NearPoint(
            name=one.standard,
            verdict=one.verdict.value,
            measured=one.measured,
            required=one.required,
            unit=one.unit,
            reason=one.reason,
        )
        for one in told.judgements
    )
    return NearAnswer(label=label, points=points)


def _repetition(body: BodyView, movement: int, stream: BodyStream, seen: tuple[float, float]) -> Span:
    """The first repetition that the body shows of a movement; all that was looked at, if it shows none."""
    times = body.track.seconds
    for stretch in body.stretches:
        if stretch.movement == movement:
            for one in repetitions(stretch, stream.shares[movement]):
                return Span(float(times[one.first]), float(times[one.last]))
    return Span(*seen)
