from __future__ import annotations

import numpy as np
import pytest

from model.contract import Interpolation
from model.video import to_tensor
from model.video.preprocess import halved, resize


def test_white_becomes_exactly_one_and_black_zero() -> None:
    tensor = to_tensor(np.array([[[0, 128, 255]]], np.uint8))
    assert tensor.dtype == np.float32
    assert tensor.ravel().tolist() == [0.0, np.float32(128 / 255), 1.0]


def test_pixels_that_are_scaled_already_are_refused() -> None:
    with pytest.raises(TypeError, match="float32"):
        to_tensor(np.zeros((2, 2, 3), np.float32))


def test_area_averages_what_becomes_one_pixel() -> None:
    board = np.kron([[0, 255], [255, 0]], np.ones((4, 4)))[..., None].repeat(3, -1).astype(np.uint8)
    checks = np.indices((8, 8)).sum(0)[..., None].repeat(3, -1) % 2 * 255
    assert resize(board, 2, 2, Interpolation.AREA)[..., 0].tolist() == [[0, 255], [255, 0]]
    assert np.abs(resize(checks.astype(np.uint8), 2, 2, Interpolation.AREA).astype(int) - 128).max() <= 1


def test_a_growing_frame_is_linear_whatever_the_interpolation() -> None:
    ramp = np.array([[[0] * 3, [200] * 3]], np.uint8)
    area, linear = (resize(ramp, 8, 1, interpolation) for interpolation in Interpolation)
    assert (area == linear).all()
    assert len(np.unique(area)) > 2


@pytest.mark.parametrize(("width", "height"), [(8, 8), (4, 8), (8, 4), (4, 4)])
def test_a_frame_that_does_not_grow_is_averaged(width: int, height: int) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (8, 8, 3), np.uint8)
    means = noise.reshape(height, 8 // height, width, 8 // width, 3).mean((1, 3))
    assert np.abs(resize(noise, width, height, Interpolation.AREA) - means).max() <= 1


@pytest.mark.parametrize(("width", "height"), [(9, 4), (4, 9)])
def test_a_frame_that_grows_in_one_direction_is_linear(width: int, height: int) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (8, 8, 3), np.uint8)
    area, linear = (resize(noise, width, height, interpolation) for interpolation in Interpolation)
    assert (area == linear).all()


@pytest.mark.parametrize("colours", [(), (3,)])
def test_half_a_picture_averages_four_pixels_and_leaves_an_odd_line_out(colours: tuple[int, ...]) -> None:
    noise = np.random.default_rng(6).integers(0, 256, (7, 9, *colours), np.uint8)
    means = noise[:6, :8].reshape(3, 2, 4, 2, *colours).mean((1, 3))
    assert halved(noise).shape == means.shape
    assert np.abs(halved(noise) - means).max() <= 0.5
