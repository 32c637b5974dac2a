from __future__ import annotations

import pytest

from model.movinet.presets import PRESETS, preset, squeezed


def test_there_are_the_six_base_variants() -> None:
    assert list(PRESETS) == ["a0", "a1", "a2", "a3", "a4", "a5"]


@pytest.mark.parametrize("variant", PRESETS)
def test_every_variant_halves_the_picture_five_times(variant: str) -> None:
    """The stem once, and the first bottleneck of every block but the fourth."""
    strides = [[row.stride for row in block.bottlenecks] for block in preset(variant).blocks]

    assert [row[0] for row in strides] == [2, 2, 2, 1, 2]
    assert all(stride == 1 for row in strides for stride in row[1:])


def unit(*kernel: int) -> int:
    """A convolution's kernel with scale, offset, mean and variance per channel."""
    size = 1
    for side in kernel:
        size *= side
    return size + 4 * kernel[-1]


def backbone_parameters(variant: str) -> int:
    """Counted from the table alone: kernels, normalisation, squeeze-and-excite, residual scales."""
    spec = preset(variant)
    total, channels = unit(3, 3, 3, spec.stem), spec.stem
    for block in spec.blocks:
        for row in block.bottlenecks:
            extent, side = row.kernel
            wide, hidden = row.expand, squeezed(row.expand)
            total += unit(channels, wide) + unit(extent, side, side, wide) + unit(wide, block.filters) + 1
            total += wide * hidden + hidden + hidden * wide + wide
            if row.stride > 1 or channels != block.filters:
                total += unit(channels, block.filters)
            channels = block.filters
    return total + unit(channels, spec.project)


@pytest.mark.parametrize(
    ("channels", "hidden"), [(24, 8), (80, 24), (112, 32), (184, 48), (280, 72), (344, 88), (88, 24)]
)
def test_squeezed_channels_are_a_quarter_in_multiples_of_eight(channels: int, hidden: int) -> None:
    assert squeezed(channels) == hidden


@pytest.mark.parametrize(
    ("variant", "parameters"),
    [("a0", 911583), ("a1", 2257664), ("a2", 2738754), ("a3", 4688129), ("a4", 8438191), ("a5", 15500291)],
)
def test_the_tables_have_as_many_parameters_as_the_official_backbones(variant: str, parameters: int) -> None:
    """The figures are `count_params()` of the official implementation's backbones."""
    assert backbone_parameters(variant) == parameters


def test_an_unknown_variant_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'b0'.*a0, a1, a2, a3, a4, a5"):
        preset("b0")
