from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from model.video.still import still, still_jpeg


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        ((240, 427), (240, 427)),
        ((241, 482), (240, 480)),
        ((1080, 1920), (240, 427)),
        ((1920, 1080), (240, 135)),
        ((2000, 1), (240, 1)),
        ((100, 3000), (100, 3000)),
    ],
)
def test_a_still_is_at_most_240_pixels_high_and_keeps_its_form(shape: tuple[int, int], shown: tuple[int, int]) -> None:
    assert still(np.zeros((*shape, 3), np.uint8)).shape == (*shown, 3)


def test_a_jpeg_has_the_colours_of_the_picture() -> None:
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:] = (200, 100, 20)
    read = np.asarray(Image.open(io.BytesIO(still_jpeg(picture))))
    assert read.shape == picture.shape
    assert np.abs(read.astype(int) - picture).max() <= 4
