from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from model.rendering.film import exposed, overlaid, recorded, shifted
from model.rendering.mp4 import write_mp4


def test_exposure_brings_dark_and_bright_scenes_to_a_similar_picture() -> None:
    scene = np.linspace(0.2, 1, 64 * 64 * 3, dtype=np.float32).reshape(64, 64, 3)
    dark, bright = (exposed([scene * light], np.random.default_rng(3)).mean() for light in (0.3, 1.0))
    assert dark == pytest.approx(bright, rel=0.15)


def test_a_recording_keeps_shape_and_gist_and_loses_detail() -> None:
    rng = np.random.default_rng(0)
    frames = np.kron(rng.integers(0, 256, (2, 8, 8, 3)), np.ones((1, 16, 16, 1))).astype(np.uint8)
    film = recorded(frames, rng)
    assert film.shape == frames.shape
    assert film.dtype == np.uint8
    assert (film != frames).any()
    assert np.abs(film.mean((1, 2)) - frames.mean((1, 2))).max() < 12


def test_overlays_stay_where_they_are_from_frame_to_frame() -> None:
    frames = np.full((3, 120, 200, 3), 90, np.uint8)
    overlaid(frames, np.random.default_rng(5))
    changed = (frames != 90).any(-1)
    assert 0 < changed[0].mean() < 0.5
    assert (changed[0] == changed[1]).mean() > 0.98


def test_an_mp4_has_every_frame_and_its_index_in_front(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    frames = np.zeros((7, 48, 64, 3), np.uint8)
    frames[:, :, 32:, 0] = 200
    write_mp4(path, frames)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 30
    assert len(decoded) == 7
    assert np.abs(decoded[3].astype(int) - frames[3]).mean() < 6
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_shift_moves_the_picture_and_cuts_the_margin() -> None:
    frames = np.zeros((2, 20, 30, 3), np.uint8)
    frames[:, 10, 15] = 255
    moved = shifted(frames, np.array([[0.0, 0.0], [2.0, -3.0]]), margin=3)
    assert moved.shape == (2, 14, 24, 3)
    assert moved[0, 7, 12, 0] == 255
    assert moved[1, 4, 14, 0] == 255
