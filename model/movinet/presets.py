"""The six base variants of MoViNet as data: A0 to A5.

Found by neural architecture search; numbers from Kondratyuk et al. 2021 (arXiv 2103.11511, appendix) as published in
tensorflow/models, `official/projects/movinet/modeling/movinet.py`. No TensorFlow here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Kernel = tuple[int, int]
"""Extent of a depthwise kernel: frames x side, so (5, 3) stands for 5 x 3 x 3."""

K13: Kernel = (1, 3)
K15: Kernel = (1, 5)
K33: Kernel = (3, 3)
K53: Kernel = (5, 3)


@dataclass(frozen=True)
class Bottleneck:
    """One inverted bottleneck: expand to `expand` channels, depthwise `kernel` with spatial `stride`, project."""

    expand: int
    kernel: Kernel
    stride: int


@dataclass(frozen=True)
class Block:
    """Bottlenecks that all project to `filters` channels; only the first may stride."""

    filters: int
    bottlenecks: tuple[Bottleneck, ...]


@dataclass(frozen=True)
class Preset:
    """A variant of MoViNet and what it was published for.

    Attributes:
        name: `a0` to `a5`.
        stem: channels of the 1 x 3 x 3 convolution with stride 2 that begins the network.
        blocks: the five blocks of bottlenecks.
        project: channels of the 1 x 1 x 1 convolution before pooling.
        dense: channels of the classifier's hidden layer.
        frames, size: frames per clip and side in pixels of the published Kinetics-600 models. Any others work too.
    """

    name: str
    stem: int
    blocks: tuple[Block, ...]
    project: int
    dense: int
    frames: int
    size: int

    @property
    def bottlenecks(self) -> int:
        """How many bottlenecks there are in all blocks."""
        return sum(len(block.bottlenecks) for block in self.blocks)


def _block(filters: int, expand: tuple[int, ...], kernels: tuple[Kernel, ...], stride: int) -> Block:
    strides = (stride, *(1 for _ in expand[1:]))
    return Block(filters, tuple(Bottleneck(*row) for row in zip(expand, kernels, strides, strict=True)))


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset(
                name="a0",
                stem=8,
                blocks=(
                    _block(8, (24,), (K15,), stride=2),
                    _block(32, (80, 80, 80), (K33, K33, K33), stride=2),
                    _block(56, (184, 112, 184), (K53, K33, K33), stride=2),
                    _block(56, (184, 184, 184, 184), (K53, K33, K33, K33), stride=1),
                    _block(104, (384, 280, 280, 344), (K53, K15, K15, K15), stride=2),
                ),
                project=480,
                dense=2048,
                frames=50,
                size=172,
            ),
            Preset(
                name="a1",
                stem=16,
                blocks=(
                    _block(16, (40, 40), (K15, K33), stride=2),
                    _block(40, (96, 120, 96, 96), (K33, K33, K33, K33), stride=2),
                    _block(64, (216, 128, 216, 168, 216), (K53, K33, K33, K33, K33), stride=2),
                    _block(64, (216, 216, 216, 128, 128, 216), (K53, K33, K33, K33, K15, K33), stride=1),
                    _block(136, (456, 360, 360, 360, 456, 456, 544), (K53, K15, K15, K15, K15, K33, K13), stride=2),
                ),
                project=600,
                dense=2048,
                frames=50,
                size=172,
            ),
            Preset(
                name="a2",
                stem=16,
                blocks=(
                    _block(16, (40, 40, 64), (K15, K33, K33), stride=2),
                    _block(40, (96, 120, 96, 96, 120), (K33, K33, K33, K33, K33), stride=2),
                    _block(72, (240, 160, 240, 192, 240), (K53, K33, K33, K33, K33), stride=2),
                    _block(72, (240, 240, 240, 240, 144, 240), (K53, K33, K33, K33, K15, K33), stride=1),
                    _block(144, (480, 384, 384, 480, 480, 480, 576), (K53, K15, K15, K15, K15, K33, K13), stride=2),
                ),
                project=640,
                dense=2048,
                frames=50,
                size=224,
            ),
            Preset(
                name="a3",
                stem=16,
                blocks=(
                    _block(16, (40, 40, 64, 40), (K15, K33, K33, K33), stride=2),
                    _block(48, (112, 144, 112, 112, 144, 144), (K33, K33, K33, K15, K33, K33), stride=2),
                    _block(80, (240, 152, 240, 192, 240), (K53, K33, K33, K33, K33), stride=2),
                    _block(
                        88, (264, 264, 264, 264, 160, 264, 264, 264), (K53, K33, K33, K33, K15, K33, K33, K33), stride=1
                    ),
                    _block(
                        168,
                        (560, 448, 448, 560, 560, 560, 448, 448, 560, 672),
                        (K53, K15, K15, K15, K15, K33, K15, K15, K33, K13),
                        stride=2,
                    ),
                ),
                project=744,
                dense=2048,
                frames=120,
                size=256,
            ),
            Preset(
                name="a4",
                stem=24,
                blocks=(
                    _block(24, (64, 64, 96, 64, 96, 64), (K15, K33, K33, K33, K33, K33), stride=2),
                    _block(
                        56,
                        (168, 168, 136, 136, 168, 168, 168, 136, 136),
                        (K33, K33, K33, K33, K33, K33, K33, K15, K33),
                        stride=2,
                    ),
                    _block(
                        96,
                        (320, 160, 320, 192, 320, 160, 320, 256, 320),
                        (K53, K33, K33, K33, K33, K33, K33, K33, K33),
                        stride=2,
                    ),
                    _block(
                        96,
                        (320, 320, 320, 320, 192, 320, 320, 192, 320, 320),
                        (K53, K33, K33, K33, K15, K33, K33, K33, K33, K33),
                        stride=1,
                    ),
                    _block(
                        192,
                        (640, 512, 512, 640, 640, 640, 512, 512, 640, 768, 640, 640, 768),
                        (K53, K15, K15, K15, K15, K33, K15, K15, K15, K15, K15, K33, K33),
                        stride=2,
                    ),
                ),
                project=856,
                dense=2048,
                frames=80,
                size=290,
            ),
            Preset(
                name="a5",
                stem=24,
                blocks=(
                    _block(24, (64, 64, 96, 64, 96, 64), (K15, K15, K33, K33, K33, K33), stride=2),
                    _block(
                        64,
                        (192, 152, 152, 152, 192, 192, 192, 152, 152, 192, 192),
                        (K53, K33, K33, K33, K33, K33, K33, K33, K33, K33, K33),
                        stride=2,
                    ),
                    _block(
                        112,
                        (376, 224, 376, 376, 296, 376, 224, 376, 376, 296, 376, 376, 376),
                        (K53, K33, K33, K33, K33, K33, K33, K33, K33, K33, K33, K33, K33),
                        stride=2,
                    ),
                    _block(
                        120,
                        (376, 376, 376, 376, 224, 376, 376, 224, 376, 376, 376),
                        (K53, K33, K33, K33, K15, K33, K33, K33, K33, K33, K33),
                        stride=1,
                    ),
                    _block(
                        224,
                        (744, 744, 600, 600, 744, 744, 744, 896, 600, 600, 896, 744, 744, 896, 600, 600, 744, 744),
                        (K53, K33, K15, K15, K15, K15, K33, K15, K15, K15, K15, K15, K33, K15, K15, K15, K15, K33),
                        stride=2,
                    ),
                ),
                project=992,
                dense=2048,
                frames=120,
                size=320,
            ),
        )
    }
)
"""The variants by name."""


def preset(name: str) -> Preset:
    """The variant called `name`; raises `ValueError` naming the known ones."""
    try:
        return PRESETS[name]
    except KeyError:
        raise ValueError(f"there is no MoViNet {name!r}; the variants are {', '.join(PRESETS)}") from None


def squeezed(channels: int) -> int:
    """Hidden channels of squeeze-and-excite: a quarter of `channels`, as a multiple of 8, less by a tenth at most."""
    quarter = channels / 4
    rounded = max(8, int(quarter + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * quarter else rounded
