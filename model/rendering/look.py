"""How athletes look: build, skin, hair, clothes, shoes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from model.rendering.colours import cloth, greyish
from model.rendering.mesh import Material
from model.rendering.motion.geometry import Array
from model.rendering.motion.skeleton import Proportions
from model.rendering.primitives import NOISE, PATCHES

SKINS = ((0.93, 0.76, 0.66), (0.88, 0.68, 0.56), (0.80, 0.60, 0.47), (0.66, 0.47, 0.36), (0.48, 0.33, 0.25),
         (0.36, 0.25, 0.19), (0.91, 0.72, 0.61))  # fmt: skip
HAIRS = ((0.10, 0.08, 0.07), (0.25, 0.17, 0.11), (0.42, 0.29, 0.17), (0.76, 0.62, 0.40), (0.17, 0.12, 0.10),
         (0.55, 0.54, 0.52))  # fmt: skip


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
    """How a person looks.

    Attributes:
        female: 0 to 1, how the trunk is shaped; girth, waist, muscle: factors on radii.
        loose: how far clothes stand off, 1 is tight.
        sleeve, shorts_length: shares of the upper arm and the thigh that cloth covers.
        knee_sleeves, wrist_wraps, belt, gloves: None where they are not worn.
        socks: share of the shin that they cover.
    """

    female: float
    girth: float
    waist: float
    muscle: float
    skin: Material
    top: Top
    shirt: Material
    sleeve: float
    bottom: Bottom
    shorts: Material
    shorts_length: float
    loose: float
    shoes: Material
    soles: Material
    hair: Hair
    hair_colour: Material
    knee_sleeves: Material | None
    wrist_wraps: Material | None
    belt: Material | None
    socks: float
    sock_colour: Material

    @classmethod
    def random(cls, rng: np.random.Generator, body: Proportions) -> Self:
        """Somebody on the gym's floor; broad shoulders are dressed as men more often."""
        female = float(np.clip((0.1185 - body.shoulder) / 0.017 + rng.normal(0, 0.25), 0, 1))
        woman = female > 0.5
        hair = rng.choice(list(Hair), p=[0.02, 0.13, 0.40, 0.38, 0.07] if woman else [0.18, 0.58, 0.05, 0.04, 0.15])
        top = rng.choice(list(Top), p=[0, 0.30, 0.45, 0.25] if woman else [0.27, 0, 0.23, 0.50])
        bottom = rng.choice(list(Bottom), p=[0.42, 0.33, 0.25] if woman else [0.06, 0.86, 0.08])
        skin = np.clip(np.array(SKINS[rng.integers(len(SKINS))]) * rng.uniform(0.85, 1.06), 0, 1)
        hair_colour = (
            cloth(rng) if hair == Hair.CAP else np.array(HAIRS[rng.integers(len(HAIRS))]) * rng.uniform(0.8, 1.2)
        )
        return cls(
            female=female,
            girth=rng.uniform(0.90, 1.12),
            waist=rng.uniform(0.93, 1.10),
            muscle=rng.uniform(0.92, 1.22),
            skin=Material(skin, skin * np.array([0.90, 0.82, 0.80]), frequency=11, amount=0.35, shine=0.05, soft=0.25),
            top=Top(top),
            shirt=_fabric(rng),
            sleeve=rng.uniform(0.35, 0.75) if rng.random() < 0.9 else 1.9,
            bottom=Bottom(bottom),
            shorts=_fabric(rng),
            shorts_length=rng.uniform(0.35, 0.85),
            loose=rng.uniform(1.0, 1.16),
            shoes=_fabric(rng, patches=0.1),
            soles=_plain(greyish(rng, 0.6, 0.95) if rng.random() < 0.6 else cloth(rng)),
            hair=Hair(hair),
            hair_colour=Material(hair_colour, hair_colour * 0.6, frequency=30, amount=0.6, shine=0.04),
            knee_sleeves=_plain(greyish(rng, 0.02, 0.3) if rng.random() < 0.7 else cloth(rng))
            if rng.random() < 0.25
            else None,
            wrist_wraps=_plain(cloth(rng)) if rng.random() < 0.35 else None,
            belt=_plain(greyish(rng, 0.02, 0.3)) if rng.random() < 0.12 else None,
            socks=rng.uniform(0.08, 0.4) if rng.random() < 0.55 else 0.0,
            sock_colour=_plain(greyish(rng, 0.05, 0.95) if rng.random() < 0.8 else cloth(rng)),
        )


def _plain(colour: Array) -> Material:
    return Material(colour, colour * 0.8)


def _fabric(rng: np.random.Generator, patches: float = 0.15) -> Material:
    """Cloth of one colour with folds, or of two in patches (camouflage, prints)."""
    colour = cloth(rng)
    if rng.random() < patches:
        return Material(colour, cloth(rng), texture=PATCHES, frequency=rng.uniform(5, 14))
    return Material(colour, colour * rng.uniform(0.6, 0.85), texture=NOISE, frequency=rng.uniform(6, 12), amount=0.6)
