from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.contract import MOVEMENTS, NONE_LABEL
from model.rendering import dataset
from model.rendering.dataset import label_of, read_shard
from model.rendering.motion.motion import Motion
from model.rendering.motion.skeleton import Proportions
from model.sequences.course import CYCLES
from model.shards import MANIFEST, shard_paths
from model.staging import pieces
from model.staging.pieces import (
    MOST_SECONDS,
    NO_REPETITION,
    SHARES,
    Cut,
    _cut,
    are_pieces,
    cut_of,
    piece_label,
    render_piece,
)
from model.staging.script import RATE

LABELS = [movement.label for movement in MOVEMENTS]


def cuts(label: str, cut: Cut, count: int = 20) -> list[np.ndarray]:
    """Phases of some pieces of a movement."""
    found = []
    for seed in range(count):
        rng = np.random.default_rng((seed, 1))
        found.append(_cut(rng, Motion.random(label, rng, Proportions.random(rng)), cut))
    return found


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("cut", [Cut.ONE, Cut.SEVERAL, Cut.PAUSED])
def test_a_piece_that_is_named_holds_nearly_a_whole_repetition(label: str, cut: Cut) -> None:
    for phases in cuts(label, cut):
        assert 2 <= len(phases) <= MOST_SECONDS * RATE
        gone = np.diff(phases)
        onwards = gone[(gone > 0) & (gone < 0.5)].sum()
        assert onwards >= 0.5 and phases.min() <= 0.25 and phases.max() >= 0.7


@pytest.mark.parametrize("label", LABELS)
def test_half_a_repetition_and_the_way_back_hold_none(label: str) -> None:
    for phases in cuts(label, Cut.HALF):
        assert np.ptp(phases) <= 0.65
    cycle = CYCLES[label]
    for phases in cuts(label, Cut.BACK):
        if cycle.length > 1 and not cycle.turns:
            assert phases.min() >= 0.95 or np.ptp(phases[phases > 0.5]) <= cycle.back
        assert len(phases) >= 2


def test_pauses_are_still(label: str = "thruster") -> None:
    still = [int((np.diff(phases) == 0).sum()) for phases in cuts(label, Cut.PAUSED)]
    assert np.median(still) >= 0.2 * RATE


def test_other_exercises_have_pauses_too(monkeypatch: pytest.MonkeyPatch) -> None:
    still = []

    def seen(seed: Any, label: str, *, course: Callable[[Motion], np.ndarray], **options: Any) -> None:
        rng = np.random.default_rng(seed)
        still.append(bool((np.diff(course(Motion.random(label, rng, Proportions.random(rng)))) == 0).any()))

    monkeypatch.setattr(pieces, "render_clip", seen)
    for number in range(400):
        if cut_of(2, number) is None:
            render_piece(2, number)
    assert np.mean(still) == pytest.approx(SHARES[Cut.PAUSED], abs=0.1)


def test_of_a_movement_that_turns_round_one_repetition_is_shown() -> None:
    for phases in cuts("bar-facing burpee", Cut.SEVERAL):
        assert (np.diff(phases) < -0.5).sum() <= 1


def test_pieces_without_a_repetition_are_none_and_nearly_the_movement() -> None:
    number = next(n for n in range(200) if cut_of(3, n) is Cut.HALF)
    clip = render_piece(3, number)
    assert clip.label == NONE_LABEL == piece_label(3, number)
    assert clip.near and clip.kind == f"half a repetition of {label_of(3, number)}"
    assert clip.frames.shape == (10, 128, 128, 3)


def test_shares_are_kept() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    found = Counter(cut_of(1, number) for number in range(6000))
    moving = 6000 - found.pop(None)
    for cut, share in SHARES.items():
        assert found[cut] / moving == pytest.approx(share, abs=0.03)
    none = sum(piece_label(1, number) == NONE_LABEL for number in range(6000))
    assert none == 6000 - moving + sum(found[cut] for cut in NO_REPETITION)


def test_a_folder_says_whether_its_clips_are_pieces(tmp_path: Path) -> None:
    assert not are_pieces(tmp_path)
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / MANIFEST).write_text('{"version": 3, "clips": 4}')
    assert not are_pieces(tmp_path / "whole")
    (tmp_path / "pieces").mkdir()
    (tmp_path / "pieces" / MANIFEST).write_text('{"version": 3, "clips": 4, "pieces": 1}')
    assert are_pieces(tmp_path / "pieces")


def test_a_folder_of_pieces_is_read_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "SHARD", 2)
    pieces._render_shard(tmp_path, 5, 1)
    (path,) = shard_paths(tmp_path)
    clips = list(read_shard(path))
    assert [clip.label for clip in clips] == [piece_label(5, number) for number in (2, 3)]
    assert all(clip.frames.shape == (10, 128, 128, 3) for clip in clips)
