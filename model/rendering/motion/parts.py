"""What several movements share: standing feet, a bar in the hands, the course of a squat. Lengths in body heights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from model.rendering.motion.curves import Curve, UpAndDown
from model.rendering.motion.geometry import DEGREE, SIDES, Array, pairs, unit, vectors
from model.rendering.motion.props import Barbell
from model.rendering.motion.skeleton import (
    ANKLE,
    FOOT,
    LUMBAR,
    SOLE,
    THORAX,
    Aim,
    Feet,
    Proportions,
    Reach,
    Skeleton,
    Trunk,
)

GRAVITY = 9.81
"""m/s^2."""


def seconds(rng: np.random.Generator, mean: float, deviation: float, shortest: float = 0.4) -> float:
    """A duration from the normal distribution, within three deviations and not below `shortest`."""
    return float(max(shortest, mean + deviation * np.clip(rng.normal(), -3, 3)))


@dataclass(frozen=True)
class Stance:
    """Two feet on the floor.

    ahead, aside: x of the ankles and their distance from the midline, [2]. angle: of the toes outwards, [2].
    knees: how far the knees go outwards, the tangent of the angle from straight ahead, [2].
    """

    ahead: Array
    aside: Array
    angle: Array
    knees: Array

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        width: tuple[float, float],
        angle: tuple[float, float] = (5, 30),
        knees: tuple[float, float] = (0.1, 0.6),
        stagger: float = 0.012,
    ) -> Self:
        """`width`: range of the ankles' distance from the midline; `angle`: degrees; left and right differ a little."""
        return cls(
            ahead=rng.normal(0, stagger / 2, 2),
            aside=rng.uniform(*width) + rng.normal(0, 0.003, 2),
            angle=(rng.uniform(*angle) + rng.normal(0, 3, 2)) * DEGREE,
            knees=rng.uniform(*knees) + rng.normal(0, 0.05, 2),
        )

    def height(self, body: Proportions) -> float:
        """Highest pelvis with both feet flat and the knees locked."""
        aside = float(np.max(np.abs(self.aside - body.hip)))
        ahead = float(np.max(np.abs(self.ahead)))
        return ANKLE + float(np.sqrt(body.leg_length**2 - aside**2 - ahead**2))

    def stand(
        self,
        count: int,
        heel: ArrayLike = 0.0,
        lift: ArrayLike = 0.0,
        ahead: ArrayLike = 0.0,
        wider: ArrayLike = 0.0,
        knees: ArrayLike = 0.0,
        yaw: ArrayLike = 0.0,
    ) -> tuple[Reach, Feet]:
        """Legs and feet for `count` instants: scalars, [T] or [T, 2] each.

        heel: angle by which the heels rise about the toes, which stay. lift: of the whole foot off the floor. ahead,
        wider: steps from the stance. knees: added to how far the knees go outwards. yaw: of the whole stance.
        """
        heels, turned = _paired(heel, count), _paired(yaw, count)
        aside = (self.aside + _paired(wider, count)) * SIDES
        outwards = turned + self.angle * SIDES
        flat = vectors(np.cos(outwards), np.sin(outwards), 0.0)
        x = self.ahead + _paired(ahead, count) - np.sin(turned) * aside
        ball = vectors(x, np.cos(turned) * aside, ANKLE - SOLE + _paired(lift, count)) + flat * FOOT
        down = np.array([0.0, 0.0, -1.0])
        cosine, sine = np.cos(heels)[..., None], np.sin(heels)[..., None]
        forward, sole = flat * cosine + down * sine, down * cosine - flat * sine
        ankle = ball - forward * FOOT - sole * SOLE
        bearing = turned + np.arctan(self.knees + _paired(knees, count)) * SIDES
        return Reach(ankle, unit(vectors(np.cos(bearing), np.sin(bearing), 0.15))), Feet(forward, sole)


def _paired(value: ArrayLike, count: int) -> Array:
    array = np.asarray(value, dtype=np.float64)
    return np.broadcast_to(array if array.ndim == 2 else array[..., None], (count, 2))


def on_bar(centre: Array, grip: float, tilt: ArrayLike = 0.0) -> Array:
    """Hands [T, 2, 3] on a bar through `centre` [T, 3], `grip` from its middle; the slope `tilt` lifts the left one."""
    offset = np.zeros((len(centre), 2, 3))
    offset[..., 1] = grip * SIDES
    offset[..., 2] = grip * SIDES * np.asarray(tilt, dtype=np.float64)[..., None]
    return centre[:, None] + offset


def barbell_in_hands(skeleton: Skeleton, *, plates: bool = True) -> Barbell:
    """The bar through both hands."""
    left, right = skeleton.wrist[:, 0], skeleton.wrist[:, 1]
    return Barbell(centre=(left + right) / 2, direction=unit(left - right), plates=plates)


