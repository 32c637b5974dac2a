"""Bodies as triangles: lofts through rings, for T instants at once, as arrays that the kernels of `triangles` read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike

from model.rendering.motion.geometry import Array
from model.rendering.primitives import NOISE, Colour, linear

# Columns of a material.
COLOUR, COLOUR_2, TEXTURE, FREQUENCY, AMOUNT, SHINE, SOFT = 0, 3, 6, 7, 8, 9, 10
MATERIAL_SIZE: Final = 11


@dataclass(frozen=True)
class Material:
    """What a surface is made of.

    Attributes:
        colour, colour_2: of the texture, sRGB [3].
        texture: NOISE or PATCHES of `primitives`; frequency: 1/m; amount: contrast.
        shine: specular reflection; soft: how far light wraps around the surface (skin).
    """

    colour: Colour
    colour_2: Colour
    texture: int = NOISE
    frequency: float = 9.0
    amount: float = 0.3
    shine: float = 0.02
    soft: float = 0.0

    @property
    def row(self) -> Array:
        """[MATERIAL_SIZE], colours in linear light."""
        numbers = (self.texture, self.frequency, self.amount, self.shine, self.soft)
        return np.array([*linear(self.colour), *linear(self.colour_2), *numbers])


@dataclass(frozen=True)
class Mesh:
    """Triangles at T instants.

    Attributes:
        vertices: float32 [T, V, 3], m; rest: float32 [V, 3], the texture's coordinates, which stick to the body.
        faces: int32 [F, 3]; face_materials: int32 [F], row of `materials` float32 [M, MATERIAL_SIZE].
    """

    vertices: np.ndarray
    rest: np.ndarray
    faces: np.ndarray
    face_materials: np.ndarray
    materials: np.ndarray

    @classmethod
    def joined(cls, meshes: list[Mesh], count: int) -> Self:
        """All of them as one; of `count` instants if there are none."""
        if not meshes:
            nothing = np.zeros((0, 3))
            return cls(
                np.zeros((count, 0, 3), np.float32), nothing.astype(np.float32), nothing.astype(np.int32),
                np.zeros(0, np.int32), np.zeros((1, MATERIAL_SIZE), np.float32),
            )  # fmt: skip
        first_vertex = np.cumsum([0, *(mesh.vertices.shape[1] for mesh in meshes)])
        first_material = np.cumsum([0, *(len(mesh.materials) for mesh in meshes)])
        return cls(
            np.concatenate([mesh.vertices for mesh in meshes], axis=1),
            np.concatenate([mesh.rest for mesh in meshes]),
            np.concatenate([mesh.faces + np.int32(first) for mesh, first in zip(meshes, first_vertex, strict=False)]),
            np.concatenate(
                [mesh.face_materials + np.int32(first) for mesh, first in zip(meshes, first_material, strict=False)]
            ),
            np.concatenate([mesh.materials for mesh in meshes]),
        )

    def placed(self, yaw: float, offset: ArrayLike) -> Mesh:
        """Turned to the left about the z axis by `yaw`, then moved by `offset` [3]."""
        cosine, sine = np.float32(np.cos(yaw)), np.float32(np.sin(yaw))
        x, y, z = (self.vertices[..., axis] for axis in range(3))
        vertices = np.stack([x * cosine - y * sine, x * sine + y * cosine, z], -1)
        vertices += np.asarray(offset, np.float32)
        return Mesh(vertices, self.rest, self.faces, self.face_materials, self.materials)


@dataclass(frozen=True)
class Rings:
    """The rings of a loft at T instants: centres [T, R, 3] and unit axes [T, R, 3] to its left and its front."""

    centre: Array
    left: Array
    front: Array


Radii = tuple[Array, Array, Array]
"""Radii of rings, [R] each: to the sides, to the front, to the back."""


class Lofts:
    """Collects lofts; `mesh` makes one mesh of them."""

    def __init__(self) -> None:
        self._vertices: list[Array] = []
        self._rest: list[Array] = []
        self._faces: list[np.ndarray] = []
        self._face_materials: list[np.ndarray] = []
        self._materials: list[Array] = []
        self._count = 0

    def add(
        self,
        rings: Rings,
        radii: Radii,
        material: Material,
        *,
        segments: int = 14,
        bumps: Array | None = None,
    ) -> None:
        """A surface through rings.

        Args:
            radii: [R] each, to the sides, to the front and to the back, m; nearly 0 closes an end.
            bumps: factors [R, segments] on the radii; the angle runs from the left over the front.
        """
        angles = np.arange(segments) * (2 * np.pi / segments)
        cosine, sine = np.cos(angles), np.sin(angles)
        half, front, back = (radius[:, None] for radius in radii)
        sideways = half * cosine
        ahead = np.where(sine > 0, front, back) * sine
        if bumps is not None:
            sideways, ahead = sideways * bumps, ahead * bumps
        centre, left, fore = (axis.astype(np.float32)[:, :, None] for axis in (rings.centre, rings.left, rings.front))
        points = centre + left * sideways.astype(np.float32)[..., None] + fore * ahead.astype(np.float32)[..., None]
        count = points.shape[1]
        steps = np.diff(rings.centre[0], axis=0)
        along = np.cumsum([0, *np.linalg.norm(steps, axis=1)]) + 7.0 * len(self._faces)  # no two parts look the same
        self._vertices.append(points.reshape(len(points), -1, 3))
        places = np.broadcast_to(along[:, None], sideways.shape)
        self._rest.append(np.stack([sideways, ahead, places], -1).reshape(-1, 3))
        # Faces turn the same way around whichever way the rings are lined up: from outside, against the clock.
        faces = _grid(count, segments)
        if np.linalg.det(np.stack([rings.left[0, :-1], rings.front[0, :-1], steps], axis=1)).sum() < 0:
            faces = faces[:, ::-1]
        faces = faces + self._count
        self._faces.append(faces)
        self._face_materials.append(np.full(len(faces), len(self._materials)))
        self._materials.append(material.row)
        self._count += count * segments

    def mesh(self) -> Mesh:
        """Everything that was added."""
        return Mesh(
            np.ascontiguousarray(np.concatenate(self._vertices, axis=1), np.float32),
            np.concatenate(self._rest).astype(np.float32),
            np.concatenate(self._faces).astype(np.int32),
            np.concatenate(self._face_materials).astype(np.int32),
            np.stack(self._materials).astype(np.float32),
        )


@cache
def _grid(rings: int, segments: int) -> np.ndarray:
    """Faces [F, 3] between the points of neighbouring rings."""
    ring, segment = (array.ravel() for array in np.meshgrid(np.arange(rings - 1), np.arange(segments), indexing="ij"))
    a, b = ring * segments + segment, ring * segments + (segment + 1) % segments
    c, d = a + segments, b + segments
    return np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)])
