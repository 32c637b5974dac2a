"""The record of a bundle: everything that was measured and decided when it was made, in one file.

The card is written from it, and the report in it is what the function and the page show.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from model.answers.ablation import Ablation
from model.answers.base import Answer, Count, Share
from model.answers.evaluation import EvaluationAnswer
from model.answers.report import FilmFigures, Report
from model.bundle import RECORD
from model.contract import NoneOfThese

logger = logging.getLogger(__name__)


class Calibration(Answer):
    """What was chosen on held-out clips, and what it does on them.

    Attributes:
        temperature: logits are divided by it.
        fitted_temperature: the one with the greatest likelihood; `temperature` is 1 where this one would have made the
            calibration worse. None in records that do not say.
        rule: for *none of these*; None for a model without that output.
        clips: varied clips looked at.
        ece_before, ece: expected calibration error at temperature 1, and with temperature and rule.
        nll_before, nll: mean of -log P(truth) in nats, likewise; None in records that do not say.
        movements_kept: share of the movements' clips that the rule lets through.
        others_rejected: share of the other clips that it rejects, those that are nearly a movement left out.
        near_rejected: the same of those that are nearly a movement; None without any.
    """

    temperature: float
    fitted_temperature: float | None = None
    rule: NoneOfThese | None
    clips: Count
    ece_before: Share
    ece: Share
    nll_before: float | None = None
    nll: float | None = None
    movements_kept: Share
    others_rejected: Share | None
    near_rejected: Share | None


class AtRecall(Answer):
    """Shares of clips of the test set that would be rejected by a rule that lets `recall` of the movements through.

    `others` and `near` are the numbers of other clips and of those that are nearly a movement; `all_others_rejected`
    counts both together.
    """

    recall: Share
    others: Count
    others_rejected: Share | None
    near: Count
    near_rejected: Share | None
    all_others_rejected: Share | None


class LabelCount(Answer):
    """How many recorded clips show one label, and how many athletes."""

    clips: Count
    athletes: Count


class Data(Answer):
    """The clips that a model was trained on, those held out included.

    Attributes:
        clips: rendered and recorded.
        recorded: clips of film.
        pieces: rendered clips that were cut as people cut (`model.staging.pieces`).
        validating: recorded clips that validated and calibrated the model.
        athletes: people in the recorded clips.
        labels: of the recorded clips, by what they show.
        split: in words, how the recorded clips were split.
    """

    clips: Count
    recorded: Count = 0
    pieces: Count = 0
    validating: Count = 0
    athletes: Count = 0
    labels: dict[str, LabelCount] = Field(default_factory=dict)
    split: str = ""

    @property
    def rendered(self) -> int:
        """Clips that were drawn."""
        return self.clips - self.recorded


class RecipeRecord(BaseModel):
    """The recipe of the run, `model.training.recipe.Recipe`; fields that only training reads are kept as they are."""

    model_config = ConfigDict(frozen=True, extra="allow")

    channels: Literal["motion", "rgb"]
    batch: Count
    optimizer: Literal["adamw", "rmsprop"]
    learning_rate: float
    average: float
    choose: Literal["last", "best"]
    label_smoothing: float
    frozen: bool
    augmentation: dict[str, JsonValue] | None


class Start(Answer):
    """The weights that the training began with: their name, and the sha256 of their file."""

    name: str
    sha256: str


class Training(Answer):
    """The run: its recipe, the step whose weights were kept, what it began with, versions of the libraries.

    `kept` is the share of each weight that is what it was at the start.
    """

    recipe: RecipeRecord
    step: Count
    start: Start | None
    kept: Share = 0.0
    versions: dict[str, str]


class JoinRecord(Answer):
    """What both streams together make of the rendered films on which they were joined.

    `right` and `let_through` are shares of the films of movements, `others_rejected` of the others.
    """

    films: Count
    right: Share
    let_through: Share
    others_rejected: Share | None


class NetworkRecord(Answer):
    """A network on landmarks: its recipe, what it learned from, and what it makes of sequences held out.

    Attributes:
        recipe: `model.training.body.recipe.BodyRecipe`.
        sequences: the manifest of `movements sequences`.
        step: optimiser steps that led to the weights.
        instants_right: share of instants with the right label.
        turn_off: mean error of the turn, in turns, where there is a movement.
    """

    recipe: dict[str, JsonValue]
    sequences: dict[str, JsonValue] | None
    step: Count
    instants_right: Share | None
    turn_off: float | None


class BodyRecord(NetworkRecord):
    """The network that names movements; `joined`: both streams on the films on which they were joined."""

    joined: JoinRecord


class DepthFigures(Answer):
    """How well depth is read of rendered athletes that were never trained on, in thighs.

    Attributes:
        athletes, pictures: how many; of the pictures only those about the bottom, less than .5 above level.
        error, error_near: median error, of all and of those within .15 of level.
        decided, right: share of the pictures of which it is said whether the hips are below the knees, and of these the
            share of which it is said rightly.
        clear_decided, clear_right: the same of those more than .15 from level.
    """

    athletes: Count
    pictures: Count
    error: float
    error_near: float
    decided: Share
    right: Share | None
    clear_decided: Share
    clear_right: Share | None


class DepthRecord(Answer):
    """The network that reads depth from pictures: its recipe, what it learned from, and what it makes of others.

    Attributes:
        recipe: `model.training.depth.recipe.DepthRecipe`.
        bottoms: the manifest of `movements bottoms`.
        step: optimiser steps that led to the weights.
        pictures: what the network makes of athletes that it never saw; landmarks: what they alone make of them.
    """

    recipe: dict[str, JsonValue]
    bottoms: dict[str, JsonValue] | None
    step: Count
    pictures: DepthFigures
    landmarks: DepthFigures


class BundleRecord(Answer):
    """Everything that a bundle says about itself beside its contract.

    Attributes:
        schema_version: of this form.
        report: how good the model is on its test set.
        top1_of_all_outputs: share of the test set's clips whose most probable output is right, also *none of these*.
        at_recall: what a rule of fixed recall would reject of the test set; None for a model without a rule.
        calibration: temperature and rule.
        data, training: what it was made from, and how.
        contact_sheets: pictures of held-out clips: file names in the evaluation's folder, by what they show.
        rendering_seconds_per_clip: of one core; None where nothing was rendered.
        ablations: comparisons of recipes.
        film: folders of film that were judged and decided nothing, by their name.
        film_notes: Markdown; what was decided by looking at film.
        body: the second stream; None without one.
        counter: the network that counts any exercise; None without one.
        depth: the network that reads depth from pictures; None without one.
    """

    schema_version: Literal[1] = 1
    report: Report
    top1_of_all_outputs: Share | None
    at_recall: AtRecall | None
    calibration: Calibration
    data: Data
    training: Training
    contact_sheets: dict[str, str]
    rendering_seconds_per_clip: float | None
    ablations: tuple[Ablation, ...]
    film: dict[str, EvaluationAnswer]
    film_notes: str
    body: BodyRecord | None = None
    counter: NetworkRecord | None = None
    depth: DepthRecord | None = None

    @classmethod
    def read(cls, directory: Path) -> Self:
        """The record in a bundle's directory.

        Raises:
            FileNotFoundError: the bundle has none.
            ValueError: it is not of this form.
        """
        return cls.model_validate_json((directory / RECORD).read_bytes())

    def write(self, directory: Path) -> None:
        """Write the record into a bundle's directory, as compact JSON."""
        path = directory / RECORD
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.model_dump_json() + "\n", encoding="utf-8")


