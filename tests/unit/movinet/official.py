"""Writes checkpoints laid out as those of the official implementation, with random arrays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from model.movinet.presets import preset, squeezed

Shape = tuple[int, ...]


def unit(path: str, *kernel: int) -> Iterator[tuple[str, Shape]]:
    yield f"{path}/_conv/kernel", kernel
    for name in ("gamma", "beta", "moving_mean", "moving_variance"):
        yield f"{path}/_batch_norm/{name}", kernel[-1:]


def layout(variant: str) -> Iterator[tuple[str, Shape]]:
    """Attribute paths and shapes of every array of an official backbone."""
    spec = preset(variant)
    root = "layer_with_weights-0/layer_with_weights-"
    yield from unit(f"{root}0/_stem", 1, 3, 3, 3, spec.stem)
    channels, n = spec.stem, 0
    for block in spec.blocks:
        for row in block.bottlenecks:
            n += 1
            path, (extent, side), wide = f"{root}{n}", row.kernel, row.expand
            hidden = squeezed(wide)
            yield from unit(f"{path}/_expansion", 1, 1, 1, channels, wide)
            yield from unit(f"{path}/_feature", extent, side, side, 1, wide)
            yield f"{path}/_attention/_se_reduce/_conv/kernel", (1, 1, 1, wide, hidden)
            yield f"{path}/_attention/_se_reduce/_conv/bias", (hidden,)
            yield f"{path}/_attention/_se_expand/_conv/kernel", (1, 1, 1, hidden, wide)
            yield f"{path}/_attention/_se_expand/_conv/bias", (wide,)
            yield from unit(f"{path}/_projection", 1, 1, 1, wide, block.filters)
            yield f"{path}/_mobile_bottleneck/_rezero/_scale", ()
            if row.stride > 1 or channels != block.filters:
                yield from unit(f"{path}/_skip/_projection", 1, 1, 1, channels, block.filters)
            channels = block.filters
    yield from unit(f"{root}{n + 1}/_project", 1, 1, 1, channels, spec.project)


def write_checkpoint(prefix: Path, variant: str = "a0", *, without: str | None = None) -> dict[str, np.ndarray]:
    """Write `prefix`-1 and return its arrays by path; `without` leaves one of them out."""
    random = np.random.default_rng(0)
    arrays = {path: random.random(shape).astype(np.float32) + 0.5 for path, shape in layout(variant) if path != without}
    model = tf.Module()
    for path, array in arrays.items():
        owner = model
        *owners, name = path.split("/")
        for step in owners:
            if not hasattr(owner, step):
                setattr(owner, step, tf.Module())
            owner = getattr(owner, step)
        setattr(owner, name, tf.Variable(array))
    tf.train.Checkpoint(model=model).save(str(prefix))
    return arrays
