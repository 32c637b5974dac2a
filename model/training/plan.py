"""The recipe of a run, from a preset, the data, what it begins with, and what a person asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from model.movinet.classifier import Channels
from model.training.dataset import record_size
from model.training.recipe import PRESETS, Recipe
from model.training.start import Start


def plan(preset: str, data: Sequence[Path], start: Start | None, **wanted: Any) -> Recipe:
    """A preset's recipe, changed so that it fits the data and the start.

    1. Frames and size are those of the records, if there are any.
    2. Variant, kind and channels are those of the start. A backbone from Kinetics has seen colours.
    3. Whatever is asked for; None leaves a field as it is. Steps replace epochs, and epochs replace steps.

    Raises:
        ValueError: there is no such preset, there are no such channels, or the size wanted is not that of the records.
    """
    if preset not in PRESETS:
        raise ValueError(f"there is no preset {preset!r}; there are {', '.join(PRESETS)}")
    recipe = PRESETS[preset]
    if (recorded := record_size(data)) is not None:
        frames, size = recorded
        if wanted.get("size") not in (None, size):
            raise ValueError(
                f"the records hold frames of {size} pixels, not of {wanted['size']}: record the clips anew"
            )
        recipe = replace(recipe, frames=frames, size=size)
    if start is not None and start.recipe is not None:
        begun = start.recipe
        recipe = replace(recipe, variant=begun.variant, stream=begun.stream, channels=begun.channels)
    elif start is not None:
        recipe = replace(recipe, channels="rgb")
    known = get_args(Channels)
    if wanted.get("channels") not in (None, *known):
        raise ValueError(f"there are no channels {wanted['channels']!r}; there are {', '.join(known)}")
    changes = {name: value for name, value in wanted.items() if value is not None}
    if "steps" in changes:
        changes.setdefault("epochs", 0.0)
    return replace(recipe, **changes)
