from __future__ import annotations

import math

import numpy as np
import pytest

from model.pose.region import Region


def seen_at(region: Region, size: int, x: float, y: float) -> list[float]:
    """Where in the picture a pixel of the region comes from."""
    matrix = region.matrix(size)
    return (matrix[:, :2] @ (x, y) + matrix[:, 2]).tolist()


def test_a_region_is_seen_from_its_upper_left_to_its_lower_right_corner() -> None:
    region = Region(100, 60, 40)
    assert seen_at(region, 256, 0, 0) == pytest.approx([80, 40])
    assert seen_at(region, 256, 256, 256) == pytest.approx([120, 80])
    assert seen_at(region, 256, 128, 128) == pytest.approx([100, 60])


@pytest.mark.parametrize(
    ("angle", "corner"), [(math.pi / 2, (120, 40)), (math.pi, (120, 80)), (-math.pi / 2, (80, 80))]
)
def test_a_turned_region_turns_about_its_middle(angle: float, corner: tuple[float, float]) -> None:
    region = Region(100, 60, 40, angle)
    assert seen_at(region, 10, 0, 0) == pytest.approx(corner, abs=1e-4)
    assert seen_at(region, 10, 5, 5) == pytest.approx([100, 60], abs=1e-4)


@pytest.mark.parametrize(
    ("reach", "angle"), [((50, 20), 0), ((90, 60), math.pi / 2), ((50, 100), math.pi), ((10, 60), -math.pi / 2)]
)
def test_the_head_of_a_body_is_up_in_its_region(reach: tuple[float, float], angle: float) -> None:
    region = Region.around(np.array([50.0, 60.0]), np.array(reach, float))
    assert (region.x, region.y, region.side) == (50, 60, 100)
    assert math.cos(region.angle - angle) == pytest.approx(1)
    up = seen_at(region, 100, 50, 10)
    assert up == pytest.approx([50 + (reach[0] - 50), 60 + (reach[1] - 60)], abs=1e-4)


def test_what_lies_outside_the_picture_is_black() -> None:
    picture = np.full((40, 40, 3), 200, np.uint8)
    view = Region(0, 0, 40).cut(picture, 20)
    assert view.shape == (20, 20, 3)
    assert (view[11:, 11:] == 200).all() and (view[:9] == 0).all() and (view[:, :9] == 0).all()
