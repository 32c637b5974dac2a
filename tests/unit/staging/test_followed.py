from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.pose import weights
from model.pose.blazepose import BlazePose
from model.pose.track import RATE
from model.sequences.counting import EXERCISE, OTHERWISE
from model.sequences.filmed import Filmed
from model.sequences.sequence import LABELS, NONE, Sequence
from model.staging import followed
from model.staging.followed import FollowedShot, follow_shot

SEED = (900, 1)
"""Draws three deadlifts in less than five seconds."""


def shot(number: int) -> FollowedShot:
    """Thirty instants, of which ten in the middle are an exercise."""
    exercise = np.zeros(30, bool)
    exercise[10:20] = True
    track = Sequence(
        points=np.full((30, 13, 2), float(number)),
        seen=np.ones(30),
        label=np.where(exercise, number % 2, NONE),
        turn=np.where(exercise, np.linspace(0, 3, 30) % 1, 0.0),
        near=np.ones(30, bool),
    )
    return FollowedShot(track, ((11, 15),), exercise)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shard of those of four shots in which the athlete was found."""
    monkeypatch.setattr(followed, "BlazePose", lambda threads: None)
    monkeypatch.setattr(followed, "SHARD", 4)
    monkeypatch.setattr(followed, "follow_shot", lambda seed, pose: None if seed[1] == 2 else shot(seed[1]))
    followed._make_shard(tmp_path, 5, 0)
    return tmp_path


def test_a_folder_gives_back_movements_or_exercises(folder: Path) -> None:
    named, counted = Filmed.load(folder), Filmed.load(folder, counting=True)
    assert len(named.sequences) == len(counted.sequences) == 3
    assert [sorted(set(track.label.tolist())) for track in named.sequences] == [[0, NONE], [1, NONE], [1, NONE]]
    for track, spans in zip(counted.sequences, counted.spans, strict=True):
        assert track.label.tolist() == [OTHERWISE] * 10 + [EXERCISE] * 10 + [OTHERWISE] * 10
        assert not track.near.any() and spans == ((11, 15),)


@pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)
def test_a_staged_shot_is_followed_and_knows_what_is_done_in_it() -> None:
    found = follow_shot(SEED, BlazePose(threads=2))
    assert found is not None and len(found.spans) == 3
    track = found.track
    assert track.points.shape == (len(track), 13, 2) and track.seen.mean() > 0.6
    assert len(track) / RATE == pytest.approx(4.6, abs=0.2)
    assert (track.label[found.exercise] == LABELS.index("deadlift")).all()
    assert (track.label[~found.exercise] == NONE).all() and 0.4 < found.exercise.mean() < 0.9
    for first, after in found.spans:
        assert found.exercise[first : after - 1].all()
        assert track.turn[first] % 1 == pytest.approx(0, abs=0.08)
        assert track.turn[after - 1] % 1 == pytest.approx(0.5, abs=0.12)
