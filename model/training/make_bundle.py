"""From a finished run to a sealed bundle: calibrated, exported, measured, with golden clips and a card."""

from __future__ import annotations

import json
import logging
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.bundle import CARD, EVALUATION, Bundle, Golden, seal, write_goldens
from model.contract import MOVEMENTS, Contract
from model.evaluation import metrics
from model.evaluation.evaluate import NONE, evaluate
from model.evaluation.figures import write_figures, write_history
from model.movinet.export import export_bundle
from model.predict import Predictor, calibrated
from model.rendering.clip import render_clip, render_video
from model.rendering.contact_sheet import write_contact_sheet
from model.rendering.dataset import CodedClip
from model.rendering.mp4 import write_mp4
from model.training.ablation import REPORT as ABLATION
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

SHEET_CLIPS = 4
"""Clips on the contact sheet of a movement: the first ones of it that were held out."""

TIMED_CLIPS = 3
"""Clips of every label that are rendered to tell how long that takes."""

logger = logging.getLogger(__name__)


def make_bundle(
    run: Path,
    data: Sequence[Path],
    out: Path,
    *,
    name: str = "movinet-a0-rendered",
    version: str = "1",
    recall: float = RECALL,
    test: Sequence[Path] = (),
    film: Sequence[Path] = (),
    film_notes: str = "",
    ablations: Sequence[Path] = (),
) -> Contract:
    """Make a bundle of the averaged weights of a run's last checkpoint.

    1. Calibrate on the clips that the run held out.
    2. Export graph and contract, compared with the classifier.
    3. Judge clips of an unseen seed (without any, the held-out ones) and, if there are any, folders of film; draw the
       figures and the contact sheets.
    4. Render golden clips and write down what the bundle says about them.
    5. Write the card and seal.

    Args:
        run: folder of the run.
        data: the shards it was trained on.
        out: the bundle; new or empty.
        name, version: of the bundle.
        recall: share of the movements' clips that the rule for *none of these* must let through.
        test: shards of another seed, which neither training nor calibration has seen.
        film: folders of clips named `<movement>_<i>.mp4`, judged for the card and for nothing else.
        film_notes: Markdown for the card: what was decided by looking at film.
        ablations: folders of comparisons of recipes, see `model.training.ablation`; their tables go into the card.

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
        architecture=f"movinet_{recipe.variant}_base on {recipe.channels} channels",
        movements=tuple(movement for movement in MOVEMENTS if movement.label in trained.labels),
        frames=recipe.frames,
        size=recipe.size,
        temperature=calibration.temperature,
        none_of_these=calibration.rule,
    )
    export_bundle(trained.model, contract, out)
    predictor = Predictor(Bundle.load(out))

    figures = out / EVALUATION
    judged = RenderedClips.load(test, trained.labels) if test else held_out
    rendered = _judge_rendered(trained, judged, contract, figures, recall)
    rendered["unseen_seed"] = bool(test)
    sheets = _write_contact_sheets(held_out, trained.labels, figures)
    if (run / LOG).is_file():
        write_history(figures / "history.png", run / LOG)
    films = {folder.name: evaluate(predictor, folder) for folder in film}
    report = {
        "rendered": rendered,
        "contact_sheets": sheets,
        "rendering_seconds_per_clip": _rendering_seconds(trained.labels),
        "ablations": [json.loads((folder / ABLATION).read_text(encoding="utf-8")) for folder in ablations],
        "calibration": calibration.to_dict(),
        "film": {folder: evaluation.to_dict() for folder, evaluation in films.items()},
        "recipe": recipe.to_dict(),
        "versions": trained.config["versions"],
    }
    (figures / "evaluation.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        write_goldens(out, _goldens(predictor, Path(folder)))
    write_card(out / CARD, contract, trained, calibration, report, films, film_notes)
    seal(out)
    Predictor.load(out)  # opened once as everybody will: manifest, contract, golden clips
    return contract


def _judge_rendered(
    trained: Trained, judged: RenderedClips, contract: Contract, figures: Path, recall: float
) -> dict[str, Any]:
    """Figures of merit and pictures of unvaried clips; those that are nearly a movement only for the rule."""
    far, near = judged.take(~judged.near), judged.take(judged.near)
    logits, truth = logits_of(trained.model, held_out_batches(far, size=trained.recipe.size, threads=1))
    probabilities = calibrated(logits, contract)
    outputs = (*contract.labels, NONE)
    write_figures(figures, probabilities, truth, outputs)
    none = len(contract.labels)
    rule = contract.none_of_these
    rejected = probabilities[:, none] >= rule.threshold if rule else np.zeros(len(truth), bool)
    moving = truth != none
    odds = metrics.none_odds(logits / contract.temperature)
    least = np.quantile(odds[moving], recall)
    near_odds = np.empty(0)
    if len(near):
        near_logits, _ = logits_of(trained.model, held_out_batches(near, size=trained.recipe.size, threads=1))
        near_odds = metrics.none_odds(near_logits / contract.temperature)
    return {
        "clips": len(truth),
        "top1": round(metrics.top_k(probabilities[moving, :none], truth[moving], 1), 4),
        "top5": round(metrics.top_k(probabilities[moving, :none], truth[moving], 5), 4),
        "top1_of_all_outputs": round(metrics.top_k(probabilities, truth, 1), 4),
        "ece": round(metrics.calibration_error(probabilities, truth), 4),
        "movements_kept": round(1 - float(rejected[moving].mean()), 4),
        "others_rejected": _share(rejected[~moving]),
        "recall": recall,
        "others_rejected_at_recall": _share(odds[~moving] > least),
        "near_rejected_at_recall": _share(near_odds > least),
        "all_others_rejected_at_recall": _share(np.concatenate([odds[~moving], near_odds]) > least),
    }


def _share(chosen: np.ndarray) -> float | None:
    return round(float(chosen.mean()), 4) if len(chosen) else None


def _write_contact_sheets(held_out: RenderedClips, labels: Sequence[str], figures: Path) -> dict[str, str]:
    """A sheet for everything that was held out: file names by what they show."""
    sheets = {}
    for index, label in enumerate((*labels, NONE)):
        chosen = held_out.take(np.flatnonzero(held_out.labels == index)[:SHEET_CLIPS])
        if len(chosen):
            clips = [CodedClip(tuple(jpegs), label, label, near=False).frames for jpegs in chosen.jpegs]
            sheets[label] = write_contact_sheet(figures / f"{label.replace(' ', '-')}.jpg", clips).name
    return sheets


def _rendering_seconds(labels: Sequence[str]) -> float:
    """Processor seconds that a clip takes to render, the mean over the labels; the first clip warms up."""
    render_clip(0, labels[0])
    began = time.process_time()
    for label in labels:
        for seed in range(TIMED_CLIPS):
            render_clip((1, seed), label)
    return round((time.process_time() - began) / (TIMED_CLIPS * len(labels)), 3)


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
