from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.pose import weights
from model.pose.blazepose import BlazePose
from model.pose.track import INSTANTS
from model.sequences import filmed
from model.sequences.filmed import Filmed, film
from model.sequences.sequence import NONE, Sequence, sequence

needs_weights = pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two shards of three tracks, of which the first has a repetition."""
    monkeypatch.setattr(filmed, "BlazePose", lambda threads: None)
    monkeypatch.setattr(filmed, "SHARD", 3)
    monkeypatch.setattr(filmed, "film", lambda seed, pose: (sequence(seed), ((0, 4),) if seed[1] == 0 else ()))
    for shard in range(2):
        filmed._make_shard(tmp_path, 4, shard)
    return tmp_path


def test_a_folder_gives_back_its_tracks(folder: Path) -> None:
    loaded = Filmed.load(folder)
    assert len(loaded.sequences) == 6
    assert [len(spans) for spans in loaded.spans] == [1, 0, 0, 0, 0, 0]
    for number, found in enumerate(loaded.sequences):
        wanted = sequence((4, number))
        np.testing.assert_array_equal(found.points, wanted.points)
        np.testing.assert_array_equal(found.label, wanted.label)


def test_pieces_of_tracks_are_as_many_and_as_varied_as_wanted(folder: Path) -> None:
    loaded = Filmed.load(folder)
    pieces = loaded.varied(40, seed=1)
    assert len(pieces) == 40
    assert np.isfinite(pieces.features).all()
    lengths = (pieces.label >= 0).sum(axis=1)
    assert lengths.min() >= 4 and len(set(lengths.tolist())) > 10
    np.testing.assert_array_equal(pieces.features, loaded.varied(40, seed=1).features)
    assert len(pieces + pieces.take(slice(2))) == 42


def test_of_a_long_track_pieces_are_as_long_as_the_network_reads() -> None:
    one = sequence((4, 1))
    whole = one.at(np.arange(400) % len(one))
    whole = replace(whole, turn=np.arange(400) / 400)
    pieces = Filmed((whole,), (((10, 20), (300, 330)),)).varied(60, seed=2)
    lengths = (pieces.label >= 0).sum(axis=1)
    assert lengths.max() <= INSTANTS and len(set(lengths.tolist())) > 10
    turns = pieces.turn[pieces.label >= 0]
    assert turns.min() < 0.1 and turns.max() > 0.9, "from everywhere"


def test_only_staged_tracks_say_what_is_an_exercise(folder: Path) -> None:
    with pytest.raises(ValueError, match="--staged"):
        Filmed.load(folder, counting=True)


def test_an_empty_folder_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--filmed"):
        Filmed.load(tmp_path)


@needs_weights
def test_a_rendered_film_in_which_the_athlete_was_followed_knows_what_it_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filmed, "SECONDS", (2.0, 2.1))
    pose = BlazePose(threads=2)
    found = [made for number in range(3) if (made := film((8, number), pose)) is not None]
    assert found
    for made, spans in found:
        assert isinstance(made, Sequence)
        assert 20 <= len(made) <= 26
        assert made.points.shape == (len(made), 13, 2) and made.seen.mean() > 0.5
        assert (made.label == made.label[0]).all()
        assert all(0 <= first < after <= len(made) for first, after in spans)
        assert made.label[0] == NONE or np.ptp(made.turn) > 0.1
