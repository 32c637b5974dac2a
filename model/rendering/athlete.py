"""A dressed body on a skeleton: some fifty round cones for muscles, clothes, hair and shoes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from model.rendering.colours import cloth, greyish
from model.rendering.motion.geometry import Array
from model.rendering.motion.skeleton import LEFT, RIGHT, Skeleton
from model.rendering.primitives import NOISE, PATCHES, Primitives

SKINS = ((0.93, 0.76, 0.66), (0.86, 0.65, 0.52), (0.78, 0.56, 0.43), (0.62, 0.43, 0.32), (0.45, 0.30, 0.22),
         (0.33, 0.22, 0.16), (0.90, 0.70, 0.58))  # fmt: skip
HAIRS = ((0.08, 0.06, 0.05), (0.25, 0.16, 0.10), (0.45, 0.30, 0.16), (0.75, 0.60, 0.35), (0.15, 0.10, 0.08),
         (0.50, 0.50, 0.48))  # fmt: skip


class Top(StrEnum):
    """What is worn above."""

    BARE = "bare"
    BRA = "bra"
    TANK = "tank"
    TEE = "tee"


class Bottom(StrEnum):
    """What is worn below."""

    LEGGINGS = "leggings"
    SHORTS = "shorts"
    BRIEF = "brief"


class Hair(StrEnum):
    """What is on the head."""

    NONE = "none"
    SHORT = "short"
    BUN = "bun"
    TAIL = "tail"
    CAP = "cap"


@dataclass(frozen=True)
class Look:
    """How an athlete looks; colours are RGB [3], sizes factors or shares."""

    skin: Array
    girth: float
    waist: float
    top: Top
    shirt: Array
    shirt_2: Array
    shirt_texture: int
    bottom: Bottom
    shorts: Array
    shorts_2: Array
    shorts_texture: int
    shorts_length: float
    loose: float
    shoes: Array
    hair: Hair
    hair_colour: Array
    knee_sleeves: Array | None
    wrist_wraps: Array | None
    belt: Array | None
    socks: float
    socks_colour: Array

    @classmethod
    def random(cls, rng: np.random.Generator) -> Self:
        """Somebody on the gym's floor."""
        hair = rng.choice(list(Hair), p=[0.15, 0.40, 0.20, 0.15, 0.10])
        shirt, shorts = cloth(rng), cloth(rng)
        return cls(
            skin=np.clip(np.array(SKINS[rng.integers(len(SKINS))]) * rng.uniform(0.8, 1.08), 0, 1),
            girth=rng.uniform(0.88, 1.18),
            waist=rng.uniform(0.9, 1.12),
            top=Top(rng.choice(list(Top), p=[0.18, 0.14, 0.28, 0.40])),
            shirt=shirt,
            shirt_2=cloth(rng) if rng.random() < 0.3 else shirt,
            shirt_texture=PATCHES if rng.random() < 0.2 else NOISE,
            bottom=Bottom(rng.choice(list(Bottom), p=[0.30, 0.45, 0.25])),
            shorts=shorts,
            shorts_2=cloth(rng) if rng.random() < 0.25 else shorts * rng.uniform(0.7, 1.1),
            shorts_texture=PATCHES if rng.random() < 0.25 else NOISE,
            shorts_length=rng.uniform(0.35, 0.8),
            loose=rng.uniform(1.0, 1.18),
            shoes=cloth(rng),
            hair=Hair(hair),
            hair_colour=cloth(rng) if hair == Hair.CAP else np.array(HAIRS[rng.integers(len(HAIRS))]),
            knee_sleeves=greyish(rng, 0.02, 0.3) if rng.random() < 0.25 else None,
            wrist_wraps=cloth(rng) if rng.random() < 0.35 else None,
            belt=greyish(rng, 0.02, 0.3) if rng.random() < 0.15 else None,
            socks=rng.uniform(0, 0.35) if rng.random() < 0.5 else 0.0,
            socks_colour=greyish(rng, 0.05, 0.95),
        )


def draw_athlete(scene: Primitives, body: Skeleton, look: Look, height: float) -> None:
    """Add an athlete of `height` m to a scene of as many instants as the skeleton has."""
    _Painter(scene, body, look, height).draw()


