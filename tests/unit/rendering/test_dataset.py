from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from model.contract import MOVEMENTS, NONE_LABEL
from model.rendering import dataset
from model.rendering.clip import _Stage
from model.rendering.dataset import label_of, read_shard, render_dataset
from model.shards import shard_paths


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("rendered")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "SHARD", 3)
        for shard in range(2):
            dataset._render_shard(out, 7, shard)
    return out


def test_a_shard_gives_back_its_clips_with_what_they_show(rendered: Path) -> None:
    clips = list(read_shard(shard_paths(rendered)[1]))
    assert [clip.label for clip in clips] == [label_of(7, index) for index in (3, 4, 5)]
    for clip in clips:
        assert clip.frames.shape == (10, 128, 128, 3)
        assert clip.frames.dtype == np.uint8
        assert (clip.label == NONE_LABEL) or clip.kind == clip.label


def test_shards_that_are_there_are_not_rendered_again(rendered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "SHARD", 3)
    before = [path.stat().st_mtime_ns for path in shard_paths(rendered)]
    render_dataset(rendered, 6, 7, workers=1)
    assert [path.stat().st_mtime_ns for path in shard_paths(rendered)] == before


def test_the_manifest_tells_how_many_clips_show_what(rendered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "SHARD", 3)
    render_dataset(rendered, 6, 7, workers=1)
    manifest = json.loads((rendered / "manifest.json").read_text())
    assert manifest["clips"] == 6
    assert manifest["labels"] == Counter(clip.label for path in shard_paths(rendered) for clip in read_shard(path))


def test_clips_of_two_seeds_do_not_mix(rendered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "SHARD", 3)
    render_dataset(rendered, 6, 7, workers=1)
    with pytest.raises(ValueError, match="another folder"):
        render_dataset(rendered, 6, 8, workers=1)


def test_labels_are_even_and_a_share_is_none_of_them() -> None:
    counts = Counter(label_of(1, index) for index in range(9000))
    assert counts[NONE_LABEL] == pytest.approx(9000 * dataset.NONE_SHARE, rel=0.1)
    for movement in MOVEMENTS:
        assert counts[movement.label] == pytest.approx(1000 * (1 - dataset.NONE_SHARE), rel=0.15)


def test_no_two_clips_show_the_same_athlete_so_held_out_clips_show_new_ones() -> None:
    athletes = {_Stage(np.random.default_rng((7, index)), label_of(7, index)).body for index in range(60)}
    assert len(athletes) == 60
