"""From a finished run to a sealed bundle, in three steps: calibrate, export, seal with everything that was measured."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

from model.bundle import EVALUATION, WEIGHTS, Bundle, seal, write_goldens
from model.contract import Contract, Movement
from model.movinet.export import export_bundle
from model.predict import Predictor
from model.record import Calibration
from model.report.png import write_plots
from model.training.bundle_options import BundleOptions
from model.training.calibrate import calibrate
from model.training.card import write_card
from model.training.finished_run import FinishedRun
from model.training.goldens import own_goldens, rendered_goldens
from model.training.measure_bundle import measure_bundle
from model.training.weights import write_weights

logger = logging.getLogger(__name__)

PLAIN = BundleOptions()
"""Nothing chosen."""


def make_bundle(run: Path, data: Sequence[Path], out: Path, options: BundleOptions = PLAIN) -> Contract:
    """Make a bundle of the averaged weights of a run.

    1. Calibrate on the clips that the run held out.
    2. Export graph and contract, compared with the classifier, and the weights to train on from.
    3. Measure, on clips that neither training nor calibration has seen and on film; choose golden clips; write record,
       plots and card; seal.

    Args:
        run: folder of the run.
        data: the files it was trained on.
        out: the bundle; new or empty.
        options: name, test set and what else goes into it.

    Raises:
        ValueError: the files are not the run's.
        FileExistsError: `out` holds something.
    """
    source = FinishedRun.open(run, data, options.kept)
    calibration = _calibrate(source, options.recall)
    contract = _export(source, calibration, options, out)
    _seal(source, calibration, options, out)
    return contract


def _calibrate(source: FinishedRun, recall: float) -> Calibration:
    """Temperature and rule."""
    trained = source.trained
    calibration = calibrate(
        trained.model,
        source.calibrating,
        size=trained.recipe.size,
        augmentation=trained.recipe.augmentation,
        has_none=trained.has_none,
        recall=recall,
    )
    logger.info("calibration: %s", calibration)
    return calibration


def _export(source: FinishedRun, calibration: Calibration, options: BundleOptions, out: Path) -> Contract:
    """Graph, contract and weights."""
    trained, recipe = source.trained, source.trained.recipe
    kind = "stream" if recipe.stream else "base"
    known = {movement.label: movement for movement in options.movements}
    contract = Contract(
        name=options.name or f"movinet-{recipe.variant}-{'rendered' if source.rendered else kind}",
        version=options.version,
        architecture=f"movinet_{recipe.variant}_{kind} on {recipe.channels} channels",
        movements=tuple(
            known.get(label) or Movement(label=label, meaning=label.capitalize(), spanish=label)
            for label in trained.labels
        ),
        frames=recipe.frames,
        size=recipe.size,
        temperature=calibration.temperature,
        none_of_these=calibration.rule,
    )
    export_bundle(trained.model, contract, out)
    name = f"{contract.name} {contract.version}"
    write_weights(out / WEIGHTS, trained.model, recipe, trained.labels, name=name, has_none=trained.has_none)
    return contract


def _seal(source: FinishedRun, calibration: Calibration, options: BundleOptions, out: Path) -> None:
    """Record, plots, golden clips, card and manifest."""
    seal(out)  # so that a predictor opens it, and what is measured is what is served
    predictor = Predictor(Bundle.load(out))
    record = measure_bundle(source, calibration, predictor, options)
    record.write(out)
    write_plots(out / EVALUATION, record.report)
    with tempfile.TemporaryDirectory() as folder:
        rendered = source.rendered
        goldens = rendered_goldens(predictor, Path(folder)) if rendered else own_goldens(predictor, options.clips)
        write_goldens(out, goldens)
    write_card(out)
    seal(out)
    Predictor.load(out).check()  # opened once, as its users will: manifest, contract, golden clips