def warnings(labels: int, data: Data) -> tuple[str, ...]:
    """What a model of so many labels, made of some data, is not for: the same in its card and in the page."""
    return (
        "Pictures judge one athlete, the one who moves most. The model errs on cameras that pan, and on movements "
        f"close to the {labels} (a pull-up below the chin, a snatch, a burpee without a bar).",
        "Probabilities are calibrated on rendered clips only; on film the model is surer than it should be."
        if data.recorded == 0
        else "Cameras, gyms and athletes unlike those of the data make it surer than it should be.",
        "It must not decide about people on its own: what it says of a repetition is for a judge to look at.",
    )


def film_figures(name: str, answer: EvaluationAnswer) -> FilmFigures:
    """A folder of film that was judged, in short."""
    rule = answer.none_of_these
    kept = None if rule is None or rule.movements_rejected is None else round(1 - rule.movements_rejected, 6)
    return FilmFigures(
        name=name,
        clips=answer.clips,
        movements=answer.clips if rule is None else rule.movements,
        top1=answer.top1 if rule is None or rule.movements else None,
        let_through=kept,
        others=0 if rule is None else rule.others,
        rejected=None if rule is None else rule.others_rejected,
        near=0 if rule is None else rule.near_relatives,
        near_rejected=None if rule is None else rule.near_relatives_rejected,
    )


class _Reported(BaseModel):
    """As much of a record as showing its report takes."""

    schema_version: Literal[1]
    report: Report
    data: Data = Data(clips=0)
    film: dict[str, EvaluationAnswer] = Field(default_factory=dict)


def stored_report(directory: Path) -> Report | None:
    """The report in a bundle's directory, with film and warnings; None without one of a form that is known here."""
    path = directory / RECORD
    if not path.is_file():
        return None
    try:
        stored = _Reported.model_validate_json(path.read_bytes())
        film = tuple(film_figures(name, answer) for name, answer in stored.film.items())
        told = warnings(len(stored.report.labels), stored.data)
        return stored.report.model_copy(update={"film": film, "warnings": told})
    except ValidationError as error:
        logger.warning("the bundle's report cannot be read", extra={"reason": str(error)})
        return None
