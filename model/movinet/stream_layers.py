"""The layers of MoViNet stream, which look back and never ahead.

Every one of them runs over a whole clip, beginning with an empty past, or over the next frames of one, given the state
that the frames before have left. Both are the same function. A state has the clips along its first axis.

The published stream models have (2+1)D convolutions, hard activations, and a squeeze-and-excite that sees the mean of
the frames so far beside that of the frame (Kondratyuk et al. 2021, sections 3.2 and 3.3 and appendix B).
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from model.movinet.classifier import MotionChannels
from model.movinet.layers import Shape, Unit
from model.movinet.presets import squeezed

States = dict[str, tf.Tensor]
"""Tensors by name, each with the clips along its first axis."""


def hard_sigmoid(x: Any) -> Any:
    """relu6(x + 3) / 6."""
    return ops.relu6(x + 3.0) * (1 / 6)


def hard_swish(x: Any) -> Any:
    """x relu6(x + 3) / 6 (Howard et al. 2019)."""
    return x * hard_sigmoid(x)


def running_sum(x: Any, before: Any, axis: int) -> Any:
    """Sums of `x` up to each place along `axis`, `before` included; `before` has length 1 there, or is None."""
    summed = x if x.shape[axis] == 1 else ops.cumsum(x, axis=axis)
    return summed if before is None else summed + before


def frame_numbers(frames: int, count: Any) -> Any:
    """Number of each frame since the beginning, from 1: float32 [frames, clips or 1, 1].

    Args:
        frames: how many frames come.
        count: float32 [clips, 1], how many came before; None for none.
    """
    numbers = ops.reshape(ops.arange(1, frames + 1, dtype="float32"), (frames, 1, 1))
    return numbers if count is None else numbers + ops.expand_dims(count, 0)


class TemporalUnit(Unit):
    """A `Unit` with a depthwise convolution over each frame and those before it, pixel by pixel.

    Args:
        extent: frames of the kernel, the last one being the frame itself.
        frames: how many frames come at once.
    """

    stride = 1

    def __init__(self, extent: int, *, frames: int, **options: Any) -> None:
        super().__init__(**options)
        self.extent, self.frames = extent, frames

    def build(self, shape: Shape) -> None:
        """Make the kernel [extent, channels]."""
        self._add_weights((self.extent, int(shape[-1] or 0)))

    def call(self, x: Any, buffer: Any = None, training: bool | None = None) -> tuple[Any, Any]:
        """Convolve, normalise, activate.

        Args:
            x: [frames x clips, height, width, channels].
            buffer: the frames before, [clips, extent - 1, height, width, channels]; None for zeros.
            training: whether statistics are taken from `x`.

        Returns:
            The result, of the shape of `x`, and the buffer for the frames to come.
        """
        clips, rest = ops.shape(x)[0] // self.frames, x.shape[1:]
        past = self.extent - 1
        if buffer is None:
            full = ops.pad(x, ((past * clips, 0), (0, 0), (0, 0), (0, 0)))
        else:
            folded = ops.reshape(ops.transpose(buffer, (1, 0, 2, 3, 4)), (-1, *rest))
            full = ops.concatenate([folded, x], axis=0)
        y: Any = None
        for k in range(self.extent):
            seen = ops.slice(full, (k * clips, 0, 0, 0), (self.frames * clips, *rest))
            y = seen * self.kernel[k] if y is None else y + seen * self.kernel[k]
        last = ops.slice(full, (self.frames * clips, 0, 0, 0), (past * clips, *rest))
        following = ops.transpose(ops.reshape(last, (past, -1, *rest)), (1, 0, 2, 3, 4))
        return self._finished(y, None, training), following


class CausalSqueezeExcite(keras.layers.Layer):
    """Gates each channel of a frame by a small network on the means of the frames so far and of the frame itself.

    Args:
        frames: how many frames come at once.
        positional: whether the network also sees which frame it is.
    """

    def __init__(self, frames: int, *, positional: bool, **options: Any) -> None:
        super().__init__(**options)
        self.frames, self.positional = frames, positional

    def build(self, shape: Shape) -> None:
        """Make the two dense layers, and the weight of the position, which begins at zero."""
        channels = int(shape[-1] or 0)
        hidden = squeezed(2 * channels)
        self.reduce = keras.layers.Dense(hidden, activation=hard_swish, kernel_initializer="he_normal", name="reduce")
        self.expand = keras.layers.Dense(
            channels, activation=hard_sigmoid, kernel_initializer="he_normal", name="expand"
        )
        self.reduce.build((None, None, 2 * channels))
        self.expand.build((None, None, hidden))
        self.position: Any = None
        if self.positional:
            self.position = self.add_weight(name="position", shape=(), initializer="zeros")

    def call(self, x: Any, count: Any = None, total: Any = None) -> tuple[Any, Any]:
        """Gate every frame.

        Args:
            x: [frames x clips, height, width, channels].
            count: float32 [clips, 1], frames before; None for none.
            total: [clips, channels], sum of their means; None for none.

        Returns:
            `x` with every channel of every frame multiplied by its gate in [0, 1], and the new total.
        """
        channels = x.shape[-1]
        here = ops.reshape(ops.mean(x, axis=(1, 2)), (self.frames, -1, channels))
        summed = running_sum(here, None if total is None else ops.expand_dims(total, 0), axis=0)
        numbers = ops.cast(frame_numbers(self.frames, count), x.dtype)
        seen = ops.concatenate([summed / numbers, here], axis=-1)
        if self.position is not None:
            seen = seen + self.position * positions(numbers - 1.0, 2 * channels)
        gate = self.expand(self.reduce(seen))
        return x * ops.reshape(gate, (-1, 1, 1, channels)), summed[-1]


class RunningMean(keras.layers.Layer):
    """Mean over the pixels of all frames so far: [frames x clips, height, width, channels] to [clips, channels].

    Args:
        frames: how many frames come at once.
    """

    def __init__(self, frames: int, **options: Any) -> None:
        super().__init__(**options)
        self.frames = frames

    def call(self, x: Any, count: Any = None, total: Any = None) -> tuple[Any, Any]:
        """The mean and the new total; `count` and `total` as in `CausalSqueezeExcite`."""
        means = ops.reshape(ops.mean(x, axis=(1, 2)), (self.frames, -1, x.shape[-1]))
        summed = ops.sum(means, axis=0)
        if total is None and count is None:
            # Not summed / frames: LiteRT's converter would multiply that into the kernel of the dense layer that
            # follows, and the graphs of a bundle would no longer share it.
            return ops.mean(means, axis=0), summed
        if total is not None:
            summed = summed + total
        return summed / ops.cast(frame_numbers(self.frames, count)[-1], x.dtype), summed


@keras.saving.register_keras_serializable(package="movements")
class CausalMotionChannels(keras.layers.Layer):
    """RGB to three channels of motion, without a parameter: as `MotionChannels`, of the frames so far.

    1. Grey: the mean of the three colours.
    2. First channel: grey less its mean over all frames so far, divided by its deviation over them.
    3. Second: grey less that of the frame before, zero in the first frame.
    4. Third: grey less the mean of every pixel over the frames so far.
    5. The second and third divided by twice the deviation of the third so far, and clamped to [-4, 4].
    """

    def call(self, clip: Any, count: Any = None, states: States | None = None) -> tuple[Any, States]:
        """Channels of the next frames.

        Args:
            clip: float32 [clips, frames, height, width, 3] in [0, 1].
            count: float32 [clips, 1], frames before; None for none.
            states: what they left: `motion_before` and `motion_sum` [clips, height, width, 1], `motion_totals`
                [clips, 3]; None for none.

        Returns:
            Channels of the shape of `clip`, and the new states.
        """
        frames = clip.shape[1]
        grey = ops.mean(clip, axis=-1, keepdims=True)
        numbers = ops.transpose(frame_numbers(frames, count), (1, 0, 2))
        first = grey[:, :1]
        sums = totals = None
        if states is not None:
            begun = ops.reshape(count, (-1, 1, 1, 1, 1)) > 0
            first = ops.where(begun, ops.expand_dims(states["motion_before"], 1), first)
            sums = ops.expand_dims(states["motion_sum"], 1)
            totals = ops.expand_dims(states["motion_totals"], 1)
        before = first if frames == 1 else ops.concatenate([first, grey[:, :-1]], axis=1)
        summed = running_sum(grey, sums, axis=1)
        from_mean = grey - summed / numbers[..., None, None]
        picture = (2, 3, 4)
        means = [ops.mean(value, axis=picture) for value in (grey, ops.square(grey), ops.square(from_mean))]
        total = running_sum(ops.stack(means, axis=-1), totals, axis=1)
        level, square, moved = ops.split(total / numbers, 3, axis=-1)
        contrast = ops.rsqrt(ops.relu(square - ops.square(level)) + MotionChannels.GREY_FLOOR**2)
        motion = 0.5 * ops.rsqrt(moved + MotionChannels.MOTION_FLOOR**2)
        level, contrast, motion = (value[..., None, None] for value in (level, contrast, motion))
        channels = [(grey - level) * contrast]
        channels += [
            ops.clip(c * motion, -MotionChannels.CLAMP, MotionChannels.CLAMP) for c in (grey - before, from_mean)
        ]
        after = {"motion_before": grey[:, -1], "motion_sum": summed[:, -1], "motion_totals": total[:, -1]}
        return ops.concatenate(channels, axis=-1), after


def positions(numbers: Any, channels: int) -> Any:
    """Sinusoidal encoding of frame numbers (Vaswani et al. 2017, section 3.5), as the published models order it.

    Args:
        numbers: float32 [..., 1], counted from 0.
        channels: even; channel i turns by 10000^(-2 floor(i / 2) / channels) radians a frame.

    Returns:
        float32 [..., channels]: the sines of the even channels, then the cosines of the odd ones.
    """
    rates = 10_000.0 ** (-2.0 * (np.arange(channels) // 2) / channels)
    sines = ops.sin(numbers * rates[0::2].astype(np.float32))
    return ops.concatenate([sines, ops.cos(numbers * rates[1::2].astype(np.float32))], axis=-1)
