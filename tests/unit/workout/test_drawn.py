from __future__ import annotations

import base64

import numpy as np

from model.pose.track import POINTS, Track
from model.workout.drawn import EVERY, NOBODY, SCALE, drawn


def test_a_track_is_told_in_shares_of_the_picture_and_nobody_as_nobody() -> None:
    points = np.zeros((6, 13, 2), np.float32)
    points[:, :, 0], points[:, :, 1] = 120, 54
    points[2, 0] = (-1e6, 1e6)  # far outside the picture
    seen = np.array([1, 1, 1, 1, 0, 1], np.float32)
    told = drawn(Track(1.5, points, seen), (480, 270))
    numbers = np.frombuffer(base64.b64decode(told.points), "<i2").reshape(-1, len(POINTS), 2)
    assert (told.start, told.rate, told.names) == (1.5, 12 / EVERY, POINTS)
    assert numbers.shape == (3, 13, 2)
    assert numbers[0].tolist() == [[SCALE // 4, SCALE // 5]] * 13
    assert numbers[1, 0].tolist() == [NOBODY + 1, -NOBODY - 1]
    assert (numbers[2] == NOBODY).all()
