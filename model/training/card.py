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

{architecture}: {frames} frames of {size} x {size} pixels, RGB in [0, 1], cut around the athlete. The graph makes three
motion channels of them (grey, difference to the frame before, difference to the mean) before its first convolution.
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

## Rendered clips held out ({held_out})

| | |
|---|---|
| top-1 of the movements | {top1:.3f} |
| top-5 | {top5:.3f} |
| expected calibration error | {ece:.3f} |
| movements let through by the rule | {kept:.3f} |
| other clips rejected by the rule | {rejected} |

Chosen on {chosen_on} varied views of the same clips: calibration error {ece_before:.3f} before, {ece_after:.3f} after;
{varied_kept:.3f} of the movements let through, {varied_rejected} of other clips and {near_rejected} of clips that are
nearly a movement rejected.

Rendered clips say that training worked, not how well film is recognised.

## Film
{film}
## Limits

One repetition per clip, one athlete moving most. Clips cut loosely, cameras that pan, and movements close to the
{count} (a pull-up below the chin, a snatch, a burpee without a bar) are where it errs. Probabilities are calibrated on
rendered clips only; on film the model is surer than it should be. It judges which movement is shown, never whether a
repetition is valid, and must not decide about people on its own.
"""

_NO_FILM = "\nNot measured.\n"


def write_card(
    path: Path,
    contract: Contract,
    trained: Trained,
    calibration: Calibration,
    rendered: Mapping[str, Any],
    films: Mapping[str, Evaluation],
) -> None:
    """Write the card as Markdown.

    Args:
        path: of the card.
        contract: of the bundle.
        trained: the run.
        calibration: on varied held-out clips.
        rendered: figures of the unvaried held-out clips.
        films: evaluations of film by the name of the folder; they chose nothing.
    """
    recipe, rule = trained.recipe, contract.none_of_these
    if rule is None:
        raise ValueError(f"the contract {contract.name} has no rule for {NONE}")
    card = _CARD.format(
        name=contract.name,
        version=contract.version,
        count=len(contract.labels),
        labels=", ".join(contract.labels),
        architecture=contract.architecture,
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


def _film(name: str, evaluation: Evaluation) -> str:
    """A table of what the model says about a folder of film, one row per thing shown."""
    result = evaluation.to_dict()
    lines = [f"\n`{name}`: {result['clips']} clips, never learned from. "]
    none = result["none_of_these"]
    if none["movements"]:
        lines[0] += f"Top-1 {result['top1']:.2f}, top-5 {result['top5']:.2f}. "
        lines[0] += f"The rule lets {1 - none['movements_rejected']:.2f} of the movements through. "
    if none["others"]:
        lines[0] += f"It rejects {none['others_rejected']:.2f} of the {none['others']} clips of other movements."
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
