from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.contract import MOVEMENTS, NONE_LABEL, Contract
from model.rendering import videos
from model.rendering.contact_sheet import GAP, write_contact_sheet
from model.rendering.dataset import label_of
from model.rendering.videos import SIZES, render_videos
from model.video import read_clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("videos")
    for number in range(2):
        videos._render(out, 5, number)
    return out


def test_videos_are_named_by_what_they_show_and_read_like_film(folder: Path) -> None:
    contract = Contract(name="any", version="1", architecture="any", movements=MOVEMENTS, size=64)
    for number in range(2):
        (path,) = folder.glob(f"*_{number}.mp4")
        if label_of(5, number) != NONE_LABEL:
            assert path.name == f"{label_of(5, number)}_{number}.mp4"
        assert read_clip(path, contract).frames.shape == (10, 64, 64, 3)


def test_videos_that_are_there_are_not_rendered_again(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert set(render_videos(folder, 2, 5, workers=1)) == set(before)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_bars_leave_the_picture_whole_and_the_sides_even(width: int, height: int) -> None:
    barred = videos._barred(np.full((2, height, width, 3), 200, np.uint8))
    assert barred.shape[1] % 2 == 0
    assert barred.shape[2] % 2 == 0
    assert barred.shape[1] * barred.shape[2] > width * height
    assert (barred == 200).sum() == 2 * height * width * 3


def test_a_contact_sheet_has_a_row_per_clip(tmp_path: Path) -> None:
    clips = [np.full((10, 32, 32, 3), value, np.uint8) for value in (40, 200)]
    sheet = cv2.imread(str(write_contact_sheet(tmp_path / "new" / "sheet.jpg", clips, columns=5)))
    assert sheet is not None
    assert sheet.shape == (2 * 32 + GAP, 5 * 32, 3)
    assert sheet[:32].mean() == pytest.approx(40, abs=3)
    assert sheet[-32:].mean() == pytest.approx(200, abs=3)
