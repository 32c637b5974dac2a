from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import tensorflow as tf

from model.training.augmentation import CENTRE, Augmentation, augment, centred

STILL = replace(
    Augmentation(),
    **{field.name: 0.0 for field in fields(Augmentation) if field.name not in ("min_scale", "max_scale")},
    min_scale=1.0,
    max_scale=1.0,
)
"""No step but the framing, which only moves by four hundredths of the frame."""


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


@pytest.mark.parametrize(
    "step",
    [
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
    ],
)
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
