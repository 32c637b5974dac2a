"""Hanging from a fixed bar by both hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from model.rendering.motion.geometry import DEGREE, SIDES, Array, pairs, unit
from model.rendering.motion.skeleton import Aim, Feet, Pose, Proportions, Reach, Spine


@dataclass(frozen=True)
class Hang:
    """How a person hangs, lengths in body heights.

    bar: height of the bar; grip: distance of the hands from the midline; apart: how far the legs spread, a tangent;
    scissors: angle by which the left leg is ahead and the right one behind; point: how far the toes are pointed,
    radians; elbows: outwards.
    """

    bar: float
    grip: float
    apart: float
    scissors: float
    point: float
    elbows: float

    @classmethod
    def random(cls, rng: np.random.Generator, body: Proportions) -> Self:
        """A bar of 2.15 to 2.7 m, high enough for the feet to clear the floor by 10 cm."""
        lowest = body.standing + body.torso_length + body.arm_length + 0.1 / body.height
        return cls(
            bar=max(rng.uniform(2.15, 2.7) / body.height, lowest),
            grip=rng.uniform(0.12, 0.22),
            apart=rng.uniform(-0.01, 0.10),
            scissors=rng.uniform(-9, 9) * DEGREE,
            point=rng.uniform(15, 60) * DEGREE,
            elbows=rng.uniform(0.5, 1.1),
        )

    def depth(self, body: Proportions) -> float:
        """How far the shoulders are below the bar with straight arms."""
        return float(np.sqrt(body.arm_length**2 - (self.grip - body.shoulder) ** 2))

    def pose(
        self,
        body: Proportions,
        shoulders: Array,
        lean: Array,
        bend: Array,
        thigh: Array,
        knee: Array,
        *,
        roll: ArrayLike = 0.0,
        nod: ArrayLike = 0.0,
        turn: ArrayLike = 0.0,
    ) -> Pose:
        """Hands on the bar, shoulders at [T, 3] relative to it (drawn in where the arms are too short), legs by
        angles.

        lean, bend: [T] as in `Spine`. thigh, knee: [T, 1] or [T, 2]; the thigh's angle forwards from the trunk's
        line, the knee's flexion.
        """
        longest = self.depth(body) * 0.998
        distance = np.sqrt(np.einsum("ti,ti->t", shoulders, shoulders))[:, None]
        shoulders = shoulders * np.minimum(1.0, longest / np.maximum(distance, 1e-6)) + np.array([0, 0, self.bar])
        trunk = Spine(np.zeros_like(shoulders), lean=lean, roll=roll, bend=bend).trunk(body)
        spine = Spine(shoulders - trunk.shoulders, lean=lean, roll=roll, bend=bend)
        count = len(shoulders)
        forward_angle = thigh - lean[:, None] + self.scissors * SIDES
        shin_angle = forward_angle - knee
        spread = np.full((count, 2), self.apart)
        upper = pairs(np.sin(forward_angle), spread, -np.cos(forward_angle))
        lower = pairs(np.sin(shin_angle), spread * 0.5, -np.cos(shin_angle))
        toes = shin_angle + np.pi / 2 - self.point
        hands = np.broadcast_to(pairs(0.0, np.full((1, 2), self.grip), self.bar), (count, 2, 3))
        return Pose(
            spine,
            arms=Reach(hands, pairs(np.full((count, 2), -0.5), self.elbows, -0.4)),
            legs=Aim(unit(upper), unit(lower)),
            feet=Feet(unit(pairs(np.sin(toes), np.full((count, 2), 0.1), -np.cos(toes)))),
            nod=nod,
            turn=turn,
        )
