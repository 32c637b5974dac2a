"""A dressed body on a skeleton: lofts through the rings of `anatomy` for trunk, limbs, head, clothes and shoes."""

from __future__ import annotations

import numpy as np

from model.rendering.anatomy import ARM, BREAST, COLLAR, HEAD, LEG, SHOE, TRUNK
from model.rendering.look import Bottom, Hair, Look, Top
from model.rendering.mesh import Lofts, Material, Mesh, Radii, Rings
from model.rendering.motion.geometry import SIDES, Array, dot, unit
from model.rendering.motion.skeleton import LEFT, LUMBAR, RIGHT, THORAX, Skeleton


def athlete_mesh(body: Skeleton, look: Look, height: float, *, coarse: bool = False) -> Mesh:
    """The mesh of a person of `height` m at the skeleton's instants; `coarse` for people in the background."""
    return _Tailor(body, look, height, coarse).mesh()


class _Tailor:
    """Makes a body and its clothes, part by part."""

    def __init__(self, body: Skeleton, look: Look, height: float, coarse: bool) -> None:
        self.body, self.look, self.height = body, look, height
        self.around, self.around_limb = (12, 8) if coarse else (20, 12)
        self.lofts = Lofts()
        self.covered = look.top in (Top.TANK, Top.TEE)

    def mesh(self) -> Mesh:
        self.trunk()
        self.head()
        for side in (LEFT, RIGHT):
            self.arm(side)
            self.leg(side)
            self.shoe(side)
        return self.lofts.mesh()

    def trunk(self) -> None:
        look = self.look
        shares = np.array([1 - look.female, look.female])
        half, front, back = (TRUNK[:, 1 + k] * shares[0] + TRUNK[:, 4 + k] * shares[1] for k in range(3))
        soft = np.interp(TRUNK[:, 0], [-0.03, 0.07, 0.14, 0.24], [1, look.waist, look.waist, 1])
        half, front, back = (radius * soft * look.girth * self.height for radius in (half, front, back))
        # Shoulders are as broad as the skeleton says, whatever the girth.
        half[10:13] *= 0.5 * (1 + 1 / look.girth)
        bumps = np.ones((len(TRUNK), self.around))
        angle = np.arange(self.around) * (2 * np.pi / self.around)
        pair = np.exp(-(((np.abs(angle - np.pi / 2) - 0.55) / 0.35) ** 2))
        bumps[BREAST] += pair * (0.05 + 0.15 * look.female) * np.array([0.4, 1.0, 0.8])[:, None]
        behind = np.exp(-(((np.abs(angle - 1.5 * np.pi) - 0.55) / 0.4) ** 2))
        bumps[2:4] += behind * 0.08
        rings = self.trunk_rings(TRUNK[:, 0])
        self.lofts.add(rings, (half, front, back), look.skin, segments=self.around, bumps=bumps)

        def wear(rows: slice, material: Material, off: float, hem: float = 0.0) -> None:
            grow = off * self.height + np.linspace(hem * self.height, 0, rows.stop - rows.start)
            part = Rings(rings.centre[:, rows], rings.left[:, rows], rings.front[:, rows])
            self.lofts.add(
                part, (half[rows] + grow, front[rows] + grow, back[rows] + grow), material,
                segments=self.around, bumps=bumps[rows],
            )  # fmt: skip

        loose = (look.loose - 1) * 0.06
        wear(slice(0, 7 if look.bottom is not Bottom.BRIEF else 5), look.shorts, 0.003 + loose * 0.5)
        if self.covered:
            low = 3 if look.loose > 1.06 else 5
            wear(slice(low, COLLAR + 1 if look.top is Top.TEE else COLLAR), look.shirt, 0.004 + loose * 0.7, loose)
        elif look.top is Top.BRA:
            wear(slice(8, 13), look.shirt, 0.003)
        if look.belt is not None:
            wear(slice(5, 8), look.belt, 0.007 + loose)

    def trunk_rings(self, heights: Array) -> Rings:
        """Rings around the spine at heights [R] above the pelvis, body heights."""
        body = self.body
        share = np.clip((heights - 0.06) / 0.12, 0, 1)[:, None]
        share = share * share * (3 - 2 * share)
        up = unit(body.torso.up[:, None] * (1 - share) + body.chest.up[:, None] * share)
        left = unit(body.torso.left[:, None] * (1 - share) + body.chest.left[:, None] * share)
        left = unit(left - dot(left, up) * up)
        low, high = body.waist - body.pelvis, body.shoulders - body.waist
        along = np.clip(heights / LUMBAR, None, 1)[:, None]
        above = (np.clip(heights - LUMBAR, 0, None) / THORAX)[:, None]
        centre = body.pelvis[:, None] + low[:, None] * along + high[:, None] * above
        return Rings(centre, left, np.cross(left, up))

    def head(self) -> None:
        body, look, m = self.body, self.look, self.height
        face = body.face
        neck = np.linspace(0, 1, 4)[:, None]
        top = body.head - face.up * (0.045 * m) - face.forward * (0.008 * m)
        bottom = body.shoulders + body.chest.up * (0.006 * m) - body.chest.forward * (0.004 * m)
        centre = bottom[:, None] * (1 - neck) + top[:, None] * neck
        left = np.broadcast_to(face.left[:, None], centre.shape)
        thick = np.array([0.042, 0.033, 0.031, 0.032]) * (1 - 0.13 * look.female) * m * look.girth
        self.lofts.add(Rings(centre, left, np.cross(left, unit(top - bottom)[:, None])), (thick,) * 3, look.skin)

        angle = np.arange(self.around) * (2 * np.pi / self.around)
        frontal = np.exp(-(((angle - np.pi / 2) / 0.22) ** 2))
        bumps = np.ones((len(HEAD), self.around))
        bumps[4] += 0.26 * frontal  # the nose
        bumps[5] += 0.05 * frontal - 0.05 * np.exp(-(((np.abs(angle - np.pi / 2) - 0.4) / 0.2) ** 2))  # brow and eyes
        self.lofts.add(*self.skull(HEAD), look.skin, segments=self.around, bumps=bumps)
        if look.hair is Hair.NONE:
            return
        # Hair is the skull again, a little larger where it grows and inside the skull where it does not.
        low = np.where(
            np.sin(angle) > 0, -0.03 + 0.065 * np.clip(np.sin(angle) * 1.25, 0, 1), -0.03 + 0.025 * np.sin(angle)
        )
        grows = 1 / (1 + np.exp(-(HEAD[:, :1] - low) / 0.004))
        thickness = 1.05 if look.hair is Hair.CAP else 1.07
        self.lofts.add(*self.skull(HEAD), look.hair_colour, segments=self.around, bumps=0.9 + (thickness - 0.9) * grows)
        back, up = -face.forward * m, face.up * m
        match look.hair:
            case Hair.BUN:
                self.ball(body.head + up * 0.035 + back * 0.062, 0.024 * m, look.hair_colour)
            case Hair.TAIL:
                # The tail hangs down, whatever way the head is turned.
                start = body.head + up * 0.02 + back * 0.052
                hang = start + back * 0.03 + np.array([0, 0, -0.10 * m])
                self.rope([start, start + back * 0.02, hang], [0.016, 0.022, 0.008], look.hair_colour)
            case Hair.CAP:
                brim = body.head + up * 0.022 - back * 0.045
                self.rope(
                    [brim, brim - back * 0.028, brim - back * 0.05 - up * 0.004],
                    [0.036, 0.034, 0.020],
                    look.hair_colour,
                    flat=0.18,
                )
            case _:
                pass

    def skull(self, rows: Array) -> tuple[Rings, Radii]:
        """Rings of the head and their radii."""
        face, m = self.body.face, self.height
        centre = (
            self.body.head[:, None] + face.up[:, None] * (rows[:, :1] * m) + face.forward[:, None] * (rows[:, 1:2] * m)
        )
        left = np.broadcast_to(face.left[:, None], centre.shape)
        front = np.broadcast_to(face.forward[:, None], centre.shape)
        return Rings(centre, left, front), (rows[:, 2] * m, rows[:, 3] * m, rows[:, 3] * m)

    def ball(self, centre: Array, radius: float, material: Material) -> None:
        angle = np.linspace(-np.pi / 2, np.pi / 2, 6)
        face = self.body.face
        centres = centre[:, None] + face.up[:, None] * (np.sin(angle) * radius)[:, None]
        radii = np.maximum(np.cos(angle), 0.02) * radius
        left, front = (np.broadcast_to(axis[:, None], centres.shape) for axis in (face.left, face.forward))
        self.lofts.add(Rings(centres, left, front), (radii,) * 3, material, segments=10)

    def rope(self, points: list[Array], radii: list[float], material: Material, flat: float = 1.0) -> None:
        """A loft through points; `flat` is its thickness over its width."""
        centre = np.stack(points, axis=1)
        along = unit(np.gradient(centre, axis=1))
        left = np.broadcast_to(self.body.face.left[:, None], centre.shape)
        left = unit(left - dot(left, along) * along)
        radius = np.array(radii) * self.height
        closed = np.concatenate([[1e-4], radius, [1e-4]])
        rings = Rings(
            *(np.concatenate([a[:, :1], a, a[:, -1:]], axis=1) for a in (centre, left, np.cross(left, along)))
        )
        self.lofts.add(rings, (closed, closed * flat, closed * flat), material, segments=8)

    def limb(self, joints: list[Array], rows: Array, ahead: Array, fore: Array | None = None) -> Rings:
        """Rings along a chain of three bones, by rows of (bone, place): where bones meet, rings lie between both.

        Args:
            joints: four points [T, 3]; ahead: which way is left of the limb [T, 3], roughly; fore: the same for bone 2.
        """
        chain = np.stack(joints, 1)
        places, turns = _weights(rows)
        centre = np.einsum("rj,tjx->trx", places, chain)
        along = unit(np.einsum("rb,tbx->trx", turns, unit(np.diff(chain, axis=1))))
        left = np.broadcast_to(ahead[:, None], centre.shape).copy()
        if fore is not None:
            lower = rows[:, 0] == 2
            left[:, lower] = fore[:, None]
        left = unit(left - dot(left, along) * along)
        return Rings(centre, left, np.cross(left, along) * -1)

    def cover(
        self,
        rings: Rings,
        rows: Array,
        keep: np.ndarray,
        scale: float,
        off: float,
        material: Material,
        flare: float = 0.0,
    ) -> None:
        """Clothe part of a limb: `off` body heights above the skin."""
        if keep.sum() < 2:
            return
        part = Rings(rings.centre[:, keep], rings.left[:, keep], rings.front[:, keep])
        grow = (off + np.linspace(0, flare, int(keep.sum()))) * self.height
        self.lofts.add(part, _radii(rows[keep], scale, grow), material, segments=self.around_limb)

    def arm(self, side: int) -> None:
        body, look, m = self.body, self.look, self.height
        shoulder, elbow, wrist = body.shoulder[:, side], body.elbow[:, side], body.wrist[:, side]
        upper, lower = unit(elbow - shoulder), unit(wrist - elbow)
        inside = shoulder - body.chest.left * (SIDES[side] * 0.05 * m) - body.chest.up * (0.020 * m)
        rows, share = _with_end(ARM, 1, look.sleeve if look.top is Top.TEE else 0.0)
        hinge = np.cross(lower, upper) * 2 + body.chest.left * 0.5 + 1e-3
        # The deltoid hangs a little below the joint: no horns beside the neck.
        rings = self.limb([inside, shoulder - body.chest.up * (0.010 * m), elbow, wrist], rows, hinge)
        scale = m * look.girth * look.muscle**0.7 * (1 - 0.12 * look.female)
        bone, place = rows[:, 0], rows[:, 1]
        self.lofts.add(rings, _radii(rows, scale), look.skin, segments=self.around_limb)
        loose = (look.loose - 1) * 0.05
        if look.top is Top.TEE:
            self.cover(rings, rows, bone + place <= 1 + share + 1e-6, scale, 0.004 + loose, look.shirt, loose)
        elif look.top is Top.TANK:
            self.cover(rings, rows, bone == 0, scale, 0.003, look.shirt)
        if look.wrist_wraps is not None:
            self.cover(rings, rows, (bone == 2) & (place > 0.6) & (place < 0.9), scale, 0.003, look.wrist_wraps)

    def leg(self, side: int) -> None:
        body, look, m = self.body, self.look, self.height
        hip, knee, ankle = body.hip[:, side], body.knee[:, side], body.ankle[:, side]
        thigh, shin = unit(knee - hip), unit(ankle - knee)
        inside = hip + body.torso.up * (0.045 * m) - body.torso.left * (SIDES[side] * 0.012 * m)
        length = {Bottom.LEGGINGS: 0.0, Bottom.SHORTS: look.shorts_length, Bottom.BRIEF: 0.12}[look.bottom]
        rows, share = _with_end(LEG, 1, length)
        hinge = np.cross(thigh, shin) * 2 + body.torso.left * 0.6
        foot = body.toe[:, side] - body.heel[:, side]
        across = np.cross(shin, unit(foot)) * -1
        rings = self.limb([inside, hip, knee, ankle], rows, hinge, across + hinge * 0.3)
        scale = m * look.girth * look.muscle**0.4
        bone, place = rows[:, 0], rows[:, 1]
        leggings = look.bottom is Bottom.LEGGINGS
        self.lofts.add(rings, _radii(rows, scale), look.skin, segments=self.around_limb)
        if leggings:
            self.cover(rings, rows, bone + place < 2.92, scale, 0.0025, look.shorts)
        else:
            loose = (look.loose - 1) * 0.05 if look.bottom is Bottom.SHORTS else 0.0
            self.cover(rings, rows, bone + place <= 1 + share + 1e-6, scale, 0.004 + loose, look.shorts, loose * 1.5)
        if look.knee_sleeves is not None:
            near_knee = ((bone == 1) & (place > 0.8)) | ((bone == 2) & (place < 0.25))
            self.cover(rings, rows, near_knee, scale, 0.005, look.knee_sleeves)
        if look.socks > 0:
            self.cover(rings, rows, (bone == 2) & (place >= 0.98 - look.socks), scale, 0.003, look.sock_colour)

    def shoe(self, side: int) -> None:
        body, look, m = self.body, self.look, self.height
        toe, heel, ankle = body.toe[:, side], body.heel[:, side], body.ankle[:, side]
        along = unit(toe - heel)
        up = ankle - heel
        up = unit(up - dot(up, along) * along)
        left = np.cross(up, along)
        places = SHOE[:, :1]
        centre = heel[:, None] + (toe - heel)[:, None] * places
        axes = [np.broadcast_to(axis[:, None], centre.shape) for axis in (left, up)]
        rings = Rings(centre, axes[0], axes[1])
        self.lofts.add(rings, (SHOE[:, 1] * m, SHOE[:, 2] * m, SHOE[:, 3] * m), look.shoes, segments=self.around_limb)
        # The sole is a slab below, a little broader.
        below = Rings(centre - up[:, None] * (0.014 * m), *axes)
        slab = tuple(SHOE[:, 1] * (share * m) for share in (1.06, 0.2, 0.35))
        self.lofts.add(below, (slab[0], slab[1], slab[2]), look.soles, segments=self.around_limb)


