"""From a finished run to a sealed bundle: calibrated, exported, measured, with golden clips and a card."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.bundle import CARD, EVALUATION, Bundle, Golden, seal, write_goldens
from model.contract import MOVEMENTS, Contract
from model.evaluation import metrics
from model.evaluation.evaluate import NONE, evaluate
from model.evaluation.figures import write_figures, write_history
from model.movinet.export import export_bundle
from model.predict import Predictor, calibrated
from model.rendering.clip import render_video
from model.rendering.mp4 import write_mp4
from model.training.calibrate import RECALL, calibrate
from model.training.card import write_card
from model.training.dataset import RenderedClips, held_out_batches
from model.training.history import LOG
from model.training.train import Trained, load_trained, logits_of
from model.video import read_clip

GOLDEN_LABELS = ("thruster", "ghd")
"""Two clips, one of a standing athlete and one of a lying one: they run at every start, so they are few and small."""

GOLDEN_SIZE = (200, 360)
GOLDEN_SEED = 4096

logger = logging.getLogger(__name__)


def make_bundle(
    run: Path,
    data: Sequence[Path],
    out: Path,
    *,
    name: str = "movinet-a0-rendered",
    version: str = "1",
    recall: float = RECALL,
    film: Sequence[Path] = (),
) -> Contract:
    """Make a bundle of the averaged weights of a run's last checkpoint.

    1. Calibrate on the clips that the run held out.
    2. Export graph and contract, compared with the classifier.
    3. Judge the held-out clips and, if there are any, folders of film; draw the figures.
    4. Render golden clips and write down what the bundle says about them.
    5. Write the card and seal.

    Args:
        run: folder of the run.
        data: the shards it was trained on.
        out: the bundle; new or empty.
        name, version: of the bundle.
        recall: share of the movements' clips that the rule for *none of these* must let through.
        film: folders of clips named `<movement>_<i>.mp4`, judged for the card and for nothing else.

    Raises:
        ValueError: the shards are not the run's.
        FileExistsError: `out` holds something.
    """
    trained = load_trained(run)
    clips = RenderedClips.load(data, trained.labels)
    if len(clips) != trained.config["clips"]:
        raise ValueError(f"{run} was trained on {trained.config['clips']} clips, the shards hold {len(clips)}")
    held_out = clips.split()[1]
    recipe = trained.recipe
    calibration = calibrate(trained.model, held_out, size=recipe.size, augmentation=recipe.augmentation, recall=recall)
    logger.info("calibration: %s", calibration.to_dict())
    contract = Contract(
        name=name,
        version=version,
        architecture=f"movinet_{recipe.variant}_base on motion channels",
        movements=tuple(movement for movement in MOVEMENTS if movement.label in trained.labels),
        frames=recipe.frames,
        size=recipe.size,
        temperature=calibration.temperature,
        none_of_these=calibration.rule,
    )
    export_bundle(trained.model, contract, out)
    predictor = Predictor(Bundle.load(out))

    figures = out / EVALUATION
    rendered = _judge_rendered(trained, held_out, contract, figures)
    if (run / LOG).is_file():
        write_history(figures / "history.png", run / LOG)
    films = {folder.name: evaluate(predictor, folder) for folder in film}
    report = {
        "rendered": rendered,
        "calibration": calibration.to_dict(),
        "film": {folder: evaluation.to_dict() for folder, evaluation in films.items()},
        "recipe": recipe.to_dict(),
        "versions": trained.config["versions"],
    }
    (figures / "evaluation.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        write_goldens(out, _goldens(predictor, Path(folder)))
    write_card(out / CARD, contract, trained, calibration, rendered, films)
    seal(out)
    Predictor.load(out)  # opened once as everybody will: manifest, contract, golden clips
    return contract


def _judge_rendered(
    trained: Trained, held_out: RenderedClips, contract: Contract, figures: Path
) -> dict[str, float | int | None]:
    """Figures of merit and pictures of the unvaried held-out clips, those that are nearly a movement left out."""
    far = held_out.take(~held_out.near)
    logits, truth = logits_of(trained.model, held_out_batches(far, size=trained.recipe.size, threads=1))
    probabilities = calibrated(logits, contract)
    outputs = (*contract.labels, NONE)
    write_figures(figures, probabilities, truth, outputs)
    none = len(contract.labels)
    rule = contract.none_of_these
    rejected = probabilities[:, none] >= rule.threshold if rule else np.zeros(len(truth), bool)
    moving = truth != none
    return {
        "clips": len(truth),
        "top1": round(metrics.top_k(probabilities[moving, :none], truth[moving], 1), 4),
        "top5": round(metrics.top_k(probabilities[moving, :none], truth[moving], 5), 4),
        "top1_of_all_outputs": round(metrics.top_k(probabilities, truth, 1), 4),
        "ece": round(metrics.calibration_error(probabilities, truth), 4),
        "movements_kept": round(1 - float(rejected[moving].mean()), 4),
        "others_rejected": round(float(rejected[~moving].mean()), 4) if (~moving).any() else None,
    }


def _goldens(predictor: Predictor, folder: Path) -> list[Golden]:
    """One rendered clip per label, the first seed that the model recognises, with its probabilities."""
    goldens = []
    width, height = GOLDEN_SIZE
    for label in GOLDEN_LABELS:
        for seed in range(GOLDEN_SEED, GOLDEN_SEED + 10):
            video = render_video((seed, 0), label, width=width, height=height)
            path = folder / f"{label}_{seed}.mp4"
            write_mp4(path, video.frames)
            probabilities = predictor.probabilities(read_clip(path, predictor.contract).tensor)
            if predictor.contract.labels[int(probabilities[:-1].argmax())] == label:
                break
        goldens.append(Golden(path, tuple(float(p) for p in probabilities)))
    return goldens
