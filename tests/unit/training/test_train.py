from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from model.training import checkpoint
from model.training import train as train_module
from model.training.history import TENSORBOARD, Row
from model.training.interruption import Interrupted
from model.training.logits import Logits
from model.training.network import movinet
from model.training.recipe import Recipe
from model.training.run_config import CONFIG
from model.training.train import BEST, CHECKPOINT, Batch, Pace, Trained, load_trained, train
from model.training.watcher import Watcher
from tests.unit.training.small_run import LABELS, curve, rows, tiny_network, tiny_recipe, write_shard

PACE = Pace(report_steps=4, evaluations=2, checkpoint_seconds=3600.0)


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Ctrl-C ends runs, even where these tests run in the background of a shell, which makes it be ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Signals(Watcher):
    """Sends this process a signal after some of the steps, and remembers what it was told."""

    def __init__(self, number: signal.Signals, *steps: int) -> None:
        self.number, self.steps = number, steps
        self.begun: list[tuple[int, int, bool]] = []
        self.advanced: list[int] = []

    def begin(self, step: int, steps: int, *, resumed: bool) -> None:
        self.begun.append((step, steps, resumed))

    def advance(self, step: int) -> None:
        self.advanced.append(step)
        if step in self.steps:
            os.kill(os.getpid(), self.number)


