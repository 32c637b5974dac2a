"""Burpees: down to the floor, up again, and a jump."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from model.rendering.motion.curves import Curve, blend, smooth_step
from model.rendering.motion.geometry import DEGREE, SIDES, Array, dot, pairs, unit, vectors
from model.rendering.motion.parts import GRAVITY, Stance, lean_to_bar
from model.rendering.motion.skeleton import FOOT, SOLE, THIGH, Pose, Proportions, Reach, Spine

LYING = 0.072
"""Height of the pelvis of a person who lies face down, body heights."""
KNEE = 0.05
"""Lowest height of a knee, body heights."""
HAND = 0.02
"""Height of the hand's middle on the floor, body heights."""
CLEARANCE = 0.17
"""How high the feet go over a bar, whose axis lies at about 0.13 body heights."""

STANDING, STOOPED, JUMPED_BACK, LAID = -0.46, -0.27, -0.08, 0.0
"""Phases of the way down."""


@dataclass(frozen=True)
class Beats:
    """Phases of the way up, in order: the end of each part of it.

    The chest still down, pushed up, the feet in, hands off, risen, take-off, landing, landing absorbed, standing.
    """

    still: float
    pushed: float
    feet_in: float
    hands_off: float
    risen: float
    take_off: float
    landing: float
    absorbed: float
    up: float

    @classmethod
    def random(cls, rng: np.random.Generator, duration: float) -> Self:
        """However short the repetition (`duration`, s), the feet take 0.3 s to come in, the trunk 0.26 s to
        rise and the flight 0.34 s."""
        steps = (
            *(rng.uniform(0.03, 0.18), rng.uniform(0.08, 0.15), max(rng.uniform(0.10, 0.16), 0.30 / duration)),
            *(rng.uniform(0.07, 0.14), max(rng.uniform(0.10, 0.17), 0.26 / duration), rng.uniform(0.07, 0.12)),
            *(max(rng.uniform(0.15, 0.20), 0.34 / duration), rng.uniform(0.05, 0.09), rng.uniform(0.03, 0.15)),
        )
        ends = np.cumsum(steps)
        return cls(*(ends / ends[-1] * rng.uniform(0.93, 1.05)))


@dataclass(frozen=True)
class Course:
    """Where a burpee goes, x in body heights: the hands and the feet on the floor, the foot's take-off and landing."""

    hands: float
    feet: float
    launch: float
    goal: float

    @classmethod
    def random(cls, rng: np.random.Generator, jump: tuple[float, float]) -> Self:
        """`jump`: x of the obstacle, 0 for a jump on the spot, and how far behind it the feet land."""
        obstacle, behind = jump
        feet = rng.uniform(-0.28, -0.10)
        if obstacle:
            return cls(rng.uniform(-0.10, -0.02), feet, obstacle - rng.uniform(0.24, 0.34), obstacle + behind)
        launch = feet + rng.uniform(0.02, 0.1)
        return cls(rng.uniform(-0.10, -0.02), feet, launch, launch + rng.uniform(-0.03, 0.05))


