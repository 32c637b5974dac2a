from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from model.bundle import CARD, DEPTH, MANIFEST, Bundle, seal
from model.cli.commands import app
from model.defaults import DEFAULT_BUNDLE
from model.depth.network import DepthNetwork
from model.depth.view import JOINTS, PLACES, SIZE, View
from model.errors import ModelUnavailable
from model.record import BundleRecord
from model.shards import write_shard
from model.staging.bottoms import KEPT_SIZE, Bottoms
from model.training import train
from model.training.depth import recipe, varied
from model.training.depth.add import add_depth, bound_of, figures
from model.training.depth.export import flatbuffer
from model.training.depth.recipe import DepthRecipe
from model.training.depth.train import load_depth, parted, train_depth
from model.training.depth.varied import as_served, batches, shares

SMALL = DepthRecipe(channels=(8, 8, 12), places=8, hidden=16, steps=6, batch=8, warmup=2)


def bands(athletes: int, first: int = 0) -> Bottoms:
    """Two pictures of each athlete: a bright band as far above the middle as the hips are above the knees."""
    rng = np.random.default_rng(first)
    count = 2 * athletes
    depth = rng.uniform(-0.4, 0.6, count).astype(np.float32)
    pictures = rng.integers(0, 40, (count, KEPT_SIZE, KEPT_SIZE, 3), np.uint8)
    for picture, one in zip(pictures, depth, strict=True):
        middle = round(KEPT_SIZE / 2 - one * SIZE / 2)
        picture[middle - 4 : middle + 4] = 230
    places = np.zeros((count, PLACES), np.float32)
    landmarks = np.where(np.arange(count) % 5 == 0, np.nan, depth + rng.normal(0, 0.3, count)).astype(np.float32)
    return Bottoms(pictures, places, depth, landmarks, first + np.arange(count) // 2)


def stored(folder: Path, some: Bottoms) -> Path:
    folder.mkdir()
    write_shard(
        folder, 0, **{name: getattr(some, name) for name in ("pictures", "places", "depth", "landmarks", "athlete")}
    )
    (folder / "manifest.json").write_text('{"bottoms": 1, "seed": 3, "athletes": 30}')
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train_depth(folder, bands(30), SMALL, identity={"athletes": 30, "seed": 3}, evaluations=2)
    return folder


def test_a_run_goes_on_where_it_was_and_is_loaded(run: Path) -> None:
    trained = load_depth(run)
    assert trained.step == SMALL.steps and trained.recipe == SMALL and trained.bottoms == {"athletes": 30, "seed": 3}
    assert trained.figures is not None and trained.figures.error > 0
    with pytest.raises(FileExistsError, match="--resume"):
        train_depth(run, bands(30), SMALL)


def test_athletes_are_held_out_not_pictures() -> None:
    learned, held = parted(bands(30))
    assert set(held.athlete) == {27, 28, 29} and not set(learned.athlete) & set(held.athlete)
    with pytest.raises(ValueError, match="too few"):
        train_depth(Path("nowhere"), bands(4), SMALL)


def test_it_learns_to_read_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(varied, "spoilt", lambda frames, seed, settings: frames)  # quicker, and quick to learn from
    update = {"steps": 400, "batch": 32, "warmup": 60, "keep": 0.95, "shift": 0.01, "dropout": 0.0}
    chosen = SMALL.model_copy(update={**update, "min_scale": 0.97, "max_scale": 1.03})
    trained = train_depth(tmp_path, bands(200), chosen, evaluations=1)
    assert trained.figures is not None and trained.figures.error < 0.1  # guessing is off by .25


def test_a_picture_is_varied_with_its_places() -> None:
    some = bands(8)
    some.places[:] = np.tile([0.25, -0.25, 1.0, 0.3, 0.2, 0.1], len(JOINTS))
    chosen = SMALL.model_copy(update={"shift": 0.0, "min_scale": 0.5, "max_scale": 0.5, "steps": 4})
    pictures, places, depth = next(batches(some, chosen, 0))
    assert pictures.shape == (8, SIZE, SIZE, 3) and 0 <= pictures.numpy().min() <= pictures.numpy().max() <= 1
    assert set(depth.numpy().tolist()) <= set(some.depth.tolist())
    seen = places.numpy().reshape(8, len(JOINTS), 6)
    # Half the square is seen, so everything is twice as far from its middle; in a mirror, left is right.
    np.testing.assert_allclose(np.abs(seen[..., :2]), 0.5, atol=0.08)
    assert {float(np.sign(one)) for one in seen[:, 0, 0]} == {-1.0, 1.0} and (seen[..., 1] < 0).all()


def test_the_same_batches_come_again_from_any_step() -> None:
    some = bands(20)
    whole, later = list(batches(some, SMALL, 0)), list(batches(some, SMALL, 4))
    assert len(whole) == SMALL.steps and len(later) == 2
    for one, other in zip(whole[4:], later, strict=True):
        for given, again in zip(one, other, strict=True):
            np.testing.assert_array_equal(given.numpy(), again.numpy())


def test_the_flatbuffer_says_what_the_network_says(run: Path) -> None:
    model = load_depth(run).model
    some = bands(3)
    pictures, places = as_served(some)
    wanted = model.predict([pictures, places], verbose=0)
    views = [View(np.rint(255 * one).astype(np.uint8), other) for one, other in zip(pictures, places, strict=True)]
    said = DepthNetwork(flatbuffer(model)).read(views)
    assert [one.value for one in said] == pytest.approx(wanted[:, 0], abs=0.05)
    assert [np.log(one.width) for one in said] == pytest.approx(wanted[:, 1], abs=0.1)


def test_figures_count_what_is_decided_and_how_often_that_is_right() -> None:
    some = bands(2)
    some.depth[:] = [-0.3, -0.05, 0.3, 0.9]
    values = np.array([-0.2, 0.1, np.nan, 0.9])
    said = figures(values, np.full(4, 0.08), some)
    assert (said.athletes, said.pictures) == (2, 3)  # who stands is not at the bottom
    assert (said.decided, said.right) == (pytest.approx(2 / 3, abs=1e-4), 0.5)
    assert (said.clear_decided, said.clear_right) == (0.5, 1.0)
    assert said.error == pytest.approx(0.125) and said.error_near == pytest.approx(0.15)


def test_the_bound_is_as_small_as_what_is_decided_stays_right() -> None:
    some = bands(2000)
    widths = np.full(len(some), 0.1)
    values = some.depth + np.random.default_rng(1).laplace(0, 0.1, len(some))
    bound = bound_of(values, widths, some)
    deep = some.depth < 0.5
    right = (values < 0) == (some.depth < 0)
    assert 0.2 < bound < 1.5
    assert right[deep & (np.abs(values) > 0.1 * bound)].mean() >= 0.95
    assert right[deep & (np.abs(values) > 0.1 * (bound - 0.3))].mean() < 0.95
    assert bound_of(-some.depth, widths, some) > 7  # always wrong: nothing is decided
    assert bound_of(some.depth, widths, some) == 0.0


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("bottoms")
    return stored(folder / "learned", bands(30)), stored(folder / "test", bands(10, first=100))


@pytest.fixture(scope="module")
def made(run: Path, folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "bundle"
    add_depth(DEFAULT_BUNDLE, run, *folders, out, version="9")
    return out


def test_a_bundle_reads_depth_and_says_how_well(made: Path) -> None:
    bundle = Bundle.load(made)
    assert bundle.contract.version == "9" and bundle.contract.depth is not None and bundle.depth_path is not None
    DepthNetwork(bundle.depth_path.read_bytes())
    record = BundleRecord.read(made).depth
    assert record is not None and record.step == SMALL.steps
    assert record.pictures.athletes == record.landmarks.athletes == 10
    card = " ".join((made / CARD).read_text().split())
    assert "reads from the picture around hips and knees how deep a squat is" in card and "from 30 athletes" in card


def test_a_bundle_whose_network_of_depth_is_missing_is_refused(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "bundle")
    (tmp_path / "bundle" / DEPTH).unlink()
    (tmp_path / "bundle" / MANIFEST).unlink()
    seal(tmp_path / "bundle")
    with pytest.raises(ModelUnavailable, match="network of depth"):
        Bundle.load(tmp_path / "bundle")


def test_nothing_is_overwritten_and_pictures_alone_are_refused(
    run: Path, folders: tuple[Path, Path], tiny_bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError):
        add_depth(DEFAULT_BUNDLE, run, *folders, tmp_path, version="9")
    with pytest.raises(ValueError, match="second stream"):
        add_depth(tiny_bundle, run, *folders, tmp_path / "one", version="9")


def test_the_commands_train_and_add(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "limit_threads", lambda threads: None)  # TensorFlow is at work in this process
    monkeypatch.setattr(recipe, "DepthRecipe", lambda **chosen: SMALL.model_copy(update=chosen))
    learned, test = map(str, folders)
    runner, run, out = CliRunner(), str(tmp_path / "run"), str(tmp_path / "bundle")
    trained = runner.invoke(app, ["train-depth", "--data", learned, "--out", run, "--steps", "2", "--threads", "1"])
    assert trained.exit_code == 0 and "step 2 of 2" in trained.stdout, trained.output
    command = ["add-depth", str(DEFAULT_BUNDLE), run, "--data", learned, "--test", test, "--out", out]
    made = runner.invoke(app, [*command, "--version", "9"])
    assert made.exit_code == 0, made.output
    assert Bundle.load(out).contract.depth is not None


def test_a_rare_depth_is_seen_as_often_as_others_within_reason() -> None:
    depth = np.concatenate([np.full(900, 0.02), np.full(90, -0.22), np.full(10, 0.41)])
    seen = shares(depth)
    assert seen.sum() == pytest.approx(1.0)
    usual, deep, high = seen[:900].sum(), seen[900:990].sum(), seen[990:].sum()
    assert deep == pytest.approx(usual)
    assert high < usual and seen[-1] > seen[900] > seen[0]
