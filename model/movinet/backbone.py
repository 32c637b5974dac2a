"""MoViNet without its classifier."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from model.movinet.layers import (
    Activation,
    ClipMean,
    ConvUnit,
    DepthwiseUnit,
    FoldTime,
    Shape,
    SqueezeExcite,
    strided,
    swish,
)
from model.movinet.presets import Bottleneck, Preset, preset


class BottleneckBlock(keras.layers.Layer):
    """An inverted bottleneck: expand, depthwise in time and space, squeeze-and-excite, project, add to the skip.

    Args:
        spec: channels, kernel and stride.
        filters: channels of the result.
        frames: how many frames a clip has.
        drop: probability in training that a clip takes the skip only (stochastic depth).
        residual_scale: what the projection is multiplied by at first; learnt from there on.
        folded, momentum: see `model.movinet.layers.Unit`.
    """

    activation: Activation = staticmethod(swish)

    def __init__(
        self,
        spec: Bottleneck,
        filters: int,
        *,
        frames: int,
        drop: float,
        residual_scale: float,
        folded: bool,
        momentum: float,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.spec, self.filters, self.frames, self.drop = spec, filters, frames, drop
        self.residual_scale = residual_scale
        self.unit: dict[str, Any] = {"folded": folded, "momentum": momentum}
        self.seed = keras.random.SeedGenerator() if drop else None

    def build(self, shape: Shape) -> None:
        """Make the layers; there is a projection of the skip only where shapes differ."""
        spec, downsample = self.spec, self.spec.stride > 1
        wide = (*shape[:-1], spec.expand)
        self.expand = ConvUnit(spec.expand, activation=self.activation, name="expand", **self.unit)
        self.expand.build(shape)
        self._build_features(wide)
        self.project = ConvUnit(self.filters, activation=None, name="project", **self.unit)
        self.project.build(wide)
        self.pool = keras.layers.AveragePooling2D(3, 2, padding="same", name="pool") if downsample else None
        self.skip = None
        if downsample or shape[-1] != self.filters:
            self.skip = ConvUnit(self.filters, activation=None, name="skip", **self.unit)
            self.skip.build(shape)
        self.scale: Any = None
        if not self.unit["folded"]:
            initializer = keras.initializers.Constant(self.residual_scale)
            self.scale = self.add_weight(name="residual_scale", shape=(), initializer=initializer)

    def compute_output_shape(self, shape: Shape) -> Shape:
        """Height and width divided by the stride, rounded up, and `filters` channels."""
        return strided(shape, self.spec.stride, self.filters)

    def call(self, x: Any, *, training: bool | None = None) -> Any:
        """[frames x clips, height, width, channels] to [frames x clips, height / stride, width / stride, filters]."""
        y = self.expand(x, training=training)
        y = self.depthwise(y, training=training)
        return self._joined(x, self.squeeze_excite(y), training)

    def _build_features(self, shape: Shape) -> None:
        """Make what lies between expansion and projection."""
        self.depthwise = DepthwiseUnit(
            self.spec.kernel, frames=self.frames, stride=self.spec.stride, name="depthwise", **self.unit
        )
        self.squeeze_excite = SqueezeExcite(self.frames, name="squeeze_excite")
        self.depthwise.build(shape)
        self.squeeze_excite.build(shape)

    def _joined(self, x: Any, y: Any, training: bool | None) -> Any:
        """The features `y` projected and added to the block's input `x`."""
        y = self.project(y, scale=self.scale, training=training)
        if self.seed is not None and training:
            y = self._drop_clips(y)
        if self.pool is not None:
            x = self.pool(x)
        if self.skip is not None:
            x = self.skip(x, training=training)
        return x + y

    def _drop_clips(self, y: Any) -> Any:
        """Zero for a random part of the clips, more for the others, so that the expectation stays."""
        clips = ops.shape(y)[0] // self.frames
        kept = keras.random.uniform((clips,), seed=self.seed) >= self.drop
        factor = ops.cast(kept, y.dtype) / (1.0 - self.drop)
        return y * ops.reshape(ops.tile(factor, (self.frames,)), (-1, 1, 1, 1))


@keras.saving.register_keras_serializable(package="movements")
class Backbone(keras.Model):
    """MoViNet base from a clip to its features.

    Input: float32 [clips, frames, size, size, 3], RGB in [0, 1] or three other channels of like scale.
    Output: float32 [clips, preset.project].

    Weights depend on neither `frames` nor `size`, so those of one model fit every other of the same preset.

    Args:
        variant: name of the preset, `a0` to `a5`.
        frames, size: frames per clip and side in pixels; the preset's by default.
        drop: stochastic depth of the last bottleneck; earlier ones in proportion to their depth.
        residual_scale: what residuals are multiplied by at first. Zero, as published, makes a fresh network begin as
            its skips alone.
        folded, momentum: see `model.movinet.layers.Unit`.
    """

    def __init__(
        self,
        variant: str = "a0",
        *,
        frames: int | None = None,
        size: int | None = None,
        drop: float = 0.0,
        residual_scale: float = 0.0,
        folded: bool = False,
        momentum: float = 0.99,
        **options: Any,
    ) -> None:
        spec: Preset = preset(variant)
        frames, size = frames or spec.frames, size or spec.size
        unit: dict[str, Any] = {"folded": folded, "momentum": momentum}
        clip = keras.Input((frames, size, size, 3), name="clip")
        x = FoldTime(name="fold_time")(clip)
        x = ConvUnit(spec.stem, side=3, stride=2, name="stem", **unit)(x)
        depth = 0
        for i, block in enumerate(spec.blocks):
            for j, bottleneck in enumerate(block.bottlenecks):
                depth += 1
                x = BottleneckBlock(
                    bottleneck,
                    block.filters,
                    frames=frames,
                    drop=drop * depth / spec.bottlenecks,
                    residual_scale=residual_scale,
                    name=f"block{i}_layer{j}",
                    **unit,
                )(x)
        x = ConvUnit(spec.project, name="head", **unit)(x)
        features = ClipMean(frames, name="mean")(x)
        super().__init__(clip, features, name=options.pop("name", f"movinet_{variant}_base"), **options)
        self.preset = spec
        self._arguments: dict[str, Any] = {
            "variant": variant,
            "frames": frames,
            "size": size,
            "drop": drop,
            "residual_scale": residual_scale,
            "folded": folded,
            "momentum": momentum,
        }

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same network."""
        return {**self._arguments, "name": self.name}