@dataclass(frozen=True)
class Burpee:
    """One way to do it, phases as in `bar_facing_burpee`: -0.46 standing, 0 lying, 1 landed.

    trunk: hips x, z, lean, bend, share of the hands that is free. feet: for either foot its x, the angle of its heel
    above the toes, the height of its steps. airborne: phases [2, 2] of take-off (row 0) and landing of either foot;
    flight: of the hips. rise: of the hips above the straight line between take-off and landing; clearance: of the
    feet. swing: of the arms. yaw: by which the athlete turns in the air.
    """

    stance: Stance
    course: Course
    trunk: Curve
    feet: tuple[Curve, Curve]
    airborne: Array
    flight: tuple[float, float]
    rise: float
    clearance: float
    grip: float
    swing: float
    elbows: float
    yaw: float
    nod: float

    @classmethod
    def random(cls, rng: np.random.Generator, body: Proportions, duration: float, jump: tuple[float, float]) -> Self:
        """`duration`: s, of a repetition; `jump`: as in `Course`.

        Variants: a push-up or a snake-like rise, feet that jump in together or step in one by one, high or low hips,
        a jump with both feet or one after the other, a straight or a turned landing, arms that swing.
        """
        stance = Stance.random(rng, width=(0.05, 0.12), angle=(0, 20), knees=(0.1, 0.8))
        beats, course = Beats.random(rng, duration), Course.random(rng, jump)
        grip = rng.uniform(0.10, 0.17)
        lying_x = rng.uniform(-0.46, -0.40)
        over = jump[0] > 0
        rise = float(
            np.clip(GRAVITY * ((beats.landing - beats.take_off) * duration) ** 2 / 8 / body.height, 0.06, 0.14)
        )

        first = int(rng.integers(2))
        gap = rng.uniform(0.12, 0.28) if over and rng.random() < 0.35 else rng.uniform(0, 0.05)
        late = np.where(np.arange(2) == first, 0.0, gap)
        span = beats.landing - beats.take_off
        airborne = beats.take_off + span * np.stack([late, 1 + late]) / (1 + gap)
        stepping = rng.random() < 0.45  # the feet come in one after the other
        feet = [
            _foot(rng, body, beats, course, lying_x, airborne[:, side], stepping=stepping, first=side == first)
            for side in range(2)
        ]
        return cls(
            stance=stance,
            course=course,
            trunk=_trunk(rng, body, beats, course, lying_x, grip, stance.height(body) - 0.003),
            feet=(feet[0], feet[1]),
            airborne=airborne,
            flight=(beats.take_off, beats.landing),
            rise=rise,
            clearance=max(rise, CLEARANCE if over else 0.0) + rng.uniform(0.02, 0.10),
            grip=grip,
            swing=rng.uniform(-0.2, 0.25),
            elbows=rng.uniform(0.4, 1.2),
            yaw=rng.normal(0, 35 if rng.random() < 0.35 else 5) * DEGREE,
            nod=rng.uniform(-0.7, -0.2),
        )

    def pose(self, phase: Array, body: Proportions, sway: Array) -> Pose:
        """The poses at phases [T]; `sway` [4, T] moves the hips (x, y), rolls the trunk and turns the head."""
        count = len(phase)
        hip_x, hip_z, lean, bend, free = self.trunk(phase)
        drift_x, drift_y, roll, turn = sway * np.array([0.5, 1, 1, 1])[:, None] * free
        flight = np.clip((phase - self.flight[0]) / (self.flight[1] - self.flight[0]), 0, 1)
        pelvis = vectors(hip_x + drift_x, drift_y, hip_z + 4 * self.rise * flight * (1 - flight))
        yaw = self.yaw * smooth_step(flight)
        spine = Spine(pelvis, lean=lean, bend=bend, roll=roll, yaw=yaw)
        trunk = spine.trunk(body)

        foot_x, heel, step = np.stack([foot(phase) for foot in self.feet], axis=-1)
        take_off, landing = self.airborne
        own = np.clip((phase[:, None] - take_off) / (landing - take_off), 0, 1)
        lift = step + 4 * self.clearance * own * (1 - own)
        legs, feet = self.stance.stand(count, heel=heel, ahead=foot_x, lift=lift, yaw=yaw)

        floor = pairs(self.course.hands, np.full((count, 2), self.grip), HAND)
        beside = pairs(0.05 + 0.15 * trunk.torso.up[:, 0], body.shoulder + 0.05, -0.31 + 0.10 * self.swing)
        swing = self.swing * np.sin(np.pi * np.clip((phase - 0.4) / 0.5, 0, 1.5))
        beside = beside + swing[:, None, None] * np.array([0.8, 0.0, 0.5]) * (1 + 0.3 * SIDES[:, None])
        return Pose(
            spine,
            arms=Reach(
                blend(floor, trunk.shoulders[:, None] + beside, free),
                unit(pairs(np.full((count, 2), -0.5), self.elbows, 0.8)),
            ),
            legs=Reach(legs.target, self._knees(pelvis, legs.target, body, yaw)),
            feet=feet,
            nod=self.nod * np.minimum(1, np.maximum(lean, 0)),
            turn=turn,
        )

    def _knees(self, pelvis: Array, ankles: Array, body: Proportions, yaw: Array) -> Array:
        """Where the knees point: ahead of the line from hip to ankle, and outwards where they would meet the floor."""
        line = ankles - pelvis[:, None]
        along = unit(line)
        bearing = yaw[:, None] + np.arctan(self.stance.knees) * SIDES
        ahead = vectors(np.cos(bearing), np.sin(bearing), -0.35)
        ahead = unit(ahead - dot(ahead, along) * along)
        half = np.minimum(0.5 * np.sqrt(dot(line, line)), THIGH * body.leg)
        bulge = np.sqrt(np.maximum((THIGH * body.leg) ** 2 - half**2, 1e-4))
        middle = 0.5 * (ankles + pelvis[:, None])[..., 2:]
        lowest = np.clip((KNEE - middle) / bulge, -1.0, 0.9)
        short = np.maximum(lowest - ahead[..., 2:], 0.0)
        outwards = unit(ahead * np.array([1.0, 1.0, 0.0]) + pairs(np.full(2, 0.3), np.ones(2), 0.0) * short)
        height = ahead[..., 2:] + short
        return outwards * np.sqrt(1 - height**2) + np.array([0.0, 0.0, 1.0]) * height


