from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from model.errors import ModelUnavailable
from model.pose import weights
from model.pose.weights import Weights, read, unpack


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Other files in place of the real ones."""
    contents = {"detector": b"one", "landmarks": b"two", "LICENSE": b"terms"}
    made = {
        name: Weights(name, f"modules/{name}", hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    }
    monkeypatch.setattr(weights, "DETECTOR", made["detector"])
    monkeypatch.setattr(weights, "LANDMARKS", made["landmarks"])
    monkeypatch.setattr(weights, "_TERMS", made["LICENSE"])
    return contents


def wheel(folder: Path, contents: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "some.whl", "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"modules/{name}", content)
        archive.writestr("other.py", b"never unpacked")
    return folder


def test_weights_and_licence_are_taken_out_of_the_wheel_and_nothing_else(
    pinned: dict[str, bytes], tmp_path: Path
) -> None:
    unpack(wheel(tmp_path / "wheel", pinned), tmp_path / "pose")
    assert {path.name: path.read_bytes() for path in (tmp_path / "pose").iterdir()} == pinned
    assert read(tmp_path / "pose", weights.DETECTOR) == b"one"


@pytest.mark.parametrize("name", ["detector", "landmarks", "LICENSE"])
def test_a_wheel_with_another_file_is_not_unpacked(pinned: dict[str, bytes], tmp_path: Path, name: str) -> None:
    folder = wheel(tmp_path / "wheel", {**pinned, name: b"altered"})
    with pytest.raises(ValueError, match=f"{name} in some.whl is not the file"):
        unpack(folder, tmp_path / "pose")
    assert not (tmp_path / "pose" / "LICENSE").exists()


def test_weights_that_are_missing_or_altered_are_no_model(pinned: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="not there: detector") as caught:
        read(tmp_path, weights.DETECTOR)
    assert "make" in caught.value.hint
    (tmp_path / "detector").write_bytes(b"one!")
    with pytest.raises(ModelUnavailable, match="not the file that was pinned"):
        read(tmp_path, weights.DETECTOR)
