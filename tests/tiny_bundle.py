"""Makes the bundle that tests predict with: a graph too small to be right, with the true shapes and contract.

Its logits are a fixed linear map of the clip's mean colour, so a test can choose the answer by choosing a colour:
red means the first label, green the second, blue the third.

Run as `python tests/tiny_bundle.py DIR`, in a process of its own: tests of light modules never import TensorFlow.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from model.bundle import CONTRACT, LITERT, seal
from model.contract import MOVEMENTS, Contract

SIZE, FRAMES = 64, 10


def make_tiny_bundle(directory: Path) -> None:
    """Write a sealed bundle of 10 x 64 x 64 frames and the nine movements, with SavedModel and flatbuffer."""
    import tensorflow as tf

    contract = Contract(
        name="tiny", version="1", architecture="mean_colour", movements=MOVEMENTS, frames=FRAMES, size=SIZE
    )
    weights = np.zeros((3, len(MOVEMENTS)), np.float32)
    weights[[0, 1, 2], [0, 1, 2]] = 8.0

    class MeanColour(tf.Module):  # type: ignore[misc]  # TensorFlow ships no types
        @tf.function(input_signature=[tf.TensorSpec(contract.input_shape, tf.float32, name="image")], autograph=False)
        def serve(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"logits": tf.matmul(tf.reduce_mean(image, axis=[1, 2, 3]), tf.constant(weights))}

    module = MeanColour()
    tf.saved_model.save(module, str(directory), signatures={"serving_default": module.serve})
    (directory / LITERT).parent.mkdir(parents=True, exist_ok=True)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.serve.get_concrete_function()], module)
    (directory / LITERT).write_bytes(converter.convert())
    contract.write(directory / CONTRACT)
    seal(directory)


if __name__ == "__main__":
    make_tiny_bundle(Path(sys.argv[1]))
