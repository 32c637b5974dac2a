"""What the parts of the recipe are worth: the same short training with one thing changed, judged on the same clips.

Every network is judged on the clips held out of training and on folders of videos, there once with the athlete's
square and once with the whole frame.
"""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import tensorflow as tf

from model.answers.ablation import Ablation, Row, Score
from model.contract import MOVEMENTS, Contract, Crop
from model.engines.calibration import softmax
from model.evaluation import measure
from model.evaluation.clip_set import videos_in
from model.evaluation.evaluate import shown_in
from model.training.augmentation import Augmentation
from model.training.calibrate import RECALL
from model.training.dataset import Clips, held_out_batches
from model.training.flow import on_flow
from model.training.learner import Network
from model.training.logits import Logits
from model.training.network import movinet
from model.training.recipe import Recipe
from model.training.score import score
from model.training.served import served_rows
from model.training.train import LABELS, Pace, train
from model.video import read_clip

ABLATION = "ablation.json"
"""Where a comparison is written, in its folder."""

_TIMED = 20
"""How often a network is timed."""

ON_FLOW: Mapping[str, Network] = MappingProxyType(
    {"optical flow and grey": on_flow(alone=False), "optical flow alone, direction and strength": on_flow(alone=True)}
)
"""Variants that see another thing of the clips than the recipe says: no served network can."""

PACE = Pace(evaluations=1)
"""The runs are judged when they have ended."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """Videos of a folder as a model sees them: frames uint8 [clips, n, size, size, 3] and truth int [clips]."""

    frames: np.ndarray
    truth: np.ndarray


def variants(recipe: Recipe) -> Mapping[str, Recipe]:
    """The recipe, and the recipe with one thing taken away, by what is different."""
    varied = recipe.augmentation or Augmentation()

    def without(**settings: float) -> Recipe:
        return replace(recipe, augmentation=replace(varied, **settings))

    framing = {"min_scale": 0.9, "max_scale": 0.9, "angle": 0.0, "aspect": 0.0, "mirror": 0.0, "shake": 0.0}
    covering = {"occluders": 0.0, "logo": 0.0, "bars": 0.0}
    colour = {"colour": 0.0, "grey": 0.0, "swap": 0.0}
    publication = {"soft": 0.0, "noise": 0.0, "dither": 0.0, "jpeg": 0.0, "blur": 0.0, "sharpen": 0.0}
    return {
        "the recipe": recipe,
        "colours, no motion channels": replace(recipe, channels="rgb"),
        "no variation of framing": without(**framing),
        "nothing in front": without(**covering),
        "no variation of colour": without(**colour),
        "no noise, blur, JPEG": without(**publication),
        "no variation at all": without(**framing, **covering, **colour, **publication),
        "the causal network": replace(recipe, stream=True),
        **dict.fromkeys(ON_FLOW, recipe),
    }


def ablate(
    out: Path,
    data: Sequence[Path],
    recipe: Recipe,
    folders: Sequence[Path],
    *,
    only: Sequence[str] = (),
    bundle: Path | None = None,
    labels: Sequence[str] = LABELS,
    threads: int = 2,
    network: Network = movinet,
) -> Ablation:
    """Train every variant and judge it.

    Interrupted, it goes on where it was. What is known is written after every variant.

    Args:
        out: folder of the runs and of `ablation.json`.
        data: shards of rendered clips.
        recipe: what is varied; a short one.
        folders: of videos named `<movement>_<i>.mp4`, judged for the comparison and for nothing else.
        only: names of the variants to train; all without it.
        bundle: a finished bundle of both streams, whose rows follow; None for none.
        labels, threads, network: as in `train`.

    Returns:
        What is written to `ablation.json`.

    Raises:
        ValueError: no variant has a name in `only`.
        FileNotFoundError: a folder holds no video.
        ClipError: a video cannot be read.
        ModelUnavailable: `bundle` is none.
    """
    recipes = variants(recipe)
    if unknown := set(only) - set(recipes):
        raise ValueError(f"{sorted(unknown)} are not among the variants {list(recipes)}")
    views = {folder.name: {crop.value: _view(folder, recipe, labels, crop) for crop in Crop} for folder in folders}
    held_out = Clips.load(data, labels).split()[1]
    ablation = Ablation(steps=recipe.steps, clips_seen=recipe.steps * recipe.batch, size=recipe.size, rows=())
    for name in only or recipes:
        changed = recipes[name]
        run = out / name.replace(",", "").replace(" ", "-")
        build = ON_FLOW.get(name, network)
        model = train(run, data, changed, labels=labels, resume=True, threads=threads, network=build, pace=PACE).model
        logits_of = Logits(model)
        logits, truth = logits_of(held_out_batches(held_out, size=recipe.size, threads=threads))
        least = measure.odds_at_recall(measure.none_odds(logits[truth < len(labels)]), RECALL)
        row = Row(
            name=name,
            milliseconds=_milliseconds(logits_of, recipe),
            held_out=_score(logits[~held_out.near], truth[~held_out.near], least),
            videos={
                folder: {crop: _score(*logits_of(_batches(view)), least) for crop, view in by_crop.items()}
                for folder, by_crop in views.items()
            },
        )
        logger.info("%s", row)
        ablation = ablation.model_copy(update={"rows": (*ablation.rows, row)})
        _write(out, ablation)
    if bundle is not None:
        ablation = ablation.model_copy(update={"rows": (*ablation.rows, *served_rows(bundle, folders))})
        _write(out, ablation)
    return ablation


def _write(out: Path, ablation: Ablation) -> None:
    (out / ABLATION).write_text(ablation.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _milliseconds(logits_of: Logits, recipe: Recipe) -> float:
    """Of one clip, the median of some; on as many threads as TensorFlow has."""
    batch = tf.zeros((1, recipe.frames, recipe.size, recipe.size, 3), tf.uint8), tf.zeros(1, tf.int32)
    seconds = []
    for _ in range(1 + _TIMED):
        start = time.perf_counter()
        logits_of([batch])
        seconds.append(time.perf_counter() - start)
    return round(1000 * statistics.median(seconds[1:]), 2)


def _view(folder: Path, recipe: Recipe, labels: Sequence[str], crop: Crop) -> View:
    """The videos of a folder; a name that is no label counts as *none of these*."""
    contract = Contract(
        name="ablation",
        version="1",
        architecture="any",
        movements=MOVEMENTS,
        frames=recipe.frames,
        size=recipe.size,
        crop=crop,
    )
    paths = videos_in(folder)
    outputs = {label: index for index, label in enumerate(labels)}
    return View(
        np.stack([read_clip(path, contract).frames for path in paths]),
        np.array([outputs.get(shown_in(path), len(labels)) for path in paths], np.int32),
    )


def _batches(view: View) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((view.frames, view.truth)).batch(16)


def _score(logits: np.ndarray, truth: np.ndarray, least: float) -> Score:
    """Which movement, on the movements; and the share of other clips whose odds for *none* exceed `least`."""
    none = logits.shape[1] - 1
    moving = truth < none
    return score(softmax(logits[moving, :none]), truth[moving], measure.none_odds(logits[~moving]) > least)
