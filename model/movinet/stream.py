"""MoViNet stream: the causal form of every variant, over a whole clip at once or over its frames as they come."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import keras

from model.movinet.backbone import BottleneckBlock
from model.movinet.classifier import Channels, HeadOptions, head
from model.movinet.layers import Activation, ConvUnit, DepthwiseUnit, FoldTime, Shape
from model.movinet.options import BackboneOptions, Config
from model.movinet.presets import Bottleneck
from model.movinet.stream_layers import (
    CausalMotionChannels,
    CausalSqueezeExcite,
    RunningMean,
    States,
    TemporalUnit,
    hard_swish,
)

COUNT = "count"
"""Name of the state that says how many frames came before; float32 [clips, 1], the same for every layer."""

POSITIONAL = ("a3", "a4", "a5")
"""Variants whose stream models also see which frame it is."""


class StreamBlock(BottleneckBlock):
    """A `BottleneckBlock` whose depthwise convolution is split into space and time, and looks back only."""

    activation: Activation = staticmethod(hard_swish)

    def __init__(
        self, spec: Bottleneck, filters: int, options: BackboneOptions, *, drop: float, name: str | None = None
    ) -> None:
        super().__init__(spec, filters, options, drop=drop, name=name)
        self.positional = options.variant in POSITIONAL

    def _build_features(self, shape: Shape) -> None:
        extent, side = self.spec.kernel
        self.depthwise = DepthwiseUnit(
            (1, side),
            frames=self.frames,
            stride=self.spec.stride,
            activation=hard_swish,
            name="depthwise",
            **self.unit,
        )
        self.temporal = None
        if extent > 1:
            self.temporal = TemporalUnit(
                extent, frames=self.frames, activation=hard_swish, name="temporal", **self.unit
            )
        self.squeeze_excite = CausalSqueezeExcite(self.frames, positional=self.positional, name="squeeze_excite")
        self.depthwise.build(shape)
        for layer in (self.temporal, self.squeeze_excite):
            if layer is not None:
                layer.build(self.depthwise.compute_output_shape(shape))

    def state_shapes(self, height: int, width: int) -> dict[str, tuple[int, ...]]:
        """Shapes of the states without the clips, for frames of this height and width after the block."""
        extent, channels = self.spec.kernel[0], self.spec.expand
        buffer = {"buffer": (extent - 1, height, width, channels)} if extent > 1 else {}
        return {**buffer, "total": (channels,)}

    def compute_output_spec(
        self, x: Any, *, count: Any = None, states: States | None = None, training: bool | None = None
    ) -> tuple[Any, States]:
        """Symbolic results of `call`."""
        shape = self.compute_output_shape(x.shape)
        height, width = (size or 0 for size in shape[1:3])
        after = self.state_shapes(height, width).items()
        return keras.KerasTensor(shape), {name: keras.KerasTensor((None, *state)) for name, state in after}

    def call(
        self, x: Any, *, count: Any = None, states: States | None = None, training: bool | None = None
    ) -> tuple[Any, States]:
        """The block over the next frames.

        Args:
            x: [frames x clips, height, width, channels].
            count: float32 [clips, 1], frames before; None for none.
            states: `buffer` (with a kernel in time) and `total`, as `state_shapes` says; None for an empty past.
            training: as everywhere in Keras.

        Returns:
            [frames x clips, height / stride, width / stride, filters], and the new states.
        """
        given = states or {}
        after: States = {}
        y = self.expand(x, training=training)
        y = self.depthwise(y, training=training)
        if self.temporal is not None:
            y, after["buffer"] = self.temporal(y, buffer=given.get("buffer"), training=training)
        y, after["total"] = self.squeeze_excite(y, count=count, total=given.get("total"))
        return self._joined(x, y, training), after


@keras.saving.register_keras_serializable(package="movements")
class StreamBackbone(keras.Model):
    """MoViNet stream from frames to the features of all frames so far.

    Input: `{"clip": float32 [clips, frames, size, size, 3]}`, and with `stepwise` every state beside it.
    Output: float32 [clips, preset.project], and with `stepwise` the pair of that and the new states.

    Args:
        options: variant, frames, size and the rest, as of a base model.
        stepwise: whether the frames go on from states that are given, or begin a clip. Weights do not depend on it.
    """

    def __init__(self, options: BackboneOptions, *, stepwise: bool = False, name: str | None = None) -> None:
        spec, size = options.preset, options.size
        clip = keras.Input((options.frames, size, size, 3), name="clip")
        given = _Given(stepwise)
        after: States = {}
        x = FoldTime(name="fold_time")(clip)
        x = ConvUnit(spec.stem, side=3, stride=2, activation=hard_swish, name="stem", **options.unit)(x)
        depth, side = 0, -(-size // 2)
        for i, block in enumerate(spec.blocks):
            for j, bottleneck in enumerate(block.bottlenecks):
                depth += 1
                side = -(-side // bottleneck.stride)
                drop = options.drop * depth / spec.bottlenecks
                layer = StreamBlock(bottleneck, block.filters, options, drop=drop, name=f"block{i}_layer{j}")
                x, left = layer(x, count=given.count, states=given.of(layer.name, layer.state_shapes(side, side)))
                after |= {f"{layer.name}_{name}": state for name, state in left.items()}
        x = ConvUnit(spec.project, activation=hard_swish, name="head", **options.unit)(x)
        total = given.of("head", {"total": (spec.project,)})
        features, after["head_total"] = RunningMean(options.frames, name="mean")(
            x, count=given.count, total=total and total["total"]
        )
        inputs = {"clip": clip, **given.inputs}
        outputs = (features, after) if stepwise else features
        super().__init__(inputs, outputs, name=name or f"movinet_{options.variant}_stream")
        self.options, self.stepwise = options, stepwise

    def with_options(self, options: BackboneOptions) -> StreamBackbone:
        """A fresh backbone of the same kind and name, built otherwise."""
        return StreamBackbone(options, stepwise=self.stepwise, name=self.name)

    def get_config(self) -> Config:
        """The arguments that make the same network."""
        return {**asdict(self.options), "stepwise": self.stepwise, "name": self.name}

    @classmethod
    def from_config(cls, config: Config, custom_objects: Any = None) -> StreamBackbone:
        """The network that `get_config` describes."""
        values = dict(config)
        stepwise, name = values.pop("stepwise"), values.pop("name")
        return cls(BackboneOptions(**values), stepwise=stepwise, name=name)


@keras.saving.register_keras_serializable(package="movements")
class StreamClassifier(keras.Model):
    """A clip's logits after all its frames so far.

    Input: float32 [clips, frames, size, size, 3], RGB in [0, 1]. On a stepwise backbone: the dictionary of that as
    `image`, and of every state of `state_shapes`, all zeros before the first frame.
    Output: float32 logits [clips, outputs]. On a stepwise backbone: the dictionary of them as `logits`, and of the new
    states.

    Args:
        backbone, outputs, channels, dropout: see `model.movinet.classifier.Classifier`.
    """

    def __init__(
        self,
        backbone: StreamBackbone,
        outputs: int,
        *,
        channels: Channels = "rgb",
        dropout: float = 0.0,
        name: str | None = None,
    ) -> None:
        stepwise = backbone.stepwise
        past = {name: tensor for name, tensor in backbone.input.items() if name != "clip"}
        clip = keras.Input(backbone.input["clip"].shape[1:], name="image")
        given = _Given(stepwise)
        after: States = {}
        x = clip
        if channels == "motion":
            picture = (*clip.shape[2:4], 1)
            shapes = {"before": picture, "sum": picture, "totals": (3,)}
            states = given.of("motion", shapes)
            x, after = CausalMotionChannels(name="motion_channels", dtype="float32")(
                clip, count=given.count, states=states and {f"motion_{name}": state for name, state in states.items()}
            )
        for name, tensor in past.items():
            given.add(name, tensor.shape[1:])
        x = backbone({"clip": x, **{name: given.inputs[name] for name in past}})
        if stepwise:
            x, left = x
            after = {**after, **left, COUNT: given.inputs[COUNT] + float(clip.shape[1])}
        logits = head(x, backbone.options.preset.dense, outputs, dropout)
        inputs = {"image": clip, **given.inputs} if stepwise else clip
        answers = {"logits": logits, **after} if stepwise else logits
        super().__init__(inputs, answers, name=name or f"{backbone.name}_classifier")
        self.backbone = backbone
        self.head: HeadOptions = {"outputs": outputs, "channels": channels, "dropout": dropout}
        self.state_shapes: dict[str, tuple[int, ...]] = {
            name: tuple(tensor.shape[1:]) for name, tensor in given.inputs.items()
        }

    def with_backbone(self, backbone: StreamBackbone) -> StreamClassifier:
        """A fresh classifier like this one on another backbone."""
        return StreamClassifier(backbone, **self.head, name=self.name)

    def get_config(self) -> Config:
        """The arguments that make the same network."""
        return {"backbone": keras.saving.serialize_keras_object(self.backbone), **self.head, "name": self.name}

    @classmethod
    def from_config(cls, config: Config, custom_objects: Any = None) -> StreamClassifier:
        """The network that `get_config` describes."""
        return cls(**{**config, "backbone": keras.saving.deserialize_keras_object(config["backbone"])})

    def step(self, frames: int = 1) -> StreamClassifier:
        """The same network, with copies of its weights, over the next `frames` frames of a clip."""
        options = replace(self.backbone.options, frames=frames)
        model = self.with_backbone(StreamBackbone(options, stepwise=True, name=self.backbone.name))
        for source, target in ((self.backbone, model.backbone), (self, model)):
            for layer in source.layers:
                if layer.weights and layer is not self.backbone:
                    target.get_layer(layer.name).set_weights(layer.get_weights())
        return model


class _Given:
    """The states that a network is given, as inputs, made when they are first asked for; none unless stepwise."""

    def __init__(self, stepwise: bool) -> None:
        self.inputs: States = {}
        self._stepwise = stepwise
        self.count = None
        if stepwise:
            self.add(COUNT, (1,))
            self.count = self.inputs[COUNT]

    def add(self, name: str, shape: tuple[int, ...]) -> None:
        """An input of this name, unless there is one."""
        if name not in self.inputs:
            self.inputs[name] = keras.Input(shape, name=name)

    def of(self, layer: str, shapes: dict[str, tuple[int, ...]]) -> States | None:
        """Inputs for the states of a layer, by their names within it."""
        if not self._stepwise:
            return None
        for name, shape in shapes.items():
            self.add(f"{layer}_{name}", shape)
        return {name: self.inputs[f"{layer}_{name}"] for name in shapes}
