"""Writes checkpoints laid out as those of the official implementation, with random arrays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from model.movinet.presets import preset, squeezed

Shape = tuple[int, ...]


class Layout:
    """Attribute paths and shapes of every array of an official backbone, base or stream."""

    def __init__(self, variant: str, *, stream: bool) -> None:
        self.variant, self.stream = variant, stream

    def __iter__(self) -> Iterator[tuple[str, Shape]]:
        spec = preset(self.variant)
        root = "layer_with_weights-0/layer_with_weights-"
        yield from self._unit(f"{root}0/_stem", 3, 3, 3, spec.stem)
        channels, n = spec.stem, 0
        for block in spec.blocks:
            for row in block.bottlenecks:
                n += 1
                path, wide = f"{root}{n}", row.expand
                yield from self._unit(f"{path}/_expansion", 1, 1, channels, wide)
                yield from self._features(path, *row.kernel, wide)
                yield from self._unit(f"{path}/_projection", 1, 1, wide, block.filters)
                yield f"{path}/_mobile_bottleneck/_rezero/_scale", ()
                if row.stride > 1 or channels != block.filters:
                    yield from self._unit(f"{path}/_skip/_projection", 1, 1, channels, block.filters)
                channels = block.filters
        yield from self._unit(f"{root}{n + 1}/_project", 1, 1, channels, spec.project)

    def _features(self, path: str, extent: int, side: int, wide: int) -> Iterator[tuple[str, Shape]]:
        if not self.stream:
            yield f"{path}/_feature/_conv/kernel", (extent, side, side, 1, wide)
            yield from self._norm(f"{path}/_feature/_batch_norm", wide)
            seen, hidden = wide, squeezed(wide)
        else:
            yield f"{path}/_feature/_conv/_conv/depthwise_kernel", (side, side, wide, 1)
            yield from self._norm(f"{path}/_feature/_batch_norm", wide)
            if extent > 1:
                yield f"{path}/_feature/_conv_temporal/_conv/depthwise_kernel", (extent, 1, wide, 1)
                yield from self._norm(f"{path}/_feature/_batch_norm_temporal", wide)
            if self.variant in ("a3", "a4", "a5"):
                yield f"{path}/_attention/_pos_encoding/_rezero/_scale", ()
            seen, hidden = 2 * wide, squeezed(2 * wide)
        for name, shape in (("_se_reduce", (seen, hidden)), ("_se_expand", (hidden, wide))):
            yield self._kernel(f"{path}/_attention/{name}", 1, 1, *shape)
            yield self._kernel(f"{path}/_attention/{name}")[0].replace("kernel", "bias"), shape[-1:]

    def _unit(self, path: str, *kernel: int) -> Iterator[tuple[str, Shape]]:
        yield self._kernel(path, *kernel)
        yield from self._norm(f"{path}/_batch_norm", kernel[-1])

    def _kernel(self, path: str, *shape: int) -> tuple[str, Shape]:
        return (f"{path}/_conv/_conv/kernel", shape) if self.stream else (f"{path}/_conv/kernel", (1, *shape))

    def _norm(self, path: str, channels: int) -> Iterator[tuple[str, Shape]]:
        for name in ("gamma", "beta", "moving_mean", "moving_variance"):
            yield f"{path}/{name}", (channels,)


def write_checkpoint(
    prefix: Path, variant: str = "a0", *, stream: bool = False, without: str | None = None
) -> dict[str, np.ndarray]:
    """Write `prefix`-1 and return its arrays by path; `without` leaves one of them out."""
    random = np.random.default_rng(0)
    layout = Layout(variant, stream=stream)
    arrays = {path: random.random(shape).astype(np.float32) + 0.5 for path, shape in layout if path != without}
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
