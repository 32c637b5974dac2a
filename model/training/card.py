"""The card of a bundle: what it was made of, what it can do, what it cannot."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.contract import NONE, Contract
from model.data.manifest import Side
from model.evaluation.evaluate import Evaluation
from model.training.calibrate import Calibration
from model.training.dataset import Clips
from model.training.train import Trained

WIDTH = 120
"""Of a line of the card, in characters."""

_HEAD = """# {name} {version}

Recognises which of {count} movements a short clip of **one repetition** shows:
{labels}.{none}

## Model

{architecture}: {frames} frames of {size} x {size} pixels, RGB in [0, 1], cut around the athlete. {channels}
Temperature {temperature:.3f}{rule}.
"""

_NONE = " Anything else should come out as *none of these*."
_RULE = """; *none of these* where its probability, with {bias:+.3f} added to its logit, reaches
{threshold:.2f}"""

_RENDERED_DATA = """
## Data

{clips} rendered clips, and nothing else: an articulated athlete with equipment, gyms, light and cameras drawn by chance
(`model/rendering`). One clip in twenty was held out. No film, no person's picture{start_denied} were used, so
no licence but this project's applies.{start}
"""

_OWN_DATA = """
## Data

{recorded} clips of film of {athletes} athletes{rendered}. {validating} of them validated and calibrated the model.
The clips were split {split}. The licence of the film holds for what is made of it.{start}

| movement | clips | athletes |
|---|---|---|
{table}
"""

_TRAINING = """
## Training

{steps} steps of {batch} clips ({seen} clips seen), {optimizer} at {rate:g} with cosine decay, {kept}, label smoothing
{smoothing}.{frozen} {variation}
`evaluation/history.png` shows the course; `evaluation/evaluation.json` holds the whole recipe and the versions.
"""

_VARIED = """Each clip is varied every time it is seen: framing, shake,
softness, things in front, logos, bars, colour, noise, JPEG, blur and sharpening (`model/training/augmentation.py`)."""

_RESULTS = """
## {test_set}, shown as they are

| | |
|---|---|
| top-1 of the movements | {top1:.3f} |
| top-5 | {top5:.3f} |
| expected calibration error | {ece:.3f} |
"""

_RULE_RESULTS = """| movements let through by the rule | {kept:.3f} |
| other clips rejected by the rule | {rejected} |
| other clips rejected when {recall:.2f} of the movements are let through | {rejected_at_recall} |
| the same of clips that are nearly a movement (a pull-up below the chin, a snatch, single unders) | {near_at_recall} |
| the same of both together | {all_at_recall} |
"""

_CALIBRATION = """
`evaluation/confusion.png`, `correlation.png`, `true-class.png` and `probabilities.png` show them one by one. The model
was calibrated on {chosen_on} {views} of the clips held out: calibration error {ece_before:.3f} before, {ece_after:.3f}
after{varied}.
"""

_VARIED_RULE = """; {varied_kept:.3f} of the movements let through, {varied_rejected} of other clips and
{near_rejected} of clips that are nearly a movement rejected"""

_LOOKS = """
Rendered clips say that training worked, not how well film is recognised.

## How they look

A training clip takes {seconds_per_clip:.2f} s of one core to render: {per_core:.1f} clips per second and core. Every
row is a clip that was held out, as the network gets it before any variation.
{sheets}"""

_FILM = """
## Film

{film_notes}{film}"""

_LIMITS = """
## Limits

One repetition per clip, one athlete moving most. Clips cut loosely, cameras that pan, and movements close to the
{count} (a pull-up below the chin, a snatch, a burpee without a bar) are where it errs. {surer} It judges which
movement is shown, never whether a repetition is valid, and must not decide about people on its own.
"""

_SURER_ON_FILM = """Probabilities are calibrated on
rendered clips only; on film the model is surer than it should be."""
_SURER_ELSEWHERE = """Cameras, gyms and athletes unlike those of the
data make it surer than it should be."""

_CHANNELS = {
    "motion": "The graph makes three\nmotion channels of them (grey, difference to the frame before, difference to the "
    "mean) before its first convolution.",
    "rgb": "The graph sees the\ncolours as they are.",
}

_WHAT_HELPS = """
## What helps

