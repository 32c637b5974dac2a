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
from pydantic import TypeAdapter, ValidationError

from model.answers.report import REPORT
from model.bundle import CARD, EVALUATION, WEIGHTS, Bundle, Golden, seal, write_goldens
from model.contract import MOVEMENTS, NONE, Contract, Movement
from model.data.choices import WhichSide
from model.data.manifest import Manifest, Side
from model.data.records import read_description
from model.evaluation import measure
from model.evaluation.evaluate import evaluate
from model.evaluation.report import report_of_arrays
from model.movinet.export import export_bundle
from model.predict import Predictor, calibrated
from model.rendering.clip import render_clip, render_video
from model.rendering.contact_sheet import write_contact_sheet
from model.rendering.dataset import CodedClip
from model.rendering.mp4 import write_mp4
from model.report.png import write_figures, write_history
from model.training.ablation import REPORT as ABLATION
from model.training.calibrate import RECALL, calibrate
from model.training.card import write_card
from model.training.dataset import Clips, held_out_batches, is_record
from model.training.history import LOG
from model.training.logits import logits_of
from model.training.start import write_weights
from model.training.train import Trained, load_trained
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
    name: str | None = None,
    version: str = "1",
    movements: Sequence[Movement] = MOVEMENTS,
    recall: float = RECALL,
    test: Sequence[Path] = (),
    clips: Path | None = None,
    film: Sequence[Path] = (),
    film_notes: str = "",
    ablations: Sequence[Path] = (),
) -> Contract:
    """Make a bundle of the averaged weights of a run.

    1. Calibrate on the clips that the run held out.
    2. Export graph and contract, compared with the classifier, and the weights to train on from.
    3. Judge clips that neither training nor calibration has seen (without any, the held-out ones) and, if there are
       any, folders of film; draw the figures and the contact sheets.
    4. Write down what the bundle says about its golden clips: rendered ones, or of the test side of `clips`.
    5. Write the card and seal.

    Args:
        run: folder of the run.
        data: the files it was trained on.
        out: the bundle; new or empty.
        name, version: of the bundle; without a name, one made of variant, kind and data.
        movements: how people call the labels; a label that is not among them is called as it is.
        recall: share of the movements' clips that the rule for *none of these* must let through.
        test: files of clips that were not trained on: of another seed, or of the side `test`.
        clips: folder of cut clips with their manifest, the source of the records; golden clips of a model that was
            trained on records are copied from it.
        film: folders of clips named `<movement>_<i>.mp4`, judged for the card and for nothing else.
        film_notes: Markdown for the card: what was decided by looking at film.
        ablations: folders of comparisons of recipes, see `model.training.ablation`; their tables go into the card.

    Raises:
        ValueError: the files are not the run's.
        FileExistsError: `out` holds something.
    """
    trained = load_trained(run)
    recipe, labels = trained.recipe, trained.labels
    loaded = Clips.load(data, labels)
    if len(loaded) != trained.config.clips:
        raise ValueError(f"{run} was trained on {trained.config.clips} clips, the files hold {len(loaded)}")
    held_out = loaded.split()[1]
    calibration = calibrate(
        trained.model,
        held_out,
        size=recipe.size,
        augmentation=recipe.augmentation,
        has_none=trained.has_none,
        recall=recall,
    )
    logger.info("calibration: %s", calibration.to_dict())
    kind = "stream" if recipe.stream else "base"
    rendered = not (loaded.sides != "").any()
    known = {movement.label: movement for movement in movements}
    contract = Contract(
        name=name or f"movinet-{recipe.variant}-{'rendered' if rendered else kind}",
        version=version,
        architecture=f"movinet_{recipe.variant}_{kind} on {recipe.channels} channels",
        movements=tuple(
            known.get(label) or Movement(label=label, meaning=label.capitalize(), spanish=label) for label in labels
        ),
        frames=recipe.frames,
        size=recipe.size,
        temperature=calibration.temperature,
        none_of_these=calibration.rule,
    )
    export_bundle(trained.model, contract, out)
    write_weights(
        out / WEIGHTS, trained.model, recipe, labels, name=f"{contract.name} {version}", has_none=trained.has_none
    )
    seal(out)
    predictor = Predictor(Bundle.load(out))

    figures = out / EVALUATION
    judged = Clips.load(test, labels) if test else held_out
    results = _judge(trained, judged, contract, out, recall, _described(judged, unseen=bool(test)), run / LOG)
    if (run / LOG).is_file():
        write_history(figures / "history.png", run / LOG)
    films = {folder.name: evaluate(predictor, folder, side=WhichSide.ALL) for folder in film}
    report = {
        "judged": results,
        "split": "; ".join(sorted({read_description(path.parent).split for path in data if is_record(path)})),
        "contact_sheets": _write_contact_sheets(held_out, labels, figures) if rendered else {},
        "rendering_seconds_per_clip": _rendering_seconds(labels) if rendered else None,
        "ablations": [json.loads((folder / ABLATION).read_text(encoding="utf-8")) for folder in ablations],
        "calibration": calibration.to_dict(),
        "film": {folder: evaluation.to_dict() for folder, evaluation in films.items()},
        "recipe": recipe.to_dict(),
        "start": trained.config.start and trained.config.start.model_dump(),
        "versions": trained.config.versions,
    }
    (figures / "evaluation.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        goldens = _rendered_goldens(predictor, Path(folder)) if rendered else _own_goldens(predictor, clips)
        write_goldens(out, goldens)
    write_card(out / CARD, contract, trained, loaded, calibration, report, films, film_notes)
    seal(out)
    Predictor.load(out)  # opened once as everybody will: manifest, contract, golden clips
    return contract


def read_movements(path: Path) -> tuple[Movement, ...]:
    """How people call the labels, from a JSON list of `label`, `meaning` and `spanish`.

    Labels of the default model that the file does not name keep their names. Raises `ValueError` if it is no such list.
    """
    try:
        given = TypeAdapter(tuple[Movement, ...]).validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path} is no list of movements with label, meaning and spanish: {error}") from error
    return (*given, *(movement for movement in MOVEMENTS if movement.label not in {m.label for m in given}))


