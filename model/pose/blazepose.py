"""BlazePose's two networks: one finds bodies in a picture, the other the landmarks of a body in a region of it.

Their outputs are decoded as MediaPipe 0.10.21 does (`modules/pose_detection`, `modules/pose_landmark`), so that the
landmarks are those of its users, without its runtime.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from model.engines.flatbuffer import refuse_custom_operators
from model.engines.pruned import pruned
from model.errors import ModelUnavailable
from model.pose import weights
from model.pose.body import NAMES, Body
from model.pose.region import Region

_DETECTOR_SIDE = 224
_DETECTED = ((2254, 12), (2254, 1))
"""Outputs of the detector: boxes and key points of every anchor, and how sure it is of each."""
_ANCHORS = ((8, 2), (16, 2), (32, 6))
"""Strides of the detector's grids, and anchors in each of their cells."""
_CANDIDATES = 60
_OVERLAP = 0.3
"""Intersection over union from which on two boxes are of one body."""

_LANDMARK_SIDE = 256
_POINTS = 39
"""Landmarks that the network gives: 33 of the body, two that say where its next region is, and four more."""
_MIDDLE, _REACH = 33, 34
_LANDMARKED = ((_POINTS * 5,), (1,), (_POINTS * 3,))
"""Outputs of the network of landmarks that are read. A mask of the body and maps of heat, which it draws as well, take
two fifths of its time."""

Shown = Callable[[np.ndarray], np.ndarray]
"""Makes uint8 [h, w, 3], RGB, of a part of a picture that is kept otherwise."""


class Found(NamedTuple):
    """A body that the detector sees: how sure it is, and where to look for landmarks."""

    score: float
    region: Region


class BlazePose:
    """Both networks, for one thread.

    Args:
        folder: of the weights; without one, where `make pose` puts them.
        threads: of the engine.
    """

    def __init__(self, folder: Path | None = None, *, threads: int = 1) -> None:
        """Open the networks; raises `ModelUnavailable` if the weights are missing or other ones."""
        folder = folder or weights.DEFAULT_FOLDER
        self._detector = _Network(weights.read(folder, weights.DETECTOR), "BlazePose's detector", threads, _DETECTED)
        landmarks = weights.read(folder, weights.LANDMARKS)
        self._landmarks = _Network(landmarks, "BlazePose's landmarks", threads, _LANDMARKED)
        self._anchors = _anchors()

    def find(
        self,
        picture: np.ndarray,
        within: Region | None = None,
        *,
        least: float = 0.4,
        most: int = 3,
        shown: Shown | None = None,
    ) -> list[Found]:
        """Bodies in a picture, the surest first.

        Args:
            picture: uint8 [H, W, 3], RGB, or what `shown` makes that of.
            within: the square that is looked at; without it, one around the whole picture.
            least: score below which nothing is a body.
            most: how many are given.
            shown: makes RGB of what is cut out.
        """
        height, width = picture.shape[:2]
        square = within or Region(width / 2, height / 2, max(width, height))
        view = _seen(square.cut(picture, _DETECTOR_SIDE), shown)
        boxes, scores = self._detector(view.astype(np.float32) / 127.5 - 1)
        probabilities = _sigmoid(scores[:, 0])
        order = np.argsort(-probabilities)[:_CANDIDATES]
        order = order[probabilities[order] > least]
        points = boxes[order].reshape(-1, 6, 2) / _DETECTOR_SIDE
        centres, sizes = points[:, 0] + self._anchors[order], points[:, 1]
        corners = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)
        matrix = square.matrix(1)
        keypoints = (points[:, 2:] + self._anchors[order, None]) @ matrix[:, :2].T + matrix[:, 2]
        return [
            Found(float(probabilities[order[index]]), Region.around(keypoints[index, 0], keypoints[index, 1]))
            for index in _apart(corners, most)
        ]

    def look(self, picture: np.ndarray, region: Region, *, shown: Shown | None = None) -> tuple[Body, Region]:
        """The landmarks in a region of a picture, and where to look in the next one; arguments as for `find`."""
        view = _seen(region.cut(picture, _LANDMARK_SIDE), shown)
        values, presence, metres = self._landmarks(view.astype(np.float32) / 255)
        matrix = region.matrix(_LANDMARK_SIDE)
        rows = values.reshape(_POINTS, 5)
        points = rows[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        upright = metres.reshape(_POINTS, 3).copy()
        upright[:, :2] = upright[:, :2] @ Region(0, 0, 1, region.angle).matrix(1)[:, :2].T
        count = len(NAMES)
        body = Body(
            points=points[:count].astype(np.float32),
            depth=rows[:count, 2] * np.float32(region.side / _LANDMARK_SIDE),
            visibility=_sigmoid(rows[:count, 3]),
            presence=float(presence[0]),
            metres=upright[:count],
        )
        return body, Region.around(points[_MIDDLE], points[_REACH])


class _Network:
    """A flatbuffer with one input, of which some outputs are read; they are told apart by their shapes."""

    def __init__(self, content: bytes, name: str, threads: int, outputs: tuple[tuple[int, ...], ...]) -> None:
        refuse_custom_operators(content, name)
        try:
            self._interpreter = Interpreter(model_content=pruned(content, outputs), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError, struct.error) as error:
            raise ModelUnavailable(f"{name} cannot be opened: {error}") from error
        (given,) = self._interpreter.get_input_details()
        self._input: int = given["index"]
        places = {tuple(row["shape"].tolist()[1:]): row["index"] for row in self._interpreter.get_output_details()}
        self._outputs: list[int] = [places[shape] for shape in outputs]

    def __call__(self, view: np.ndarray) -> list[np.ndarray]:
        """The outputs, without the first axis, for a view float32 [H, W, 3]."""
        self._interpreter.set_tensor(self._input, view[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(place)[0] for place in self._outputs]


def _seen(view: np.ndarray, shown: Shown | None) -> np.ndarray:
    return view if shown is None else shown(view)


def _anchors() -> np.ndarray:
    """Middles of the detector's anchors, float32 [2254, 2], relative to the view."""
    rows = []
    for stride, count in _ANCHORS:
        cells = _DETECTOR_SIDE // stride
        places = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
        rows.append(np.repeat(grid, count, axis=0))
    return np.concatenate(rows).astype(np.float32)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    result: np.ndarray = 1 / (1 + np.exp(-values.clip(-50, 50)))
    return result


def _apart(corners: np.ndarray, most: int) -> list[int]:
    """The first of the boxes [n, 4] (left, upper, right, lower) that overlap: indices, at most so many."""
    kept: list[int] = []
    for index, box in enumerate(corners):
        others = corners[kept]
        sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
        common = sides.clip(0).prod(axis=1)
        areas = (others[:, 2:] - others[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
        if (common <= _OVERLAP * (areas - common)).all():
            kept.append(index)
        if len(kept) == most:
            break
    return kept
