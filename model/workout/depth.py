"""How deep the squats of a film are, read from its pictures where the bundle has a network for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from model.bundle import Bundle
from model.depth.network import DepthNetwork
from model.depth.view import View
from model.pose.body import Body
from model.pose.read import Followed
from model.video import ClipReader, as_rgb, frame_pixels, nearly_ordinary
from model.workout.standards import Measured, bodies_between

FRAMES = 5
"""Frames about the lowest instant that are looked at."""
_DEEPEST = 2
"""Which of their depths is taken, counted from the deepest: one alone may be off."""


@dataclass(frozen=True)
class DepthSight:
    """What a network reads from the pictures of a film.

    Attributes:
        network: the network.
        bound: widths of its distributions by which a depth must be beyond a limit to decide.
        reader: of the film.
        film: the athlete in it.
    """

    network: DepthNetwork
    bound: float
    reader: ClipReader
    film: Followed

    @classmethod
    def of(cls, bundle: Bundle, reader: ClipReader, film: Followed) -> Self | None:
        """That of a bundle; None if it has no network of depth."""
        reading = bundle.contract.depth
        if reading is None or bundle.depth_path is None:
            return None
        return cls(DepthNetwork(bundle.depth_path.read_bytes()), reading.bound, reader, film)

    def lowest(self, first: float, last: float) -> Measured | None:
        """The depth where the athlete is lowest between two seconds; None where nobody is followed there.

        Raises `ClipError` or `TimedOut` if the film cannot be read there.
        """
        seen = bodies_between(self.film.bodies, self.film.seconds, first, last)
        if not seen:
            return None
        lowest = max(seen, key=lambda one: _hips(one[1]))[0]
        about = sorted(sorted(seen, key=lambda one: abs(one[0] - lowest))[:FRAMES], key=lambda one: one[0])
        views = self._views(about)
        if not views:
            return None
        found = sorted(
            zip(self.network.read([view for _, view in views]), views, strict=True), key=lambda one: one[0].value
        )
        depth, (moment, _) = found[min(_DEEPEST, len(found)) - 1]
        error = self.bound * float(np.mean([one.width for one, _ in found]))
        return Measured(depth.value, error, moment, margin=error)

    def _views(self, seen: Sequence[tuple[float, Body]]) -> list[tuple[float, View]]:
        wanted = {self.reader.frame_at(second): (second, body) for second, body in seen}
        numbers, decoded = self.reader.take(lambda: tuple(wanted), frame_pixels(FRAMES))
        views = []
        for number in numbers:
            frame = decoded.frames.get(number)
            if frame is None or number not in wanted:
                continue
            second, body = wanted[number]
            scale = np.float32(frame.shape[1] / decoded.width)
            view = View.of(frame, replace(body, points=body.points * scale))
            views.append((second, replace(view, picture=nearly_ordinary(as_rgb(view.picture), decoded.colour))))
        return views


def _hips(body: Body) -> float:
    """How low the hips are, pixels from the picture's upper edge."""
    return float(body.point("left_hip")[1] + body.point("right_hip")[1]) / 2
