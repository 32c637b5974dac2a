"""Motions that are none of the movements: what athletes do between sets, and other exercises.

`other` draws one; OTHERS lists them with how often each is drawn. Those that resemble a movement so much that people
may disagree are marked `near` in their plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from model.rendering.motion.others import barbells, floor, jumps, rig, rowing, standing, weights
from model.rendering.motion.plan import Plan
from model.rendering.motion.skeleton import Proportions

OTHERS: Mapping[Callable[[np.random.Generator, Proportions], Plan], float] = MappingProxyType(
    {
        standing.walking: 2.0,
        standing.resting: 2.0,
        standing.handling: 1.5,
        standing.setting_up: 1.0,
        standing.air_squat: 1.5,
        standing.lunge: 1.0,
        standing.jumping_jack: 1.5,
        barbells.loaded_squat: 2.0,
        barbells.press: 1.0,
        barbells.romanian_deadlift: 1.0,
        barbells.snatch: 1.0,
        weights.dumbbell_press: 1.0,
        weights.kettlebell_swing: 1.5,
        weights.wall_ball: 1.0,
        floor.push_up: 1.5,
        floor.sit_up: 1.5,
        floor.burpee: 1.5,
        floor.handstand: 1.0,
        rig.pull_up: 2.0,
        rig.toes_to_bar: 1.8,
        rig.hanging: 0.7,
        jumps.box_jump: 1.5,
        jumps.single_unders: 1.0,
        rowing.rowing: 1.5,
    }
)
"""Each function that plans such a motion, with its weight in the draw."""


def other(rng: np.random.Generator, body: Proportions) -> Plan:
    """A random motion that is none of the movements."""
    weights_of = np.fromiter(OTHERS.values(), dtype=np.float64)
    planners = list(OTHERS)
    return planners[int(rng.choice(len(planners), p=weights_of / weights_of.sum()))](rng, body)
