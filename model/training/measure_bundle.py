"""Everything that a new bundle says about itself: measured on its test set and on film, and what it was made from."""

from __future__ import annotations

from model.answers.ablation import Ablation
from model.bundle import EVALUATION
from model.data.choices import WhichSplit
from model.defaults import RUN_LOG
from model.evaluation.evaluate import evaluate
from model.evaluation.report import with_history
from model.predict import Predictor
from model.record import BundleRecord, Calibration, RecipeRecord, Start, Training
from model.training.ablation import ABLATION
from model.training.bundle_options import BundleOptions
from model.training.contact_sheets import rendering_seconds, write_contact_sheets
from model.training.data_record import data_record, judged_in_words
from model.training.dataset import Clips
from model.training.finished_run import FinishedRun
from model.training.judge import judge


def measure_bundle(
    source: FinishedRun, calibration: Calibration, predictor: Predictor, options: BundleOptions
) -> BundleRecord:
    """The record of a bundle; contact sheets are written beside where its plots go.

    Args:
        source: the run that it was made of.
        calibration: as it was chosen.
        predictor: the bundle, as it is served.
        options: test set, film, comparisons.
    """
    trained, config = source.trained, source.trained.config
    directory, contract = predictor.bundle.directory, predictor.contract
    judged = Clips.load(options.test, trained.labels) if options.test else source.held_out
    test_set = judged_in_words(judged, unseen=bool(options.test))
    judgement = judge(trained, judged, contract, recall=options.recall, test_set=test_set)
    log = source.folder / RUN_LOG
    sheets, seconds = {}, None
    if source.rendered:
        sheets = write_contact_sheets(directory / EVALUATION, source.held_out, trained.labels)
        seconds = rendering_seconds(trained.labels)
    return BundleRecord(
        report=with_history(judgement.report, log) if log.is_file() else judgement.report,
        top1_of_all_outputs=judgement.top1_of_all_outputs,
        at_recall=judgement.at_recall,
        calibration=calibration,
        data=data_record(source.clips, trained.labels, source.split),
        training=Training(
            recipe=RecipeRecord.model_validate(trained.recipe.to_dict()),
            step=trained.step,
            start=config.start and Start(name=config.start.name, sha256=config.start.sha256),
            kept=source.kept,
            versions=config.versions,
        ),
        contact_sheets=sheets,
        rendering_seconds_per_clip=seconds,
        ablations=tuple(Ablation.model_validate_json((folder / ABLATION).read_bytes()) for folder in options.ablations),
        film={folder.name: evaluate(predictor, folder, split=WhichSplit.ALL).answer() for folder in options.film},
        film_notes=options.film_notes.strip(),
    )
