"""The layers of MoViNet.

Inside the network time is folded into the batch: a tensor is [frames x clips, height, width, channels], the first
frames of all clips first. Every convolution is then two-dimensional, and a shift in time is one contiguous slice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from model.movinet.batch_norm import BatchNorm
from model.movinet.options import Config
from model.movinet.presets import squeezed

Shape = tuple[int | None, ...]
"""The shape of a tensor; `None` is the number of clips, or of frames x clips."""

Activation = Callable[[Any], Any]
"""A function of every number of a tensor."""


def swish(x: Any) -> Any:
    """x sigmoid(x); Keras' own carries a custom gradient that a SavedModel cannot hold."""
    return x * ops.sigmoid(x)


def strided(shape: Shape, stride: int, channels: int) -> Shape:
    """The shape [batch, height, width, any] after a padded convolution with `stride` to `channels`."""
    height, width = (size and -(-size // stride) for size in shape[1:3])
    return (shape[0], height, width, channels)


@keras.saving.register_keras_serializable(package="movements")
class FoldTime(keras.layers.Layer):
    """[clips, frames, height, width, channels] to [frames x clips, height, width, channels]."""

    def compute_output_shape(self, shape: Shape) -> Shape:
        """Without the axis of time."""
        return (None, *shape[2:])

    def call(self, x: Any) -> Any:
        """Fold frames into the batch, time first."""
        return ops.reshape(ops.transpose(x, (1, 0, 2, 3, 4)), (-1, *x.shape[2:]))


@keras.saving.register_keras_serializable(package="movements")
class ClipMean(keras.layers.Layer):
    """Mean over the frames and pixels of each clip: [frames x clips, height, width, channels] to [clips, channels]."""

    def __init__(self, frames: int, **options: Any) -> None:
        super().__init__(**options)
        self.frames = frames

    def compute_output_shape(self, shape: Shape) -> Shape:
        """Without frames and pixels."""
        return (None, shape[-1])

    def call(self, x: Any) -> Any:
        """Mean over pixels, then over frames."""
        return ops.mean(ops.reshape(ops.mean(x, axis=(1, 2)), (self.frames, -1, x.shape[-1])), axis=0)

    def get_config(self) -> Config:
        """The arguments that make the same layer."""
        return {**super().get_config(), "frames": self.frames}


class Unit(keras.layers.Layer):
    """A convolution without bias, batch normalisation, and an activation where asked.

    A *folded* unit has the normalisation folded into its kernel and a bias: the form for export (`model.movinet.fold`).

    Args:
        activation: what follows; None for nothing.
        folded: whether the unit has a bias in place of the normalisation.
        momentum: of the normalisation's moving statistics.
    """

    stride: int

    def __init__(
        self,
        *,
        activation: Activation | None = swish,
        folded: bool = False,
        momentum: float = 0.99,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.activation, self.folded = activation, folded
        self.norm = None if folded else BatchNorm(momentum=momentum, name="norm")

    def _add_weights(self, kernel_shape: tuple[int, ...]) -> None:
        """Make kernel [..., channels], and bias or normalisation [channels]."""
        self.kernel = self.add_weight(name="kernel", shape=kernel_shape, initializer="he_normal")
        channels = kernel_shape[-1]
        if self.norm is None:
            self.bias = self.add_weight(name="bias", shape=(channels,), initializer="zeros")
        else:
            self.norm.build((None, None, None, channels))

    def convolve(self, x: Any) -> Any:
        """The bare convolution."""
        raise NotImplementedError

    def compute_output_shape(self, shape: Shape) -> Shape:
        """Height and width divided by the stride, rounded up, and the kernel's channels."""
        return strided(shape, self.stride, int(self.kernel.shape[-1]))

    def call(self, x: Any, scale: Any = None, training: bool | None = None) -> Any:
        """Convolve, normalise (multiplied by the scalar `scale`, if one is given), activate."""
        return self._finished(self.convolve(x), scale, training)

    def _finished(self, y: Any, scale: Any, training: bool | None) -> Any:
        """A bare convolution's result, normalised and activated."""
        y = y + self.bias if self.norm is None else self.norm(y, scale=scale, training=training)
        return y if self.activation is None else self.activation(y)


class ConvUnit(Unit):
    """A `Unit` with an ordinary convolution of each frame.

    Args:
        filters: channels of the result.
        side: side of the kernel in pixels.
        stride: in both directions.
    """

    def __init__(self, filters: int, *, side: int = 1, stride: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.filters, self.side, self.stride = filters, side, stride

    def build(self, shape: Shape) -> None:
        """Make the kernel [side, side, channels, filters]."""
        self._add_weights((self.side, self.side, int(shape[-1] or 0), self.filters))

    def convolve(self, x: Any) -> Any:
        """The bare convolution."""
        return ops.conv(x, self.kernel, strides=self.stride, padding="same", data_format="channels_last")


class DepthwiseUnit(Unit):
    """A `Unit` with a depthwise convolution in time and space, zeros beyond the clip's ends and the frame's edges.

    The three-dimensional convolution is the sum over the kernel's frames of two-dimensional depthwise convolutions,
    each shifted in time. That is exact, and quick where grouped three-dimensional convolutions do not exist.

    Args:
        kernel: extent in frames and side in pixels, both odd.
        stride: in both directions of space.
        frames: how many frames a clip has.
    """

    def __init__(self, kernel: tuple[int, int], *, frames: int, stride: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.extent, self.side = kernel
        self.stride, self.frames = stride, frames

    def build(self, shape: Shape) -> None:
        """Make the kernel [extent, side, side, channels]."""
        self._add_weights((self.extent, self.side, self.side, int(shape[-1] or 0)))

    def convolve(self, x: Any) -> Any:
        """The bare convolution."""
        middle = self.extent // 2
        y = self._in_space(x, middle)
        for k in range(self.extent):
            if k != middle and abs(k - middle) < self.frames:
                y = y + self._shifted(self._in_space(x, k), k - middle)
        return y

    def _in_space(self, x: Any, k: int) -> Any:
        """The two-dimensional convolution with frame `k` of the kernel."""
        kernel = ops.expand_dims(self.kernel[k], -1)
        return ops.depthwise_conv(x, kernel, strides=self.stride, padding="same", data_format="channels_last")

    def _shifted(self, x: Any, shift: int) -> Any:
        """Frame t of the result is frame t + `shift`, zero where the clip has none."""
        clips = ops.shape(x)[0] // self.frames
        size, rest = (self.frames - abs(shift)) * clips, ((0, 0),) * 3
        start = max(shift, 0) * clips
        kept = ops.slice(x, (start, 0, 0, 0), (size, *x.shape[1:]))
        return ops.pad(kept, ((max(-shift, 0) * clips, start), *rest))


class SqueezeExcite(keras.layers.Layer):
    """Gates each channel of a clip by a small network on the clip's channel means.

    Args:
        frames: how many frames a clip has.
    """

    def __init__(self, frames: int, **options: Any) -> None:
        super().__init__(**options)
        self.frames = frames
        self.mean = ClipMean(frames, name="mean")

    def build(self, shape: Shape) -> None:
        """Make the two dense layers."""
        channels = int(shape[-1] or 0)
        hidden = squeezed(channels)
        self.reduce = keras.layers.Dense(hidden, activation=swish, kernel_initializer="he_normal", name="reduce")
        self.expand = keras.layers.Dense(channels, activation="sigmoid", kernel_initializer="he_normal", name="expand")
        self.reduce.build((None, channels))
        self.expand.build((None, hidden))

    def call(self, x: Any) -> Any:
        """`x` with every channel of every clip multiplied by its gate in (0, 1)."""
        gate = self.expand(self.reduce(self.mean(x)))
        height, width, channels = x.shape[1:]
        clips = ops.reshape(x, (self.frames, -1, height * width, channels))
        return ops.reshape(clips * ops.expand_dims(gate, (0, 2)), (-1, height, width, channels))
