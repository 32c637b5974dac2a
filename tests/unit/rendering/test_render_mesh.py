from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.rendering.athlete import athlete_mesh
from model.rendering.look import Bottom, Look, Top
from model.rendering.mesh import Lofts, Material, Mesh, Rings
from model.rendering.motion.motion import MOTIONS, Motion
from model.rendering.motion.skeleton import Proportions
from model.rendering.raycast import DEPTH, FAR, LIT, NO_SHADOW, PLANES
from model.rendering.triangles import normals, raster_mesh, shadow_mesh

CAMERA = np.array([-5, 0, 1, 0, -1, 0, 0, 0, -1, 1, 0, 0, 40, 32, 32], np.float32)  # looks along +x from 5 m away
OVERHEAD = np.array([0, 0, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 0, 0, 0, 1, 0, 0, 0, 1, 2.6], np.float32)
GREY = Material((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def ball(radius: float, centre: tuple[float, float, float] = (0, 0, 1), *, mirrored: bool = False) -> Mesh:
    angle = np.linspace(-np.pi / 2, np.pi / 2, 17)
    radii = radius * np.maximum(np.cos(angle), 1e-3)
    middles = np.array(centre) + radius * np.sin(angle)[:, None] * np.array([0, 0, 1])
    axes = (
        np.broadcast_to(axis, (1, 17, 3)) for axis in (np.array([0, -1 if mirrored else 1, 0]), np.array([1, 0, 0]))
    )
    lofts = Lofts()
    lofts.add(Rings(middles[None], *axes), (radii, radii, radii), GREY, segments=32)
    return lofts.mesh()


def drawn(mesh: Mesh, instant: int = 0) -> np.ndarray:
    buffer = np.zeros((64, 64, PLANES), np.float32)
    buffer[..., DEPTH] = FAR
    vertices = mesh.vertices[instant]
    normal, screen = np.empty_like(vertices), np.empty_like(vertices)
    normals(vertices, mesh.faces, normal)
    visible = np.empty((64, 64), np.int32)
    raster_mesh(
        vertices,
        normal,
        mesh.rest,
        mesh.faces,
        mesh.face_materials,
        mesh.materials,
        CAMERA,
        OVERHEAD,
        buffer,
        visible,
        screen,
    )
    return buffer


def test_a_ball_of_triangles_covers_the_pixels_and_lies_at_the_depth_that_geometry_says() -> None:
    buffer = drawn(ball(0.5))
    radius = 40 * 0.5 / np.sqrt(25 - 0.25)
    assert int((buffer[..., DEPTH] < FAR).sum()) == pytest.approx(np.pi * radius**2, rel=0.1)
    assert buffer[32, 32, DEPTH] == pytest.approx(4.5, abs=0.02)


def test_light_from_above_makes_the_top_of_a_ball_brighter_than_its_bottom() -> None:
    lit = drawn(ball(0.5))[..., LIT]
    assert lit[29, 32] > 1.2 * lit[35, 32]


@pytest.mark.parametrize("mirrored", [False, True])
def test_normals_of_a_ball_point_away_from_its_middle_however_its_rings_are_lined_up(mirrored: bool) -> None:
    mesh = ball(0.5, mirrored=mirrored)
    normal = np.empty_like(mesh.vertices[0])
    normals(mesh.vertices[0], mesh.faces, normal)
    outwards = mesh.vertices[0] - np.array([0, 0, 1])
    cosine = (normal * outwards).sum(1)[32:-32] / np.linalg.norm(normal, axis=1)[32:-32] / 0.5
    assert cosine.min() > 0.95


def test_triangles_behind_or_at_the_lens_are_left_out() -> None:
    assert (drawn(ball(0.5, (-5.6, 0, 1)))[..., DEPTH] == FAR).all()


def test_a_mesh_raises_the_shadow_map_to_its_top() -> None:
    mesh = ball(0.5)
    heights = np.full((64, 64), NO_SHADOW, np.float32)
    shadow_mesh(mesh.vertices[0], mesh.faces, OVERHEAD, heights, np.empty_like(mesh.vertices[0]))
    assert heights.max() == pytest.approx(0.5, abs=0.02)
    assert (heights > NO_SHADOW).mean() == pytest.approx(np.pi * 0.25 / 5.2**2, rel=0.2)


def test_meshes_are_joined_with_their_own_materials() -> None:
    red = replace(GREY, colour=(1, 0, 0))
    lofts = Lofts()
    middles = np.array([[0, 0, 0], [0, 0, 1]], float)
    axes = [np.broadcast_to(axis, (1, 2, 3)) for axis in (np.array([0, 1, 0]), np.array([1, 0, 0]))]
    lofts.add(Rings(middles[None], *axes), (np.ones(2),) * 3, red, segments=4)
    joined = Mesh.joined([ball(0.1), lofts.mesh()], 1)
    assert joined.faces.max() == joined.vertices.shape[1] - 1 == len(joined.rest) - 1
    assert joined.materials[joined.face_materials[-1], :3].tolist() == [1, 0, 0]
    assert joined.materials[joined.face_materials[0], :3].tolist() != [1, 0, 0]


def test_a_scene_without_people_has_an_empty_mesh() -> None:
    assert Mesh.joined([], 3).vertices.shape == (3, 0, 3)


@pytest.mark.parametrize("label", MOTIONS)
def test_a_body_surrounds_its_skeleton_whatever_it_does(label: str) -> None:
    rng = np.random.default_rng(4)
    body = Proportions.random(rng)
    skeleton, _ = Motion.random(label, rng, body).sample(np.linspace(0, 1, 5))
    mesh = athlete_mesh(skeleton, Look.random(rng, body), body.height)
    assert mesh.vertices.dtype == np.float32
    assert np.isfinite(mesh.vertices).all()
    joints = np.concatenate([skeleton.knee, skeleton.elbow, skeleton.ankle, skeleton.wrist, skeleton.head[:, None]], 1)
    middle = np.stack([skeleton.pelvis, skeleton.waist, skeleton.shoulders], 1)
    for instant in range(5):
        points = mesh.vertices[instant]
        for joint in joints[instant]:
            assert np.linalg.norm(points - joint, axis=1).min() < 0.12
        near = np.concatenate([joints[instant], middle[instant]])
        reach = np.linalg.norm(points[:, None] - near[None], axis=2).min(1)
        assert reach.max() < 0.35  # nothing of the body lies far from all joints


@pytest.mark.parametrize("top", Top)
@pytest.mark.parametrize("bottom", Bottom)
def test_clothes_lie_outside_the_skin(top: Top, bottom: Bottom) -> None:
    rng = np.random.default_rng(2)
    body = Proportions()
    skeleton, _ = Motion.random("thruster", rng, body).sample(np.zeros(1))
    look = replace(Look.random(rng, body), top=top, bottom=bottom)
    dressed = athlete_mesh(skeleton, look, body.height)
    assert len(dressed.faces) > 2000
    assert dressed.face_materials.max() < len(dressed.materials)
