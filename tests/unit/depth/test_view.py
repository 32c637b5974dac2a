from __future__ import annotations

import numpy as np
import pytest

from model.depth.view import JOINTS, PLACES, SIDE, SIZE, View, cut_out, mirrored_places, square_around
from model.pose.body import INDEX, NAMES, Body
from model.pose.region import Region


def squatting(scale: float = 1.0, x: float = 200.0, y: float = 150.0) -> Body:
    """Somebody seen from the side, hips as high as the knees: trunk and shins 60 long, thighs 50."""
    points = np.zeros((len(NAMES), 2), np.float32)
    for joint, dx, dy in (("shoulder", 10, -60), ("hip", 0, 0), ("knee", 50, 0), ("ankle", 40, 59)):
        for side, apart in (("left", 2), ("right", -2)):
            points[INDEX[f"{side}_{joint}"]] = x + scale * (dx + apart), y + scale * dy
    visibility = np.linspace(0.1, 0.9, len(NAMES)).astype(np.float32)
    return Body(
        points, np.zeros(len(NAMES), np.float32), visibility, 1.0, np.tile(np.float32([0.3, 0.2, 0.1]), (len(NAMES), 1))
    )


def test_the_square_is_around_hips_and_knees_as_large_as_the_body_is() -> None:
    small, large = square_around(squatting()), square_around(squatting(scale=2.0))
    assert (small.x, small.y) == (225.0, 150.0) and small.angle == 0.0
    assert small.side == pytest.approx(SIDE * 60.8, rel=0.01)
    assert large.side == pytest.approx(2 * small.side)


def test_the_same_body_is_seen_the_same_however_large_the_picture_is() -> None:
    one, other = View.of(gradient(400, 300), squatting()), View.of(gradient(800, 600), squatting(2.0, 400.0, 300.0))
    assert one.picture.shape == (SIZE, SIZE, 3) and one.picture.dtype == np.uint8
    np.testing.assert_allclose(one.places, other.places, atol=1e-6)
    assert np.abs(one.picture.astype(int) - other.picture.astype(int)).mean() < 1.5


def gradient(width: int, height: int) -> np.ndarray:
    """A picture that brightens to the right and downwards."""
    across, down = np.linspace(0, 255, width)[None, :], np.linspace(0, 255, height)[:, None]
    return np.stack(np.broadcast_arrays(across, down, (across + down) / 2), axis=-1).astype(np.uint8)


def test_places_say_where_each_joint_is_and_how_well_it_is_seen() -> None:
    body = squatting()
    places = View.of(gradient(400, 300), body).places.reshape(-1, 6)
    assert places.shape == (len(JOINTS), 6) and places.size == PLACES
    knee = places[JOINTS.index(INDEX["left_knee"])]
    side = square_around(body).side
    assert knee == pytest.approx([27 / side, 0.0, float(body.visibility[INDEX["left_knee"]]), 0.3, 0.2, 0.1], abs=1e-5)


def test_fine_patterns_are_averaged_when_they_are_reduced() -> None:
    stripes = np.zeros((600, 600, 3), np.uint8)
    stripes[:, ::2] = 255
    cut = cut_out(stripes, Region(300.0, 300.0, 420.0), SIZE)
    assert cut.min() > 100 and cut.max() < 155


def test_what_is_outside_the_picture_is_black() -> None:
    white = np.full((100, 100, 3), 255, np.uint8)
    cut = cut_out(white, Region(0.0, 50.0, 80.0), SIZE)
    assert cut[:, : SIZE // 2 - 2].max() == 0 and cut[:, SIZE // 2 + 2 :].min() == 255


def test_mirrored_places_are_those_of_the_mirrored_body() -> None:
    frame, body = gradient(400, 300), squatting()
    view = View.of(frame, body)
    swapped = body.points.copy()
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        left, right = INDEX[f"left_{joint}"], INDEX[f"right_{joint}"]
        swapped[[left, right]] = body.points[[right, left]]
        body.visibility[[left, right]] = body.visibility[[right, left]]
    swapped[:, 0] = 400 - swapped[:, 0]
    metres = body.metres * np.float32([-1, 1, 1])
    seen = View.of(np.ascontiguousarray(frame[:, ::-1]), Body(swapped, body.depth, body.visibility, 1.0, metres))
    np.testing.assert_allclose(mirrored_places(view.places), seen.places, atol=1e-5)
    np.testing.assert_allclose(mirrored_places(mirrored_places(view.places)), view.places, atol=1e-6)
    # A pixel of the mirror lies half a pixel from one of the picture.
    assert np.abs(view.picture[:, ::-1].astype(int) - seen.picture.astype(int)).mean() < 3
