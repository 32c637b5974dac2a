from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest

from model.bundle import FLOAT32, LITERT, MANIFEST, PARTS, SAVED_MODEL, STEP, Bundle, seal
from model.errors import ModelUnavailable
from model.parts.index import LEAST, Index
from model.parts.parts import take_apart
from model.parts.whole import content, has, saved_model, unpacked


@pytest.fixture
def directory(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A bundle whose SavedModel is stored as parts, some of which stand in its flatbuffer."""
    directory = Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))
    base, data = (directory / LITERT).read_bytes(), (directory / SAVED_MODEL).read_bytes()
    shared = np.frombuffer(base, "<f4", LEAST)
    (directory / SAVED_MODEL).unlink()
    parts = take_apart(data + shared.tobytes() + b"end", [shared], Index(base, [shared]))
    (directory / PARTS[SAVED_MODEL]).write_bytes(parts)
    seal(directory)
    return directory


@pytest.fixture
def graph(tiny_bundle: Path) -> bytes:
    """The SavedModel that the parts are of."""
    base = (tiny_bundle / LITERT).read_bytes()
    return (tiny_bundle / SAVED_MODEL).read_bytes() + base[: 4 * LEAST] + b"end"


def test_a_file_in_parts_is_there(directory: Path, graph: bytes) -> None:
    bundle = Bundle.load(directory)
    assert has(bundle, SAVED_MODEL)
    assert not has(bundle, STEP)
    assert content(bundle, SAVED_MODEL) == graph


def test_a_whole_file_is_read_as_it_is(tiny_bundle: Path) -> None:
    assert content(Bundle.load(tiny_bundle), SAVED_MODEL) == (tiny_bundle / SAVED_MODEL).read_bytes()


def test_parts_refer_to_the_float32_flatbuffer_where_the_one_that_is_served_is_another(
    directory: Path, graph: bytes
) -> None:
    (directory / LITERT).rename(directory / FLOAT32)
    (directory / LITERT).write_bytes(b"quantised")
    assert content(Bundle.load(seal_again(directory)), SAVED_MODEL) == graph


def test_a_bundle_with_neither_a_file_nor_its_parts_cannot_give_it(directory: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"step\.tflite of the bundle tiny cannot be assembled"):
        content(Bundle.load(directory), STEP)


def test_parts_of_other_weights_are_a_sentence(directory: Path) -> None:
    with (directory / LITERT).open("ab") as file:
        file.write(b"more")
    with pytest.raises(ModelUnavailable, match="it was made for other weights"):
        content(Bundle.load(seal_again(directory)), SAVED_MODEL)


def test_a_saved_model_in_parts_is_assembled_for_as_long_as_it_is_opened(
    directory: Path, graph: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    with saved_model(Bundle.load(directory)) as opened:
        assert opened.parent == tmp_path / "scratch"
        assert (opened / SAVED_MODEL).read_bytes() == graph
        assert (opened / "variables").is_dir()
    with pytest.raises(RuntimeError), saved_model(Bundle.load(directory)):
        raise RuntimeError
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_whole_saved_model_is_opened_where_it_is(tiny_bundle: Path) -> None:
    with saved_model(Bundle.load(tiny_bundle)) as opened:
        assert opened == tiny_bundle


def test_an_unpacked_bundle_is_whole_and_sealed_and_the_original_stays(directory: Path, graph: bytes) -> None:
    before = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    with unpacked(Bundle.load(directory)) as whole:
        assert (whole / SAVED_MODEL).read_bytes() == graph
        assert not (whole / PARTS[SAVED_MODEL]).exists()
        assert Bundle.load(whole).contract == Bundle.load(directory).contract
        assert (whole / MANIFEST).read_bytes() != (directory / MANIFEST).read_bytes()
    assert not whole.exists()
    assert {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()} == before


def test_a_bundle_without_parts_is_unpacked_already(tiny_bundle: Path) -> None:
    with unpacked(Bundle.load(tiny_bundle)) as whole:
        assert whole == tiny_bundle


def seal_again(directory: Path) -> Path:
    seal(directory)
    return directory
