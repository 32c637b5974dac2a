"""Pictures of squats, varied every time they are seen, as a stream of batches that can be gone on with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from model.depth.view import JOINTS, SIZE, mirrored_places
from model.staging.bottoms import KEPT, Bottoms
from model.training.augmentation import Augmentation, spoilt
from model.training.depth.recipe import DepthRecipe

LOOK = Augmentation()
"""How colours, noise and what is in front are varied: as for clips. Nothing is turned: depth is measured against the
vertical."""

_NOISE = (0.015, 0.015, 0.05, 0.03, 0.03, 0.03)
"""Deviations of what is added to a joint's place, visibility and metres: no athlete is known by them."""
_BIN, _MOST = 0.05, 5.0
"""Thighs within which depths count as the same, and how much more than usual a picture of a rare one is seen."""
_NEXT = 2
"""Batches that are made ahead."""

Batch = tuple[tf.Tensor, tf.Tensor, tf.Tensor]
"""Pictures float32 [n, SIZE, SIZE, 3] in [0, 1], places float32 [n, PLACES], depth float32 [n]."""


def batches(bottoms: Bottoms, recipe: DepthRecipe, first: int) -> Iterator[Batch]:
    """Batches from step `first` on, every depth as often as any other; the same ones whenever asked."""
    numbers = np.arange(first * recipe.batch, recipe.steps * recipe.batch)
    drawn = np.random.default_rng(recipe.seed).choice(
        len(bottoms), recipe.steps * recipe.batch, p=shares(bottoms.depth)
    )
    order = drawn[numbers]
    pictures = tf.constant(bottoms.pictures)
    places, depth = tf.constant(bottoms.places), tf.constant(bottoms.depth)
    mirrors = tf.constant(mirrored_places(bottoms.places))

    def varied(number: tf.Tensor, which: tf.Tensor) -> Batch:
        seed = tf.stack([tf.cast(recipe.seed, tf.int64), number])
        picture, seen = _framed(pictures[which], places[which], mirrors[which], seed, recipe)
        changed = spoilt(picture[None], seed, LOOK)[0]
        return tf.cast(changed, tf.float32) / 255, seen, depth[which]

    dataset = tf.data.Dataset.from_tensor_slices((numbers, order)).map(varied, num_parallel_calls=2)
    yield from dataset.batch(recipe.batch, drop_remainder=True).prefetch(_NEXT)


def shares(depth: np.ndarray) -> np.ndarray:
    """How often each of some pictures is seen: as often as any other depth, within reason.

    Most pictures are near level, where most bottoms are: a network that learned from them as they are would know little
    of what is deep.
    """
    bins = np.floor(depth / _BIN).astype(int)
    _, where, counts = np.unique(bins, return_inverse=True, return_counts=True)
    seldom = 1 / counts[where]
    seldom = np.minimum(seldom, _MOST * seldom.mean())
    result: np.ndarray = seldom / seldom.sum()
    return result


def _framed(
    picture: tf.Tensor, places: tf.Tensor, mirrored: tf.Tensor, seed: tf.Tensor, recipe: DepthRecipe
) -> tuple[tf.Tensor, tf.Tensor]:
    """The square moved, scaled and mirrored at random: uint8 [SIZE, SIZE, 3], and the places in it."""
    draw = tf.random.stateless_uniform((2,), seed + 11)
    scale = recipe.min_scale + (recipe.max_scale - recipe.min_scale) * draw[0]
    shift = recipe.shift * tf.random.stateless_normal((2,), seed + 12)
    mirror = draw[1] < 0.5
    picture = tf.where(mirror, picture[:, ::-1], picture)
    rows = tf.reshape(tf.where(mirror, mirrored, places), (len(JOINTS), -1))
    noise = tf.constant(_NOISE) * tf.random.stateless_normal((len(JOINTS), len(_NOISE)), seed + 13)
    moved = tf.concat([(rows[:, :2] - shift) / scale, rows[:, 2:]], axis=1) + noise
    # From places in the square that is served to shares of what is kept around it.
    middle, half = 0.5 + shift / KEPT, 0.5 * scale / KEPT
    box = tf.stack([middle[1] - half, middle[0] - half, middle[1] + half, middle[0] + half])
    cut = tf.image.crop_and_resize(tf.cast(picture, tf.float32)[None], box[None], [0], (SIZE, SIZE))[0]
    return tf.cast(tf.clip_by_value(tf.round(cut), 0, 255), tf.uint8), tf.reshape(moved, (-1,))


def as_served(bottoms: Bottoms) -> tuple[np.ndarray, np.ndarray]:
    """All of them as serving sees them: pictures float32 [n, SIZE, SIZE, 3] in [0, 1], and places."""
    edge = (bottoms.pictures.shape[1] - SIZE) // 2
    return bottoms.pictures[:, edge : edge + SIZE, edge : edge + SIZE].astype(np.float32) / 255, bottoms.places
