"""The movements in words: what each is, and what one repetition consists of."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """What a reader needs to know about a movement that they have never seen.

    Attributes:
        movement: what is done.
        repetition: from where to where one repetition goes.
        seconds: the mean length of a repetition in competition film (SPEC section 2 of the published study).
    """

    movement: str
    repetition: str
    seconds: float


DESCRIPTIONS: dict[str, Description] = {
    "bar-facing burpee": Description(
        "A burpee done square to a loaded bar and finished with a jump over it.",
        "Down until chest and thighs touch the floor, up again, and over the bar with both feet at once.",
        2.07,
    ),
    "chest-to-bar": Description(
        "A pull-up that goes on until the chest meets the bar, usually driven by a swing of the whole body.",
        "From hanging with straight arms until the chest, below the collarbone, touches the bar.",
        0.72,
    ),
    "deadlift": Description(
        "A loaded bar is lifted from the floor until the athlete stands.",
        "From both plates on the floor until hips and knees are straight and the shoulders are behind the bar.",
        0.81,
    ),
    "double-unders": Description(
        "Rope jumping with a rope so fast that it passes twice under a single jump.",
        "One jump with both feet, during which the rope turns forwards under them two times.",
        0.48,
    ),
    "ghd": Description(
        "A sit-up on the glute-ham developer: the feet are held, and the trunk reaches far below the hips.",
        "Back until the hands touch the floor behind the head, then up until they touch the foot pads.",
        1.97,
    ),
    "ohs": Description(
        "A squat with the bar held overhead on straight arms all the way.",
        "From standing until the hips are below the knees, and back up until hips and knees are straight.",
        1.07,
    ),
    "power clean": Description(
        "The bar goes from the floor to the shoulders in one pull and is caught above a full squat.",
        "From both plates on the floor until the athlete stands, bar on the shoulders and elbows in front of it.",
        2.25,
    ),
    "shspu": Description(
        "A handstand push-up against a wall, by the arms alone: the legs stay straight and do not kick.",
        "From straight arms until the head touches the floor, and back to straight arms, heels on the wall.",
        1.44,
    ),
    "thruster": Description(
        "A front squat that runs without a pause into a press overhead.",
        "From hips below the knees, bar on the shoulders, until the athlete stands with the bar locked out overhead.",
        0.94,
    ),
}
"""Descriptions by label; other movements of a model are shown without one."""


def slug(label: str) -> str:
    """The label as a file name: `power clean` is `power-clean`."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
