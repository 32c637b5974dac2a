from __future__ import annotations

import numpy as np
import pytest

from model.rendering.clip import render_clip, render_video
from model.rendering.motion.motion import MOTIONS
from model.rendering.motion.skeleton import Proportions
from model.rendering.primitives import BOX, CONE, CYLINDER, Primitives
from model.rendering.raycast import DEPTH, FAR, LIT, NO_SHADOW, PLANES, contact_map, raster, shade, shadow_map

CAMERA = np.array([-5, 0, 1, 0, -1, 0, 0, 0, -1, 1, 0, 0, 40, 32, 32], np.float32)  # looks along +x from 5 m away
OVERHEAD = np.array([0, 0, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 0, 0, 0, 1, 0, 0, 0, 1, 2.6], np.float32)
NO_CONTACT = np.zeros((16, 16), np.float32)
NO_PICTURES = np.zeros((1, 2, 2, 3), np.uint8)


def drawn(scene: Primitives) -> np.ndarray:
    buffer = np.zeros((64, 64, PLANES), np.float32)
    buffer[..., DEPTH] = FAR
    raster(scene.rows[0], CAMERA, OVERHEAD, buffer, NO_PICTURES)
    return buffer


@pytest.mark.parametrize("label", MOTIONS)
def test_every_label_renders_frames_of_the_asked_shape_in_which_something_moves(label: str) -> None:
    clip = render_clip((3, 1), label, size=48, frames=4)
    assert clip.frames.shape == (4, 48, 48, 3)
    assert clip.frames.dtype == np.uint8
    assert clip.label == label
    assert np.abs(np.diff(clip.frames.astype(int), axis=0)).max() > 40


def test_a_seed_decides_the_clip() -> None:
    first, again, other = (render_clip(seed, "thruster", size=32, frames=3).frames for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_video_shows_the_whole_movement_at_thirty_frames_a_second() -> None:
    video = render_video(5, "double-unders", width=96, height=64)
    assert video.frames.shape[1:] == (64, 96, 3)
    assert len(video.frames) == round(video.seconds * 30)


def test_a_ball_covers_the_pixels_and_lies_at_the_depth_that_geometry_says() -> None:
    scene = Primitives()
    scene.cone((0, 0, 1), (0, 0, 1.001), 0.5, 0.5, (1, 1, 1))
    buffer = drawn(scene)
    # A ball of radius r at distance d appears with radius f r / sqrt(d^2 - r^2).
    radius = 40 * 0.5 / np.sqrt(25 - 0.25)
    covered = int((buffer[..., DEPTH] < FAR).sum())
    assert covered == pytest.approx(np.pi * radius**2, rel=0.1)
    assert buffer[32, 32, DEPTH] == pytest.approx(4.5, abs=0.01)


def test_a_box_and_a_cylinder_are_hit_on_their_faces() -> None:
    box = Primitives()
    box.box((0, 0, 1), (0.5, 0.25, 0.25), (1, 1, 1))
    assert drawn(box)[32, 32, DEPTH] == pytest.approx(4.5, abs=0.01)
    disc = Primitives()
    disc.cylinder((-0.1, 0, 1), (0.1, 0, 1), 0.3, (1, 1, 1))
    assert drawn(disc)[32, 32, DEPTH] == pytest.approx(4.9, abs=0.01)


def test_what_is_nearer_hides_what_is_behind() -> None:
    scene = Primitives()
    scene.box((2, 0, 1), (0.1, 2, 2), (0, 1, 0), (0, 1, 0))
    scene.box((0, 0, 1), (0.1, 0.2, 0.2), (1, 0, 0), (1, 0, 0))
    lit = drawn(scene)[..., LIT : LIT + 3]
    assert lit[32, 32, 0] > 0.1 > lit[32, 32, 1]
    assert lit[32, 24, 1] > 0.1 > lit[32, 24, 0]


def test_a_thing_overhead_darkens_the_floor_below_it() -> None:
    scene = Primitives()
    scene.box((0, 0, -0.05), (9, 9, 0.05), (1, 1, 1), (1, 1, 1))
    roof = Primitives()
    roof.box((0, 0, 2.5), (0.5, 0.5, 0.05), (1, 1, 1))
    buffer = drawn(scene)
    heights = np.full((64, 64), NO_SHADOW, np.float32)
    shadow_map(roof.rows[0], OVERHEAD, heights)
    bright, dark = np.zeros((2, 64, 64, 3), np.float32)
    shade(buffer, OVERHEAD, heights, NO_CONTACT, 0.0, 0.0, 1.0, bright)
    shade(buffer, OVERHEAD, heights, NO_CONTACT, 1.0, 0.0, 1.0, dark)
    changed = (bright - dark)[..., 0] > 0.1
    assert changed[40, 32]  # the floor's middle, 40 px / 5 m below the camera's axis
    assert 0.002 < changed.mean() < 0.2


def test_soft_shadows_have_wider_edges_than_hard_ones() -> None:
    floor, roof = Primitives(), Primitives()
    floor.box((0, 0, -0.05), (9, 9, 0.05), (1, 1, 1), (1, 1, 1))
    roof.box((0, 0, 2.5), (0.5, 0.5, 0.05), (1, 1, 1))
    buffer = drawn(floor)
    heights = np.full((64, 64), NO_SHADOW, np.float32)
    shadow_map(roof.rows[0], OVERHEAD, heights)
    partly = []
    for soft in (0.0, 3.0):
        picture = np.zeros((64, 64, 3), np.float32)
        shade(buffer, OVERHEAD, heights, NO_CONTACT, 1.0, soft, 1.0, picture)
        grey = picture[40:, :, 0]
        partly.append(int(((grey > grey.min() + 0.05) & (grey < grey.max() - 0.05)).sum()))
    assert partly[1] > partly[0]


def test_what_stands_on_the_floor_darkens_it_around_its_foot_and_what_hangs_does_not() -> None:
    contact, room = np.zeros((2, 32, 32), np.float32)
    contact_map(np.array([[0, 0, 0.02]] * 8, np.float32), OVERHEAD, contact, room)
    assert contact[16, 16] > 0.1 > contact[4, 4]
    contact_map(np.array([[0, 0, 1.0]] * 8, np.float32), OVERHEAD, contact, room)
    assert contact.max() == 0


def test_a_cone_whose_one_end_swallows_the_other_is_drawn_as_a_ball() -> None:
    scene = Primitives()
    scene.cone((0, 0, 1), (0, 0, 1.1), 0.5, 0.1, (1, 1, 1))
    assert drawn(scene)[32, 32, DEPTH] == pytest.approx(4.5, abs=0.01)


def test_primitives_carry_one_row_for_every_instant() -> None:
    scene = Primitives(3)
    scene.cone(np.arange(9).reshape(3, 3), (0, 0, 9), 0.1, 0.1, (1, 0, 0))
    scene.box((0, 0, 0), (1, 1, 1), (0, 1, 0))
    scene.cylinder((0, 0, 0), (0, 0, 1), 0.1, (0, 0, 1))
    assert scene.rows.shape[:2] == (3, 3)
    assert scene.rows[0, :, 0].tolist() == [CONE, BOX, CYLINDER]
    np.testing.assert_array_equal(scene.rows[2, 0, 1:4], [6, 7, 8])


def test_athletes_come_in_the_sizes_that_people_have() -> None:
    heights = [Proportions.random(np.random.default_rng(seed)).height for seed in range(200)]
    assert 1.52 <= min(heights) < 1.62 < 1.82 < max(heights) <= 1.95
