"""From a trained classifier to a bundle: a frozen SavedModel, the same graph for LiteRT, the contract, the manifest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from model.bundle import CONTRACT, LICENSE, LITERT, STEP, seal
from model.contract import Contract
from model.defaults import DEFAULT_BUNDLE
from model.engines.flatbuffer import refuse_custom_operators
from model.errors import ModelUnavailable
from model.movinet.classifier import Classifier
from model.movinet.compact import compact
from model.movinet.fold import fold
from model.movinet.stream import StreamClassifier

SERVING, STEPPING = "serving_default", "step"
"""Signatures of a SavedModel: of a whole clip, and of one more frame."""

FLATBUFFERS = {SERVING: LITERT, STEPPING: STEP}
"""Where a bundle has each signature for LiteRT."""

_Function = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]
"""From arrays by name to arrays by name."""

TOLERANCE = 1e-3
"""Largest difference of a logit between the classifier and what was exported, relative to the largest logit."""


def export(source: Path, contract: Path, directory: Path) -> Contract:
    """The command `movements export`: make a bundle of a saved classifier and a contract.

    Args:
        source: a `Classifier` or `StreamClassifier` saved as `.keras`.
        contract: JSON of the `Contract`.
        directory: of the bundle; new or empty.

    Returns:
        The contract of the bundle.

    Raises:
        ModelUnavailable: a file cannot be read, both do not fit each other, or the directory holds something.
    """
    try:
        model = keras.saving.load_model(source, compile=False)
        if not isinstance(model, Classifier | StreamClassifier):
            raise ValueError(f"{source} holds a {type(model).__name__}, not a classifier")
        loaded = Contract.read(contract)
        export_bundle(model, loaded, directory)
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            f"{source} cannot be exported: {error}",
            hint="Give a classifier saved as .keras, its contract as JSON, and a new directory.",
        ) from error
    return loaded


def export_bundle(model: Classifier | StreamClassifier, contract: Contract, directory: Path) -> None:
    """Write a sealed bundle of a classifier in memory. See `model.bundle` for its files.

    1. Fold batch normalisation into the convolutions.
    2. Trace for one clip of the contract's shape, and turn all weights into constants: LiteRT's converter loses
       variables, and TensorFlow opens a frozen graph four times faster.
    3. Save with signature `serving_default`: `image` float32 [1, frames, size, size, 3] to `logits` [1, outputs].
    4. Of a stream model also signature `step`: `image` [1, 1, size, size, 3] and every state to `logits` and every
       state after that frame; before the first frame all states are zeros.
    5. Convert the same graphs for LiteRT in float32.
    6. Run all on noise and compare them with the classifier.
    7. Keep the weights once: the flatbuffer of a clip has them, the other graphs become their parts (`model.parts`).
    8. Copy the licence of the embedded bundle, which an installation has, too.

    Goldens, card and figures may be added to the directory afterwards; seal it again then (`model.bundle.seal`).

    Raises:
        ValueError: the classifier's shapes are not the contract's.
        FileExistsError: the directory holds something.
        RuntimeError: what was exported computes something else than the classifier.
    """
    shapes = (1, *model.input_shape[1:]), model.output_shape[-1]
    if shapes != (contract.input_shape, contract.outputs):
        raise ValueError(
            f"the classifier maps {shapes[0]} to {shapes[1]} logits, "
            f"the contract says {contract.input_shape} to {contract.outputs}"
        )
    if directory.exists() and any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty")
    folded = fold(model)
    signatures = {SERVING: _serving(folded)}
    if isinstance(folded, StreamClassifier):
        signatures[STEPPING] = _stepping(folded)
    module = tf.Module()
    module.functions = list(signatures.values())
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, str(directory), signatures=signatures, options=options)
    (directory / LITERT).parent.mkdir(parents=True, exist_ok=True)
    for name, function in signatures.items():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], module)
        (directory / FLATBUFFERS[name]).write_bytes(converter.convert())
    contract.write(directory / CONTRACT)
    shutil.copyfile(DEFAULT_BUNDLE / LICENSE, directory / LICENSE)
    _compare(model, directory)
    compact(directory)
    seal(directory)


def _serving(model: Classifier | StreamClassifier) -> Any:
    """A function from one clip `image` to `logits`, every weight a constant of its graph."""
    spec = {"image": tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="image")}
    return frozen(lambda inputs: {"logits": model(inputs["image"], training=False)}, spec)


def _stepping(model: StreamClassifier) -> Any:
    """A function from the next frame `image` and every state to `logits` and every state after it, likewise."""
    step = model.step()
    shapes = {"image": step.input["image"].shape[1:], **step.state_shapes}
    specs = {name: tf.TensorSpec((1, *shape), tf.float32, name=name) for name, shape in shapes.items()}
    return frozen(lambda inputs: step(inputs, training=False), specs)


def frozen(function: Any, specs: dict[str, tf.TensorSpec]) -> Any:
    """`function` from tensors by name to tensors by name, with every weight a constant of its graph."""
    traced = tf.function(function, autograph=False).get_concrete_function(specs)
    shapes = {name: tensor.shape for name, tensor in sorted(traced.structured_outputs.items())}
    constant = convert_variables_to_constants_v2(traced)

    @tf.function(input_signature=[specs[name] for name in sorted(specs)], autograph=False)
    def serve(*inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        answers = constant(*inputs)
        return {name: tf.ensure_shape(a, shape) for (name, shape), a in zip(shapes.items(), answers, strict=True)}

    return serve


def _compare(model: Classifier | StreamClassifier, directory: Path) -> None:
    """Raise if the SavedModel or a flatbuffer disagrees with the classifier on noise."""
    clip = np.random.default_rng(0).random((1, *model.input_shape[1:]), np.float32)
    expected = model(clip, training=False).numpy()
    saved = tf.saved_model.load(str(directory)).signatures
    given = {
        "SavedModel": _signature(saved[SERVING])({"image": clip})["logits"],
        "LiteRT": flatbuffer(directory / LITERT)({"image": clip})["logits"],
    }
    if STEPPING in saved:
        shapes = {name: spec.shape for name, spec in saved[STEPPING].structured_input_signature[1].items()}
        states = {name: np.zeros(shape, np.float32) for name, shape in shapes.items() if name != "image"}
        given["SavedModel, frame by frame"] = _frame_by_frame(_signature(saved[STEPPING]), clip, states)
        given["LiteRT, frame by frame"] = _frame_by_frame(flatbuffer(directory / STEP), clip, states)
    for name, logits in given.items():
        difference = float(np.abs(logits - expected).max() / max(1.0, np.abs(expected).max()))
        if not difference <= TOLERANCE:
            raise RuntimeError(f"the exported {name} differs from the classifier by {difference:.2e} of a logit")


def _frame_by_frame(step: _Function, clip: np.ndarray, states: dict[str, np.ndarray]) -> np.ndarray:
    """Logits after the last frame of a clip."""
    answers: dict[str, np.ndarray] = {}
    for i in range(clip.shape[1]):
        answers = step({"image": clip[:, i : i + 1], **states})
        states = {name: answers[name] for name in states}
    return answers["logits"]


@dataclass(frozen=True)
class FlatbufferFunction:
    """The one signature of a flatbuffer as a function from arrays by name to arrays by name.

    Attributes:
        shapes: of the inputs, by name.
    """

    shapes: dict[str, tuple[int, ...]]
    _run: _Function

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs for some inputs."""
        return self._run(inputs)


def flatbuffer(path: Path) -> FlatbufferFunction:
    """Open the one signature of a flatbuffer, on one thread; `ModelUnavailable` if it could do more than compute."""
    refuse_custom_operators(path, path.name)
    run = Interpreter(model_path=str(path), num_threads=1).get_signature_runner()
    shapes = {name: tuple(entry["shape"].tolist()) for name, entry in run.get_input_details().items()}
    return FlatbufferFunction(shapes, lambda inputs: run(**inputs))


def _signature(function: Any) -> _Function:
    """A signature of a SavedModel."""
    return lambda inputs: {
        name: answer.numpy()
        for name, answer in function(**{name: tf.constant(value) for name, value in inputs.items()}).items()
    }
