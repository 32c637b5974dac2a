"""Lets the official implementation answer, for `test_equality.py`: run by `make test-oracle` in its own environment.

For each variant, base and stream: the model with random weights, normalisation and residual scales far from their
initial values, its checkpoint as the published ones are written, an input, and the softmax it gives. Logits are brought
to a like spread, so that no probability is so near to zero or one that it hides a difference.

    python tests/oracle/write_oracle.py DIR

    DIR/a0/ckpt-1.index, ckpt-1.data-...    tf.train.Checkpoint(model=MovinetClassifier)
    DIR/a0_stream/...                       the same of the causal model
    DIR/a0/answer.npz                       clip float32 [2, frames, size, size, 3], probabilities float32 [2, 600],
                                            parameters of the backbone
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from official.projects.movinet.modeling import movinet, movinet_model

CLASSES = 600
SPREAD = 2.0
"""Standard deviation of the logits."""

STREAM = {
    "causal": True,
    "conv_type": "2plus1d",
    "se_type": "2plus3d",
    "activation": "hard_swish",
    "gating_activation": "hard_sigmoid",
}
"""How the published stream models are built; A3 to A5 also have the positional encoding."""

RESIDUAL_SCALES = (0.1, 0.3)
"""Large enough to matter. With 0.3 to 0.7, the random weights of A5's 59 bottlenecks multiply float32's rounding until
both implementations are 2e-4 from what float64 gives."""

SHAPES = {"a0": (10, 64), "a1": (6, 64), "a2": (6, 64), "a3": (5, 50), "a4": (5, 50), "a5": (5, 50)}
"""Frames and side in pixels: small, since the weights do not depend on them; 50 is even and odd on the way down."""


def write(variant: str, directory: Path, *, stream: bool) -> None:
    """Write checkpoint and answer of one variant."""
    random = np.random.default_rng(int(variant[1]))
    tf.keras.utils.set_random_seed(int(variant[1]))
    options = {**STREAM, "use_positional_encoding": variant in ("a3", "a4", "a5")} if stream else {}
    backbone = movinet.Movinet(model_id=variant, **options)
    model = movinet_model.MovinetClassifier(backbone=backbone, num_classes=CLASSES)
    model.build([1, 1, 1, 1, 3])
    for variable in model.variables:
        kind = variable.name.split(":")[0].rsplit("/", 1)[-1]
        if kind in ("gamma", "moving_variance"):
            variable.assign(random.uniform(0.7, 1.4, variable.shape))
        elif kind in ("beta", "moving_mean", "bias"):
            variable.assign(random.normal(0.0, 0.2, variable.shape))
        elif kind == "scale":
            variable.assign(random.uniform(*RESIDUAL_SCALES))
    frames, size = SHAPES[variant]
    clip = random.random((2, frames, size, size, 3), np.float32)
    logits = model({"image": tf.constant(clip)}, training=False)
    factor = SPREAD / tf.math.reduce_std(logits)
    for variable in model.layers[-1].weights[-2:]:  # kernel and bias of the last, linear layer
        variable.assign(variable * factor)
    probabilities = tf.nn.softmax(logits * factor).numpy()
    directory.mkdir(parents=True, exist_ok=True)
    tf.train.Checkpoint(model=model).save(str(directory / "ckpt"))
    np.savez(directory / "answer.npz", clip=clip, probabilities=probabilities, parameters=backbone.count_params())


if __name__ == "__main__":
    for name in SHAPES:
        for kind in ("base", "stream"):
            folder = name if kind == "base" else f"{name}_stream"
            write(name, Path(sys.argv[1]) / folder, stream=kind == "stream")
            print(f"{folder} written", flush=True)
