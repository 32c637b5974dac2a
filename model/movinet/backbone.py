"""MoViNet without its classifier."""

from __future__ import annotations

from dataclasses import asdict
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
from model.movinet.options import BackboneOptions, Config, UnitOptions
from model.movinet.presets import Bottleneck


class BottleneckBlock(keras.layers.Layer):
    """An inverted bottleneck: expand, depthwise in time and space, squeeze-and-excite, project, add to the skip.

    Args:
        spec: channels, kernel and stride.
        filters: channels of the result.
        options: of the network.
        drop: probability in training that a clip takes the skip only (stochastic depth).
    """

    activation: Activation = staticmethod(swish)

    def __init__(
        self, spec: Bottleneck, filters: int, options: BackboneOptions, *, drop: float, name: str | None = None
    ) -> None:
        super().__init__(name=name)
        self.spec, self.filters, self.frames, self.drop = spec, filters, options.frames, drop
        self.residual_scale, self.folded, self.momentum = options.residual_scale, options.folded, options.momentum
        self.seed = keras.random.SeedGenerator() if drop else None

    @property
    def unit(self) -> UnitOptions:
        """What all units of the network have in common."""
        return {"folded": self.folded, "momentum": self.momentum}

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
        if not self.folded:
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

    Args:
        options: variant, frames, size and the rest.
    """

    def __init__(self, options: BackboneOptions, *, name: str | None = None) -> None:
        spec, size = options.preset, options.size
        clip = keras.Input((options.frames, size, size, 3), name="clip")
        x = FoldTime(name="fold_time")(clip)
        x = ConvUnit(spec.stem, side=3, stride=2, name="stem", **options.unit)(x)
        depth = 0
        for i, block in enumerate(spec.blocks):
            for j, bottleneck in enumerate(block.bottlenecks):
                depth += 1
                drop = options.drop * depth / spec.bottlenecks
                x = BottleneckBlock(bottleneck, block.filters, options, drop=drop, name=f"block{i}_layer{j}")(x)
        x = ConvUnit(spec.project, name="head", **options.unit)(x)
        features = ClipMean(options.frames, name="mean")(x)
        super().__init__(clip, features, name=name or f"movinet_{options.variant}_base")
        self.options = options

    def with_options(self, options: BackboneOptions) -> Backbone:
        """A fresh backbone of the same kind and name, built otherwise."""
        return Backbone(options, name=self.name)

    def get_config(self) -> Config:
        """The arguments that make the same network."""
        return {**asdict(self.options), "name": self.name}

    @classmethod
    def from_config(cls, config: Config, custom_objects: Any = None) -> Backbone:
        """The network that `get_config` describes."""
        values = dict(config)
        name = values.pop("name")
        return cls(BackboneOptions(**values), name=name)
