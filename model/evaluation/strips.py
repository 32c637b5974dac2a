"""The frames that the model saw of clips that it took for something else."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from model.answers.report import Report
from model.contract import Contract
from model.video import read_clip, still_jpeg

CLIPS_OF_A_PAIR = 3
"""Clips of a pair that are shown with their frames: the surest errors."""

STRIP_BYTES = 900_000
"""What all strips of a page may take; base64 adds a third."""


def strips_of(
    report: Report, paths: Mapping[str, Path], contract: Contract, *, max_bytes: int = STRIP_BYTES
) -> dict[int, tuple[bytes, ...]]:
    """The frames of the confused clips, as they entered the network.

    Args:
        report: says which clips were confused.
        paths: of the clips, by name.
        contract: how they were read.
        max_bytes: when the strips take as much, the rest is left out: the first clip of every pair goes before the
            second of any.

    Returns:
        JPEGs of the frames by the clip's index in the report.
    """
    ranked = zip_longest(*(pair.clips[:CLIPS_OF_A_PAIR] for pair in report.confused))
    strips: dict[int, tuple[bytes, ...]] = {}
    spent = 0
    for clip in (clip for rank in ranked for clip in rank if clip is not None):
        if spent >= max_bytes:
            break
        strips[clip] = tuple(still_jpeg(frame) for frame in read_clip(paths[report.name_of(clip)], contract).frames)
        spent += sum(len(jpeg) for jpeg in strips[clip])
    return strips
