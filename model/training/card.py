"""The card of a bundle: what it was made of, what it can do, what it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.contract import Contract
from model.evaluation.evaluate import NONE, Evaluation
from model.training.calibrate import Calibration
from model.training.train import Trained

_CARD = """# {name} {version}

Recognises which of {count} CrossFit movements a short clip of **one repetition** shows:
{labels}. Anything else should come out as *none of these*.

## Model

{architecture}: {frames} frames of {size} x {size} pixels, RGB in [0, 1], cut around the athlete. {channels}
Temperature {temperature:.3f}; *none of these* where its probability, with {bias:+.3f} added to its logit, reaches
{threshold:.2f}.

## Data

{clips} rendered clips, and nothing else: an articulated athlete with equipment, gyms, light and cameras drawn by chance
(`model/rendering`). One clip in twenty was held out. No film, no person's picture, no pretrained weights were used, so
no licence but this project's applies.

## Training

{steps} steps of {batch} clips ({seen} clips seen), AdamW at {rate:g} with cosine decay, weights and batch statistics
averaged with {average}, label smoothing {smoothing}. Each clip is varied every time it is seen: framing, shake,
softness, things in front, logos, bars, colour, noise, JPEG, blur and sharpening (`model/training/augmentation.py`).
`evaluation/history.png` shows the course; `evaluation/evaluation.json` holds the whole recipe and the versions.

## Rendered clips {judged_on} ({held_out}, shown as they are)

| | |
|---|---|
| top-1 of the movements | {top1:.3f} |
| top-5 | {top5:.3f} |
| expected calibration error | {ece:.3f} |
| movements let through by the rule | {kept:.3f} |
| other clips rejected by the rule | {rejected} |
| other clips rejected when {recall:.2f} of the movements are let through | {rejected_at_recall} |
| the same of clips that are nearly a movement (a pull-up below the chin, a snatch, single unders) | {near_at_recall} |
| the same of both together | {all_at_recall} |

`evaluation/confusion.png`, `correlation.png`, `true-class.png` and `probabilities.png` show them one by one. The rule
was chosen on {chosen_on} varied views of the clips held out: calibration error {ece_before:.3f} before,
{ece_after:.3f} after; {varied_kept:.3f} of the movements let through, {varied_rejected} of other clips and
{near_rejected} of clips that are nearly a movement rejected.

Rendered clips say that training worked, not how well film is recognised.

## How they look

A training clip takes {seconds_per_clip:.2f} s of one core to render: {per_core:.1f} clips per second and core. Every
row is a clip that was held out, as the network gets it before any variation.
{sheets}{ablation}
## Film

{film_notes}{film}
## Limits

One repetition per clip, one athlete moving most. Clips cut loosely, cameras that pan, and movements close to the
{count} (a pull-up below the chin, a snatch, a burpee without a bar) are where it errs. Probabilities are calibrated on
rendered clips only; on film the model is surer than it should be. It judges which movement is shown, never whether a
repetition is valid, and must not decide about people on its own.
"""

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
        calibration: on varied held-out clips.
        report: what `evaluation.json` holds: `rendered`, `contact_sheets`, `rendering_seconds_per_clip`, `ablations`.
        films: evaluations of film by the name of the folder; they chose nothing.
        film_notes: Markdown; what was decided by looking at film.
    """
    recipe, rule, rendered = trained.recipe, contract.none_of_these, report["rendered"]
    if rule is None:
        raise ValueError(f"the contract {contract.name} has no rule for {NONE}")
    card = _CARD.format(
        name=contract.name,
        version=contract.version,
        count=len(contract.labels),
        labels=", ".join(contract.labels),
        architecture=contract.architecture,
        channels=_CHANNELS[recipe.channels],
        frames=contract.frames,
        size=contract.size,
        temperature=contract.temperature,
        bias=rule.bias,
        threshold=rule.threshold,
        clips=trained.config["clips"],
        steps=trained.step,
        batch=recipe.batch,
        seen=trained.step * recipe.batch,
        rate=recipe.learning_rate,
        average=recipe.average,
        smoothing=recipe.label_smoothing,
        held_out=rendered["clips"],
        top1=rendered["top1"],
        top5=rendered["top5"],
        ece=rendered["ece"],
        kept=rendered["movements_kept"],
        rejected=_share(rendered["others_rejected"]),
        judged_on="of a seed never trained on" if rendered["unseen_seed"] else "held out",
        recall=rendered["recall"],
        rejected_at_recall=_share(rendered["others_rejected_at_recall"]),
        near_at_recall=_share(rendered["near_rejected_at_recall"]),
        all_at_recall=_share(rendered["all_others_rejected_at_recall"]),
        seconds_per_clip=report["rendering_seconds_per_clip"],
        per_core=1 / report["rendering_seconds_per_clip"],
        sheets="".join(
            f"\n{shown}\n\n![{shown}](evaluation/{name})\n" for shown, name in report["contact_sheets"].items()
        ),
        ablation=_WHAT_HELPS + "".join(map(_ablation, report["ablations"])) if report["ablations"] else "",
        film_notes=film_notes and film_notes.strip() + "\n",
        chosen_on=calibration.clips,
        ece_before=calibration.ece_before,
        ece_after=calibration.ece,
        varied_kept=calibration.movements_kept,
        varied_rejected=_share(calibration.others_rejected),
        near_rejected=_share(calibration.near_rejected),
        film="".join(_film(name, evaluation) for name, evaluation in films.items()) or _NO_FILM,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(card, encoding="utf-8")


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
