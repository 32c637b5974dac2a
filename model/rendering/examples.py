"""The page's examples: one small rendered clip per movement."""

from __future__ import annotations

from pathlib import Path

from model.contract import MOVEMENTS
from model.predict import Predictor
from model.rendering.clip import render_video
from model.rendering.mp4 import write_mp4

WIDTH, HEIGHT = 640, 360
SEED = 2020
CANDIDATES = 5


def render_examples(out: Path, predictor: Predictor) -> None:
    """Write `<label with dashes>.mp4` for every movement into `out`.

    Examples demonstrate and measure nothing: each is the one of CANDIDATES clips that the model is surest of, which
    leaves out those in which somebody stands in front of the athlete.
    """
    out.mkdir(parents=True, exist_ok=True)
    candidate = out / ".candidate.mp4"
    for movement in MOVEMENTS:
        surest = -1.0
        for number in range(CANDIDATES):
            frames = render_video((SEED, number), movement.label, width=WIDTH, height=HEIGHT).frames
            write_mp4(candidate, frames)
            rows = dict(predictor.predict(candidate, top_k=len(MOVEMENTS)).rows)
            if rows[movement.label] > surest:
                surest = rows[movement.label]
                candidate.replace(out / f"{movement.label.replace(' ', '-')}.mp4")
    candidate.unlink(missing_ok=True)
