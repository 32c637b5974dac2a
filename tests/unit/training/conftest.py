from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two shards of 64 clips, a quarter of them *none*."""
    from tests.unit.training.small_run import write_shard

    folder = tmp_path_factory.mktemp("rendered")
    return [write_shard(folder / f"shard-{i:05d}.npz", 64, seed=i) for i in range(2)]


@pytest.fixture(scope="session")
def tiny_variant() -> Iterator[str]:
    """The name of a MoViNet with two bottlenecks: every kind of layer of the published ones, traced in a second."""
    from model.movinet import presets
    from model.movinet.presets import K15, K53, Block, Bottleneck, Preset

    blocks = (Block(8, (Bottleneck(16, K15, stride=2), Bottleneck(16, K53, stride=1))),)
    tiny = Preset("tiny", stem=8, blocks=blocks, project=32, dense=64, frames=10, size=32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presets, "PRESETS", {**presets.PRESETS, tiny.name: tiny})
        yield tiny.name