The same training with one thing taken away, judged on the same clips: `held out` are rendered clips, the others are
folders of whole videos (`videos` are rendered). `crop` is the athlete's square, `whole` the whole frame given to the
same network. Figures are top-1 and, in brackets, the loss of the movements in nats, and the share of other clips
rejected at 95 % recall on the clips held out. One clip of nine is .11 and one run is one draw of weights: read
differences below .1, on the nine clips below .25, as chance.
"""

_NO_FILM = "\nNot measured.\n"


def write_card(
    path: Path,
    contract: Contract,
    trained: Trained,
    clips: Clips,
    calibration: Calibration,
    report: Mapping[str, Any],
    films: Mapping[str, Evaluation],
    film_notes: str = "",
) -> None:
    """Write the card as Markdown.

    Args:
        path: of the card.
        contract: of the bundle.
        trained: the run.
        clips: what it was trained on, the clips held out included.
        calibration: on held-out clips.
        report: what `evaluation.json` holds: `judged`, `split`, `contact_sheets`, `rendering_seconds_per_clip`,
            `ablations`.
        films: evaluations of film by the name of the folder; they chose nothing.
        film_notes: Markdown; what was decided by looking at film.
    """
    rendered = report["rendering_seconds_per_clip"] is not None
    sections = [
        _head(contract, trained),
        _data(clips, trained, report["split"], rendered=rendered),
        _training(trained),
        _results(contract, trained, calibration, report["judged"]),
    ]
    if rendered:
        sections.append(_looks(report))
    if report["ablations"]:
        sections.append(_WHAT_HELPS + "".join(map(_ablation, report["ablations"])))
    if rendered or films:
        told = "".join(_film(name, evaluation) for name, evaluation in films.items()) or _NO_FILM
        sections.append(_FILM.format(film_notes=film_notes and film_notes.strip() + "\n", film=told))
    surer = _SURER_ON_FILM if rendered else _SURER_ELSEWHERE
    sections.append(_LIMITS.format(count=len(contract.labels), surer=surer))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_filled("".join(sections)), encoding="utf-8")


def _filled(markdown: str) -> str:
    """The text with its paragraphs wrapped anew: what was filled into them is of any length."""
    blocks = markdown.split("\n\n")
    return "\n\n".join(
        textwrap.fill(block.strip(), WIDTH) if block.strip() and block.strip()[0] not in "#|!-*>" else block
        for block in blocks
    )


def _head(contract: Contract, trained: Trained) -> str:
    rule = contract.none_of_these
    return _HEAD.format(
        name=contract.name,
        version=contract.version,
        count=len(contract.labels),
        labels=", ".join(contract.labels),
        none=_NONE if rule else "",
        architecture=contract.architecture,
        channels=_CHANNELS[trained.recipe.channels],
        frames=contract.frames,
        size=contract.size,
        temperature=contract.temperature,
        rule=_RULE.format(bias=rule.bias, threshold=rule.threshold) if rule else "",
    )


def _data(clips: Clips, trained: Trained, split: str, *, rendered: bool) -> str:
    begun = trained.config.start
    start = f" The training began with the weights of {begun.name}." if begun else ""
    if rendered:
        denied = "" if begun else ", no pretrained weights"
        return _RENDERED_DATA.format(clips=len(clips), start=start, start_denied=denied)
    recorded = clips.take(clips.sides != "")
    drawn = len(clips) - len(recorded)
    rows = []
    for index, label in enumerate((*trained.labels, NONE)):
        chosen = recorded.labels == index
        if chosen.any():
            rows.append(f"| {label} | {int(chosen.sum())} | {len(set(recorded.athletes[chosen]))} |")
    return _OWN_DATA.format(
        recorded=len(recorded),
        athletes=len(set(recorded.athletes)),
        rendered=f", and {drawn} rendered clips (`model/rendering`)" if drawn else "",
        split=split,
        validating=int((recorded.sides == Side.VALIDATION).sum()),
        start=start,
        table="\n".join(rows),
    )


def _training(trained: Trained) -> str:
    recipe = trained.recipe
    kept = f"weights and batch statistics\naveraged with {recipe.average}" if recipe.average else "weights as they are"
    if recipe.choose == "best":
        kept += ", those of the evaluation with the best top-1 on held-out clips"
    return _TRAINING.format(
        steps=trained.step,
        batch=recipe.batch,
        seen=trained.step * recipe.batch,
        optimizer={"adamw": "AdamW", "rmsprop": "RMSprop"}[recipe.optimizer],
        rate=recipe.learning_rate,
        kept=kept,
        smoothing=recipe.label_smoothing,
        frozen=" The backbone was left as it was." if recipe.frozen else "",
        variation=_VARIED if recipe.augmentation else "Clips were not varied.",
    )


def _results(contract: Contract, trained: Trained, calibration: Calibration, judged: Mapping[str, Any]) -> str:
    test_set = judged["test_set"]
    text = _RESULTS.format(
        test_set=test_set[0].upper() + test_set[1:],
        top1=judged["top1"],
        top5=judged["top5"],
        ece=judged["ece"],
    )
    varied = ""
    if contract.none_of_these is not None:
        text += _RULE_RESULTS.format(
            kept=judged["movements_kept"],
            rejected=_share(judged["others_rejected"]),
            recall=judged["recall"],
            rejected_at_recall=_share(judged["others_rejected_at_recall"]),
            near_at_recall=_share(judged["near_rejected_at_recall"]),
            all_at_recall=_share(judged["all_others_rejected_at_recall"]),
        )
        varied = _VARIED_RULE.format(
            varied_kept=calibration.movements_kept,
            varied_rejected=_share(calibration.others_rejected),
            near_rejected=_share(calibration.near_rejected),
        )
    return text + _CALIBRATION.format(
        chosen_on=calibration.clips,
        views="varied views" if trained.recipe.augmentation else "unvaried views",
        ece_before=calibration.ece_before,
        ece_after=calibration.ece,
        varied=varied,
    )


def _looks(report: Mapping[str, Any]) -> str:
    return _LOOKS.format(
        seconds_per_clip=report["rendering_seconds_per_clip"],
        per_core=1 / report["rendering_seconds_per_clip"],
        sheets="".join(
            f"\n{shown}\n\n![{shown}](evaluation/{name})\n" for shown, name in report["contact_sheets"].items()
        ),
    )


def _ablation(report: Mapping[str, Any]) -> str:
    """A table with a row for every recipe and a column for every folder of videos and view of them."""
    lines = [
        f"\n{report['steps']} steps, {report['clips_seen']} clips seen, {report['size']} x {report['size']} pixels:\n"
    ]
    columns = [(folder, view) for folder in report["rows"][0]["videos"] for view in ("athlete", "none")]
    head = [f"{folder}, {'crop' if view == 'athlete' else 'whole'}" for folder, view in columns]
    lines += ["| recipe | held out | " + " | ".join(head) + " |", "|---" * (len(head) + 2) + "|"]
    for row in report["rows"]:
        cells = [_score(row["held_out"]), *(_score(row["videos"][folder][view]) for folder, view in columns)]
        lines.append(f"| {row['name']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _score(score: Mapping[str, Any]) -> str:
    parts = []
    if score["movements"]:
        parts.append(f"{score['top1']:.2f} ({score['loss']:.2f})")
    if score["others"]:
        parts.append(f"rejects {score['rejected']:.2f}")
    return ", ".join(parts)


def _film(name: str, evaluation: Evaluation) -> str:
    """A table of what the model says about a folder of film, one row per thing shown."""
    result = evaluation.to_dict()
    lines = [f"\n`{name}`: {result['clips']} clips, never learned from. "]
    none = result["none_of_these"]
    if none["movements"]:
        lines[0] += f"Top-1 {result['top1']:.2f}, top-5 {result['top5']:.2f}. "
        lines[0] += f"The rule lets {1 - none['movements_rejected']:.2f} of the movements through. "
    if none["others"]:
        lines[0] += f"It rejects {none['others_rejected']:.2f} of the {none['others']} clips of other movements"
        if none["near_relatives"] and none["all_else"]:
            lines[0] += f": {none['near_relatives_rejected']:.2f} of the {none['near_relatives']} near relatives "
            lines[0] += "(pull-ups, skipping, burpees, snatches) and "
            lines[0] += f"{none['all_else_rejected']:.2f} of the {none['all_else']} others"
        lines[0] += "."
    shown: dict[str, list[dict[str, Any]]] = {}
    for row in result["predictions"]:
        shown.setdefault(row["shows"], []).append(row)
    lines += ["", "| shown | clips | right | most probable label, and how often rejected |", "|---|---|---|---|"]
    for shows, rows in sorted(shown.items()):
        read = [row for row in rows if "prediction" in row]
        said = ", ".join(f"{row['prediction'][0][0]} {row['prediction'][0][1]:.2f}" for row in read)
        rejected = sum(row["none_of_these"]["answer"] for row in read)
        lines.append(f"| {shows} | {len(rows)} | {sum(row['right'] for row in read)} | {said}; {rejected} rejected |")
    return "\n".join(lines) + "\n"


def _share(value: float | None) -> str:
    return "none there" if value is None else f"{value:.3f}"
