from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from model.training import checkpoint


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    groups = {
        "model": {"0000": np.arange(6, dtype=np.float32).reshape(2, 3), "0001": np.array(7, np.uint32)},
        "row": {"loss": np.zeros(0, np.float32), "a name: with a colon": np.ones(1)},
    }
    checkpoint.write(tmp_path / "checkpoint.npz", groups, 12)
    read, step = checkpoint.read(tmp_path / "checkpoint.npz")

    assert step == 12
    assert read.keys() == groups.keys()
    for group, named in groups.items():
        assert read[group].keys() == named.keys()
        for name, array in named.items():
            assert read[group][name].dtype == array.dtype
            np.testing.assert_array_equal(read[group][name], array)


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    class Broken:
        def __array__(self, *arguments: object, **options: object) -> np.ndarray:
            raise OSError("no space left")

    path = tmp_path / "checkpoint.npz"
    checkpoint.write(path, {"model": {"0000": np.ones(3)}}, 1)
    with pytest.raises(OSError, match="no space left"):
        checkpoint.write_arrays(path, {"model:0000": np.ones(3), "model:0001": Broken()})
    assert checkpoint.read(path)[1] == 1


def test_objects_of_python_are_not_read_since_they_may_run_code(tmp_path: Path) -> None:
    np.savez(tmp_path / "checkpoint.npz", **{"model:0000": np.array([{}], object), "step": np.array(1)})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        checkpoint.read(tmp_path / "checkpoint.npz")


def test_only_what_is_kept_for_long_is_compressed(tmp_path: Path) -> None:
    zeros = {"zeros": np.zeros(10_000, np.uint8)}
    checkpoint.write_arrays(tmp_path / "quick.npz", zeros)
    checkpoint.write_arrays(tmp_path / "small.npz", zeros, compressed=True)
    assert (tmp_path / "small.npz").stat().st_size < 1000 < 10_000 < (tmp_path / "quick.npz").stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quick.npz", "small.npz"]


def test_variables_get_the_values_of_their_positions() -> None:
    first, second = ([keras.Variable(value * np.ones(2)) for value in values] for values in ((1, 2), (3, 4)))
    checkpoint.assign(second, checkpoint.numbered(first))
    assert [float(variable.numpy()[0]) for variable in second] == [1, 2]


def test_eleven_variables_keep_their_order() -> None:
    first, second = ([keras.Variable(float(i * sign)) for i in range(11)] for sign in (1, -1))
    checkpoint.assign(second, checkpoint.numbered(first))
    assert [float(variable.numpy()) for variable in second] == list(range(11))


def test_another_number_of_variables_and_other_shapes_are_refused() -> None:
    values = checkpoint.numbered([keras.Variable(np.ones(2))])
    with pytest.raises(ValueError, match="holds 1 variables, the model has 2"):
        checkpoint.assign([keras.Variable(np.ones(2)), keras.Variable(np.ones(2))], values)
    with pytest.raises(ValueError, match="holds 1 variables, the model has 0"):
        checkpoint.assign([], values)
    with pytest.raises(ValueError, match="shape"):
        checkpoint.assign([keras.Variable(np.ones(3))], values)
