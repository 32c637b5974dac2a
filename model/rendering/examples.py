"""The page's examples: one small rendered clip per movement."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from model.rendering.clip import render_video
from model.rendering.mp4 import write_mp4

WIDTH, HEIGHT = 640, 360
SEED = 2020

NUMBERS: Mapping[str, int] = MappingProxyType(
    {
        "bar-facing burpee": 1,
        "chest-to-bar": 2,
        "deadlift": 3,
        "double-unders": 3,
        "ghd": 3,
        "ohs": 2,
        "power clean": 1,
        "shspu": 3,
        "thruster": 0,
    }
)
"""Which clip of the seed demonstrates a movement: one in which nobody stands in front of the athlete."""


def render_examples(out: Path) -> None:
    """Write `<label with dashes>.mp4` for every movement into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    for label, number in NUMBERS.items():
        video = render_video((SEED, number), label, width=WIDTH, height=HEIGHT)
        write_mp4(out / f"{label.replace(' ', '-')}.mp4", video.frames)
