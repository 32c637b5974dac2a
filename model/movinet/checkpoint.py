"""Import of checkpoints of the official implementation (tensorflow/models, `official/projects/movinet`).

A checkpoint holds arrays and, beside them, the graph of the Python objects that owned them. Arrays are found by
following attribute names through that graph, as TensorFlow itself does; nothing else of the checkpoint is used.

    model / _backbone or layer_with_weights-0 / layer_with_weights-<n> / _expansion / _conv / kernel

In stream checkpoints a convolution is wrapped once more: `_conv / _conv / kernel` or `depthwise_kernel`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

from model.errors import ModelUnavailable
from model.movinet.backbone import Backbone, BottleneckBlock
from model.movinet.classifier import Classifier
from model.movinet.layers import Unit
from model.movinet.stream import StreamBackbone, StreamBlock, StreamClassifier

_NORM = ("gamma", "beta", "moving_mean", "moving_variance")
_HINT = (
    "Take the checkpoint of the same variant and kind (base or stream), as published with the official implementation."
)

Path_ = tuple[str, ...]
Wanted = tuple[Any, Path_]
"""A variable of ours, and the attribute names that lead to its array; a name may list alternatives: `a|b`."""


def import_backbone(backbone: Backbone | StreamBackbone, prefix: Path) -> None:
    """Give a backbone the weights of an official checkpoint.

    Args:
        backbone: not folded; of any frames and size.
        prefix: path of the checkpoint without `.index`.

    Raises:
        ModelUnavailable: the checkpoint cannot be read, lacks an array, or has one of another shape. The backbone
            is then as it was.
    """
    _assign(prefix, list(_Names(backbone).backbone()))


def import_classifier(classifier: Classifier | StreamClassifier, prefix: Path) -> None:
    """Give a classifier backbone and head of an official checkpoint, which must have as many outputs.

    Raises:
        ModelUnavailable: see `import_backbone`.
    """
    names = _Names(classifier.backbone)
    wanted = list(names.backbone())
    for name, owner in (("dense", "_head"), ("logits", "_classifier")):
        layer = classifier.get_layer(name)
        wanted += names.dense(layer, ("model", "layer_with_weights-1", owner))
    _assign(prefix, wanted)


class _Names:
    """Every variable of a network, and where an official checkpoint has its array."""

    def __init__(self, backbone: Backbone | StreamBackbone) -> None:
        self._layers = [layer for layer in backbone.layers if layer.weights]
        stream = isinstance(backbone, StreamBackbone)
        self._kernel: Path_ = ("_conv", "kernel|depthwise_kernel") if stream else ("kernel",)
        self._bias: Path_ = ("_conv", "bias") if stream else ("bias",)

    def backbone(self) -> Iterator[Wanted]:
        """Of a backbone; its layers with weights come in the official order: stem, bottlenecks, head."""
        for n, layer in enumerate(self._layers):
            path: Path_ = ("model", "_backbone|layer_with_weights-0", f"layer_with_weights-{n}")
            if isinstance(layer, BottleneckBlock):
                yield from self._block(layer, path)
            else:
                yield from self._unit(layer, (*path, "_stem" if n == 0 else "_project"))

    def dense(self, layer: Any, path: Path_) -> Iterator[Wanted]:
        """Of a dense layer, which is a convolution of single points there."""
        yield layer.kernel, (*path, "_conv", *self._kernel)
        yield layer.bias, (*path, "_conv", *self._bias)

    def _block(self, block: BottleneckBlock, path: Path_) -> Iterator[Wanted]:
        yield from self._unit(block.expand, (*path, "_expansion"))
        yield from self._unit(block.depthwise, (*path, "_feature"))
        attention = (*path, "_attention")
        if isinstance(block, StreamBlock):
            if block.temporal is not None:
                yield from self._unit(block.temporal, (*path, "_feature"), "_temporal")
            if block.squeeze_excite.position is not None:
                yield block.squeeze_excite.position, (*attention, "_pos_encoding", "_rezero", "_scale|scale")
        yield from self.dense(block.squeeze_excite.reduce, (*attention, "_se_reduce"))
        yield from self.dense(block.squeeze_excite.expand, (*attention, "_se_expand"))
        yield from self._unit(block.project, (*path, "_projection"))
        yield block.scale, (*path, "_mobile_bottleneck", "_rezero", "_scale|scale")
        if block.skip is not None:
            yield from self._unit(block.skip, (*path, "_skip", "_projection"))

    def _unit(self, unit: Unit, path: Path_, ending: str = "") -> Iterator[Wanted]:
        yield unit.kernel, (*path, f"_conv{ending}", *self._kernel)
        for name in _NORM:
            yield getattr(unit.norm, name), (*path, f"_batch_norm{ending}", name)


def _assign(prefix: Path, wanted: list[Wanted]) -> None:
    """Read everything, then assign everything."""
    checkpoint = _Checkpoint(prefix)
    arrays = [checkpoint.array(path, tuple(variable.shape)) for variable, path in wanted]
    for (variable, _), array in zip(wanted, arrays, strict=True):
        variable.assign(array)


class _Checkpoint:
    """Arrays of a checkpoint by attribute names."""

    def __init__(self, prefix: Path) -> None:
        self.name = prefix.name
        try:
            self._reader = tf.train.load_checkpoint(str(prefix))
            graph = TrackableObjectGraph()
            graph.ParseFromString(self._reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
        except (tf.errors.OpError, ValueError, RuntimeError) as error:
            raise ModelUnavailable(f"{prefix} is not a TensorFlow 2 checkpoint: {error}", hint=_HINT) from error
        self._children = [{child.local_name: child.node_id for child in node.children} for node in graph.nodes]
        self._keys = [[attribute.checkpoint_key for attribute in node.attributes] for node in graph.nodes]

    def array(self, path: Path_, shape: tuple[int, ...]) -> np.ndarray:
        """The array at `path`, without the axes of length one that the official kernels have beyond ours."""
        node = 0
        for i, step in enumerate(path):
            following = [self._children[node][name] for name in step.split("|") if name in self._children[node]]
            if not following:
                raise ModelUnavailable(f"The checkpoint {self.name} has no {'/'.join(path[: i + 1])}.", hint=_HINT)
            node = following[0]
        if not self._keys[node]:
            raise ModelUnavailable(f"The checkpoint {self.name} has no values for {'/'.join(path)}.", hint=_HINT)
        array: np.ndarray = np.asarray(self._reader.get_tensor(self._keys[node][0]))
        if not _fits(array.shape, shape):
            raise ModelUnavailable(
                f"{'/'.join(path)} of the checkpoint {self.name} has the shape {array.shape}, {shape} is needed.",
                hint=_HINT,
            )
        return array.reshape(shape)


def _fits(given: tuple[int, ...], needed: tuple[int, ...]) -> bool:
    """Whether the shapes are the same but for axes of length one."""
    return [n for n in given if n != 1] == [n for n in needed if n != 1]
