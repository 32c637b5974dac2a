"""From a bundle of both streams and a run of depth to a bundle that reads depth from pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.bundle import DEPTH, Bundle
from model.contract import Contract, DepthReading
from model.depth.network import DepthNetwork
from model.depth.view import View
from model.record import DepthFigures, DepthRecord
from model.staging.bottoms import Bottoms
from model.training.depth.export import flatbuffer
from model.training.depth.train import load_depth, parted
from model.training.depth.varied import as_served
from model.training.extended import extend, require_body, require_new
from model.workout.standards import Measure, Standards, read_standards

RIGHT = 0.95
"""Share of what is decided that must be right, of athletes held out."""
_FEWEST = 30
"""Pictures that are decided, below which no share is counted."""
_BOUNDS = np.arange(0.0, 8.0, 0.05)
DEEP, NEAR = 0.5, 0.15
"""Depths that are of interest, and those that are near level, in thighs."""


def add_depth(source: Path, run: Path, learned: Path, test: Path, out: Path, *, version: str) -> Contract:
    """Copy a bundle, put the network of depth into it, and seal it.

    Args:
        source: a bundle of both streams.
        run: folder of `movements train-depth`.
        learned: folder of `movements bottoms` that it learned from; how far off it may be is told by the athletes that
            were held out.
        test: another such folder, of athletes that decide nothing.
        out: the new bundle; new or empty.
        version: of it.

    Raises:
        FileExistsError: `out` holds something.
        FileNotFoundError: there is no run in `run`.
        ModelUnavailable: the source is no sealed bundle.
        ValueError: it has no second stream, or a folder holds no pictures.
    """
    bundle = Bundle.load(source)
    require_body(bundle, source)
    require_new(out)
    trained = load_depth(run)
    content = flatbuffer(trained.model)
    _, held = parted(Bottoms.load(learned))
    bound = bound_of(*said_of(content, held), held)
    others = Bottoms.load(test)
    values, widths = said_of(content, others)
    record = DepthRecord(
        recipe=trained.recipe.model_dump(mode="json"),
        bottoms=trained.bottoms,
        step=trained.step,
        pictures=figures(values, bound * widths, others),
        landmarks=by_landmarks(others, read_standards()),
    )
    contract = bundle.contract.model_copy(update={"version": version, "depth": DepthReading(bound=round(bound, 4))})
    return extend(source, out, contract, files={DEPTH: content}, record={"depth": record})


def said_of(content: bytes, bottoms: Bottoms) -> tuple[np.ndarray, np.ndarray]:
    """Values [n] and widths [n] that the network gives."""
    pictures, places = as_served(bottoms)
    views = [
        View(np.rint(picture * 255).astype(np.uint8), place) for picture, place in zip(pictures, places, strict=True)
    ]
    said = DepthNetwork(content, threads=2).read(views)
    return np.array([one.value for one in said]), np.array([one.width for one in said])


def bound_of(values: np.ndarray, widths: np.ndarray, bottoms: Bottoms) -> float:
    """Widths beyond which a value decides whether the hips are below the knees, of pictures about the bottom.

    At so many, and at any more, `RIGHT` of what is decided is right.
    """
    deep = bottoms.depth < DEEP
    surely = np.abs(values[deep]) / widths[deep]
    right = (values < 0)[deep] == (bottoms.depth < 0)[deep]
    found = float(_BOUNDS[-1])
    for bound in reversed(_BOUNDS.tolist()):
        decided = surely > bound
        if decided.sum() >= _FEWEST:
            if right[decided].mean() < RIGHT:
                break
            found = bound
    return found


def figures(values: np.ndarray, errors: np.ndarray, bottoms: Bottoms) -> DepthFigures:
    """What values [n], each with an error, are worth on pictures about the bottom; nan where nothing is measured.

    A picture is decided where its value is further from level than its error.
    """
    deep = bottoms.depth < DEEP
    values, errors, truth = values[deep], errors[deep], bottoms.depth[deep]
    near = np.abs(truth) <= NEAR
    decided = np.nan_to_num(np.abs(values), nan=-1.0) > errors
    right = (values < 0) == (truth < 0)

    def share(which: np.ndarray, among: np.ndarray) -> float | None:
        return round(float(which[among].mean()), 4) if among.any() else None

    return DepthFigures(
        athletes=len(np.unique(bottoms.athlete[deep])),
        pictures=int(deep.sum()),
        error=round(float(np.nanmedian(np.abs(values - truth))), 4),
        error_near=round(float(np.nanmedian(np.abs(values - truth)[near])), 4),
        decided=round(float(decided.mean()), 4),
        right=share(right, decided),
        clear_decided=share(decided, ~near) or 0.0,
        clear_right=share(right, decided & ~near),
    )


def by_landmarks(bottoms: Bottoms, standards: Standards) -> DepthFigures:
    """The same of what landmarks alone measure, with the error that our standards give it."""
    unsure = max(point.unsure for one in standards.values() for point in one.points if point.measure is Measure.DEPTH)
    return figures(bottoms.landmarks, np.full(len(bottoms), unsure), bottoms)