def _described(judged: Clips, *, unseen: bool) -> str:
    """What was judged, in words."""
    athletes = len(set(judged.athletes[judged.sides != ""]))
    if athletes:
        side = "the test set" if unseen else "the validation set, which calibrated the model"
        return f"{len(judged)} clips of {athletes} athlete{'s' * (athletes > 1)} of {side}"
    clips = f"{int((~judged.near).sum())} rendered clips"
    return f"{clips} of a seed never trained on" if unseen else f"{clips} held out of training"


def _judge(
    trained: Trained, judged: Clips, contract: Contract, directory: Path, recall: float, test_set: str, log: Path
) -> dict[str, Any]:
    """Figures of merit, pictures and report of unvaried clips; those that are nearly a movement only for the rule."""
    far, near = judged.take(~judged.near), judged.take(judged.near)
    logits, truth = logits_of(trained.model, held_out_batches(far, size=trained.recipe.size, threads=1))
    probabilities = calibrated(logits, contract)
    outputs = (*contract.labels, NONE)[: contract.outputs]
    write_figures(directory / EVALUATION, probabilities, truth, outputs)
    recorded = bool((far.sides != "").any())
    report = report_of_arrays(
        contract,
        probabilities,
        truth,
        test_set=test_set,
        names=far.names.tolist() if recorded else None,
        athletes=[athlete or None for athlete in far.athletes] if recorded else None,
        history=log if log.is_file() else None,
    )
    report.write(directory / REPORT)
    none = len(contract.labels)
    moving = truth != none
    results = {
        "test_set": test_set,
        "clips": len(truth),
        "top1": round(measure.top_k(probabilities[moving, :none], truth[moving], 1), 4),
        "top5": round(measure.top_k(probabilities[moving, :none], truth[moving], 5), 4),
        "top1_of_all_outputs": round(measure.top_k(probabilities, truth, 1), 4),
        "ece": round(measure.calibration_error(probabilities, truth), 4),
    }
    rule = contract.none_of_these
    if rule is None:
        return results
    rejected = probabilities[:, none] >= rule.threshold
    odds = measure.none_odds(logits / contract.temperature)
    least = np.quantile(odds[moving], recall)
    near_odds = np.empty(0)
    if len(near):
        near_logits, _ = logits_of(trained.model, held_out_batches(near, size=trained.recipe.size, threads=1))
        near_odds = measure.none_odds(near_logits / contract.temperature)
    return {
        **results,
        "movements_kept": round(1 - float(rejected[moving].mean()), 4),
        "others_rejected": _share(rejected[~moving]),
        "recall": recall,
        "others_rejected_at_recall": _share(odds[~moving] > least),
        "near_rejected_at_recall": _share(near_odds > least),
        "all_others_rejected_at_recall": _share(np.concatenate([odds[~moving], near_odds]) > least),
    }


def _share(chosen: np.ndarray) -> float | None:
    return round(float(chosen.mean()), 4) if len(chosen) else None


def _write_contact_sheets(held_out: Clips, labels: Sequence[str], figures: Path) -> dict[str, str]:
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


def _rendered_goldens(predictor: Predictor, folder: Path) -> list[Golden]:
    """One rendered clip per label, the first seed that the model recognises, with its probabilities."""
    goldens = []
    width, height = GOLDEN_SIZE
    for label in GOLDEN_LABELS:
        for seed in range(GOLDEN_SEED, GOLDEN_SEED + 10):
            video = render_video((seed, 0), label, width=width, height=height)
            path = folder / f"{label}_{seed}.mp4"
            write_mp4(path, video.frames)
            golden = _golden(predictor, path)
            if (
                predictor.contract.labels[int(np.argmax(golden.probabilities[: len(predictor.contract.labels)]))]
                == label
            ):
                break
        goldens.append(golden)
    return goldens


def _own_goldens(predictor: Predictor, clips: Path | None) -> list[Golden]:
    """The smallest clip of each of two movements, of the test side if there is one; none without a folder."""
    if clips is None:
        return []
    repetitions = [r for r in Manifest.read(clips).repetitions if r.clip and (clips / r.clip).is_file()]
    chosen = [r for r in repetitions if r.side is Side.TEST] or repetitions
    smallest: dict[str, Path] = {}
    for path, movement in sorted(
        ((clips / str(r.clip), r.movement) for r in chosen), key=lambda c: c[0].stat().st_size
    ):
        smallest.setdefault(movement, path)
    return [_golden(predictor, path) for path in list(smallest.values())[: len(GOLDEN_LABELS)]]


def _golden(predictor: Predictor, path: Path) -> Golden:
    probabilities = predictor.probabilities(read_clip(path, predictor.contract).tensor)
    return Golden(path, tuple(float(p) for p in probabilities))
