from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from model.sequences import dataset
from model.sequences.dataset import ABSENT, Sequences, make_sequences
from model.sequences.sequence import sequence
from model.shards import shard_path


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dataset, "SHARD", 3)
    for shard in range(2):
        dataset._make_shard(tmp_path, 7, shard)
    return tmp_path


def test_a_folder_gives_back_its_sequences(made: Path) -> None:
    loaded = Sequences.load(made)
    assert len(loaded) == 6
    wanted = sequence((7, 4))
    np.testing.assert_allclose(loaded.features[4], wanted.features, atol=0.01)
    np.testing.assert_array_equal(loaded.label[4, : len(wanted)], wanted.label)
    assert (loaded.label[4, len(wanted) :] == ABSENT).all()
    assert loaded.turn.min() >= 0 and loaded.turn.max() <= 1
    np.testing.assert_array_equal(loaded.take([1, 4]).label, loaded.label[[1, 4]])


def test_shards_that_are_there_are_kept_and_seeds_do_not_mix(made: Path) -> None:
    before = shard_path(made, 1).stat().st_mtime_ns
    make_sequences(made, 5, 7, workers=1)
    assert shard_path(made, 1).stat().st_mtime_ns == before
    assert json.loads((made / "manifest.json").read_text())["count"] == 6
    with pytest.raises(ValueError, match="another folder"):
        make_sequences(made, 5, 8, workers=1)


def test_an_empty_folder_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="movements sequences"):
        Sequences.load(tmp_path)
