"""From a trained classifier to a bundle: a frozen SavedModel, the same graph for LiteRT, the contract, the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from model.bundle import CONTRACT, LITERT, seal
from model.contract import Contract
from model.errors import ModelUnavailable
from model.movinet.classifier import Classifier
from model.movinet.fold import fold

TOLERANCE = 1e-3
"""Largest difference of a logit between the classifier and what was exported, relative to the largest logit."""


def export(source: Path, contract: Path, directory: Path) -> Contract:
    """The command `movements export`: make a bundle of a saved classifier and a contract.

    Args:
        source: a `Classifier` saved as `.keras`.
        contract: JSON of the `Contract`.
        directory: of the bundle; new or empty.

    Returns:
        The contract of the bundle.

    Raises:
        ModelUnavailable: a file cannot be read, both do not fit each other, or the directory holds something.
    """
    try:
        model = keras.saving.load_model(source, compile=False)
        if not isinstance(model, Classifier):
            raise ValueError(f"{source} holds a {type(model).__name__}, not a Classifier")
        loaded = Contract.read(contract)
        export_bundle(model, loaded, directory)
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            f"{source} cannot be exported: {error}",
            hint="Give a classifier saved as .keras, its contract as JSON, and a new directory.",
        ) from error
    return loaded


def export_bundle(model: Classifier, contract: Contract, directory: Path) -> None:
    """Write a sealed bundle of a classifier in memory. See `model.bundle` for its files.

    1. Fold batch normalisation into the convolutions.
    2. Trace for one clip of the contract's shape, and turn all weights into constants: LiteRT's converter loses
       variables, and TensorFlow opens a frozen graph four times faster.
    3. Save with signature `serving_default`: `image` float32 [1, frames, size, size, 3] to `logits` [1, outputs].
    4. Convert the same graph for LiteRT in float32.
    5. Run both on noise and compare them with the classifier.

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
    serving = _frozen(fold(model), contract)
    module = tf.Module()
    module.serve = serving
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, str(directory), signatures={"serving_default": serving}, options=options)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([serving.get_concrete_function()], module)
    flatbuffer: bytes = converter.convert()
    (directory / LITERT).parent.mkdir(parents=True, exist_ok=True)
    (directory / LITERT).write_bytes(flatbuffer)
    contract.write(directory / CONTRACT)
    _compare(model, directory, flatbuffer)
    seal(directory)


def _frozen(model: Classifier, contract: Contract) -> Any:
    """A function of one clip with every weight a constant of its graph."""
    spec = tf.TensorSpec(contract.input_shape, tf.float32, name="image")
    traced = tf.function(lambda image: model(image, training=False), autograph=False).get_concrete_function(spec)
    frozen = convert_variables_to_constants_v2(traced)

    @tf.function(input_signature=[spec], autograph=False)
    def serve(image: Any) -> dict[str, Any]:
        return {"logits": tf.ensure_shape(frozen(image)[0], (1, contract.outputs))}

    return serve


def _compare(model: Classifier, directory: Path, flatbuffer: bytes) -> None:
    """Raise if the SavedModel or the flatbuffer disagrees with the classifier on noise."""
    clip = np.random.default_rng(0).random((1, *model.input_shape[1:]), np.float32)
    expected = model(clip, training=False).numpy()
    saved = tf.saved_model.load(str(directory)).signatures["serving_default"](image=tf.constant(clip))["logits"].numpy()
    interpreter = Interpreter(model_content=flatbuffer, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], clip)
    interpreter.invoke()
    lite = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    for name, given in (("SavedModel", saved), ("LiteRT", lite)):
        difference = float(np.abs(given - expected).max() / max(1.0, np.abs(expected).max()))
        if not difference <= TOLERANCE:
            raise RuntimeError(f"the exported {name} differs from the classifier by {difference:.2e} of a logit")
