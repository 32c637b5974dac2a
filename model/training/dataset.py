"""Clips as batches for training, in an order that a resumed run finds again.

The clips stay in memory as JPEG (some 50 kB each), so every batch may draw from all of them. The n-th clip that a
run sees, and how it is varied, follow from the seed and n alone: nothing about the position has to be saved.

Clips are rendered (`model.rendering.dataset`: a square wider than the one film gets, so that framing can vary) or
recorded (`model.data.records`: exactly what the model sees). Both may be trained on together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self

import numpy as np
import tensorflow as tf

from model.contract import NONE_LABEL
from model.data.manifest import Split
from model.data.records import RECORDS, decode_frame, read_description, read_records, record_paths
from model.rendering.dataset import read_shard
from model.shards import shard_paths
from model.staging.pieces import are_pieces
from model.training.augmentation import CENTRE, Augmentation, augment, centred

HELD_OUT_EVERY = 20
"""One of so many rendered clips of every label is never trained on. Recorded clips have their splits instead."""

RECORD_SUFFIX = ".tfrecord"


def training_paths(folder: Path) -> list[Path]:
    """The files of a folder to train on, those that validate included.

    Args:
        folder: written by `movements render` or `movements data records`.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the records have no validation split.
    """
    if not (folder / RECORDS).is_file():
        return _found(folder, shard_paths(folder))
    validation = record_paths(folder, Split.VALIDATION)
    if not validation:
        raise ValueError(
            f"{folder} has no clips for validation: divide the clips with `movements data split`, and record them again"
        )
    return _found(folder, [*record_paths(folder, Split.TRAIN), *validation])


def judged_paths(folder: Path) -> list[Path]:
    """The files of a folder to judge: rendered clips, all of them, or the records of the test split.

    Raises:
        FileNotFoundError: there is none.
    """
    return _found(folder, record_paths(folder, Split.TEST) if (folder / RECORDS).is_file() else shard_paths(folder))


def labels_of(folders: Sequence[Path], default: Sequence[str]) -> tuple[str, ...]:
    """The movements of records in alphabetical order, together with `default` where a folder is rendered.

    `none` is no movement: clips of that label show none of them.

    Raises:
        ValueError: there are fewer than two.
    """
    labels: set[str] = set()
    for folder in folders:
        labels |= set(read_description(folder).labels) if (folder / RECORDS).is_file() else set(default)
    movements = tuple(sorted(labels - {NONE_LABEL}))
    if len(movements) < 2:
        names = ", ".join(str(folder) for folder in folders)
        raise ValueError(
            f"{names} has clips of {movements[0] if movements else 'no movement'} only: "
            "a model tells movements apart, so at least two are needed"
        )
    return movements


def record_size(folders: Sequence[Path]) -> tuple[int, int] | None:
    """Frames and side in pixels of the records in some folders; None if all are rendered.

    Raises:
        ValueError: they differ.
    """
    described = [read_description(folder) for folder in folders if (folder / RECORDS).is_file()]
    forms = {(description.frames, description.size) for description in described}
    if len(forms) > 1:
        raise ValueError(f"the records differ in frames and size: {sorted(forms)}; record all clips with the same")
    return forms.pop() if forms else None


def is_record(path: Path) -> bool:
    """Whether a file holds recorded clips, not rendered ones."""
    return path.suffix == RECORD_SUFFIX


def _found(folder: Path, paths: list[Path]) -> list[Path]:
    if not paths:
        raise FileNotFoundError(f"{folder} holds no clips of `movements render` or `movements data records`")
    return paths


@dataclass(frozen=True)
class Clips:
    """Clips, frames still coded.

    Attributes:
        jpegs: bytes, object array [clips, frames]: every frame a JPEG or PNG, all of a clip of the same square size.
        labels: int32 [clips], index into the labels; `len(labels)` for *none of these*.
        near: bool [clips], a non-movement that is nearly one of the movements (a pull-up, a snatch).
        kinds: str, object array [clips], what is shown, finer than the label.
        squares: float64 [clips], side of the square that the model sees, relative to the stored frame.
        splits: str, object array [clips]: `Split` of a recorded clip, empty of a rendered one.
        pieces: bool [clips], whether a rendered clip was cut as people cut, not as labellers do.
        athletes, names: str, object arrays [clips]: who is seen in a recorded clip, and its file; empty of a rendered
            one.
    """

    jpegs: np.ndarray
    labels: np.ndarray
    near: np.ndarray
    kinds: np.ndarray
    squares: np.ndarray
    splits: np.ndarray
    pieces: np.ndarray
    athletes: np.ndarray
    names: np.ndarray

    @classmethod
    def load(cls, paths: Sequence[Path], labels: Sequence[str]) -> Self:
        """All clips of some files, in the order of the files.

        Args:
            paths: written by `movements render` or `movements data records`.
            labels: the movements in the order of the model's outputs; `none` follows them.

        Raises:
            ValueError: there are no clips, a clip has a label that is not among them, or clips differ in their frames.
        """
        outputs = {label: index for index, label in enumerate([*labels, NONE_LABEL])}
        rows = []
        for path in paths:
            for row in _recorded(path) if is_record(path) else _rendered(path):
                if row.label not in outputs:
                    raise ValueError(f"{path} holds a clip labelled {row.label!r}; the labels are {list(outputs)}")
                rows.append(row)
        if not rows:
            raise ValueError(f"there are no clips in {[str(path) for path in paths]}")
        if len(counts := {len(row.jpegs) for row in rows}) > 1:
            raise ValueError(f"clips of one training have the same number of frames, not {sorted(counts)}")

        def column(name: str) -> np.ndarray:
            return np.array([getattr(row, name) for row in rows], object)

        return cls(
            jpegs=np.array([row.jpegs for row in rows], object),
            labels=np.array([outputs[row.label] for row in rows], np.int32),
            near=column("near").astype(bool),
            kinds=column("kind"),
            squares=column("square").astype(np.float64),
            splits=column("split"),
            pieces=column("piece").astype(bool),
            athletes=column("athlete"),
            names=column("name"),
        )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, chosen: np.ndarray) -> Clips:
        """The clips chosen by an index or mask array."""
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def split(self) -> tuple[Clips, Clips]:
        """Clips to train on and clips held out.

        Recorded clips are held out by their split. Of rendered clips it is each twentieth of every label, the same
        whatever is added behind.
        """
        held_out = self.splits == Split.VALIDATION
        rendered = self.splits == ""
        for label in np.unique(self.labels):
            of_label = np.flatnonzero(rendered & (self.labels == label))
            held_out[of_label[HELD_OUT_EVERY - 1 :: HELD_OUT_EVERY]] = True
        return self.take(~held_out), self.take(held_out)


@dataclass(frozen=True)
class _Row:
    """One clip as it is read from a file."""

    jpegs: tuple[bytes, ...]
    label: str
    kind: str
    near: bool
    square: float
    piece: bool = False
    split: str = ""
    athlete: str = ""
    name: str = ""


def _rendered(path: Path) -> Iterator[_Row]:
    piece = are_pieces(path.parent)
    for clip in read_shard(path):
        yield _Row(clip.jpegs, clip.label, clip.kind, clip.near, CENTRE, piece)


def _recorded(path: Path) -> Iterator[_Row]:
    split = Split(path.stem.rpartition("-")[0])
    for clip in read_records(path):
        yield _Row(clip.jpegs, clip.label, clip.label, False, 1.0, False, split, clip.athlete, clip.clip)


def training_batches(
    clips: Clips,
    *,
    size: int,
    batch: int,
    seed: int,
    augmentation: Augmentation | None,
    near_weight: float,
    first_step: int = 0,
    threads: int = 2,
) -> tf.data.Dataset:
    """Varied clips without end, every clip once before any comes twice.

    Args:
        clips: what to train on.
        size: side of the frames, pixels.
        batch: clips per batch.
        seed: of the order and of the variations.
        augmentation: how clips are varied; None leaves them as validation sees them.
        near_weight: weight in the loss of non-movements that are nearly movements; 0 leaves them out.
        first_step: number of batches that the run has seen already.
        threads: clips prepared at once.

    Returns:
        Batches of frames uint8 [batch, n, size, size, 3], labels int32 [batch] and weights float32 [batch].
    """
    chosen = clips if near_weight > 0 else clips.take(~clips.near)
    fetch = _fetcher(chosen)
    weights = tf.constant(np.where(chosen.near, near_weight, 1.0), tf.float32)
    labels = tf.constant(chosen.labels)
    count = len(chosen)

    @tf.autograph.experimental.do_not_convert
    def prepare(position: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        epoch, place = position // count, position % count
        index = tf.random.experimental.index_shuffle(
            place, tf.stack([tf.constant(seed, tf.int64), epoch]), tf.constant(count - 1, tf.int64)
        )

        def varied(frames: tf.Tensor, square: float) -> tf.Tensor:
            if augmentation is None:
                return centred(frames, size, square=square)
            return augment(frames, tf.stack([seed, position]), size, augmentation, square=square)

        return fetch(index, varied), labels[index], weights[index]

    # 2^40 clips are endless for any training
    positions = tf.data.Dataset.range(first_step * batch, 2**40)
    prepared = positions.map(prepare, num_parallel_calls=threads, deterministic=True)
    return _tuned(prepared.batch(batch, drop_remainder=True).prefetch(4), threads)


def held_out_batches(clips: Clips, *, size: int, batch: int = 16, threads: int = 2) -> tf.data.Dataset:
    """Every clip once, in order and unvaried, the last batch perhaps smaller.

    Returns:
        Batches of frames uint8 [batch, n, size, size, 3] and labels int32 [batch].
    """
    fetch = _fetcher(clips)
    labels = tf.constant(clips.labels)

    @tf.autograph.experimental.do_not_convert
    def prepare(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return fetch(index, lambda frames, square: centred(frames, size, square=square)), labels[index]

    prepared = tf.data.Dataset.range(len(clips)).map(prepare, num_parallel_calls=threads, deterministic=True)
    return _tuned(prepared.batch(batch).prefetch(2), threads)


_Prepare = Callable[[tf.Tensor, float], tf.Tensor]
"""From frames uint8 [n, side, side, 3] and the model's square in them to frames of one common size."""


