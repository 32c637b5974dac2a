from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two shards of 64 clips, a quarter of them *none*."""
    from tests.unit.training.small_run import write_shard

    folder = tmp_path_factory.mktemp("rendered")
    return [write_shard(folder / f"shard-{i:05d}.npz", 64, seed=i) for i in range(2)]
