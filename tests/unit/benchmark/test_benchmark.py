"""A benchmark of the tiny bundle in real processes: what is measured, kept, refused and written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from model.benchmark import benchmark as module
from model.benchmark.benchmark import Benchmark, Measured, benchmark, with_differences
from model.benchmark.messages import Timing
from model.benchmark.plan import Kind, Selection
from model.benchmark.report import HEADERS, against_predecessor, cells, markdown, write
from model.bundle import LITERT
from model.cli.commands import app
from model.defaults import EngineName
from model.movinet.precision import Precision
from tests.clips import plain_clip

ONE = Selection(
    variants=["a0"], kinds=[Kind.BASE], precisions=[Precision.FP32, Precision.INT8], engines=[EngineName.LITERT]
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that the tiny bundle recognises, and one that it does not."""
    folder = tmp_path_factory.mktemp("clips")
    plain_clip(folder / "bar-facing burpee_1.mp4", (230, 0, 0))
    plain_clip(folder / "thruster_2.mp4", (0, 230, 0))
    return folder


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, clips: Path, tiny_bundle: Path) -> Path:
    """A benchmark whose only network is made already; int8 cannot be, without clips to calibrate on."""
    folder = tmp_path_factory.mktemp("benchmark")
    shutil.copytree(tiny_bundle, folder / "bundles" / "a0-base-10x80-fp32")
    write(benchmark(folder, [clips], ONE, bundle=tiny_bundle, repeats=2, threads=1), folder)
    return folder


@pytest.fixture(scope="module")
def outcome(out: Path) -> Benchmark:
    return Benchmark.model_validate_json((out / "benchmark.json").read_text())


def test_a_row_has_every_figure(outcome: Benchmark, tiny_bundle: Path, clips: Path) -> None:
    row = outcome.rows[0]

    assert row.name == "default"
    assert row.size_bytes == (tiny_bundle / LITERT).stat().st_size
    assert len(row.cold_ms) == 2
    assert min(row.cold_ms) > 0
    assert row.memory_bytes > 10 * 2**20
    assert {Path(path).name for path in row.timed} == {path.name for path in clips.iterdir()}
    assert next(iter(row.timed)).endswith("thruster_2.mp4"), "the cold clip is the first that is timed warm"
    assert (row.accuracy["all"].clips, row.accuracy["all"].top1) == (2, 0.5)


def test_random_weights_are_not_judged(outcome: Benchmark) -> None:
    row = outcome.rows[1]

    assert row.weights == "random"
    assert row.reason is None
    assert not row.accuracy
    assert not row.probabilities
    assert cells(outcome)[1][HEADERS.index("top-1")] == "-"


def test_a_row_that_cannot_be_made_gives_its_reason(outcome: Benchmark) -> None:
    row = outcome.rows[2]

    assert row.precision is Precision.INT8
    assert row.reason == "Without a folder of calibration clips there is no int8."
    assert row.reason in markdown(outcome)


def test_a_second_run_keeps_what_is_done_and_tries_the_rest_again(
    out: Path, outcome: Benchmark, clips: Path, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_work(*_: Any) -> None:
        raise AssertionError("a process was started for a row that is there")

    monkeypatch.setattr(module, "work", no_work)
    seen: list[Measured] = []

    again = benchmark(out, [clips], ONE, bundle=tiny_bundle, repeats=2, threads=1, report=seen.append)

    assert again == outcome
    assert [row.name for row in seen] == [row.name for row in outcome.rows]


def test_other_settings_are_refused(out: Path, clips: Path, tiny_bundle: Path) -> None:
    with pytest.raises(ValueError, match="repeats 2, not 3"):
        benchmark(out, [clips], ONE, bundle=tiny_bundle, repeats=3, threads=1)


def test_a_bundle_that_cannot_be_opened_is_a_row_with_its_reason(
    clips: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    broken = Path(shutil.copytree(tiny_bundle, tmp_path / "broken"))
    (broken / LITERT).write_bytes(b"x")

    (row,) = benchmark(tmp_path / "out", [clips], Selection(variants=()), bundle=broken, repeats=1).rows

    assert row.reason is not None
    assert "altered" in row.reason


def test_two_runs_of_one_network_are_refused(clips: Path, tmp_path: Path) -> None:
    recipe = {"variant": "a0", "frames": 10, "size": 80, "channels": "motion"}
    (tmp_path / "config.json").write_text(json.dumps({"recipe": recipe}))
    np.savez(tmp_path / "checkpoint.npz", step=np.int64(1))

    with pytest.raises(ValueError, match="only one can be measured"):
        benchmark(tmp_path / "out", [clips], runs=[tmp_path, tmp_path])


def measured(name: str, **more: Any) -> Measured:
    row = Measured(
        name=name,
        model="A0 base",
        weights="runs/x, step 1",
        size=80,
        frames=10,
        size_bytes=2**20,
        cold_ms=(100.0, 300.0, 200.0),
        memory_bytes=2**20,
        timed={"a": Timing(decode_ms=10, predict_ms=10)},
        probabilities={"a": [0.9, 0.1], "b": [0.5, 0.5]},
    )
    return row.model_copy(update=more)


def test_differences_are_from_the_float32_flatbuffer_of_the_same_network() -> None:
    reference = measured("fp32")
    other = measured("int8", precision=Precision.INT8, probabilities={"a": [0.7, 0.3], "b": [0.5, 0.5]})
    elsewhere = measured("a1", model="A1 base", precision=Precision.INT8)

    first, second, third = with_differences([reference, other, elsewhere])

    assert first.difference is None
    assert second.difference is not None
    assert second.difference.clips == 2
    assert second.difference.largest == pytest.approx(0.2)
    assert second.difference.mean == pytest.approx(0.1)
    assert third.difference is None


def test_ratios_are_of_the_clips_that_both_rows_answered(outcome: Benchmark) -> None:
    first = measured(
        "default", timed={"a": Timing(decode_ms=10, predict_ms=10), "b": Timing(decode_ms=1, predict_ms=1)}
    )
    slow = measured("slow", timed={"a": Timing(decode_ms=10, predict_ms=40)}, cold_ms=(400.0,))
    row = dict(zip(HEADERS, cells(Benchmark(settings=outcome.settings, rows=(first, slow)))[1], strict=True))

    assert row["cold ms"] == "400 (2.00)"
    assert row["decode ms"] == "10.0 (1.00)"
    assert row["predict ms"] == "40.0 (4.00)"


def test_the_predecessor_is_compared_with_the_default_path(outcome: Benchmark) -> None:
    theirs = measured(
        "predecessor",
        size=224,
        cold_ms=(40_000.0,),
        memory_bytes=20 * 2**20,
        timed={"a": Timing(decode_ms=100, predict_ms=9900)},
    )
    text = against_predecessor(Benchmark(settings=outcome.settings, rows=(measured("default"), theirs)))

    assert "200 times as fast cold and 500 times as fast warm, with 1/20.0 of the memory" in text


def test_without_the_predecessor_the_report_says_so(outcome: Benchmark) -> None:
    assert "no SavedModel of it was given" in markdown(outcome)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--variants", "a9", "no MoViNet 'a9'"),
        ("--precisions", "fp12", "'fp12' is not a valid Precision"),
        ("--predecessor", "nowhere", "not a SavedModel"),
    ],
)
def test_the_command_explains_what_it_cannot_do(
    option: str, value: str, said: str, clips: Path, tmp_path: Path
) -> None:
    result = CliRunner().invoke(
        app, ["benchmark", "--clips", str(clips), "--out", str(tmp_path / "out"), option, value]
    )

    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())
