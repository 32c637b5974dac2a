"""The history of a run: a csv file for people and programs, and the same scalars for TensorBoard."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.framework.summary_pb2 import DATA_CLASS_SCALAR, SummaryMetadata

from model.defaults import RUN_LOG

TENSORBOARD = "tensorboard"


@dataclass(frozen=True)
class Row:
    """One row of the log.

    Attributes:
        step: optimiser steps taken.
        clips: clips seen.
        minutes: time spent so far, over all resumptions.
        loss, top1: of training since the last row, on varied clips and with the weights as they move.
        rate: learning rate.
        held_out_loss, held_out_top1: of the averaged weights on held-out clips, where they were looked at.
    """

    step: int
    clips: int
    minutes: float
    loss: float
    top1: float
    rate: float
    held_out_loss: float | None = None
    held_out_top1: float | None = None

    def __str__(self) -> str:
        held_out = ""
        if self.held_out_top1 is not None:
            held_out = f"  held out: loss {self.held_out_loss:.3f} top-1 {self.held_out_top1:.3f}"
        return (
            f"step {self.step} clips {self.clips} {self.minutes:.1f} min  "
            f"loss {self.loss:.3f} top-1 {self.top1:.3f} rate {self.rate:.2e}{held_out}"
        )


class History:
    """Gathers the loss and top-1 of the steps, and writes them as rows."""

    def __init__(self, run: Path, step: int, begun: Mapping[str, np.ndarray] | None = None) -> None:
        """Open a run's log at a step. Rows that a kill has undone are dropped: they will be written again.

        Args:
            run: folder of the run.
            step: optimiser steps taken.
            begun: what `open_row` gave at this step; None for a row with no step yet.
        """
        self._path = run / RUN_LOG
        self._steps: list[tuple[tf.Tensor, tf.Tensor]] = []
        if begun is not None:
            self._steps = list(zip(tf.unstack(begun["loss"]), tf.unstack(begun["top1"]), strict=True))
        last = step - 1 if self._steps else step  # the row of `step` is not written yet
        kept = []
        if self._path.is_file():
            with self._path.open(newline="", encoding="utf-8") as file:
                kept = [row for row in csv.DictReader(file) if int(row["step"]) <= last]
        partial = self._path.with_suffix(".partial")
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [field.name for field in fields(Row)])
            writer.writeheader()
            writer.writerows(kept)
        partial.replace(self._path)
        self._spent = float(kept[-1]["minutes"]) if kept else 0.0
        self._judged = [
            (float(row["held_out_loss"]), float(row["held_out_top1"])) for row in kept if row["held_out_top1"]
        ]
        if begun is not None:
            self._spent = float(begun["minutes"])
        self._start = time.monotonic()
        self._writer = tf.summary.create_file_writer(str(run / TENSORBOARD))

    @property
    def is_open(self) -> bool:
        """Whether there are steps that no row holds yet."""
        return bool(self._steps)

    def open_row(self) -> dict[str, np.ndarray]:
        """The steps that no row holds yet, for a checkpoint: their losses and top-1, and the minutes spent so far."""
        losses, hits = zip(*self._steps, strict=True) if self._steps else ((), ())
        return {
            "loss": np.array(losses, np.float32),
            "top1": np.array(hits, np.float32),
            "minutes": np.array(self._minutes()),
        }

    def add(self, loss: tf.Tensor, top1: tf.Tensor) -> None:
        """Remember the loss and top-1 of one step."""
        self._steps.append((loss, top1))

    def close(self, step: int, clips: int, rate: float, held_out: tuple[float, float] | None) -> Row:
        """Write the row of all steps since the last one, and return it."""
        losses, hits = zip(*self._steps, strict=True)
        self._steps = []
        row = Row(
            step=step,
            clips=clips,
            minutes=round(self._minutes(), 3),
            loss=round(float(tf.reduce_mean(losses)), 5),
            top1=round(float(tf.reduce_mean(hits)), 5),
            rate=rate,
            held_out_loss=held_out and round(held_out[0], 5),
            held_out_top1=held_out and round(held_out[1], 5),
        )
        if row.held_out_loss is not None and row.held_out_top1 is not None:
            self._judged.append((row.held_out_loss, row.held_out_top1))
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(["" if value is None else value for value in asdict(row).values()])
        with self._writer.as_default():
            for name in ("loss", "top1", "rate", "held_out_loss", "held_out_top1"):
                if (value := getattr(row, name)) is not None:
                    _scalar(name, value, step)
        self._writer.flush()
        return row

    def _minutes(self) -> float:
        return self._spent + (time.monotonic() - self._start) / 60

    def is_best(self, row: Row) -> bool:
        """Whether no row so far has a better top-1 on the clips held out; of equal ones the smaller loss counts."""
        if row.held_out_loss is None or row.held_out_top1 is None:
            return False
        best = max((top1, -loss) for loss, top1 in self._judged)
        return (row.held_out_top1, -row.held_out_loss) == best

    def waited(self, patience: int) -> bool:
        """Whether the loss on the clips held out has not fallen for `patience` evaluations; never with 0."""
        losses = [loss for loss, _ in self._judged]
        return 0 < patience < len(losses) and min(losses[:-patience]) <= min(losses[-patience:])


def _scalar(name: str, value: float, step: int) -> None:
    """Write a scalar as `tf.summary.scalar` would; that one refuses where TensorBoard is not installed."""
    plugin = SummaryMetadata.PluginData(plugin_name="scalars")
    metadata = SummaryMetadata(plugin_data=plugin, data_class=DATA_CLASS_SCALAR)
    tf.summary.write(name, tf.constant(value, tf.float32), step=step, metadata=metadata)
