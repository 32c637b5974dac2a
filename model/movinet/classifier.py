"""MoViNet with its classifier: from a clip to logits."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import keras
from keras import ops

from model.movinet.backbone import Backbone
from model.movinet.layers import Shape, swish
from model.movinet.options import Config

Channels = Literal["rgb", "motion"]
"""What the network sees: the clip's colours, or three motion channels made of them."""


class HeadOptions(TypedDict):
    """What makes a classifier of a backbone, but its weights."""

    outputs: int
    channels: Channels
    dropout: float


@keras.saving.register_keras_serializable(package="movements")
class MotionChannels(keras.layers.Layer):
    """RGB to three channels of motion, without a parameter.

    1. Grey: the mean of the three colours.
    2. First channel: grey less its mean over the clip, divided by its deviation.
    3. Second: grey less that of the frame before, zero in the first frame.
    4. Third: grey less its mean over time.
    5. The second and third divided by twice the deviation of the third, and clamped to [-4, 4].

    Deviations have a floor far below that of film, so a still clip gives zeros, not noise.
    """

    GREY_FLOOR = 0.02
    MOTION_FLOOR = 0.008
    CLAMP = 4.0

    def compute_output_shape(self, shape: Shape) -> Shape:
        """The shape of the clip."""
        return shape

    def call(self, clip: Any) -> Any:
        """float32 [clips, frames, height, width, 3] in [0, 1] to the same shape, zero mean."""
        grey = ops.mean(clip, axis=-1, keepdims=True)
        everything = (1, 2, 3, 4)
        before = ops.concatenate([grey[:, :1], grey[:, :-1]], axis=1)
        from_mean = grey - ops.mean(grey, axis=1, keepdims=True)
        motion = 0.5 * ops.rsqrt(ops.mean(ops.square(from_mean), axis=everything, keepdims=True) + self.MOTION_FLOOR**2)
        centred = grey - ops.mean(grey, axis=everything, keepdims=True)
        contrast = ops.rsqrt(ops.mean(ops.square(centred), axis=everything, keepdims=True) + self.GREY_FLOOR**2)
        channels = [centred * contrast]
        channels += [ops.clip(c * motion, -self.CLAMP, self.CLAMP) for c in (grey - before, from_mean)]
        return ops.concatenate(channels, axis=-1)


@keras.saving.register_keras_serializable(package="movements")
class Classifier(keras.Model):
    """A clip's logits.

    Input: float32 [clips, frames, size, size, 3], RGB in [0, 1]. Output: float32 logits [clips, outputs].

    Args:
        backbone: what turns a clip into features; it becomes part of the classifier.
        outputs: number of logits: one per label, and one for *none of these* where the contract has it.
        channels: what the network sees of the clip.
        dropout: part of the hidden layer that is dropped in training.
    """

    def __init__(
        self,
        backbone: Backbone,
        outputs: int,
        *,
        channels: Channels = "rgb",
        dropout: float = 0.0,
        name: str | None = None,
    ) -> None:
        clip = keras.Input(backbone.input_shape[1:], name="image")
        x = MotionChannels(name="motion_channels", dtype="float32")(clip) if channels == "motion" else clip
        logits = head(backbone(x), backbone.options.preset.dense, outputs, dropout)
        super().__init__(clip, logits, name=name or f"{backbone.name}_classifier")
        self.backbone = backbone
        self.head: HeadOptions = {"outputs": outputs, "channels": channels, "dropout": dropout}

    def with_backbone(self, backbone: Backbone) -> Classifier:
        """A fresh classifier like this one on another backbone."""
        return Classifier(backbone, **self.head, name=self.name)

    def get_config(self) -> Config:
        """The arguments that make the same network."""
        return {"backbone": keras.saving.serialize_keras_object(self.backbone), **self.head, "name": self.name}

    @classmethod
    def from_config(cls, config: Config, custom_objects: Any = None) -> Classifier:
        """The network that `get_config` describes."""
        return cls(**{**config, "backbone": keras.saving.deserialize_keras_object(config["backbone"])})


def head(features: Any, dense: int, outputs: int, dropout: float) -> Any:
    """Logits [clips, outputs] of features [clips, channels]: a hidden layer, dropout, a linear layer."""
    x = keras.layers.Dense(dense, activation=swish, kernel_initializer="he_normal", name="dense")(features)
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    initializer = keras.initializers.RandomNormal(stddev=0.01)
    return keras.layers.Dense(outputs, kernel_initializer=initializer, dtype="float32", name="logits")(x)