def front_rack(trunk: Trunk, ahead: float, above: float) -> Array:
    """Centre [T, 3] of a bar that lies on the front of the shoulders."""
    return trunk.chest.point(trunk.shoulders, forward=ahead, up=above)


def arms_drop(body: Proportions, grip: float, ahead: ArrayLike = 0.0) -> Array:
    """How far the hands are below (or above) the shoulders with locked elbows, `grip` from the midline and `ahead`."""
    rest = body.arm_length**2 - (grip - body.shoulder) ** 2 - np.asarray(ahead, dtype=np.float64) ** 2
    return np.sqrt(np.maximum(rest, 0.01))


def hanging_bar(trunk: Trunk, body: Proportions, grip: float, x: ArrayLike, shrug: ArrayLike = 0.0) -> Array:
    """Centre [T, 3] of a bar that hangs from straight arms at the given x."""
    shoulders = trunk.chest.point(trunk.shoulders, up=shrug)
    drop = arms_drop(body, grip, np.asarray(x) - shoulders[:, 0])
    return vectors(x, shoulders[:, 1], shoulders[:, 2] - drop)


def lean_to_bar(
    body: Proportions,
    hip: tuple[ArrayLike, ArrayLike],
    bar: tuple[float, float],
    grip: float,
    bend: ArrayLike = 0.0,
) -> Array:
    """The lean with which straight arms reach a bar, hip and bar given by (x, z): their triangle with the shoulders."""
    ahead, above = THORAX * np.sin(bend), LUMBAR + THORAX * np.cos(bend)
    back = np.hypot(ahead, above) * body.torso
    arm = np.sqrt(body.arm_length**2 - (grip - body.shoulder) ** 2)
    x, z = bar[0] - np.asarray(hip[0], dtype=np.float64), bar[1] - np.asarray(hip[1], dtype=np.float64)
    distance = np.hypot(x, z)
    at_hip = np.arccos(np.clip((back**2 + distance**2 - arm**2) / (2 * back * distance), -1, 1))
    lean: Array = np.arctan2(x, z) - at_hip - np.arctan2(ahead, above)
    return lean


def poles(x: ArrayLike, outwards: ArrayLike, z: ArrayLike, count: int) -> Array:
    """Unit directions [T, 2, 3] for elbows or knees, mirrored left and right; scalars, [T] or [T, 2] each."""
    return np.broadcast_to(unit(pairs(x, outwards, z)), (count, 2, 3))


def free_arms(trunk: Trunk, forwards: ArrayLike, outwards: ArrayLike, flexion: ArrayLike) -> Aim:
    """Arms that hang or swing with empty hands.

    Angles, scalars, [T] or [T, 2]: of the upper arm from hanging, forwards and outwards, and of the elbow.
    """
    count = len(trunk.shoulders)
    ahead, out, bent = _paired(forwards, count), _paired(outwards, count), _paired(flexion, count)
    up, forward, left = (axis[:, None] for axis in (trunk.chest.up, trunk.chest.forward, trunk.chest.left))

    def bone(angle: Array, aside: Array) -> Array:
        straight = forward * np.sin(angle)[..., None] - up * np.cos(angle)[..., None]
        direction: Array = straight * np.cos(aside)[..., None] + left * (np.sin(aside) * SIDES)[..., None]
        return direction

    return Aim(bone(ahead, out), bone(ahead + bent, out * 0.6))


def squat_course(
    rng: np.random.Generator,
    standing: float,
    depth: tuple[float, float] = (0.36, 0.56),
    lean: tuple[float, float] = (12, 36),
    rest: tuple[float, float] = (0.0, 0.16),
) -> UpAndDown:
    """Hips x and z and the trunk's lean through a squat: bottom at phase 0, standing at 1.

    depth: range of the hips' lowest height as a share of `standing`; lean: degrees at the bottom; rest: share of the
    way up spent at the bottom. The hips go back as far as the lean brings the trunk forward.
    """
    lowest, leaning = rng.uniform(*depth) * standing, rng.uniform(*lean) * DEGREE
    back = -(0.04 + 0.17 * np.sin(leaning)) + rng.normal(0, 0.008)
    bottom, top = [back, lowest, leaning], [0.0, standing, rng.uniform(-2, 5) * DEGREE]
    half = lowest + (standing - lowest) * rng.uniform(0.45, 0.55)
    middle = [back * rng.uniform(0.75, 1.0), half, leaning * rng.uniform(0.8, 1.1)]
    waited, stood, held = rng.uniform(*rest) + 0.01, rng.uniform(0.76, 0.99), rng.uniform(0.01, 0.25)
    up = Curve(
        [0, waited, waited + (stood - waited) * rng.uniform(0.42, 0.6), stood, 1], [bottom, bottom, middle, top, top]
    )
    down = Curve([0, held, held + (1 - held) * rng.uniform(0.4, 0.6), 0.99, 1], [top, top, middle, bottom, bottom])
    return UpAndDown(up, down)
