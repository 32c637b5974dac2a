"""A worker that makes the bundle of a network at a precision.

Run as `python -m model.benchmark.networks JSON`. Converters take memory and sometimes refuse, so each works alone.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import keras

from model.benchmark.calibration import calibration_clips, frames_of
from model.benchmark.messages import NetworkOrder
from model.benchmark.plan import CALIBRATION_CLIPS, RANDOM_CALIBRATION_CLIPS, Kind
from model.bundle import Bundle
from model.contract import MOVEMENTS, Contract, Movement, NoneOfThese
from model.movinet.backbone import Backbone
from model.movinet.classifier import Classifier
from model.movinet.export import export_bundle
from model.movinet.options import BackboneOptions
from model.movinet.quantise import quantise
from model.movinet.stream import StreamBackbone, StreamClassifier
from model.training.calibrate import calibrate
from model.training.train import Trained, load_trained

SEED = 1
"""The seed of random weights."""


def make_network(order: NetworkOrder) -> None:
    """Make the bundle that is ordered.

    A trained network gets temperature and rule for *none of these* from clips that were held out of `calibration`, as
    `movements bundle` chooses them; without a folder it stays uncalibrated. The ranges of int8 come from clips of the
    folder that were trained on.

    Raises:
        FileNotFoundError, ValueError: a folder does not hold what it should.
    """
    partial = order.out.with_name(f"{order.out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    if order.source is None:
        _export(order, partial)
    else:
        contract = Bundle.load(order.source).contract
        clips = None
        if order.calibration is not None:
            count = RANDOM_CALIBRATION_CLIPS if order.network.run is None else CALIBRATION_CLIPS
            clips = frames_of(calibration_clips(order.calibration, contract.labels)[0], count, contract.size)
        quantise(order.source, order.precision, partial, calibration=clips)
    partial.rename(order.out)


def _export(order: NetworkOrder, directory: Path) -> None:
    network = order.network
    contract = Contract(
        name=f"movinet-{network.variant}-{network.kind.value}",
        version="benchmark",
        architecture=f"movinet_{network.variant}_{network.kind.value} on {network.channels} channels",
        movements=MOVEMENTS,
        frames=network.frames,
        size=network.size,
        none_of_these=NoneOfThese(),
    )
    if network.run is None:
        keras.utils.set_random_seed(SEED)
        options = BackboneOptions(network.variant, frames=network.frames, size=network.size)
        model: Classifier | StreamClassifier
        if network.kind is Kind.STREAM:
            model = StreamClassifier(StreamBackbone(options), contract.outputs, channels=network.channels)
        else:
            model = Classifier(Backbone(options), contract.outputs, channels=network.channels)
        export_bundle(model, contract, directory)
        return
    trained = load_trained(Path(network.run))
    known = {movement.label: movement for movement in MOVEMENTS}
    movements = tuple(known.get(label, Movement(label=label, meaning=label, spanish=label)) for label in trained.labels)
    rule = NoneOfThese() if trained.has_none else None
    chosen = {"none_of_these": rule} if order.calibration is None else _calibrated(trained, order.calibration)
    export_bundle(trained.model, contract.model_copy(update={"movements": movements, **chosen}), directory)


def _calibrated(trained: Trained, folder: Path) -> dict[str, Any]:
    """Temperature and rule of a contract."""
    held_out = calibration_clips(folder, trained.labels)[1]
    recipe = trained.recipe
    chosen = calibrate(
        trained.model, held_out, size=recipe.size, augmentation=recipe.augmentation, has_none=trained.has_none
    )
    return {"temperature": chosen.temperature, "none_of_these": chosen.rule}


if __name__ == "__main__":
    make_network(NetworkOrder.model_validate_json(sys.argv[1]))
