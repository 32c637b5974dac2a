"""Records of bundles that tests make."""

from __future__ import annotations

from typing import Any

from model.answers.report import Report
from model.record import BundleRecord, Calibration, Data, Training

RECIPE = {
    "channels": "motion",
    "batch": 8,
    "optimizer": "adamw",
    "learning_rate": 0.0005,
    "average": 0.98,
    "choose": "best",
    "label_smoothing": 0.02,
    "frozen": False,
    "augmentation": None,
}


def record_with(report: Report, **more: Any) -> BundleRecord:
    """A record of a rendered model without a rule, around a report."""
    values = {
        "report": report,
        "top1_of_all_outputs": None,
        "at_recall": None,
        "calibration": Calibration(
            temperature=1.0,
            rule=None,
            clips=10,
            ece_before=0.1,
            ece=0.1,
            movements_kept=1.0,
            others_rejected=None,
            near_rejected=None,
        ),
        "data": Data(clips=100),
        "training": Training(recipe=RECIPE, step=5, start=None, versions={}),
        "contact_sheets": {},
        "rendering_seconds_per_clip": 0.2,
        "ablations": (),
        "film": {},
        "film_notes": "",
    }
    return BundleRecord.model_validate({**values, **more})
