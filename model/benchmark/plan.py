"""What a benchmark measures: the rows of its table, as data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from model.defaults import EngineName
from model.movinet.precision import Precision
from model.movinet.presets import preset

FRAMES, SIZE = 10, 80
"""Frames and side of networks with random weights: those of the default model."""

PREDECESSOR_VARIANT, PREDECESSOR_SIZE = "a2", 224
"""What the published thesis served."""


CALIBRATION_CLIPS, RANDOM_CALIBRATION_CLIPS = 64, 8
"""Clips that the ranges of int8 are chosen by; with random weights only size and time are of interest."""


class Kind(StrEnum):
    """The two forms of every variant."""

    BASE = "base"
    STREAM = "stream"


class Network(BaseModel):
    """A network to measure.

    Attributes:
        channels: what it sees of the clip, see `model.movinet.classifier`.
        run: folder of the training run that its weights come from; None for random weights.
        step: of the run's checkpoint; None for random weights.
    """

    model_config = ConfigDict(frozen=True)

    variant: str
    kind: Kind
    frames: int = FRAMES
    size: int = SIZE
    channels: Literal["rgb", "motion"] = "motion"
    run: str | None = None
    step: int | None = None

    @property
    def name(self) -> str:
        """A name for files: `a0-base-10x80`."""
        return f"{self.variant}-{self.kind.value}-{self.frames}x{self.size}"


def network_of(run: Path) -> Network:
    """The network that a training run has come to.

    Raises:
        FileNotFoundError: the run has no checkpoint.
        ValueError: its configuration cannot be read.
    """
    # What `model.training.train` calls CONFIG and CHECKPOINT: it would bring TensorFlow into the process that starts
    # the workers, whose memory counts from its own (see `model.benchmark.worker.peak_memory`).
    config, checkpoint = run / "config.json", run / "checkpoint.npz"
    if not checkpoint.is_file():
        raise FileNotFoundError(f"{run} is no training run with a checkpoint")
    try:
        recipe = json.loads(config.read_text(encoding="utf-8"))["recipe"]
        with np.load(checkpoint, allow_pickle=False) as archive:
            step = int(archive["step"])
        return Network(
            variant=recipe["variant"],
            kind=Kind.STREAM if recipe.get("stream") else Kind.BASE,
            frames=recipe["frames"],
            size=recipe["size"],
            channels=recipe["channels"],
            run=str(run),
            step=step,
        )
    except KeyError as error:
        raise ValueError(f"{config} does not say {error}") from error


@dataclass(frozen=True)
class Row:
    """A row of the table: a network at a precision on an engine."""

    network: Network
    precision: Precision
    engine: EngineName

    @property
    def name(self) -> str:
        """A name for files: `a0-base-10x80-fp32-litert`."""
        return f"{self.network.name}-{self.precision.value}-{self.engine.value}"


@dataclass(frozen=True)
class Selection:
    """Which rows to measure; TensorFlow runs float32 only, since the SavedModel of every bundle is float32.

    Raises:
        ValueError: there is no such variant, or the engine is none in particular.
    """

    variants: Sequence[str] = ("a0", "a1", "a2")
    kinds: Sequence[Kind] = tuple(Kind)
    precisions: Sequence[Precision] = tuple(Precision)
    engines: Sequence[EngineName] = (EngineName.LITERT, EngineName.TENSORFLOW)

    def __post_init__(self) -> None:
        for variant in self.variants:
            preset(variant)
        if EngineName.AUTO in self.engines:
            raise ValueError("engines to compare are litert and tensorflow, not auto")


def rows(selection: Selection, trained: Mapping[tuple[str, Kind], Network], *, predecessor: bool) -> list[Row]:
    """The rows of the table in order.

    Args:
        selection: what to measure.
        trained: networks of training runs by variant and kind; the others get random weights.
        predecessor: whether the predecessor is measured too: then its variant at its size comes last.
    """
    networks = [
        trained.get((variant, kind), Network(variant=variant, kind=kind))
        for variant in selection.variants
        for kind in selection.kinds
    ]
    result = [row for network in networks for row in _of(network, selection)]
    if predecessor:
        same = Network(variant=PREDECESSOR_VARIANT, kind=Kind.BASE, size=PREDECESSOR_SIZE, channels="rgb")
        result += [Row(same, Precision.FP32, engine) for engine in selection.engines]
    return result


def _of(network: Network, selection: Selection) -> list[Row]:
    return [
        Row(network, precision, engine)
        for precision in selection.precisions
        for engine in selection.engines
        if engine is EngineName.LITERT or precision is Precision.FP32
    ]
