"""The athlete through a clip, put together from parts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from model.pose import read
from model.pose.body import Body
from model.pose.read import Followed, follow_closer


def somebody(x: float) -> Body:
    return Body(np.full((33, 2), x, np.float32), np.zeros(33), np.ones(33), 0.9, np.zeros((33, 3)))


def test_a_part_that_was_followed_anew_takes_the_place_of_its_frames() -> None:
    bodies = tuple(somebody(number) for number in range(6))
    film = Followed(bodies, (0.0, 0.5, 1.0, 1.5, 2.0, 2.5), (1.0, 2.0), (640, 360))
    anew = Followed((somebody(10), None, somebody(11)), (1.01, 1.3, 1.6), (1.6,), (640, 360))
    found = film.within(1.0, 2.0, anew)
    assert found.seconds == (0.0, 0.5, 1.01, 1.3, 1.6, 2.0, 2.5)
    assert found.bodies == (*bodies[:2], *anew.bodies, *bodies[4:])
    assert found.cuts == (1.01, 1.6, 2.0)  # that with which the part begins is where its own first frame is
    assert found.size == film.size


def test_a_part_in_which_nothing_can_be_looked_at_leaves_nothing() -> None:
    film = Followed((somebody(0), somebody(1)), (0.0, 1.0), (1.0,))
    assert film.within(1.0, 2.0, Followed((), (), ())).seconds == (0.0,)
    assert film.within(2.0, 3.0, Followed((), (), ())) == film


@pytest.mark.parametrize(("athlete", "looked_for"), [(None, [None, None]), ((0.9, 0.9), [(0.9, 0.9), (0.25, 0.5)])])
def test_who_was_pointed_out_is_looked_for_there_at_first_and_then_where_last_seen(
    athlete: tuple[float, float] | None, looked_for: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def follow_clip(*given: object, athlete: tuple[float, float] | None, **more: object) -> Followed:
        told.append(athlete)
        return Followed((), (), ())

    monkeypatch.setattr(read, "follow_clip", follow_clip)
    seconds = tuple(np.arange(0.0, 18.0, 0.5).tolist())
    film = Followed(tuple(somebody(50) for _ in seconds), seconds, (), (200, 100))
    reader = SimpleNamespace(first=0.0, last=17.5, keys=np.array([]))
    found = follow_closer(
        film, cast(Any, reader), cast(Any, None), np.array([1.0, 2.0, 14.0]), rate=12.0, athlete=athlete
    )
    assert told == looked_for
    assert found.seconds == tuple(second for second in seconds if 6 <= second < 12)
