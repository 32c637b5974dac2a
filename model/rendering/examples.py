"""The page's examples: one small rendered clip per movement."""

from __future__ import annotations

from pathlib import Path

from model.contract import MOVEMENTS
from model.predict import Predictor
from model.rendering.clip import render_video
from model.rendering.mp4 import write_mp4

WIDTH, HEIGHT = 640, 360
SEED = 2020
TRIES = 12


def render_examples(out: Path, predictor: Predictor) -> None:
    """Write `<label with dashes>.mp4` for every movement into `out`.

    They demonstrate the page and measure nothing: each is the first of a row of seeds that the model recognises.

    Raises:
        RuntimeError: the model recognises none of TRIES clips of a movement.
    """
    out.mkdir(parents=True, exist_ok=True)
    for movement in MOVEMENTS:
        path = out / f"{movement.label.replace(' ', '-')}.mp4"
        for number in range(TRIES):
            write_mp4(path, render_video((SEED, number), movement.label, width=WIDTH, height=HEIGHT).frames)
            prediction = predictor.predict(path)
            rejected = prediction.none_of_these is not None and prediction.none_of_these.answer
            if prediction.rows[0][0] == movement.label and not rejected:
                break
        else:
            raise RuntimeError(f"{movement.label}: none of {TRIES} rendered clips is recognised")