class Rows(Watcher):
    """Keeps the rows of a run."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def row(self, row: Row) -> None:
        self.rows.append(row)


def run(folder: Path, shards: list[Path], recipe: Recipe | None = None, **options: object) -> Trained:
    settings = {"labels": LABELS, "threads": 1, "network": tiny_network, "pace": PACE, **options}
    return train(folder, shards, recipe or tiny_recipe(), **settings)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, shards: list[Path]) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    run(folder, shards)
    return folder


def test_the_loss_falls_and_held_out_clips_are_recognised(tmp_path: Path, shards: list[Path]) -> None:
    watcher = Rows()
    run(tmp_path / "run", shards, tiny_recipe(steps=60), watcher=watcher)
    first, *_, last = watcher.rows
    assert last.loss < 0.6 * first.loss
    assert last.held_out_top1 is not None
    assert last.held_out_top1 > 0.7
    assert [str(row.step) for row in watcher.rows] == [row["step"] for row in rows(tmp_path / "run")]


def interrupted(folder: Path, shards: list[Path], number: signal.Signals, step: int, **options: object) -> Signals:
    """A run that the signal ends after a step; checks that it has taken that step, and no other."""
    watcher = Signals(number, step)
    with pytest.raises(Interrupted, match=f"run is saved at step {step} of 12") as stopped:
        run(folder, shards, watcher=watcher, **options)
    assert stopped.value.signal == number
    assert watcher.advanced == list(range(1 + watcher.begun[0][0], step + 1))
    return watcher


def test_a_run_ended_by_a_signal_goes_on_exactly_as_if_it_had_not_been_ended(
    tmp_path: Path, shards: list[Path], uninterrupted: Path
) -> None:
    """Ended in the middle of a row, where a row ends, and where the run is evaluated; by Ctrl-C and by `kill`."""
    folder = tmp_path / "run"
    begun = []
    for step, number in ((4, signal.SIGINT), (6, signal.SIGTERM), (11, signal.SIGINT)):
        begun += interrupted(folder, shards, number, step, resume=True).begun
    watcher = Signals(signal.SIGINT)
    run(folder, shards, resume=True, watcher=watcher)

    assert begun + watcher.begun == [(0, 12, False), (4, 12, True), (6, 12, True), (11, 12, True)]
    assert curve(folder) == curve(uninterrupted)
    expected, expected_step = checkpoint.read(uninterrupted / CHECKPOINT)
    given, given_step = checkpoint.read(folder / CHECKPOINT)
    assert given_step == expected_step == 12
    for group in ("model", "average", "optimizer"):
        for name, values in expected[group].items():
            np.testing.assert_array_equal(given[group][name], values, err_msg=f"{group} {name}")


def test_a_signal_during_an_evaluation_leaves_that_to_the_resumed_run(
    tmp_path: Path, shards: list[Path], uninterrupted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    judge = train_module._judge
    left = 0

    def signalled(logits: Logits, batches: Iterable[Batch]) -> tuple[float, float]:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGTERM)
        return judge(logits, batches)

    with monkeypatch.context() as patch:
        patch.setattr(train_module, "_judge", signalled)
        for step, evaluations, resume, written in ((6, 1, False, ["4"]), (12, 2, True, ["4", "6", "8"])):
            left = evaluations
            with pytest.raises(Interrupted, match=f"step {step} of 12"):
                run(folder, shards, resume=resume)
            assert [row["step"] for row in rows(folder)] == written
    run(folder, shards, resume=True)
    assert curve(folder) == curve(uninterrupted)
    run(folder, shards, resume=True)
    assert curve(folder) == curve(uninterrupted), "a run that has ended writes no row twice"


def test_a_run_that_has_ended_is_not_begun_anew(uninterrupted: Path, shards: list[Path]) -> None:
    before = (uninterrupted / CHECKPOINT).read_bytes(), curve(uninterrupted)
    watcher = Signals(signal.SIGINT)
    assert run(uninterrupted, shards, resume=True, watcher=watcher).step == 12

    assert (watcher.begun, watcher.advanced) == ([(12, 12, True)], [])
    assert ((uninterrupted / CHECKPOINT).read_bytes(), curve(uninterrupted)) == before


def test_a_second_signal_ends_a_run_at_once(tmp_path: Path, shards: list[Path]) -> None:
    class Twice(Watcher):
        def advance(self, step: int) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", shards, watcher=Twice())
    assert not (tmp_path / "run" / CHECKPOINT).exists()


def test_the_best_weights_are_kept_where_the_recipe_asks_for_them(tmp_path: Path, shards: list[Path]) -> None:
    # Ever larger steps: the run is best somewhere in its middle.
    recipe = replace(tiny_recipe(steps=40), choose="best", average=0.0, learning_rate=2.0, label_smoothing=0.0)
    trained = run(tmp_path / "run", shards, recipe, pace=Pace(report_steps=4, evaluations=10))
    judged = [
        (float(row["held_out_top1"]), -float(row["held_out_loss"]), int(row["step"]))
        for row in rows(tmp_path / "run")
        if row["held_out_top1"]
    ]

    assert trained.step == max(judged)[2]
    assert checkpoint.read(tmp_path / "run" / BEST)[1] == trained.step


def test_a_run_without_progress_ends_before_its_last_step_and_stays_ended(tmp_path: Path, shards: list[Path]) -> None:
    # Ever larger steps: the loss of held-out clips soon only rises.
    recipe = replace(tiny_recipe(steps=80), patience=2, learning_rate=5.0, average=0.0)
    pace = Pace(report_steps=4, evaluations=20)
    trained = run(tmp_path / "run", shards, recipe, pace=pace)
    losses = [float(row["held_out_loss"]) for row in rows(tmp_path / "run")]

    assert trained.step == 4 * len(losses) < 80
    assert min(losses[:-2]) <= min(losses[-2:])
    assert all(min(losses[n - 2 : n]) < min(losses[: n - 2]) for n in range(3, len(losses)))
    assert run(tmp_path / "run", shards, recipe, pace=pace, resume=True).step == trained.step


def test_epochs_are_counted_in_clips_that_are_trained_on(tmp_path: Path, shards: list[Path]) -> None:
    trained = run(tmp_path / "run", shards, replace(tiny_recipe(), epochs=0.5))

    clips = 128 - 4  # one of every label is held out
    assert trained.recipe.steps == trained.step == round(0.5 * clips / 8)


def test_without_clips_of_something_else_there_is_no_output_for_it(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "shard-00000.npz", 96, none=False)
    trained = run(tmp_path / "run", [shard], tiny_recipe(steps=2))
    assert trained.has_none is False
    assert trained.model.output_shape[-1] == 3
    assert load_trained(tmp_path / "run", network=tiny_network).has_none is False


@pytest.mark.slow
@pytest.mark.parametrize("stream", [False, True], ids=["base", "stream"])
def test_half_precision_learns_with_variables_in_full(stream: bool, tmp_path: Path, shards: list[Path]) -> None:
    """Whole runs of A0; `test_learner` has the steps of a smaller network."""
    recipe = replace(tiny_recipe(steps=3), precision="mixed_bfloat16", stream=stream, learning_rate=0.002)
    trained = run(tmp_path / "run", shards, recipe, network=movinet)
    losses = [float(row["loss"]) for row in rows(tmp_path / "run")]

    assert np.isfinite(losses).all()
    assert {str(variable.dtype) for variable in trained.model.weights} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


def test_the_run_folder_tells_what_was_done(uninterrupted: Path) -> None:
    config = json.loads((uninterrupted / CONFIG).read_text())
    assert Recipe.from_dict(config["recipe"]) == tiny_recipe()
    assert config["labels"] == list(LABELS)
    assert set(config["versions"]) == {"python", "tensorflow", "keras", "numpy"}
    assert [int(row["step"]) for row in rows(uninterrupted)] == [4, 6, 8, 12]
    assert list((uninterrupted / TENSORBOARD).glob("events*"))


def test_what_is_loaded_is_the_moving_average(uninterrupted: Path) -> None:
    groups, step = checkpoint.read(uninterrupted / CHECKPOINT)
    trained = load_trained(uninterrupted, network=tiny_network)
    assert trained.step == step
    for weight, name in zip(trained.model.weights, sorted(groups["average"]), strict=True):
        np.testing.assert_array_equal(np.asarray(weight), groups["average"][name])
    assert any(not np.array_equal(groups["average"][k], groups["model"][k]) for k in groups["average"])


def test_a_folder_that_holds_a_run_is_not_overwritten(uninterrupted: Path, shards: list[Path]) -> None:
    with pytest.raises(FileExistsError, match="resume"):
        run(uninterrupted, shards)


def test_a_run_is_not_continued_with_another_recipe_or_other_clips(uninterrupted: Path, shards: list[Path]) -> None:
    with pytest.raises(ValueError, match="another recipe"):
        run(uninterrupted, shards, replace(tiny_recipe(), learning_rate=0.1), resume=True)
    with pytest.raises(ValueError, match="another clips"):
        run(uninterrupted, [*shards, shards[0]], resume=True)


def test_the_default_network_takes_the_recipes_clips_and_gives_its_outputs() -> None:
    recipe = Recipe(frames=4, size=32)
    model = movinet(recipe, 10)
    assert model.input_shape == (None, 4, 32, 32, 3)
    assert model.output_shape == (None, 10)


def test_the_rate_in_the_log_is_that_of_the_step_before(tmp_path: Path, shards: list[Path]) -> None:
    recipe = tiny_recipe(steps=8)
    run(tmp_path, shards, recipe)
    logged = [(int(row["step"]), float(row["rate"])) for row in rows(tmp_path)]
    assert logged == [(step, pytest.approx(recipe.rate(step - 1), rel=1e-5)) for step in (4, 8)]
    assert recipe.rate(3) != pytest.approx(recipe.rate(4), rel=1e-3)
