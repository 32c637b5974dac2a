"""From a pose to the joints of an athlete of given proportions.

Everything works on a batch of T instants at once. Poses are written in *body heights*, so that one set of key poses
fits every athlete; skeletons are in *metres*, floor at z = 0, x forward of the athlete, y to the left, z up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from model.rendering.motion.geometry import SIDES, Array, Frame, dot, two_bone, unit

LEFT, RIGHT = 0, 1
"""Index of a side on the second axis of paired joints."""

# Segment lengths as fractions of body height (Drillis and Contini 1966, as in Winter, Biomechanics, table 4.1).
THIGH, SHIN = 0.245, 0.246
UPPER_ARM, FOREARM = 0.178, 0.196  # the forearm ends in the middle of the closed hand
LUMBAR, THORAX = 0.120, 0.165  # pelvis to waist, waist to the line of the shoulders
NECK, HEAD, FACE = 0.045, 0.115, 0.012  # above the line of the shoulders; the head's centre lies a little forward
FOOT, HEEL = 0.105, 0.030  # ankle to toes, ankle back to the heel
SOLE = 0.025  # from the ankle down to the middle of the shoe
ANKLE = 0.045  # height of the ankle of a foot flat on the floor


@dataclass(frozen=True)
class Proportions:
    """Size and shape of an athlete.

    height: m. hip, shoulder: half widths, fractions of height. torso, arm, leg: factors on the average lengths.
    """

    height: float = 1.72
    hip: float = 0.057
    shoulder: float = 0.112
    torso: float = 1.0
    arm: float = 1.0
    leg: float = 1.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Self:
        """A woman or a man, as likely, of 1.52 to 1.95 m."""
        woman = rng.random() < 0.5
        return cls(
            height=float(np.clip(rng.normal(1.65 if woman else 1.78, 0.065), 1.52, 1.95)),
            hip=rng.uniform(0.052, 0.062),
            shoulder=rng.uniform(0.095, 0.112) if woman else rng.uniform(0.108, 0.128),
            torso=rng.uniform(0.95, 1.05),
            arm=rng.uniform(0.96, 1.04),
            leg=rng.uniform(0.96, 1.04),
        )

    @property
    def arm_length(self) -> float:
        """Shoulder to closed hand with the elbow locked, in body heights."""
        return (UPPER_ARM + FOREARM) * self.arm * STRETCHED

    @property
    def leg_length(self) -> float:
        """Hip to ankle with the knee locked, in body heights."""
        return (THIGH + SHIN) * self.leg * STRETCHED

    @property
    def torso_length(self) -> float:
        """Pelvis to the line of the shoulders with a straight back, in body heights."""
        return (LUMBAR + THORAX) * self.torso

    @property
    def standing(self) -> float:
        """Height of the pelvis of a person who stands with locked knees, in body heights."""
        return ANKLE + self.leg_length


STRETCHED = 0.999
"""Share of a limb's length that counts as locked; movements aim for it, so that targets stay within reach."""


@dataclass(frozen=True)
class Reach:
    """Limbs whose ends are given: hands or ankles at `target` [T, 2, 3], elbows or knees towards `pole` [T, 2, 3]."""

    target: Array
    pole: Array


@dataclass(frozen=True)
class Aim:
    """Limbs whose bones' directions are given: unit vectors [T, 2, 3] of the upper and the lower bone."""

    upper: Array
    lower: Array


@dataclass(frozen=True)
class Feet:
    """Directions [T, 2, 3] from heel to toes, and from the ankle to the sole (None: as the shin stands)."""

    forward: Array
    sole: Array | None = None


@dataclass(frozen=True)
class Trunk:
    """Where the trunk is: frames of pelvis and rib cage, waist and middle of the shoulders [T, 3], in body heights."""

    torso: Frame
    chest: Frame
    waist: Array
    shoulders: Array


