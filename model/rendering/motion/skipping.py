"""Skipping with a rope: the jump is a parabola, the rope turns about the line between the hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from model.rendering.motion.curves import Sway
from model.rendering.motion.geometry import DEGREE, SIDES, Array, pairs, vectors
from model.rendering.motion.parts import GRAVITY, Stance, poles
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import Pose, Proportions, Reach, Skeleton, Spine

ROPE_POINTS = 21


@dataclass(frozen=True)
class Skip:
    """One way to skip; phase 0 is the take-off, 1 the next one. Lengths in body heights, angles in radians.

    duration: of one jump, s. turns: of the rope per jump. airborne: share of the jump off the floor. height: of the
    jump. crouch: how far the knees give on landing. heels: how far the feet go back in the air with bent knees
    (negative: forward, piked). tuck: how much higher the feet go than the body. rush: how much faster the rope turns
    in the air, radians.
    """

    stance: Stance
    duration: float
    turns: int
    airborne: float
    height: float
    crouch: float
    heels: float
    tuck: float
    pointed: float
    lean: float
    hands: tuple[float, float, float]
    elbows: float
    wrists: float
    rush: float
    slack: float
    width: float
    backwards: bool
    sway: Sway

    @classmethod
    def random(
        cls, rng: np.random.Generator, body: Proportions, duration: float, turns: int, airborne: tuple[float, float]
    ) -> Self:
        """A jump of the given duration; its height follows from the share of it spent in the air (within 15 %)."""
        air = rng.uniform(*airborne)
        rise = GRAVITY * (air * duration) ** 2 / 8 / body.height
        style = rng.random()  # straight, heels kicked back, or piked
        heels = (
            rng.uniform(-0.02, 0.03)
            if style < 0.6
            else rng.uniform(0.05, 0.18)
            if style < 0.8
            else rng.uniform(-0.16, -0.04)
        )
        return cls(
            stance=Stance.random(rng, width=(0.025, 0.06), angle=(0, 15), knees=(0.0, 0.15), stagger=0.02),
            duration=duration,
            turns=turns,
            airborne=air,
            height=rise * rng.uniform(0.85, 1.15),
            crouch=rng.uniform(0.01, 0.04),
            heels=heels,
            tuck=rng.uniform(0.0, 0.02) + 0.35 * abs(heels),
            pointed=rng.uniform(20, 60) * DEGREE,
            lean=rng.uniform(-2, 9) * DEGREE,
            hands=(rng.uniform(0.02, 0.13), rng.uniform(0.08, 0.20), rng.uniform(-0.03, 0.06)),
            elbows=rng.uniform(0.1, 0.5),
            wrists=rng.uniform(0.012, 0.035),
            rush=rng.uniform(0.1, 0.6),
            slack=rng.uniform(0.97, 1.08),
            width=rng.uniform(0.0, 0.12),
            backwards=bool(rng.random() < 0.04),
            sway=Sway(rng, 0.01, 0.012, 0.03, 0.05, 0.03),
        )

    def _rope_angle(self, phase: Array) -> Array:
        """Angle of the rope from upright, forwards.

        At the jump's apex it is up for an even number of turns, so that it passes under the feet before and after,
        and down for an odd one.
        """
        since_apex = phase - self.airborne / 2
        offset = 0.0 if self.turns % 2 == 0 else np.pi
        turned = 2 * np.pi * self.turns * since_apex + self.rush * np.sin(2 * np.pi * since_apex) + offset
        return -turned if self.backwards else turned

    def pose(self, phase: Array, body: Proportions) -> Pose:
        """The poses at phases [T] of any sign."""
        count = len(phase)
        cycle = np.mod(phase, 1.0)
        flight = np.clip(cycle / self.airborne, 0, 1)
        landed = np.clip((cycle - self.airborne) / (1 - self.airborne), 0, 1)
        rise = 4 * self.height * flight * (1 - flight)
        give = self.crouch * np.sin(np.pi * landed)
        folded = np.sin(np.pi * flight) ** 1.5
        drift_x, drift_y, roll, turn, hand_drift = self.sway(phase * self.duration)
        # On the toes even on the floor: the heels hardly come down between two jumps.
        on_toes = 0.25 * self.pointed * (1 - np.sin(np.pi * landed)) + self.pointed * 0.75 * np.sin(np.pi * flight)
        legs, feet = self.stance.stand(
            count,
            heel=on_toes,
            lift=rise + self.tuck * folded,
            ahead=drift_x - self.heels * folded,
        )
        standing = self.stance.height(body) + 0.02 * self.pointed
        pelvis = vectors(drift_x - 0.5 * give - 0.01, drift_y, standing - 0.008 + rise - give)
        lean = self.lean + give - 0.4 * np.minimum(self.heels, 0) * folded
        spine = Spine(pelvis, lean=lean, roll=roll * 0.3)
        angle = self._rope_angle(phase)
        ahead, aside, above = self.hands
        hands = pairs(
            drift_x + ahead + self.wrists * np.sin(angle),
            body.shoulder + aside + hand_drift,
            standing + 0.95 * rise - give + above + self.wrists * np.cos(angle),
        )
        return Pose(
            spine,
            arms=Reach(hands, poles(-1.0, self.elbows, -0.1, count)),
            legs=legs,
            feet=feet,
            nod=0.08 - lean * 0.5,
            turn=turn,
        )

    def props(self, skeleton: Skeleton, phase: Array, body: Proportions) -> Props:
        """The rope between the hands of a skeleton at phases [T].

        A loop that lags behind its ends and lies on the floor where it meets it.
        """
        angle = self._rope_angle(phase)
        share = np.linspace(0, 1, ROPE_POINTS)
        out = np.sin(np.pi * share) ** 0.6
        lag = 0.35 * out * (-1 if self.backwards else 1)
        turned = angle[:, None] - lag
        left, right = skeleton.wrist[:, 0], skeleton.wrist[:, 1]
        reach = (self.stance.height(body) + self.hands[2] + 0.01) * self.slack * body.height
        along = left[:, None] + (right - left)[:, None] * share[:, None]
        swell = self.width * body.height * np.sin(2 * np.pi * share) * 0.5
        radial = np.stack([np.sin(turned), np.zeros_like(turned), np.cos(turned)], axis=-1)
        rope = along + radial * (reach * out)[:, None]
        rope[..., 1] += swell * SIDES[0]
        rope[..., 2] = np.maximum(rope[..., 2], 0.006)
        return Props(rope=rope)
