"""Contact sheets of rendered clips, and how long rendering takes: what the card shows of its data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.contract import NONE
from model.rendering.clip import render_clip
from model.rendering.contact_sheet import write_contact_sheet
from model.rendering.dataset import CodedClip
from model.training.dataset import Clips

SHEET_CLIPS = 2
"""Clips on the contact sheet of a movement: the first ones of it that were held out.

Two, so that all the files of a new bundle are less than 8 MB in git.
"""

TIMED_CLIPS = 3
"""Clips of every label that are rendered to measure how long that takes."""


def write_contact_sheets(folder: Path, held_out: Clips, labels: Sequence[str]) -> dict[str, str]:
    """A sheet for everything that was held out: file names by what they show."""
    sheets = {}
    for index, label in enumerate((*labels, NONE)):
        chosen = held_out.take(np.flatnonzero(held_out.labels == index)[:SHEET_CLIPS])
        if len(chosen):
            clips = [CodedClip(tuple(jpegs), label, label, near=False).frames for jpegs in chosen.jpegs]
            sheets[label] = write_contact_sheet(folder / f"{label.replace(' ', '-')}.jpg", clips).name
    return sheets


def rendering_seconds(labels: Sequence[str]) -> float:
    """Processor seconds that a clip takes to render, the mean over the labels; the first clip warms up."""
    render_clip(0, labels[0])
    began = time.process_time()
    for label in labels:
        for seed in range(TIMED_CLIPS):
            render_clip((1, seed), label)
    return round((time.process_time() - began) / (TIMED_CLIPS * len(labels)), 3)
