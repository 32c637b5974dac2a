from __future__ import annotations

import flatbuffers
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from model.engines.pruned import pruned
from model.pose import weights
from tests.unit.pose.test_blazepose import needs_weights

VIEW = np.arange(12, dtype=np.float32).reshape(1, 3, 4)


@pytest.fixture(scope="module")
def three_heads() -> bytes:
    """A graph whose outputs share some of the way: [1, 4] and [1, 3] of sums, [1, 3, 4] on its own."""

    @tf.function(input_signature=[tf.TensorSpec((1, 3, 4), tf.float32)], autograph=False)
    def serve(view: tf.Tensor) -> dict[str, tf.Tensor]:
        shared = tf.exp(view * 0.1)
        return {
            "columns": tf.reduce_sum(shared, axis=1),
            "rows": tf.reduce_sum(shared, axis=2),
            "own": tf.sin(view) * tf.cos(view),
        }

    return tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()]).convert()


def outputs(model: bytes, view: np.ndarray) -> dict[tuple[int, ...], np.ndarray]:
    """What a flatbuffer gives, by shape without the first axis."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], view)
    interpreter.invoke()
    return {
        tuple(row["shape"].tolist()[1:]): interpreter.get_tensor(row["index"])
        for row in interpreter.get_output_details()
    }


def operators(model: bytes) -> list[int]:
    parsed = schema.ModelT.InitFromPackedBuf(model)
    return [parsed.operatorCodes[one.opcodeIndex].builtinCode for one in parsed.subgraphs[0].operators]


@pytest.mark.parametrize("wanted", [{(4,)}, {(3,)}, {(3, 4)}, {(4,), (3, 4)}])
def test_outputs_that_are_kept_are_the_same_to_the_bit(three_heads: bytes, wanted: set[tuple[int, ...]]) -> None:
    everything, left = outputs(three_heads, VIEW), outputs(pruned(three_heads, wanted), VIEW)
    assert left.keys() == wanted
    for shape, values in left.items():
        assert np.array_equal(values, everything[shape])


def test_operators_that_work_for_other_outputs_alone_are_left_out(three_heads: bytes) -> None:
    kinds = schema.BuiltinOperator
    assert {kinds.SIN, kinds.COS, kinds.EXP, kinds.SUM} < set(operators(three_heads))
    assert operators(pruned(three_heads, {(4,)})) == [kinds.MUL, kinds.EXP, kinds.SUM]
    assert not {kinds.EXP, kinds.SUM} & set(operators(pruned(three_heads, {(3, 4)})))


def test_all_outputs_of_a_graph_leave_it_as_it_is(three_heads: bytes) -> None:
    assert pruned(three_heads, {(4,), (3,), (3, 4)}) == three_heads


def test_an_output_that_is_not_there_is_named(three_heads: bytes) -> None:
    with pytest.raises(ValueError, match=r"no output \(7,\)"):
        pruned(three_heads, {(7,)})


def test_a_file_of_two_graphs_is_refused(three_heads: bytes) -> None:
    model = schema.ModelT.InitFromPackedBuf(three_heads)
    model.subgraphs.append(model.subgraphs[0])
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    with pytest.raises(ValueError, match="2 graphs"):
        pruned(bytes(builder.Output()), {(4,)})


@needs_weights
def test_landmarks_are_the_same_without_the_mask_that_the_network_draws() -> None:
    content = weights.read(weights.DEFAULT_FOLDER, weights.LANDMARKS)
    shapes = {(195,), (1,), (117,)}
    view = np.random.default_rng(4).random((1, 256, 256, 3), np.float32)
    everything, left = outputs(content, view), outputs(pruned(content, shapes), view)
    assert everything.keys() > left.keys() == shapes
    for shape, values in left.items():
        assert np.array_equal(values, everything[shape])
    assert len(operators(pruned(content, shapes))) < 0.8 * len(operators(content))