@dataclass(frozen=True)
class Spine:
    """The posture of the trunk.

    pelvis: [T, 3], body heights. Angles in radians, each a scalar or [T]: the trunk leans forwards by `lean`, to the
    left by `roll` and faces `yaw` to the left of x (a handstand is a lean of pi). The chest bends forwards (`bend`),
    to the left (`side`) and turns to the left (`twist`) against the pelvis, at the waist.
    """

    pelvis: Array
    lean: ArrayLike = 0.0
    roll: ArrayLike = 0.0
    yaw: ArrayLike = 0.0
    bend: ArrayLike = 0.0
    side: ArrayLike = 0.0
    twist: ArrayLike = 0.0

    def trunk(self, body: Proportions) -> Trunk:
        """The trunk of an athlete in this posture."""
        torso = Frame.upright(len(self.pelvis)).turned(twist=self.yaw).turned(bend=self.lean, side=self.roll)
        chest = torso.turned(bend=self.bend, side=self.side, twist=self.twist)
        waist = self.pelvis + torso.up * (LUMBAR * body.torso)
        return Trunk(torso, chest, waist, waist + chest.up * (THORAX * body.torso))


@dataclass(frozen=True)
class Pose:
    """What an athlete does at T instants; lengths in body heights, angles in radians, each a scalar or [T].

    The head nods down by `nod`, tilts and turns to the left against the chest. `shrug` lifts the shoulders along the
    chest: a scalar, [T] or [T, 2].
    """

    spine: Spine
    arms: Reach | Aim
    legs: Reach | Aim
    feet: Feet
    shrug: ArrayLike = 0.0
    nod: ArrayLike = 0.0
    tilt: ArrayLike = 0.0
    turn: ArrayLike = 0.0


@dataclass(frozen=True)
class Skeleton:
    """Joints in metres at T instants: [T, 3] on the midline, [T, 2, 3] for pairs (index LEFT = 0, RIGHT = 1).

    `shoulders` is the middle between the shoulders, `head` the centre of the skull, `wrist` the middle of the closed
    hand, `toe` and `heel` the ends of the shoe's axis (0.02 body heights above its sole). `torso` and `chest` are the
    frames of pelvis and rib cage, `face` that of the head (`face.forward` is where the athlete looks).
    """

    pelvis: Array
    waist: Array
    shoulders: Array
    neck: Array
    head: Array
    shoulder: Array
    elbow: Array
    wrist: Array
    hip: Array
    knee: Array
    ankle: Array
    toe: Array
    heel: Array
    torso: Frame
    chest: Frame
    face: Frame

    def __len__(self) -> int:
        return len(self.pelvis)


def solve(pose: Pose, body: Proportions) -> Skeleton:
    """The skeleton that takes the pose; bones always have the lengths of `body`."""
    trunk, pelvis = pose.spine.trunk(body), pose.spine.pelvis
    torso, chest, shoulders = trunk.torso, trunk.chest, trunk.shoulders
    face = chest.turned(bend=pose.nod, side=pose.tilt, twist=pose.turn)
    sides = SIDES[:, None]
    shrug = np.asarray(pose.shrug, dtype=np.float64)
    shrug = (shrug if shrug.ndim == 2 else shrug[..., None])[..., None]
    shoulder = shoulders[:, None] + chest.left[:, None] * (sides * body.shoulder) + chest.up[:, None] * shrug
    hip = pelvis[:, None] + torso.left[:, None] * (sides * body.hip)
    elbow, wrist = _limb(pose.arms, shoulder, UPPER_ARM * body.arm, FOREARM * body.arm)
    knee, ankle = _limb(pose.legs, hip, THIGH * body.leg, SHIN * body.leg)
    sole = pose.feet.sole if pose.feet.sole is not None else ankle - knee
    sole = unit(sole - dot(sole, pose.feet.forward) * pose.feet.forward)
    height = body.height
    return Skeleton(
        pelvis=pelvis * height,
        waist=trunk.waist * height,
        shoulders=shoulders * height,
        neck=(shoulders + face.up * NECK) * height,
        head=(shoulders + face.up * HEAD + face.forward * FACE) * height,
        shoulder=shoulder * height,
        elbow=elbow * height,
        wrist=wrist * height,
        hip=hip * height,
        knee=knee * height,
        ankle=ankle * height,
        toe=(ankle + pose.feet.forward * FOOT + sole * SOLE) * height,
        heel=(ankle - pose.feet.forward * HEEL + sole * SOLE) * height,
        torso=torso,
        chest=chest,
        face=face,
    )


def _limb(limb: Reach | Aim, root: Array, upper: float, lower: float) -> tuple[Array, Array]:
    match limb:
        case Reach(target, pole):
            return two_bone(root, target, upper, lower, np.broadcast_to(pole, root.shape))
        case Aim(first, second):
            middle = root + unit(first) * upper
            return middle, middle + unit(second) * lower