def _fetcher(clips: Clips) -> Callable[[tf.Tensor, _Prepare], tf.Tensor]:
    """A function from an index and what is to be done with the decoded frames to the result."""
    jpegs = tf.constant(clips.jpegs.tolist())
    count = clips.jpegs.shape[1]
    squares, forms = np.unique(clips.squares, return_inverse=True)
    # Clips of one square come from one writer and have one size.
    sides = [int(decode_frame(jpegs[int(np.argmax(forms == form)), 0]).shape[0]) for form in range(len(squares))]
    form_of = tf.constant(forms.astype(np.int32))

    def fetch(index: tf.Tensor, prepare: _Prepare) -> tf.Tensor:
        coded = tf.unstack(jpegs[index], num=count)

        def branch(side: int, square: float) -> Callable[[], tf.Tensor]:
            return lambda: prepare(
                tf.ensure_shape(tf.stack([decode_frame(frame) for frame in coded]), (count, side, side, 3)), square
            )

        branches = [branch(side, float(square)) for side, square in zip(sides, squares, strict=True)]
        return branches[0]() if len(branches) == 1 else tf.switch_case(form_of[index], branches)

    return fetch


def _tuned(dataset: tf.data.Dataset, threads: int) -> tf.data.Dataset:
    """Keep the pipeline to its share of the cores, so that it does not starve the training step."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    options.threading.max_intra_op_parallelism = 1
    options.autotune.enabled = False
    return dataset.with_options(options)
