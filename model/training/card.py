"""The card of a bundle, `card.template.md` filled from its contract and its record."""

from __future__ import annotations

import json
import re
import textwrap
from importlib.resources import files
from pathlib import Path
from string import Template

from model.answers.interval import interval_of_few
from model.bundle import CARD, CONTRACT
from model.contract import Contract
from model.record import BundleRecord, Calibration, Data, Training, warnings
from model.training.card_tables import ablation_table, film_table, label_table, result_table, results, sheets, told

TEMPLATE = "card.template.md"

WIDTH = 120
"""The length of a line of the card, in characters."""

_CONDITION = re.compile(r"<!-- if (\w+) -->(.*?)<!-- end -->\n?", re.DOTALL)
_VERBATIM = re.compile(r"[#|!\-*>]|\d+\.")
"""How a block begins that is not a paragraph to wrap."""

_OPTIMIZERS = {"adamw": "AdamW", "rmsprop": "RMSprop"}


def write_card(directory: Path) -> None:
    """Write the card of a bundle anew, from the contract and the record in its directory."""
    text = card(Contract.read(directory / CONTRACT), BundleRecord.read(directory))
    (directory / CARD).write_text(text, encoding="utf-8")


def card(contract: Contract, record: BundleRecord) -> str:
    """The card as Markdown, with the YAML header that hubs of models read."""
    template = files(__package__).joinpath(TEMPLATE).read_text(encoding="utf-8")
    true = _conditions(contract, record)
    chosen = _CONDITION.sub(lambda part: part[2].strip("\n") + "\n" if true[part[1]] else "", template)
    head, body = Template(chosen).substitute(_values(contract, record)).split("\n---\n", 1)
    return f"{head}\n---\n\n{_wrapped(body)}"


def _wrapped(markdown: str) -> str:
    """The text with its paragraphs wrapped anew: what was filled into them is of any length."""
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", markdown)]
    return (
        "\n\n".join(
            block if _VERBATIM.match(block) else textwrap.fill(" ".join(block.split()), WIDTH)
            for block in blocks
            if block
        ).rstrip()
        + "\n"
    )


def _conditions(contract: Contract, record: BundleRecord) -> dict[str, bool]:
    """Which parts of the template are kept."""
    recipe, rendered = record.training.recipe, record.data.recorded == 0
    calibration = record.calibration
    return {
        "rule": contract.none_of_these is not None,
        "body": contract.body is not None and record.body is not None,
        "counter": record.counter is not None,
        "depth": record.depth is not None,
        "motion": recipe.channels == "motion",
        "rgb": recipe.channels == "rgb",
        "rendered": rendered,
        "recorded": not rendered,
        "pieces": record.data.pieces > 0,
        "started": record.training.start is not None,
        "kept": record.training.kept > 0,
        "frozen": recipe.frozen,
        "varied": recipe.augmentation is not None,
        "plain": recipe.augmentation is None,
        "history": bool(record.report.history),
        "few": any(interval_of_few(row.share, row.clips) for row in results(record)),
        "unused_temperature": calibration.fitted_temperature not in (None, calibration.temperature),
        "ablations": bool(record.ablations),
        "film_section": rendered or bool(record.film),
    }


def _values(contract: Contract, record: BundleRecord) -> dict[str, str]:
    """What is filled into the template."""
    report = record.report
    return {
        "name": contract.name,
        "version": contract.version,
        "count": str(len(contract.labels)),
        "labels": ", ".join(contract.labels),
        "architecture": contract.architecture,
        "frames": str(contract.frames),
        "size": str(contract.size),
        "temperature": f"{contract.temperature:.3f}",
        **_rule(contract),
        **_body(contract, record),
        **_counter(record),
        **_depth(record),
        "license": "other" if record.data.recorded else "mit",
        "dataset_type": "recorded" if record.data.recorded else "rendered",
        "dataset": json.dumps(report.test_set, ensure_ascii=False),
        "metrics": _metrics(record),
        "test_set": report.test_set[:1].upper() + report.test_set[1:],
        **_data(record.data),
        **_training(record.training),
        **_calibration(record.calibration, varied=record.training.recipe.augmentation is not None),
        "result_table": result_table(record),
        "label_table": label_table(record.data),
        "seconds": f"{record.rendering_seconds_per_clip or 0:.2f}",
        "per_core": f"{1 / record.rendering_seconds_per_clip:.1f}" if record.rendering_seconds_per_clip else "0",
        "sheets": sheets(record.contact_sheets),
        "ablation_tables": "\n\n".join(map(ablation_table, record.ablations)),
        "limits": " ".join(warnings(len(contract.labels), record.data)),
        "film_notes": record.film_notes,
        "film_tables": "\n\n".join(film_table(name, answer) for name, answer in record.film.items())
        or ("Not measured." if record.data.recorded == 0 else ""),
    }


def _rule(contract: Contract) -> dict[str, str]:
    rule = contract.none_of_these
    if rule is None:
        return {"bias": "", "threshold": ""}
    return {"bias": f"{rule.bias:+.3f}", "threshold": f"{rule.threshold:.2f}"}


