"""From a float32 bundle to one whose flatbuffers are smaller: an ordinary sealed bundle, served as any other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from model.bundle import (
    CARD,
    CONTRACT,
    FLOAT32,
    GOLDEN,
    GOLDEN_TOLERANCE,
    LITERT,
    MANIFEST,
    PARTS,
    SAVED_MODEL,
    STEP,
    WEIGHTS,
    Bundle,
    Golden,
    seal,
    write_goldens,
)
from model.contract import Contract
from model.defaults import EngineName
from model.engines.side_effects import refuse_side_effects
from model.movinet.export import FLATBUFFERS, SERVING, flatbuffer
from model.movinet.precision import Precision
from model.parts.whole import unpacked
from model.predict import Predictor
from model.video import read_clip, to_tensor

_Samples = Callable[[], Iterator[dict[str, np.ndarray]]]
"""Inputs of a signature by name, one set at a time, from the start whenever it is called."""


@dataclass(frozen=True)
class Quantised:
    """What was made, and how far it is from the float32 graph.

    Attributes:
        contract: of the new bundle.
        clips: how many clips both graphs were compared on.
        largest, mean: absolute difference of a probability on them; None without clips.
        bytes_before, bytes_after: of all flatbuffers together.
        goldens_left_out: golden clips that the float32 graph answers otherwise.
    """

    contract: Contract
    clips: int
    largest: float | None
    mean: float | None
    bytes_before: int
    bytes_after: int
    goldens_left_out: tuple[str, ...]


def quantise(
    source: Path, precision: Precision, directory: Path, *, calibration: np.ndarray | None = None
) -> Quantised:
    """Make a bundle with quantised flatbuffers of a float32 one.

    1. Copy the bundle. Its SavedModel stays float32, and so do the contract's temperature and rule; what refers to the
       float32 flatbuffer finds it under another name.
    2. Convert every signature of the SavedModel at the precision. For int8, the ranges of activations are those that
       the calibration clips give; the step of a stream model gets them frame by frame.
    3. Compare the probabilities of both graphs: on the calibration clips, or without any on the golden clips.
    4. Compute the golden clips again. One that the float32 graph answers otherwise, by more than a predictor
       tolerates, is left out: the TensorFlow engine, too, must be able to open the bundle.
    5. Add the precision to the version, say it in the card, and seal.

    Args:
        source: a sealed float32 bundle with flatbuffers.
        precision: any but `fp32`.
        directory: of the new bundle; new or empty.
        calibration: clips uint8 [clips, frames, size, size, 3], RGB, as the model sees them; int8 needs them.

    Raises:
        ModelUnavailable: the source is no sealed bundle, or its graph could do more than compute.
        FileExistsError: the directory holds something.
        ValueError: there is nothing to convert, clips do not fit, or no golden clip is answered alike by both graphs.
    """
    bundle = Bundle.load(source)
    contract = bundle.contract
    _check(bundle, precision, calibration)
    if directory.exists() and any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty")
    with unpacked(bundle) as whole:
        refuse_side_effects(whole, contract.name)
        _copy(source, directory)
        bytes_before, bytes_after = _convert(whole, directory, precision, calibration)
    named = contract.model_copy(update={"version": f"{contract.version}-{precision.value}"})
    named.write(directory / CONTRACT)

    before, after = (
        Predictor(Bundle(folder, contract, folder / LITERT), engine=EngineName.LITERT) for folder in (source, directory)
    )
    goldens, left_out = _goldens(bundle, before, after)
    tensors = (
        [read_clip(golden.clip, contract).tensor for golden in bundle.goldens]
        if calibration is None
        else [to_tensor(clip[None]) for clip in calibration]
    )
    differences = np.array([np.abs(before.probabilities(t) - after.probabilities(t)) for t in tensors])
    result = Quantised(
        contract=named,
        clips=len(tensors),
        largest=float(differences.max()) if len(tensors) else None,
        mean=float(differences.mean()) if len(tensors) else None,
        bytes_before=bytes_before,
        bytes_after=bytes_after,
        goldens_left_out=left_out,
    )
    if goldens:
        write_goldens(directory, goldens)
    if (directory / CARD).is_file():
        with (directory / CARD).open("a", encoding="utf-8") as card:
            card.write(_sentence(result, precision))
    seal(directory)
    return result


def _check(bundle: Bundle, precision: Precision, calibration: np.ndarray | None) -> None:
    contract = bundle.contract
    if precision is Precision.FP32:
        raise ValueError(f"{bundle.directory} is float32 already: choose another precision")
    if bundle.litert_path is None:
        raise ValueError(f"{bundle.directory} carries no flatbuffer: export it again with `movements export`")
    if contract.version.endswith(tuple(f"-{other.value}" for other in Precision)):
        raise ValueError(f"{contract.name} {contract.version} is quantised already: give the bundle it was made of")
    if calibration is None:
        if precision is Precision.INT8:
            raise ValueError("int8 needs calibration clips: the ranges of activations are not known without")
    elif len(calibration) == 0 or calibration.shape[1:] != contract.input_shape[1:]:
        raise ValueError(
            f"calibration clips must be [clips, {', '.join(map(str, contract.input_shape[1:]))}], "
            f"got {list(calibration.shape)}"
        )


def _copy(source: Path, directory: Path) -> None:
    """Copy a bundle without golden clips, manifest and the parts of the step, which is converted as a whole."""
    ignored = shutil.ignore_patterns(MANIFEST, Path(PARTS[STEP]).name)
    shutil.copytree(source, directory, dirs_exist_ok=True, ignore=ignored)
    shutil.rmtree((directory / GOLDEN).parent, ignore_errors=True)
    if any((directory / path).is_file() for path in (PARTS[SAVED_MODEL], WEIGHTS)):
        shutil.copyfile(directory / LITERT, directory / FLOAT32)


def _convert(whole: Path, directory: Path, precision: Precision, calibration: np.ndarray | None) -> tuple[int, int]:
    """Write the flatbuffers of a bundle without parts at the precision; their bytes before and after."""
    paths = {name: path for name, path in FLATBUFFERS.items() if (whole / path).is_file()}
    for name, path in paths.items():
        samples = None if calibration is None else _samples(name, whole / path, calibration)
        (directory / path).write_bytes(_converted(whole, name, precision, samples))
    before, after = (sum((at / path).stat().st_size for path in paths.values()) for at in (whole, directory))
    return before, after


def _converted(source: Path, signature: str, precision: Precision, samples: _Samples | None) -> bytes:
    """The flatbuffer of one signature of a bundle's SavedModel."""
    converter = tf.lite.TFLiteConverter.from_saved_model(str(source), signature_keys=[signature])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision is Precision.FP16:
        converter.target_spec.supported_types = [tf.float16]
    elif precision is Precision.INT8:
        converter.representative_dataset = samples
        # What has no integer kernel, the cumulative sums of stream models, stays float.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.lite.OpsSet.TFLITE_BUILTINS]
    result: bytes = converter.convert()
    return result


