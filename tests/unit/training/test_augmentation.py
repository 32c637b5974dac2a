from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from model.training import augmentation
from model.training.augmentation import CENTRE, Augmentation, augment, centred

STILL = replace(
    Augmentation(),
    **{field.name: 0.0 for field in fields(Augmentation) if field.name not in ("min_scale", "max_scale")},
    min_scale=1.0,
    max_scale=1.0,
)
"""No step but the framing, which only moves by four hundredths of the frame."""

STEPS = (
    "shake",
    "soft",
    "occluders",
    "logo",
    "bars",
    "grey",
    "swap",
    "noise",
    "dither",
    "jpeg",
    "blur",
    "sharpen",
    "mirror",
)

VARIATIONS = Path(__file__).with_name("variations.png")
"""Every variation on its own, three seeds of it, and ten seeds of all of them: tiles of 16 pixels, 16 in a row."""


def picture(side: int = 96, frames: int = 4) -> np.ndarray:
    """Smooth colours, the same in every frame."""
    along = np.linspace(0, np.pi, side)
    pattern = 128 + 90 * np.outer(np.sin(2 * along), np.cos(3 * along))
    colours = np.stack([pattern, pattern.T, 255 - pattern], axis=-1)
    return np.broadcast_to(colours, (frames, side, side, 3)).astype(np.uint8)


def varied(settings: Augmentation, seed: int = 0, frames: np.ndarray | None = None, size: int = 48) -> np.ndarray:
    frames = picture() if frames is None else frames
    result: np.ndarray = augment(tf.constant(frames), tf.constant([1, seed]), size, settings).numpy()
    return result


def test_a_variation_has_the_size_asked_for_and_is_bytes() -> None:
    result = varied(Augmentation(), size=40)
    assert result.shape == (4, 40, 40, 3)
    assert result.dtype == np.uint8


def test_the_same_seed_gives_the_same_variation_and_another_seed_another() -> None:
    assert np.array_equal(varied(Augmentation(), 5), varied(Augmentation(), 5))
    assert not np.array_equal(varied(Augmentation(), 5), varied(Augmentation(), 6))


@pytest.mark.parametrize("step", STEPS)
def test_every_step_changes_the_clip_and_keeps_its_form(step: str) -> None:
    plain = varied(STILL, 3)
    changed = varied(replace(STILL, **{step: 1.0}), 3)
    assert changed.shape == plain.shape
    assert not np.array_equal(changed, plain)


def test_without_shake_a_still_picture_stays_still() -> None:
    result = varied(replace(Augmentation(), shake=0.0, noise=0.0, jpeg=0.0), 2)
    assert (result == result[:1]).all()


def test_a_grey_clip_has_three_equal_channels() -> None:
    result = varied(replace(STILL, grey=1.0, colour=1.0)).astype(int)
    assert np.abs(result - result.mean(axis=-1, keepdims=True)).max() <= 1


def test_the_square_cut_out_lies_around_the_middle_of_the_frame() -> None:
    side = 96
    columns = np.broadcast_to(np.arange(side, dtype=np.uint8)[None, None, :, None] * 2, (1, side, side, 3))
    for seed in range(8):
        result = varied(replace(STILL, min_scale=0.9, max_scale=0.9), seed, frames=columns, size=48).astype(float)
        inner = result[0, 24, 4:-4, 0]
        assert abs(np.diff(inner).mean() - 2 * 0.9 * side / 48) < 0.1, "two grey levels per source pixel"
        assert abs(inner.mean() - side) < 2 * (0.05 + 0.04 + 0.01) * side


def test_reducing_keeps_as_much_detail_as_area_interpolation() -> None:
    noise = np.random.default_rng(0).uniform(0, 255, (2, 256, 256, 3)).astype(np.float32)
    texture = tf.image.resize(noise, (128, 128), tf.image.ResizeMethod.AREA)
    texture = tf.cast(128 + 2 * (tf.nn.avg_pool2d(texture, 2, 1, "SAME") - 128), tf.uint8).numpy()
    for size in (64, 80, 96):
        framed = np.std([varied(STILL, seed, frames=texture, size=size)[:, 8:-8, 8:-8] for seed in range(12)])
        area = tf.image.resize(texture, (size, size), tf.image.ResizeMethod.AREA).numpy().std()
        assert framed == pytest.approx(area, rel=0.1)


def test_validation_sees_the_middle_of_the_frame() -> None:
    frames = np.zeros((2, 100, 100, 3), np.uint8)
    margin = round(100 * (1 - CENTRE) / 2)
    frames[:, margin:-margin, margin:-margin] = 200
    result = centred(tf.constant(frames), 30).numpy()
    assert result.shape == (2, 30, 30, 3)
    assert (result == 200).all()


def tiles() -> np.ndarray:
    """What `variations.png` holds: the last frame of each clip, uint8 [rows x 16, 256, 3]."""
    frames, size = picture(side=36, frames=2), 16
    alone = [replace(STILL, **{step: 1.0}) for step in STEPS if step != "mirror"] + [
        replace(STILL, mirror=1.0, aspect=0.3, angle=20.0),
        replace(STILL, colour=1.0),
        replace(STILL, max_scale=1.5),
    ]
    cases = [(settings, seed) for settings in alone for seed in range(3)]
    cases += [(Augmentation(), seed) for seed in range(64 - len(cases))]
    shown = [varied(settings, seed, frames, size)[-1] for settings, seed in cases]
    return np.concatenate([np.concatenate(shown[row : row + 16], axis=1) for row in range(0, 64, 16)])


def test_the_variation_of_a_seed_stays_since_a_run_may_be_resumed_by_a_later_version() -> None:
    """Where it shall change, `python -m tests.unit.training.test_augmentation` writes the picture anew."""
    expected = tf.io.decode_png(VARIATIONS.read_bytes()).numpy().astype(int)
    given = tiles().astype(int)
    assert given.shape == expected.shape
    differing = np.abs(given - expected).max(axis=-1) > 3  # processors round differently
    assert differing.mean() < 0.002, np.argwhere(differing)[:5]


def test_frames_that_are_wider_than_the_square_are_cut_in_proportion() -> None:
    wide = np.zeros((1, 80, 80, 3), np.uint8)
    wide[:, 20:60, 20:60] = 200
    whole = replace(STILL, min_scale=0.9, max_scale=0.9)
    inner = augment(tf.constant(wide), tf.constant([1, 0]), 20, whole, square=0.5).numpy()
    assert (inner[0, 3:-3, 3:-3] == 200).all(), "a square of half the frame, less the four hundredths that it moves"
    assert (centred(tf.constant(wide), 20, square=0.5).numpy() == 200).all()


def test_frames_that_are_the_models_square_stay_as_they_are() -> None:
    frames = picture(side=24)
    np.testing.assert_array_equal(centred(tf.constant(frames), 24, square=1.0), frames)
    assert centred(tf.constant(frames), 12, square=1.0).shape == (4, 12, 12, 3)


if __name__ == "__main__":
    VARIATIONS.write_bytes(tf.io.encode_png(tiles()).numpy())


def test_the_dither_is_bayers_matrix() -> None:
    matrix = np.zeros((1, 1), int)
    for _ in range(2):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    assert np.array_equal(augmentation._BAYER, matrix)
