from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from model.benchmark.plan import Kind, Network, Selection, network_of, rows
from model.defaults import EngineName
from model.movinet.precision import Precision


def test_tensorflow_runs_float32_only() -> None:
    selected = rows(Selection(), {}, predecessor=False)

    assert len(selected) == 3 * 2 * (4 + 1)
    assert {row.precision for row in selected if row.engine is EngineName.TENSORFLOW} == {Precision.FP32}
    assert len({row.name for row in selected}) == len(selected)


def test_a_trained_network_takes_the_place_of_the_random_one() -> None:
    trained = Network(variant="a0", kind=Kind.BASE, frames=6, size=64, run="runs/x", step=9)
    selection = Selection(variants=["a0"], precisions=[Precision.FP32], engines=[EngineName.LITERT])

    base, stream = (row.network for row in rows(selection, {("a0", Kind.BASE): trained}, predecessor=False))

    assert base is trained
    assert (stream.run, stream.frames, stream.size) == (None, 10, 80)


def test_with_the_predecessor_its_network_comes_last_at_its_size() -> None:
    *_, last = rows(Selection(variants=["a0"]), {}, predecessor=True)

    assert (last.network.variant, last.network.kind, last.network.size) == ("a2", Kind.BASE, 224)
    assert last.network.channels == "rgb"


@pytest.mark.parametrize(
    ("given", "match"), [({"variants": ["a9"]}, "no MoViNet 'a9'"), ({"engines": [EngineName.AUTO]}, "not auto")]
)
def test_what_cannot_be_measured_is_refused(given: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Selection(**given)  # type: ignore[arg-type]


def write_run(folder: Path, **recipe: object) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"recipe": recipe}))
    np.savez(folder / "checkpoint.npz", step=np.int64(7))
    return folder


@pytest.mark.parametrize(("more", "kind"), [({}, Kind.BASE), ({"stream": True}, Kind.STREAM)])
def test_a_run_says_which_network_it_trains(more: dict[str, bool], kind: Kind, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", variant="a1", frames=6, size=64, channels="motion", **more)

    assert network_of(run) == Network(variant="a1", kind=kind, frames=6, size=64, run=str(run), step=7)


def test_a_folder_without_a_checkpoint_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no training run"):
        network_of(tmp_path)


def test_a_run_whose_recipe_lacks_something_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not say 'frames'"):
        network_of(write_run(tmp_path / "run", variant="a1"))
