from __future__ import annotations

import keras
import numpy as np
import pytest

from model.movinet.backbone import BottleneckBlock
from model.movinet.batch_norm import EPSILON, BatchNorm
from model.movinet.layers import ClipMean, DepthwiseUnit, FoldTime, SqueezeExcite
from model.movinet.options import BackboneOptions
from model.movinet.presets import Bottleneck


def fold(clips: np.ndarray) -> np.ndarray:
    """[clips, frames, h, w, c] to [frames x clips, h, w, c]."""
    return np.swapaxes(clips, 0, 1).reshape(-1, *clips.shape[2:])


def unfold(x: np.ndarray, frames: int) -> np.ndarray:
    return np.swapaxes(x.reshape(frames, -1, *x.shape[1:]), 0, 1)


def depthwise_3d(clips: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """The definition: every output is the sum over the kernel's box, zeros outside; SAME padding in space."""
    extent, side = kernel.shape[:2]
    height, width = clips.shape[2:4]
    out_h, out_w = -(-height // stride), -(-width // stride)
    pads = [max((out - 1) * stride + side - size, 0) for out, size in ((out_h, height), (out_w, width))]
    half = extent // 2
    space = [(pad // 2, pad - pad // 2) for pad in pads]
    padded = np.pad(clips, ((0, 0), (half, half), *space, (0, 0)))
    result = np.zeros((*clips.shape[:2], out_h, out_w, clips.shape[-1]))
    for t in range(clips.shape[1]):
        for i in range(out_h):
            for j in range(out_w):
                box = padded[:, t : t + extent, i * stride : i * stride + side, j * stride : j * stride + side]
                result[:, t, i, j] = np.einsum("btijc,tijc->bc", box, kernel)
    return result


@pytest.mark.parametrize(
    ("kernel", "stride", "frames", "size"),
    [((3, 3), 1, 4, 5), ((5, 3), 2, 5, 6), ((5, 3), 1, 2, 4), ((1, 5), 2, 3, 7), ((3, 3), 2, 1, 6)],
)
def test_shifted_2d_convolutions_are_the_3d_depthwise_convolution(
    kernel: tuple[int, int], stride: int, frames: int, size: int
) -> None:
    random = np.random.default_rng(0)
    clips = random.normal(size=(2, frames, size, size, 3)).astype(np.float32)
    unit = DepthwiseUnit(kernel, frames=frames, stride=stride)
    unit.build((None, size, size, 3))
    weights = random.normal(size=unit.kernel.shape).astype(np.float32)
    unit.kernel.assign(weights)

    given = unfold(keras.ops.convert_to_numpy(unit.convolve(fold(clips))), frames)

    np.testing.assert_allclose(given, depthwise_3d(clips, weights, stride), atol=1e-4)


def test_folding_puts_the_first_frames_of_all_clips_first() -> None:
    clips = np.arange(2 * 3 * 4 * 4 * 1, dtype=np.float32).reshape(2, 3, 4, 4, 1)

    np.testing.assert_array_equal(FoldTime()(clips), fold(clips))


def test_clip_mean_does_not_mix_clips() -> None:
    clips = np.random.default_rng(0).random((2, 3, 4, 5, 6), np.float32)

    np.testing.assert_allclose(ClipMean(3)(fold(clips)), clips.mean(axis=(1, 2, 3)), rtol=1e-5)


def test_squeeze_excite_gates_each_clip_by_its_own_means() -> None:
    clips = np.random.default_rng(0).random((2, 3, 4, 4, 8), np.float32)
    layer = SqueezeExcite(3)
    given = unfold(keras.ops.convert_to_numpy(layer(fold(clips))), 3)

    reduce_kernel, reduce_bias, expand_kernel, expand_bias = layer.get_weights()
    hidden = clips.mean(axis=(1, 2, 3)) @ reduce_kernel + reduce_bias
    hidden = hidden / (1 + np.exp(-hidden))
    gate = 1 / (1 + np.exp(-(hidden @ expand_kernel + expand_bias)))
    np.testing.assert_allclose(given, clips * gate[:, None, None, None, :], rtol=1e-4)


class TestBatchNorm:
    def test_training_normalises_each_channel_and_moves_the_statistics(self) -> None:
        x = np.random.default_rng(0).normal(3.0, 2.0, (6, 5, 5, 4)).astype(np.float32)
        layer = BatchNorm(momentum=0.9)

        y = keras.ops.convert_to_numpy(layer(x, training=True))

        np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), 0.0, atol=1e-5)
        np.testing.assert_allclose(y.std(axis=(0, 1, 2)), 1.0, atol=1e-3)
        np.testing.assert_allclose(layer.moving_mean, 0.1 * x.mean(axis=(0, 1, 2)), rtol=1e-4)
        np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * x.var(axis=(0, 1, 2)), rtol=1e-2)

    def test_inference_uses_the_moving_statistics(self) -> None:
        layer = BatchNorm()
        layer.build((None, None, None, 2))
        layer.set_weights([np.array(w, np.float32) for w in ([2, 3], [0.5, -1], [1, 2], [4, 0.25])])
        x = np.random.default_rng(0).random((2, 3, 3, 2), np.float32)

        expected = (x - [1, 2]) / np.sqrt(np.array([4, 0.25]) + EPSILON) * [2, 3] + [0.5, -1]
        np.testing.assert_allclose(layer(x, training=False), expected, rtol=1e-4)

    def test_a_frozen_layer_keeps_its_statistics_in_training(self) -> None:
        layer = BatchNorm()
        layer.build((None, None, None, 2))
        layer.trainable = False
        x = np.random.default_rng(0).random((2, 3, 3, 2), np.float32)

        np.testing.assert_allclose(layer(x, training=True), layer(x, training=False))
        np.testing.assert_array_equal(layer.moving_mean, [0.0, 0.0])

    @pytest.mark.parametrize("training", [True, False])
    def test_the_scale_multiplies_the_result(self, training: bool) -> None:
        x = np.random.default_rng(0).random((2, 3, 3, 2), np.float32)
        layer = BatchNorm()
        plain = keras.ops.convert_to_numpy(layer(x, training=training))

        scaled = BatchNorm()(x, scale=keras.ops.convert_to_tensor(0.25), training=training)

        np.testing.assert_allclose(scaled, 0.25 * plain, atol=1e-6)


class TestBottleneckBlock:
    @staticmethod
    def block(*, drop: float = 0.0, residual_scale: float = 1.0) -> BottleneckBlock:
        spec = Bottleneck(expand=16, kernel=(3, 3), stride=1)
        return BottleneckBlock(spec, 8, BackboneOptions(frames=2, residual_scale=residual_scale), drop=drop)

    def test_with_a_residual_scale_of_zero_it_begins_as_its_skip(self) -> None:
        x = np.random.default_rng(0).random((4, 5, 5, 8), np.float32)

        np.testing.assert_allclose(self.block(residual_scale=0.0)(x), x, atol=1e-6)

    def test_stochastic_depth_drops_whole_clips_and_only_in_training(self) -> None:
        keras.utils.set_random_seed(1)
        clips = np.random.default_rng(0).random((64, 2, 3, 3, 8), np.float32)
        block = self.block(drop=0.5)
        x = fold(clips)
        block(x)
        block.trainable = False  # moving statistics in both cases, so that only the dropping differs

        residual = unfold(keras.ops.convert_to_numpy(block(x, training=False)) - x, 2)
        dropped = unfold(keras.ops.convert_to_numpy(block(x, training=True)) - x, 2)

        kept = np.abs(dropped).max(axis=(1, 2, 3, 4)) > 1e-6
        assert 16 < kept.sum() < 48
        np.testing.assert_allclose(dropped[kept], 2 * residual[kept], atol=1e-4)