def _depth(record: BundleRecord) -> dict[str, str]:
    """What is said of the network of depth."""
    depth = record.depth
    if depth is None:
        return {"depth_step": "", "depth_athletes": "", "depth_tested": "", "depth_rows": ""}
    rows = (
        ("median error, thighs", "error", ".3f"),
        ("the same within .15 of level", "error_near", ".3f"),
        ("decided whether below", "decided", ".1%"),
        ("of these, right", "right", ".1%"),
        ("decided, more than .15 from level", "clear_decided", ".1%"),
        ("of these, right", "clear_right", ".1%"),
    )

    def told(value: float | None, form: str) -> str:
        return "-" if value is None else format(value, form)

    return {
        "depth_step": str(depth.step),
        "depth_athletes": str((depth.bottoms or {}).get("athletes", "-")),
        "depth_tested": f"{depth.pictures.pictures} pictures of {depth.pictures.athletes}",
        "depth_rows": "\n".join(
            f"| {name} | {told(getattr(depth.pictures, field), form)} | {told(getattr(depth.landmarks, field), form)} |"
            for name, field, form in rows
        ),
    }


def _counter(record: BundleRecord) -> dict[str, str]:
    """What is said of the network that counts."""
    counter = record.counter
    sequences = {} if counter is None else counter.sequences or {}
    right = None if counter is None else counter.instants_right
    films = sequences.get("films")
    return {
        "counter_step": "" if counter is None else str(counter.step),
        "counter_sequences": str(sequences.get("count", "-")),
        "counter_films": f", and from {films} staged shots in which BlazePose found the athlete" if films else "",
        "counter_right": "-" if right is None else f"{right:.1%}",
    }


def _body(contract: Contract, record: BundleRecord) -> dict[str, str]:
    """The second stream."""
    stream, body = contract.body, record.body
    if stream is None or body is None:
        return dict.fromkeys(
            ("body_weight", "body_bias", "body_sequences", "body_step", "body_right", "body_off", "body_films"), ""
        )
    joined, sequences = body.joined, body.sequences or {}
    learned = (
        f"{sequences.get('count', 'some')} sequences of moving skeletons without a picture, spoilt as landmarks are"
    )
    if "films" in sequences:
        learned += f", and from pieces of {sequences['films']} rendered films in which BlazePose found the athlete"
    rejected = "" if joined.others_rejected is None else f", {joined.others_rejected:.1%} of the others rejected"
    return {
        "body_weight": f"{stream.weight:.2f}",
        "body_bias": f"{stream.none_of_these.bias:+.2f}",
        "body_sequences": learned,
        "body_step": str(body.step),
        "body_right": "-" if body.instants_right is None else f"{body.instants_right:.1%}",
        "body_off": "-" if body.turn_off is None else f"{body.turn_off:.3f}",
        "body_films": f"{joined.right:.1%} of the movements right, {joined.let_through:.1%} let through{rejected}, "
        f"on {joined.films} rendered films",
    }


def _metrics(record: BundleRecord) -> str:
    """The lines of the header's `metrics`; what was not measured is left out."""
    report = record.report
    named = (("Top-1", report.top1), ("Top-5", report.top5), ("Top-1 of all outputs", record.top1_of_all_outputs))
    return "\n".join(
        f"    - type: accuracy\n      name: {name}\n      value: {value:.4f}"
        for name, value in named
        if value is not None
    )


def _data(data: Data) -> dict[str, str]:
    return {
        "clips": str(data.clips),
        "recorded": str(data.recorded),
        "pieces": str(data.pieces),
        "athletes": str(data.athletes),
        "drawn": f", and {data.rendered} rendered clips (`model/rendering`)" if data.rendered else "",
        "validating": str(data.validating),
        "split": data.split,
    }


def _training(training: Training) -> dict[str, str]:
    recipe = training.recipe
    kept = f"weights and batch statistics averaged with {recipe.average:g}" if recipe.average else "weights as they are"
    if recipe.choose == "best":
        kept += ", those of the evaluation with the best top-1 on the clips held out"
    return {
        "start": "" if training.start is None else training.start.name,
        "kept_share": f"{training.kept:g}",
        "steps": str(training.step),
        "batch": str(recipe.batch),
        "seen": str(training.step * recipe.batch),
        "optimizer": _OPTIMIZERS[recipe.optimizer],
        "rate": f"{recipe.learning_rate:g}",
        "kept": kept,
        "smoothing": f"{recipe.label_smoothing:g}",
    }


def _calibration(calibration: Calibration, *, varied: bool) -> dict[str, str]:
    return {
        "calibration_clips": str(calibration.clips),
        "views": "varied views" if varied else "unvaried views",
        "ece_before": f"{calibration.ece_before:.3f}",
        "ece": f"{calibration.ece:.3f}",
        "fitted_temperature": f"{calibration.fitted_temperature or 0:.3f}",
        "kept_varied": f"{calibration.movements_kept:.3f}",
        "others_varied": told(calibration.others_rejected),
        "near_varied": told(calibration.near_rejected),
    }
