"""Rendered clips as batches for training, in an order that a resumed run finds again.

The clips stay in memory as JPEG (some 50 kB each), so every batch may draw from all of them. The n-th clip that a
run sees, and how it is varied, follow from the seed and n alone: nothing about the position has to be saved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import tensorflow as tf

from model.rendering.dataset import read_shard
from model.training.augmentation import Augmentation, augment, centred

NONE = "none"
"""Label of rendered clips that show none of the movements."""

HELD_OUT_EVERY = 20
"""One clip in so many of every label is never trained on."""


@dataclass(frozen=True)
class RenderedClips:
    """Rendered clips, frames still coded.

    Attributes:
        jpegs: bytes, object array [clips, frames]: every frame a JPEG of the same square size.
        labels: int32 [clips], index into the labels; `len(labels)` for *none of these*.
        near: bool [clips], a non-movement that is nearly one of the movements (a pull-up, a snatch).
        kinds: str, object array [clips], what was rendered, finer than the label.
    """

    jpegs: np.ndarray
    labels: np.ndarray
    near: np.ndarray
    kinds: np.ndarray

    @classmethod
    def load(cls, shards: Sequence[Path], labels: Sequence[str]) -> Self:
        """All clips of some shards, in the order of the shards.

        Args:
            shards: files written by `movements render`.
            labels: the movements in the order of the model's outputs; `none` follows them.

        Raises:
            ValueError: there are no clips, or a clip has a label that is not among them.
        """
        outputs = {label: index for index, label in enumerate([*labels, NONE])}
        jpegs, indices, near, kinds = [], [], [], []
        for path in shards:
            for clip in read_shard(path):
                if clip.label not in outputs:
                    raise ValueError(f"{path} holds a clip labelled {clip.label!r}; the labels are {list(outputs)}")
                jpegs.append(clip.jpegs)
                indices.append(outputs[clip.label])
                near.append(clip.near)
                kinds.append(clip.kind)
        if not jpegs:
            raise ValueError(f"there are no rendered clips in {[str(path) for path in shards]}")
        return cls(
            np.array(jpegs, dtype=object), np.array(indices, np.int32), np.array(near, bool), np.array(kinds, object)
        )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, chosen: np.ndarray) -> RenderedClips:
        """The clips chosen by an index or mask array."""
        return RenderedClips(self.jpegs[chosen], self.labels[chosen], self.near[chosen], self.kinds[chosen])

    def split(self) -> tuple[RenderedClips, RenderedClips]:
        """Clips to train on and clips held out: of every label each twentieth, the same whatever is added behind."""
        held_out = np.zeros(len(self), bool)
        for label in np.unique(self.labels):
            held_out[np.flatnonzero(self.labels == label)[HELD_OUT_EVERY - 1 :: HELD_OUT_EVERY]] = True
        return self.take(~held_out), self.take(held_out)


def training_batches(
    clips: RenderedClips,
    *,
    size: int,
    batch: int,
    seed: int,
    augmentation: Augmentation,
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
        augmentation: how clips are varied.
        near_weight: weight in the loss of non-movements that are nearly movements; 0 leaves them out.
        first_step: number of batches that the run has seen already.
        threads: clips prepared at once.

    Returns:
        Batches of frames uint8 [batch, n, size, size, 3], labels int32 [batch] and weights float32 [batch].
    """
    chosen = clips if near_weight > 0 else clips.take(~clips.near)
    fetch = _fetcher(chosen)
    weights = tf.constant(np.where(chosen.near, near_weight, 1.0), tf.float32)
    count = len(chosen)

    @tf.autograph.experimental.do_not_convert
    def prepare(position: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        epoch, place = position // count, position % count
        index = tf.random.experimental.index_shuffle(
            place, tf.stack([tf.constant(seed, tf.int64), epoch]), tf.constant(count - 1, tf.int64)
        )
        frames, label = fetch(index)
        return augment(frames, tf.stack([seed, position]), size, augmentation), label, weights[index]

    # endless as far as anybody trains: 2^40 clips
    positions = tf.data.Dataset.range(first_step * batch, 2**40)
    prepared = positions.map(prepare, num_parallel_calls=threads, deterministic=True)
    return _tuned(prepared.batch(batch, drop_remainder=True).prefetch(4), threads)


def held_out_batches(clips: RenderedClips, *, size: int, batch: int = 16, threads: int = 2) -> tf.data.Dataset:
    """Every clip once, in order and unvaried, the last batch perhaps smaller.

    Returns:
        Batches of frames uint8 [batch, n, size, size, 3] and labels int32 [batch].
    """
    fetch = _fetcher(clips)

    @tf.autograph.experimental.do_not_convert
    def prepare(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        frames, label = fetch(index)
        return centred(frames, size), label

    prepared = tf.data.Dataset.range(len(clips)).map(prepare, num_parallel_calls=threads, deterministic=True)
    return _tuned(prepared.batch(batch).prefetch(2), threads)


def _fetcher(clips: RenderedClips) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """A function from an index to decoded frames uint8 [n, side, side, 3] and the label."""
    jpegs = tf.constant(clips.jpegs.tolist())
    labels = tf.constant(clips.labels)
    count = clips.jpegs.shape[1]
    side = tf.io.decode_jpeg(jpegs[0, 0]).shape[0]

    def fetch(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        coded = tf.unstack(jpegs[index], num=count)
        frames = tf.stack([tf.io.decode_jpeg(frame, channels=3) for frame in coded])
        return tf.ensure_shape(frames, (count, side, side, 3)), labels[index]

    return fetch


def _tuned(dataset: tf.data.Dataset, threads: int) -> tf.data.Dataset:
    """Keep the pipeline to its share of the cores, so that it does not starve the training step."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = threads
    options.threading.max_intra_op_parallelism = 1
    options.autotune.enabled = False
    return dataset.with_options(options)