def _trunk(
    rng: np.random.Generator,
    body: Proportions,
    beats: Beats,
    course: Course,
    lying_x: float,
    grip: float,
    standing: float,
) -> Curve:
    """Hips x, z, lean, bend, share of the hands that is free."""
    uniform = rng.uniform

    def on_hands(hip_x: float, hip_z: float, bend: float, free: float = 0.0) -> list[float]:
        lean = float(lean_to_bar(body, (hip_x, hip_z), (course.hands, HAND + 0.01), grip, bend))
        return [hip_x, hip_z, lean, bend, free]

    def upright(hip_x: float, height: tuple[float, float], lean: tuple[float, float], bend: float = 0.0) -> list[float]:
        return [hip_x, standing * uniform(*height), uniform(*lean) * DEGREE, bend, 1.0]

    snake = uniform(0.0, 0.55) * (rng.random() < 0.65)  # the chest comes up before the hips
    crouched, hips_up = course.feet - uniform(0.06, 0.12), uniform(0.34, 0.46)
    lying = [lying_x, LYING, 88 * DEGREE, -0.03, 0.0]
    keys = [
        (STANDING, upright(-0.12, (1.0, 1.0), (3, 3))),
        (STOOPED, on_hands(-0.28, uniform(0.32, 0.42), 0.15)),
        (JUMPED_BACK, [lying_x - 0.01, uniform(0.16, 0.24), 74 * DEGREE, 0.0, 0.0]),
        (LAID, lying),
        (beats.still, lying),
        (beats.pushed, [lying_x - 0.01, uniform(0.14, 0.26) - 0.12 * snake, (70 - 10 * snake) * DEGREE, -snake, 0.0]),
        (beats.feet_in, on_hands(crouched, hips_up * 0.95, 0.12)),
        (beats.hands_off, on_hands(crouched + 0.03, hips_up, 0.15, free=0.15)),
        (beats.risen, upright((course.feet + course.launch) / 2 - 0.03, (0.88, 0.96), (15, 30), 0.05)),
        (beats.take_off, upright(course.launch + 0.03, (0.92, 1.0), (5, 20))),
        (beats.landing, upright(course.goal - 0.02, (0.84, 0.95), (5, 22), 0.03)),
        (beats.absorbed, upright(course.goal - 0.02, (0.82, 0.93), (10, 28), 0.05)),
        (beats.up, upright(course.goal, (0.96, 1.0), (0, 8))),
    ]
    return Curve.through(*keys)


def _foot(
    rng: np.random.Generator,
    body: Proportions,
    beats: Beats,
    course: Course,
    lying_x: float,
    airborne: Array,
    *,
    stepping: bool,
    first: bool,
) -> Curve:
    """One foot's x, the angle of its heel above the toes, the height of its steps. `first`: the foot that leads."""
    uniform = rng.uniform
    tucked = uniform(60, 80) * DEGREE
    behind = lying_x - 0.985 * body.leg_length - FOOT * (1 - np.cos(tucked)) - SOLE * np.sin(tucked)
    later, place = 0.0, course.feet + uniform(-0.03, 0.03)
    if stepping:
        later = (beats.feet_in - beats.pushed) * (-0.1 if first else uniform(0.5, 0.8))
        place += uniform(0.03, 0.10) * (1 if first else -1)
    leave, arrive = beats.pushed + later, beats.feet_in + later
    launch = course.launch + (uniform(0, 0.05) if first else 0.0)
    ready = beats.take_off - uniform(0.02, 0.04)
    start = max(arrive + 0.02, ready - uniform(0.13, 0.2)) + (0.02 if first else 0.0)
    take_off, landing = airborne
    keys = [
        (STANDING, [-0.12, 0.0, 0.0]),
        (STOOPED, [-0.12, 0.2, 0.0]),
        ((STOOPED + JUMPED_BACK) / 2, [(behind - 0.12) / 2, 0.6, 0.05]),
        (JUMPED_BACK - 0.01, [behind, tucked, 0.0]),
        (leave, [behind, tucked, 0.0]),
        ((leave + arrive) / 2, [(behind + place) / 2, tucked * 0.7, uniform(0.02, 0.06)]),
        (arrive, [place, uniform(0, 30) * DEGREE, 0.0]),
        (start, [place, 0.0, 0.0]),
        ((start + ready) / 2, [(place + launch) / 2, 0.2, uniform(0.01, 0.04)]),
        (ready, [launch, 0.0, 0.0]),
        (take_off + 0.002, [launch, uniform(20, 45) * DEGREE, 0.0]),
        (landing, [course.goal + uniform(-0.02, 0.02), uniform(0, 15) * DEGREE, 0.0]),
        (landing + 0.1, [course.goal, 0.0, 0.0]),
    ]
    return Curve.through(*keys)