def _weights(rows: Array) -> tuple[Array, Array]:
    """Of a limb's rings: how much of each joint is in a ring's place [R, 4], and of each bone in its axis [R, 3]."""
    ring, bone, place = np.arange(len(rows)), rows[:, 0].astype(int), rows[:, 1]
    joints, bones = np.zeros((len(rows), 4)), np.zeros((len(rows), 3))
    joints[ring, bone], joints[ring, bone + 1] = 1 - place, place
    towards_next = np.where(bone < 2, np.clip((place - 0.8) / 0.2, 0, 1) * 0.5, 0)
    towards_last = np.where(bone > 0, np.clip((0.15 - place) / 0.15, 0, 1) * 0.5, 0)
    bones[ring, bone] = 1.1 - towards_next - towards_last  # never 0, however sharply a limb bends
    bones[ring, np.minimum(bone + 1, 2)] += towards_next
    bones[ring, np.maximum(bone - 1, 0)] += towards_last
    return joints, bones


def _radii(rows: Array, scale: float, grow: Array | float = 0.0) -> Radii:
    """The radii in rows of a limb's table, times `scale`, plus `grow` m."""
    half, front, back = (rows[:, k] * scale + grow for k in (2, 3, 4))
    return half, front, back


def _with_end(rows: Array, bone: int, place: float) -> tuple[Array, float]:
    """The rows with one more ring where cloth ends, at `place` of a bone (from 1 on: of the next), and that place."""
    if place <= 0:
        return rows, place
    at = bone + place
    key = rows[:, 0] + rows[:, 1]
    if np.abs(key - at).min() < 0.03 or at >= key[-2]:
        return rows, place
    index = int(np.searchsorted(key, at))
    radii = [np.interp(at, key, rows[:, k]) for k in (2, 3, 4)]
    row = [float(int(at)), at - int(at), *radii]
    return np.insert(rows, index, row, axis=0), place
