"""Training, evaluation and serving get the same tensor of a clip, to the bit: there is one way from clip to tensor.

Two ways made the predecessor feed BGR where it had learned RGB, divide by 225 where it had learned 255, and send every
frame where it had learned ten.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from model.bundle import Bundle
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.predict import Predictor
from model.rendering.mp4 import write_mp4
from model.video import to_tensor
from model.worker import process
from model.worker.messages import Question


@pytest.fixture(scope="module")
def coloured_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip in which a white square crosses a picture whose colours differ in every channel, a moment a frame."""
    frames = np.empty((37, 120, 160, 3), np.uint8)
    frames[:] = (200, 120, 40)
    for i, frame in enumerate(frames):
        frame[40:80, 10 + 3 * i : 40 + 3 * i] = (255, 255 - 3 * i, 255)
    path = tmp_path_factory.mktemp("clips") / "square_1.mp4"
    write_mp4(path, frames, crf=8)
    return path


def served_tensor(clip: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """What reaches the engine when a worker of the function or of the page answers a question about this clip."""
    predictor = Predictor.load(bundle)
    engine = predictor.engine
    seen: list[np.ndarray] = []
    original = engine.logits

    def spy(tensor: np.ndarray) -> np.ndarray:
        seen.append(tensor.copy())
        return original(tensor)

    monkeypatch.setattr(engine, "logits", spy)
    monkeypatch.setattr(process, "limit_processor_seconds", lambda _: None)
    reply = process.replied(predictor, Question(path=clip, top_k=5, stills=False, deadline=float("inf")))
    assert reply.answer is not None
    return seen[0]


def recorded_tensors(clips: list[Path], bundle: Path, scratch: Path) -> dict[str, np.ndarray]:
    """What a training step gets of each clip, by name: its frames written to TFRecords without loss, and read again."""
    pytest.importorskip("tensorflow")
    from model.data.records import read_records, record_paths, write_records

    folder = scratch / "clips"
    folder.mkdir()
    for clip in clips:
        shutil.copyfile(clip, folder / clip.name)
    Manifest.of(
        AnnotatedRepetition(
            source=clip.name, athlete=clip.stem, movement=clip.stem.rpartition("_")[0], start=0, end=0, clip=clip.name
        )
        for clip in clips
    ).write(folder)
    write_records(folder, scratch / "records", Bundle.load(bundle).contract, lossless=True)
    return {
        recorded.clip: to_tensor(recorded.frames[None])
        for path in record_paths(scratch / "records", Split.TRAIN)
        for recorded in read_records(path)
    }


def test_a_record_and_a_request_are_the_same_tensor(
    coloured_clip: Path, tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = served_tensor(coloured_clip, tiny_bundle, monkeypatch)
    assert served.shape == (1, 10, 64, 64, 3)
    assert served.dtype == np.float32
    recorded = recorded_tensors([coloured_clip], tiny_bundle, tmp_path)
    np.testing.assert_array_equal(served, recorded[coloured_clip.name])


def test_a_record_and_a_request_are_the_same_tensor_for_every_real_clip(
    shared: Path, tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = sorted((shared / "clips").glob("*.mp4"))
    recorded = recorded_tensors(clips, tiny_bundle, tmp_path)
    assert len(recorded) == len(clips)
    for clip in clips:
        served = served_tensor(clip, tiny_bundle, monkeypatch)
        np.testing.assert_array_equal(served, recorded[clip.name], err_msg=clip.name)


def test_what_is_served_is_rgb_between_0_and_1_of_exactly_ten_frames(
    tmp_path: Path, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = np.empty((50, 96, 96, 3), np.uint8)
    frames[:] = (255, 0, 0)
    frames[:, :48] = 255
    path = tmp_path / "red.mp4"
    write_mp4(path, frames, crf=1)
    served = served_tensor(path, tiny_bundle, monkeypatch)
    assert served.shape[1] == 10  # every frame would be 50
    red = served[0, :, 60, 32]
    assert (red[:, 0] > 0.9).all()  # BGR would have it last
    assert (red[:, 2] < 0.1).all()
    assert 0.98 < served.max() <= 1.0  # division by 225 would give 1.13