class _Painter:
    """Draws part by part; all radii are given in body heights of an average girth."""

    def __init__(self, scene: Primitives, body: Skeleton, look: Look, height: float) -> None:
        self.scene, self.body, self.look, self.height = scene, body, look, height
        covered = look.top not in (Top.BARE, Top.BRA)
        self.fit = look.loose if covered else 1.0
        self.skin = (look.skin, look.skin * 0.75, NOISE)
        self.shirt = (look.shirt, look.shirt_2, look.shirt_texture)
        self.shorts = (look.shorts, look.shorts_2, look.shorts_texture)
        self.chest = self.skin if look.top is Top.BARE else self.shirt
        self.belly = self.shirt if covered else self.skin

    def part(
        self,
        a: Array,
        b: Array,
        radius_a: float,
        radius_b: float,
        cover: tuple[Array, Array, int],
        *,
        bony: bool = False,
    ) -> None:
        """A round cone; `bony` parts do not grow with girth."""
        scale = self.height if bony else self.height * self.look.girth
        colour, colour_2, texture = cover
        frequency = (6.5 if texture == PATCHES else 14) / self.height
        self.scene.cone(
            a, b, radius_a * scale, radius_b * scale, colour, colour_2, texture=texture, frequency=frequency, amount=0.3
        )

    def draw(self) -> None:
        self.trunk()
        self.head()
        for side in (LEFT, RIGHT):
            self.arm(side)
            self.leg(side)

    def trunk(self) -> None:
        body, look, m = self.body, self.look, self.height
        chest, torso, fit = body.chest, body.torso, self.fit
        shoulders, waist, pelvis = body.shoulders, body.waist, body.pelvis
        straps = self.skin if look.top in (Top.BARE, Top.BRA) else self.chest
        self.part(
            body.shoulder[:, LEFT] - chest.left * 0.012 * m,
            body.shoulder[:, RIGHT] + chest.left * 0.012 * m,
            0.040,
            0.040,
            straps,
        )
        for sign in (1, -1):
            out, low = chest.left * (sign * m), torso.left * (sign * m)
            ribs = waist + out * 0.03 + chest.up * (0.03 * m)
            self.part(shoulders + out * 0.048 - chest.up * (0.025 * m), ribs, 0.056 * fit, 0.050 * fit, self.chest)
            self.part(
                shoulders + out * 0.045 - chest.up * (0.05 * m) + chest.forward * (0.022 * m),
                ribs + chest.forward * (0.01 * m),
                0.042 * fit,
                0.036 * fit,
                self.chest,
            )
            self.part(
                waist + out * 0.032 + chest.up * (0.02 * m),
                pelvis + low * 0.035 + torso.up * (0.03 * m),
                0.050 * fit * look.waist,
                0.054 * fit,
                self.belly,
            )
            hip = body.hip[:, LEFT if sign > 0 else RIGHT]
            self.part(
                pelvis + low * 0.035 - torso.forward * (0.02 * m),
                hip - torso.up * (0.02 * m) - torso.forward * (0.012 * m),
                0.052,
                0.052,
                self.shorts,
            )
        self.part(body.hip[:, LEFT], body.hip[:, RIGHT], 0.058, 0.058, self.shorts)
        self.part(shoulders - chest.up * (0.03 * m), waist, 0.052 * fit, 0.052 * fit * look.waist, self.chest)
        self.part(waist, pelvis, 0.052 * fit * look.waist, 0.054, self.belly)
        if look.belt is not None:
            cover = (look.belt, look.belt * 0.8, NOISE)
            self.part(waist + torso.left * (0.02 * m), waist - torso.left * (0.02 * m), 0.063, 0.063, cover)

    def head(self) -> None:
        body, look, m = self.body, self.look, self.height
        face, head = body.face, body.head
        up, ahead = face.up * m, face.forward * m
        self.part(body.shoulders + body.chest.up * (0.01 * m), body.neck + up * 0.03, 0.036, 0.031, self.skin)
        self.part(
            head + up * 0.012 - ahead * 0.004, head - up * 0.03 + ahead * 0.016, 0.052, 0.040, self.skin, bony=True
        )
        if look.hair is Hair.NONE:
            return
        cover = (look.hair_colour, look.hair_colour * 0.7, NOISE)
        self.part(head + up * 0.02 - ahead * 0.013, head - up * 0.012 - ahead * 0.018, 0.0545, 0.046, cover, bony=True)
        if look.hair is Hair.BUN:
            self.part(
                head + up * 0.03 - ahead * 0.060, head + up * 0.034 - ahead * 0.062, 0.022, 0.022, cover, bony=True
            )
        elif look.hair is Hair.TAIL:
            self.part(
                head + up * 0.02 - ahead * 0.055, head - up * 0.08 - ahead * 0.085, 0.020, 0.010, cover, bony=True
            )
        elif look.hair is Hair.CAP:
            self.part(
                head + up * 0.02 + ahead * 0.045, head + up * 0.012 + ahead * 0.085, 0.020, 0.012, cover, bony=True
            )

    def arm(self, side: int) -> None:
        look = self.look
        shoulder, elbow, wrist = self.body.shoulder[:, side], self.body.elbow[:, side], self.body.wrist[:, side]
        upper, lower = elbow - shoulder, wrist - elbow
        sleeve = look.top is Top.TEE
        self.part(shoulder, shoulder + upper * 0.2, 0.038, 0.034, self.shirt if sleeve else self.skin)
        if sleeve:
            self.part(
                shoulder + upper * 0.05, shoulder + upper * 0.55, 0.037 * look.loose, 0.035 * look.loose, self.shirt
            )
        self.part(shoulder + upper * 0.1, shoulder + upper * 0.55, 0.031, 0.030, self.skin)
        self.part(shoulder + upper * 0.5, elbow, 0.030, 0.023, self.skin)
        self.part(elbow, elbow + lower * 0.3, 0.023, 0.0265, self.skin)
        self.part(elbow + lower * 0.28, elbow + lower * 0.82, 0.0265, 0.0165, self.skin)
        if look.wrist_wraps is not None:
            wrap = (look.wrist_wraps, look.wrist_wraps, NOISE)
            self.part(elbow + lower * 0.72, elbow + lower * 0.85, 0.019, 0.019, wrap)
        self.part(elbow + lower * 0.85, elbow + lower * 1.03, 0.018, 0.021, self.skin)

    def leg(self, side: int) -> None:
        look, m = self.look, self.height
        hip, knee, ankle = self.body.hip[:, side], self.body.knee[:, side], self.body.ankle[:, side]
        toe, heel = self.body.toe[:, side], self.body.heel[:, side]
        thigh, shin = knee - hip, ankle - knee
        cover = self.shorts if look.bottom is Bottom.LEGGINGS else self.skin
        self.part(hip, knee, 0.055, 0.034, cover)
        if look.bottom is not Bottom.LEGGINGS:
            loose = look.bottom is Bottom.SHORTS
            share = look.shorts_length if loose else 0.2
            end = 0.055 + (0.034 - 0.055) * share + 0.005
            self.part(hip, hip + thigh * share, 0.059, end * (look.loose if loose else 1.0), self.shorts)
        behind = ankle - toe
        behind = behind - shin * (np.sum(behind * shin, 1) / np.maximum(np.sum(shin * shin, 1), 1e-9))[:, None]
        calf = behind / np.maximum(np.linalg.norm(behind, axis=1, keepdims=True), 1e-9) * (0.009 * m)
        self.part(knee, knee + shin * 0.33 + calf, 0.034, 0.0375, cover)
        self.part(knee + shin * 0.3 + calf, ankle, 0.037, 0.021, cover)
        if look.knee_sleeves is not None:
            sleeve = (look.knee_sleeves, look.knee_sleeves, NOISE)
            self.part(knee - thigh * 0.12, knee + shin * 0.14, 0.039, 0.038, sleeve)
        if look.socks > 0:
            sock = (look.socks_colour, look.socks_colour * 0.8, NOISE)
            self.part(knee + shin * (1 - look.socks), ankle, 0.030 if look.socks > 0.25 else 0.024, 0.024, sock)
        shoe = (look.shoes, look.shoes * 0.6, NOISE)
        self.part(heel, toe, 0.027, 0.021, shoe, bony=True)
        self.part(ankle, (toe + ankle) / 2, 0.026, 0.021, shoe, bony=True)
