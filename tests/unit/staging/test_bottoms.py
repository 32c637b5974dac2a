from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.contract import NONE_LABEL
from model.depth.view import PLACES
from model.pose import weights
from model.staging import bottoms
from model.staging.bottoms import KEPT_SIZE, SQUATS, STILLS, Bottoms, squat
from model.staging.truth import true_values
from model.workout.standards import Measure

needs_pose = pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)


def test_a_squat_is_shown_about_its_bottom() -> None:
    rendered = squat((5, 1))
    assert rendered.metres is not None
    depth = true_values(Measure.DEPTH, rendered.metres)
    assert depth is not None and len(rendered.frames) == len(depth) == STILLS
    assert -0.6 < depth.min() < 0.3 and depth.max() < 1
    assert rendered.joints is not None  # hips and knees are in the picture, with room around
    assert rendered.joints[:, 6:10].min() > 0 and rendered.joints[:, 6:10].max() < rendered.frames.shape[1]


def test_other_exercises_that_go_as_deep_are_squats_too() -> None:
    kinds = {rendered.kind for number in range(12) if (rendered := squat((6, number))).label == NONE_LABEL}
    assert kinds and kinds <= SQUATS


@needs_pose
def test_pictures_are_kept_with_their_depth_and_what_landmarks_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bottoms, "SHARD", 2)
    bottoms._make_shard(tmp_path, 5, 0)
    some = Bottoms.load(tmp_path)
    assert 3 <= len(some) <= 6 and set(some.athlete) <= {0, 1}
    assert some.pictures.shape[1:] == (KEPT_SIZE, KEPT_SIZE, 3) and some.pictures.std() > 20
    assert some.places.shape[1:] == (PLACES,) and np.abs(some.places.reshape(len(some), -1, 6)[:, 6:10, :2]).max() < 1
    assert (some.depth < 0.5).any()
    assert np.nanmax(np.abs(some.landmarks - some.depth)) < 0.8
    again = some.take(some.athlete == 0)
    assert set(again.athlete) == {0} and len(again.pictures) == len(again)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="movements bottoms"):
        Bottoms.load(tmp_path)
