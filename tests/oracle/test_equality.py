"""Our MoViNet against the official implementation, with weights that went through one of its checkpoints.

`make test-oracle` lets the official implementation answer first (`write_oracle.py`) and names the folder in ORACLE.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model.movinet.presets import PRESETS

pytestmark = pytest.mark.oracle


@pytest.fixture
def oracle() -> Path:
    folder = os.environ.get("ORACLE")
    if not folder:
        pytest.skip("ORACLE names no folder with the official implementation's answers: run make test-oracle")
    return Path(folder)


@pytest.fixture(autouse=True)
def _forget_models() -> Iterator[None]:
    import keras

    yield
    keras.backend.clear_session()


@pytest.mark.parametrize("kind", ["base", "stream"])
@pytest.mark.parametrize("variant", PRESETS)
def test_softmax_equals_the_official_implementation(variant: str, kind: str, oracle: Path) -> None:
    import keras

    from model.movinet.backbone import Backbone
    from model.movinet.checkpoint import import_classifier
    from model.movinet.classifier import Classifier
    from model.movinet.options import BackboneOptions
    from model.movinet.stream import StreamBackbone, StreamClassifier

    folder = oracle / (variant if kind == "base" else f"{variant}_stream")
    answer = np.load(folder / "answer.npz")
    clip, expected = answer["clip"], answer["probabilities"]
    options = BackboneOptions(variant, frames=clip.shape[1], size=clip.shape[2])
    outputs = expected.shape[-1]
    if kind == "base":
        model = Classifier(Backbone(options), outputs)
    else:
        model = StreamClassifier(StreamBackbone(options), outputs)
    import_classifier(model, folder / "ckpt-1")

    given = keras.ops.convert_to_numpy(keras.ops.softmax(model(clip, training=False)))

    difference = float(np.abs(given - expected).max())
    print(
        f"{variant} {kind}: largest difference of a probability {difference:.1e}, "
        f"largest probability {expected.max():.3f}"
    )
    assert 0.01 < expected.max() < 0.9, "answers too even or too certain hide differences"
    assert difference < 1e-5
    assert model.backbone.count_params() == answer["parameters"]


@pytest.mark.parametrize("stream", [False, True], ids=["base", "stream"])
@pytest.mark.parametrize("variant", PRESETS)
def test_pretrained_reads_a_checkpoint_of_the_official_implementation(
    variant: str, stream: bool, oracle: Path, tmp_path: Path
) -> None:
    from model.movinet.backbone import Backbone
    from model.movinet.options import BackboneOptions
    from model.movinet.pretrained import pretrained
    from model.movinet.stream import StreamBackbone

    source = oracle / (f"{variant}_stream" if stream else variant)
    target = pretrained(variant, tmp_path / "backbone.weights.h5", stream=stream, source=source)

    backbone = (StreamBackbone if stream else Backbone)(BackboneOptions(variant, frames=2, size=32))
    backbone.load_weights(target)
    scales = [float(weight.numpy()) for weight in backbone.weights if weight.name == "residual_scale"]
    assert len(scales) == PRESETS[variant].bottlenecks
    assert all(0.1 <= scale <= 0.3 for scale in scales)
