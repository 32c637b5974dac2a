from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.bundle import LITERT, STEP, Bundle, seal
from model.defaults import DEFAULT_BUNDLE, EngineName
from model.engines import open_engine
from model.engines.flatbuffer import COMPUTING, refuse_custom_operators
from model.engines.stepper import Stepper
from model.errors import ModelUnavailable

CLIP = np.zeros((1, 10, 64, 64, 3), np.float32)


@pytest.fixture
def bundle(tmp_path: Path, tiny_bundle: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))


def change(path: Path, how: Callable[[Any], None], target: Path | None = None) -> None:
    """Rewrite a flatbuffer."""
    model = schema.ModelT.InitFromPackedBuf(path.read_bytes())
    how(model)
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    (target or path).write_bytes(builder.Output())


def with_custom_operator(model: Any) -> None:
    model.operatorCodes[0].deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
    model.operatorCodes[0].builtinCode = schema.BuiltinOperator.CUSTOM
    model.operatorCodes[0].customCode = "StealClips"


def with_operator(number: int) -> Callable[[Any], None]:
    def how(model: Any) -> None:
        model.operatorCodes[0].deprecatedBuiltinCode = min(number, 127)
        model.operatorCodes[0].builtinCode = number

    return how


def with_external_buffers(model: Any) -> None:
    group = schema.ExternalBufferGroupT()
    group.name = "/etc/hostname"
    model.externalBufferGroups = [group]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (with_custom_operator, "custom operator 'StealClips'"),
        (with_operator(schema.BuiltinOperator.STABLEHLO_CUSTOM_CALL), "operator number 173"),
        (with_operator(schema.BuiltinOperator.DELEGATE), "operator number 51"),
        (with_operator(4000), "operator number 4000"),
        (with_external_buffers, "names other files"),
    ],
)
def test_a_flatbuffer_with_code_or_data_from_elsewhere_is_refused(
    bundle: Path, how: Callable[[Any], None], sentence: str
) -> None:
    change(bundle / LITERT, how)
    seal(bundle)
    with pytest.raises(ModelUnavailable, match=sentence):
        open_engine(Bundle.load(bundle), EngineName.LITERT)


def test_a_flatbuffer_that_was_only_packed_again_is_opened(bundle: Path) -> None:
    change(bundle / LITERT, lambda model: None)
    seal(bundle)
    assert open_engine(Bundle.load(bundle), EngineName.LITERT).logits(CLIP).shape == (1, 9)


def test_the_step_of_a_stream_model_is_read_by_the_same_rule(bundle: Path) -> None:
    change(bundle / LITERT, with_custom_operator, bundle / STEP)
    seal(bundle)
    with pytest.raises(ModelUnavailable, match="StealClips"):
        Stepper(Bundle.load(bundle))


def test_an_operation_of_tensorflow_inside_a_flatbuffer_is_refused_by_its_name(tmp_path: Path) -> None:
    @tf.function(input_signature=[tf.TensorSpec((1, 3), tf.float32)], autograph=False)
    def serve(values: tf.Tensor) -> tf.Tensor:
        with tf.control_dependencies([tf.io.write_file(str(tmp_path / "stolen"), "stolen")]):
            return values * 2.0

    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    (tmp_path / "model.tflite").write_bytes(converter.convert())
    with pytest.raises(ModelUnavailable, match="FlexWriteFile"):
        refuse_custom_operators(tmp_path / "model.tflite", "flex")


def test_the_operators_are_those_that_litert_lists() -> None:
    names = {name: number for name, number in vars(schema.BuiltinOperator).items() if name.isupper()}
    refused = {name for name, number in names.items() if number not in COMPUTING}
    assert refused == {"CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES", "STABLEHLO_CUSTOM_CALL"}
    assert frozenset(names.values()) >= COMPUTING


def test_the_embedded_flatbuffer_is_opened() -> None:
    refuse_custom_operators(DEFAULT_BUNDLE / LITERT, "the default")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6), length=st.integers(0, 2000))
def test_a_damaged_flatbuffer_is_read_within_bounds(
    tmp_path: Path, tiny_bundle: Path, changes: list[tuple[int, int]], length: int
) -> None:
    data = bytearray((tiny_bundle / LITERT).read_bytes()[: max(length, 1)])
    for place, value in changes:
        data[place % len(data)] = value
    path = tmp_path / "damaged.tflite"
    path.write_bytes(data)
    try:
        refuse_custom_operators(path, "damaged")
    except ModelUnavailable as error:
        assert "damaged" in error.message
