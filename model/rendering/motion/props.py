"""The equipment a movement needs, placed for T instants; all lengths in metres, world axes as in `skeleton`.

What moves has a leading axis T; what stands still has none. How things look is the renderer's choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.rendering.motion.geometry import Array

PLATE_RADIUS = 0.225
"""Radius of a full-size plate, m: the height of a loaded bar's axis on the floor."""


@dataclass(frozen=True)
class Barbell:
    """A bar: centre [T, 3], unit direction [T, 3] towards the athlete's left, whether full-size plates are on it."""

    centre: Array
    direction: Array
    plates: bool = True


@dataclass(frozen=True)
class PullUpBar:
    """A fixed bar of a rig: parallel to y, above x = 0, its axis at `height`; the athlete faces +x."""

    height: float


@dataclass(frozen=True)
class Ghd:
    """A glute-ham developer, from which the trunk hangs out towards -x.

    pelvis: of the seated athlete [3], above the pad. ankles: [3], between the rollers.
    """

    pelvis: Array
    ankles: Array


@dataclass(frozen=True)
class Box:
    """An upright box on the floor: centre [3] and full size [3] (x, y, z)."""

    centre: Array
    size: Array


@dataclass(frozen=True)
class Weights:
    """Dumbbells or a kettlebell.

    grips: middles of the k handles [T, k, 3]. handles: their axes, unit vectors [T, k, 3]. down: for a kettlebell the
    unit direction [T, k, 3] from handle to bell, else None.
    """

    grips: Array
    handles: Array
    down: Array | None = None

    @property
    def kettlebell(self) -> bool:
        """Whether this is a kettlebell."""
        return self.down is not None


@dataclass(frozen=True)
class Ball:
    """A ball: centre [T, 3], radius."""

    centre: Array
    radius: float


@dataclass(frozen=True)
class Rower:
    """A rowing machine along x.

    seat: top of the sliding seat [T, 3]. handle: its middle [T, 3], between the hands. feet: foot plates [3]. fan: its
    axis [3].
    """

    seat: Array
    handle: Array
    feet: Array
    fan: Array


@dataclass(frozen=True)
class Props:
    """Everything the athlete uses; None where it is not there.

    rope: points of a skipping rope [T, k, 3], from the left hand to the right one.
    wall: x of a wall's face, which looks towards +x.
    mat: height of the pad under the head of a handstand, 0 without one.
    """

    barbell: Barbell | None = None
    rope: Array | None = None
    pull_up_bar: PullUpBar | None = None
    wall: float | None = None
    mat: float = 0.0
    ghd: Ghd | None = None
    box: Box | None = None
    dumbbells: Weights | None = None
    kettlebell: Weights | None = None
    ball: Ball | None = None
    rower: Rower | None = None