def _samples(signature: str, path: Path, clips: np.ndarray) -> _Samples:
    """The inputs of a signature that clips give; the states of a step are those of the float32 flatbuffer."""

    def whole() -> Iterator[dict[str, np.ndarray]]:
        for clip in clips:
            yield {"image": to_tensor(clip[None])}

    def frame_by_frame() -> Iterator[dict[str, np.ndarray]]:
        step = flatbuffer(path)
        for clip in clips:
            states = {name: np.zeros(shape, np.float32) for name, shape in step.shapes.items() if name != "image"}
            for frame in clip:
                inputs = {"image": to_tensor(frame[None, None]), **states}
                yield inputs
                answers = step(inputs)
                states = {name: answers[name] for name in states}

    return whole if signature == SERVING else frame_by_frame


def _goldens(bundle: Bundle, before: Predictor, after: Predictor) -> tuple[list[Golden], tuple[str, ...]]:
    """The golden clips with the quantised graph's probabilities, and the names of those left out."""
    goldens, left_out = [], []
    for golden in bundle.goldens:
        tensor = read_clip(golden.clip, bundle.contract).tensor
        given = after.probabilities(tensor)
        if np.abs(given - before.probabilities(tensor)).max() > GOLDEN_TOLERANCE:
            left_out.append(golden.clip.name)
        else:
            goldens.append(Golden(golden.clip, tuple(float(p) for p in given)))
    if left_out and not goldens:
        raise ValueError(
            f"quantised, {bundle.contract.name} moves a probability of every golden clip by more than "
            f"{GOLDEN_TOLERANCE}: choose another precision or more calibration clips"
        )
    return goldens, tuple(left_out)


def _sentence(result: Quantised, precision: Precision) -> str:
    compared = (
        f"on {result.clips} clips its probabilities differ from the float32 graph's by {result.mean:.5f} on average "
        f"and by {result.largest:.4f} at most"
        if result.clips
        else "it was compared with the float32 graph on no clip"
    )
    return (
        f"\n## Precision\n\nThe flatbuffers are {precision.value} ({result.bytes_before / 2**20:.1f} MiB before, "
        f"{result.bytes_after / 2**20:.1f} MiB now); {compared}. The SavedModel and all other figures of this card and "
        "of `evaluation/` are those of the float32 graph.\n"
    )
