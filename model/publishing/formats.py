"""A bundle for other engines and for hubs of models: one folder with the network in another form, and its card.

What is written is opened again and must say what the bundle says, before the folder has its name.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import numpy as np

from model.bundle import CARD, CONTRACT, LITERT, Bundle
from model.contract import Contract
from model.errors import ModelUnavailable
from model.predict import Predictor
from model.video import read_clip

CLOSE = 1e-3
"""Largest difference of a logit. Engines add in another order; weights without folding differ in their last bits."""

LICENSE = "assets.extra/LICENSE"


class Format(StrEnum):
    """A form that a network can be written in."""

    ONNX = "onnx"
    TFLITE = "tflite"
    SAFETENSORS = "safetensors"


def write_format(source: Path, form: Format, out: Path) -> float:
    """Write a bundle's network of pictures in another form, with card, contract and licence.

    Args:
        source: folder of the bundle.
        form: which.
        out: new folder.

    Returns:
        The largest difference of a logit on the bundle's golden clips, or on noise where it has none.

    Raises:
        FileExistsError: `out` is there already.
        ModelUnavailable: the bundle cannot be used, has no flatbuffer, or the new form answers otherwise.
        ImportError: what the form needs is not installed.
    """
    if out.exists():
        raise FileExistsError(f"{out} is there already")
    bundle = Bundle.load(source)
    flatbuffer = bundle.directory / LITERT
    if not flatbuffer.is_file():
        raise ModelUnavailable(f"The bundle at {source} has no flatbuffer to write in another form.")
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        write, read = {
            Format.ONNX: (_write_onnx, _read_onnx),
            Format.TFLITE: (_write_tflite, _read_tflite),
            Format.SAFETENSORS: (_write_safetensors, _read_safetensors),
        }[form]
        file = partial / f"model.{form}"
        write(bundle, file)
        difference = _difference(bundle, read(bundle, file))
        if difference > CLOSE:
            raise ModelUnavailable(f"As {form} the model answers otherwise: a logit differs by {difference:.2g}.")
        for name, target in ((CARD, "README.md"), (CONTRACT, "contract.json"), (LICENSE, "LICENSE")):
            if (bundle.directory / name).is_file():
                shutil.copyfile(bundle.directory / name, partial / target)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return difference


_Logits = Callable[[np.ndarray], np.ndarray]


def _difference(bundle: Bundle, logits: _Logits) -> float:
    """The largest difference from what the bundle says."""
    predictor = Predictor(bundle, threads=1, body=False)
    tensors = [read_clip(golden.clip, bundle.contract).tensor for golden in bundle.goldens]
    if not tensors:
        tensors = [np.random.default_rng(1).random(bundle.contract.input_shape, np.float32)]
    return max(float(np.abs(logits(tensor) - predictor.engine.logits(tensor)).max()) for tensor in tensors)


def _write_tflite(bundle: Bundle, file: Path) -> None:
    shutil.copyfile(bundle.directory / LITERT, file)


def _read_tflite(bundle: Bundle, file: Path) -> _Logits:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(file), num_threads=1)
    interpreter.allocate_tensors()
    (image,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()

    def logits(tensor: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(image["index"], tensor)
        interpreter.invoke()
        found: np.ndarray = interpreter.get_tensor(answer["index"])
        return found

    return logits


def _write_onnx(bundle: Bundle, file: Path) -> None:
    import onnx
    import tf2onnx

    model, _ = tf2onnx.convert.from_tflite(str(bundle.directory / LITERT), opset=17)
    contract = bundle.contract
    onnx.helper.set_model_props(model, _described(contract))
    onnx.save(model, str(file))


def _read_onnx(bundle: Bundle, file: Path) -> _Logits:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    (image,) = session.get_inputs()

    def logits(tensor: np.ndarray) -> np.ndarray:
        found: np.ndarray = session.run(None, {image.name: tensor})[0]
        return found

    return logits


def _write_safetensors(bundle: Bundle, file: Path) -> None:
    from safetensors.numpy import save_file

    from model.bundle import WEIGHTS
    from model.training.network import movinet
    from model.training.weights import Weights

    weights = Weights.read(bundle.directory / WEIGHTS)
    network = movinet(weights.recipe, len(weights.labels) + weights.has_none)
    names = [weight.path for weight in network.weights]
    arrays = {name: np.array(array, order="C") for name, array in zip(names, weights.arrays, strict=True)}
    about = {**_described(bundle.contract), "recipe": json.dumps(weights.recipe.to_dict())}
    save_file(arrays, str(file), metadata=about)


def _read_safetensors(bundle: Bundle, file: Path) -> _Logits:
    from safetensors import safe_open

    from model.training.network import movinet
    from model.training.recipe import Recipe

    with safe_open(str(file), framework="np") as opened:
        recipe = Recipe.from_dict(json.loads(opened.metadata()["recipe"]))
        network = movinet(recipe, bundle.contract.outputs)
        network.set_weights([opened.get_tensor(weight.path) for weight in network.weights])

    def logits(tensor: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.asarray(network(tensor, training=False))
        return found

    return logits


def _described(contract: Contract) -> dict[str, str]:
    """What a file says of itself."""
    return {"name": contract.name, "version": contract.version, "contract": contract.model_dump_json()}


def pushed(folder: Path, repository: str) -> list[str]:
    """The command that would bring a folder to the hub, and the files that it would bring; nothing is sent."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    sizes = [f"  {path} ({(folder / path).stat().st_size / 1e6:.1f} MB)" for path in files]
    return [f"hf upload {repository} {folder} . --repo-type model", *sizes]
