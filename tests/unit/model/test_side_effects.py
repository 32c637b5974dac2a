from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from model.bundle import Bundle
from model.contract import Contract
from model.defaults import DEFAULT_BUNDLE, EngineName
from model.engines import open_engine
from model.engines import tensorflow as tensorflow_engine
from model.engines.operations import COMPUTING, RESTORING, SAVING
from model.engines.side_effects import refuse_side_effects
from model.errors import ModelUnavailable
from model.parts.whole import saved_model

SHAPE = (1, 10, 64, 64, 3)
CLIP = np.zeros(SHAPE, np.float32)
Effect = Callable[[str], Any]
"""An operation that leaves a file of this name, given inside a function that is traced."""


def write_file(path: str) -> tf.Operation:
    return tf.io.write_file(path, "stolen")


def save_tensor(path: str) -> tf.Operation:
    return tf.raw_ops.SaveV2(prefix=path, tensor_names=["clip"], shape_and_slices=[""], tensors=[tf.zeros(3)])


def call_python(path: str) -> tf.Tensor:
    def steal() -> np.int64:
        Path(path).write_text("stolen")
        return np.int64(0)

    return tf.numpy_function(steal, [], tf.int64)


def print_to_file(path: str) -> tf.Operation:
    return tf.print("stolen", output_stream=f"file://{path}")


EFFECTS = {"WriteFile": write_file, "SaveV2": save_tensor, "PyFunc": call_python, "PrintV2": print_to_file}
READERS = {
    "ReadFile": lambda path: tf.io.read_file(path),
    "MatchingFiles": lambda path: tf.io.matching_files(path),
    "ImmutableConst": lambda path: tf.raw_ops.ImmutableConst(dtype=tf.float32, shape=[1], memory_region_name=path),
    "RestoreV2": lambda path: tf.raw_ops.RestoreV2(
        prefix=path, tensor_names=["a"], shape_and_slices=[""], dtypes=[tf.float32]
    )[0],
}


def logits_after(effect: Any, image: tf.Tensor) -> tf.Tensor:
    """Logits that are computed once an effect has happened."""
    with tf.control_dependencies([effect]):
        return tf.matmul(tf.reduce_mean(image, axis=[1, 2, 3]), tf.ones((3, 9)))


def in_the_signature(effect: Effect, path: str) -> tf.Module:
    return Serving(lambda image: logits_after(effect(path), image))


def in_a_called_function(effect: Effect, path: str) -> tf.Module:
    inner = tf.function(lambda image: logits_after(effect(path), image), autograph=False)
    return Serving(tf.function(lambda image: inner(image), autograph=False))


def in_a_branch(effect: Effect, path: str) -> tf.Module:
    def serve(image: tf.Tensor) -> tf.Tensor:
        return tf.cond(tf.reduce_sum(image) < 0.5, lambda: logits_after(effect(path), image), lambda: tf.zeros((1, 9)))

    return Serving(serve)


def in_a_loop(effect: Effect, path: str) -> tf.Module:
    def serve(image: tf.Tensor) -> tf.Tensor:
        _, logits = tf.while_loop(
            lambda i, _: i < 1, lambda i, _: (i + 1, logits_after(effect(path), image)), (0, tf.zeros((1, 9)))
        )
        return logits

    return Serving(serve)


def in_an_initialiser(effect: Effect, path: str) -> tf.Module:
    """TensorFlow's loader itself runs the initialiser of a resource."""

    class Resource(tf.saved_model.experimental.TrackableResource):
        def _create_resource(self) -> Any:
            return tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[])

        def _initialize(self) -> None:
            if tf.inside_function():
                effect(path)

        def _destroy_resource(self) -> None:
            pass

    module = Serving(lambda image: logits_after(tf.no_op(), image))
    module.resource = Resource()
    return module


PLACES = [in_the_signature, in_a_called_function, in_a_branch, in_a_loop, in_an_initialiser]


class Serving(tf.Module):
    """A model whose signature `serving_default` is a function of the clip."""

    def __init__(self, function: Callable[[tf.Tensor], tf.Tensor]) -> None:
        super().__init__()
        self.weight = tf.Variable(1.0)
        spec = tf.TensorSpec(SHAPE, tf.float32, name="image")
        self.serve = tf.function(
            lambda image: {"logits": function(image) * self.weight}, input_signature=[spec], autograph=False
        )

    def save(self, directory: Path) -> Path:
        tf.saved_model.save(self, str(directory), signatures={"serving_default": self.serve})
        return directory


@pytest.fixture(scope="module")
def contract(tiny_bundle: Path) -> Contract:
    return Bundle.load(tiny_bundle).contract


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    return in_the_signature(lambda path: tf.no_op(), "").save(tmp_path / "honest")


def change(directory: Path, how: Callable[[Any], None]) -> None:
    """Rewrite a SavedModel's one meta graph."""
    saved = SavedModel()
    saved.ParseFromString((directory / "saved_model.pb").read_bytes())
    how(saved.meta_graphs[0])
    (directory / "saved_model.pb").write_bytes(saved.SerializeToString())


def function_of(meta: Any, part: str) -> Any:
    (function,) = (f for f in meta.graph_def.library.function if part in f.signature.name)
    return function


def run(directory: Path, contract: Contract) -> None:
    open_engine(Bundle.plain(directory, contract), EngineName.TENSORFLOW).logits(CLIP)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize("operation", EFFECTS)
def test_a_model_that_would_write_a_file_is_refused_and_writes_none(
    tmp_path: Path, contract: Contract, operation: str, place: Callable[[Effect, str], Serving]
) -> None:
    stolen = tmp_path / "stolen"
    directory = place(EFFECTS[operation], str(stolen)).save(tmp_path / "model")
    stolen.unlink(missing_ok=True)
    with pytest.raises(ModelUnavailable, match=operation):
        run(directory, contract)
    assert not list(tmp_path.glob("stolen*"))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_each_of_these_models_writes_its_file_where_nothing_refuses_it(
    tmp_path: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch, place: Callable[[Effect, str], Serving]
) -> None:
    directory = place(write_file, str(tmp_path / "stolen")).save(tmp_path / "model")
    monkeypatch.setattr(tensorflow_engine, "refuse_side_effects", lambda directory, name: None)
    run(directory, contract)
    assert list(tmp_path.glob("stolen*"))


@pytest.mark.parametrize("operation", READERS)
def test_a_model_that_would_read_a_file_is_refused(tmp_path: Path, contract: Contract, operation: str) -> None:
    directory = in_the_signature(READERS[operation], "/etc/hostname").save(tmp_path / "model")
    with pytest.raises(ModelUnavailable, match=f"'{operation}'"):
        run(directory, contract)


def test_a_lookup_table_that_is_filled_from_a_file_is_refused(tmp_path: Path, contract: Contract) -> None:
    (tmp_path / "words").write_text("a\nb\n")
    kinds = tf.lookup.TextFileInitializer(
        str(tmp_path / "words"), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )  # fmt: skip
    table = tf.lookup.StaticHashTable(kinds, -1)
    module = Serving(lambda image: logits_after(table.lookup(tf.constant(["a"])), image))
    module.table = table
    with pytest.raises(ModelUnavailable, match="InitializeTableFromTextFileV2"):
        run(module.save(tmp_path / "model"), contract)


def test_an_operation_that_nobody_uses_is_refused_too(tmp_path: Path, honest: Path, contract: Contract) -> None:
    def hide(meta: Any) -> None:
        meta.graph_def.node.add(name="hidden", op="WriteFile")

    change(honest, hide)
    with pytest.raises(ModelUnavailable, match="WriteFile"):
        run(honest, contract)


def test_an_operation_that_tensorflow_does_not_know_is_refused_by_name(honest: Path, contract: Contract) -> None:
    change(honest, lambda meta: meta.graph_def.node.add(name="own", op="MyOwnOperation\x1b[2J"))
    with pytest.raises(ModelUnavailable, match=r"operation 'MyOwnOperation\\x1b\[2J'"):
        run(honest, contract)


def test_a_node_that_names_a_function_as_its_operation_is_refused(honest: Path, contract: Contract) -> None:
    change(
        honest, lambda meta: meta.graph_def.node.add(name="call", op=function_of(meta, "traced_save").signature.name)
    )
    with pytest.raises(ModelUnavailable, match="traced_save"):
        run(honest, contract)


def call_the_saver(meta: Any) -> None:
    """Let the graph's signature need a call of the saver's function."""
    for node in meta.graph_def.node:
        if node.op == "StatefulPartitionedCall" and "signature_wrapper" in node.attr["f"].func.name:
            node.input.append(f"^{meta.saver_def.save_tensor_name.removesuffix(':0')}")


def call_the_saver_from_a_function(meta: Any) -> None:
    serve = function_of(meta, "signature_wrapper")
    call = serve.node_def.add(name="more", op="StatefulPartitionedCall")
    call.attr["f"].func.name = function_of(meta, "traced_save").signature.name
    serve.control_ret["more"] = "more"


def call_the_restorer_from_the_initialiser(meta: Any) -> None:
    (node,) = (node for node in meta.graph_def.node if node.name == "NoOp")
    node.input.append(f"^{meta.saver_def.restore_op_name}")


def offer_the_saver_as_an_object(meta: Any) -> None:
    meta.object_graph_def.concrete_functions[function_of(meta, "traced_save").signature.name].SetInParent()


def offer_the_saver_as_a_method(meta: Any) -> None:
    name = function_of(meta, "traced_save").signature.name
    meta.object_graph_def.nodes.add().function.concrete_functions.append(name)


def offer_the_saver_as_a_bare_function(meta: Any) -> None:
    name = function_of(meta, "traced_save").signature.name
    meta.object_graph_def.nodes.add().bare_concrete_function.concrete_function_name = name


def make_the_saver_a_gradient(meta: Any) -> None:
    gradient = meta.graph_def.library.registered_gradients.add(registered_op_type="CustomGradient-1")
    gradient.gradient_func = function_of(meta, "traced_save").signature.name


def let_the_saver_stand_in_for_another_function(meta: Any) -> None:
    function_of(meta, "traced_save").attr["api_implements"].s = b"lstm"


def call_the_saver_while_restoring(meta: Any) -> None:
    (node,) = (node for node in meta.graph_def.node if node.name == meta.saver_def.restore_op_name)
    node.input.append(f"^{meta.saver_def.save_tensor_name.removesuffix(':0')}")


def call_the_saver_in_a_list_of_branches(meta: Any) -> None:
    case = function_of(meta, "signature_wrapper").node_def.add(name="case", op="Case")
    case.attr["branches"].list.func.add(name=function_of(meta, "traced_save").signature.name)


def ask_for_the_saver_in_a_second_signature(meta: Any) -> None:
    meta.signature_def["step"].outputs["saved"].name = meta.saver_def.save_tensor_name


def forget_the_saver(meta: Any) -> None:
    meta.ClearField("saver_def")


@pytest.mark.parametrize(
    "how",
    [
        call_the_saver, call_the_saver_from_a_function, call_the_restorer_from_the_initialiser,
        offer_the_saver_as_an_object, offer_the_saver_as_a_method, offer_the_saver_as_a_bare_function,
        make_the_saver_a_gradient, let_the_saver_stand_in_for_another_function, call_the_saver_while_restoring,
        call_the_saver_in_a_list_of_branches, ask_for_the_saver_in_a_second_signature, forget_the_saver,
    ],
    ids=lambda how: how.__name__,
)  # fmt: skip
def test_save_and_restore_that_anything_but_the_saver_reaches_are_refused(
    honest: Path, contract: Contract, how: Callable[[Any], None]
) -> None:
    refuse_side_effects(honest, "honest")
    before = (honest / "saved_model.pb").read_bytes()
    change(honest, how)
    assert (honest / "saved_model.pb").read_bytes() != before
    with pytest.raises(ModelUnavailable, match="outside its saver"):
        run(honest, contract)


def test_a_graph_whose_initialiser_the_loader_of_tensorflow_1_would_run_is_refused(
    tmp_path: Path, contract: Contract
) -> None:
    v1 = tf.compat.v1
    stolen = tmp_path / "stolen"
    with tf.Graph().as_default(), v1.Session() as session:
        image = v1.placeholder(tf.float32, SHAPE)
        logits = logits_after(tf.no_op(), image)
        builder = v1.saved_model.Builder(str(tmp_path / "model"))
        signature = v1.saved_model.predict_signature_def({"image": image}, {"logits": logits})
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature}, main_op=write_file(str(stolen))
        )
        builder.save()
    with pytest.raises(ModelUnavailable, match="TensorFlow 2"):
        run(tmp_path / "model", contract)
    assert not stolen.exists()


def test_two_graphs_in_one_file_are_refused(honest: Path, contract: Contract) -> None:
    saved = SavedModel()
    saved.ParseFromString((honest / "saved_model.pb").read_bytes())
    saved.meta_graphs.append(saved.meta_graphs[0])
    (honest / "saved_model.pb").write_bytes(saved.SerializeToString())
    with pytest.raises(ModelUnavailable, match="holds 2 graphs"):
        run(honest, contract)


@pytest.mark.parametrize("other", ["saved_model.pbtxt", "saved_model.cpb"])
def test_a_second_form_of_the_graph_that_another_loader_would_take_is_refused(
    honest: Path, contract: Contract, other: str
) -> None:
    (honest / other).write_bytes(b"")
    with pytest.raises(ModelUnavailable, match=other):
        run(honest, contract)


@pytest.mark.parametrize("content", [b"\xff" * 40, b""])
def test_a_file_that_is_no_saved_model_is_refused(honest: Path, contract: Contract, content: bytes) -> None:
    (honest / "saved_model.pb").write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"cannot be read|holds 0 graphs"):
        run(honest, contract)


def video_network() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(SHAPE[1:], batch_size=1, name="image"),
            keras.layers.Rescaling(2.0, offset=-1.0),
            keras.layers.Conv3D(4, 3, activation="swish"),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPool3D(2),
            keras.layers.Dropout(0.2),
            keras.layers.GlobalAveragePooling3D(),
            keras.layers.Dense(9),
        ]
    )


def picture_network_over_time() -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(SHAPE[1:], batch_size=1, name="image"),
            layers.TimeDistributed(layers.Resizing(32, 32)),
            layers.TimeDistributed(layers.RandomFlip()),
            layers.TimeDistributed(layers.SeparableConv2D(4, 3)),
            layers.TimeDistributed(layers.GlobalAveragePooling2D()),
            layers.LayerNormalization(),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.GRU(4),
            layers.Dense(9),
        ]
    )


def attention() -> keras.Model:
    layers = keras.layers
    image = keras.Input(SHAPE[1:], batch_size=1, name="image")
    frames = layers.Dense(8)(layers.Reshape((10, -1))(image))
    seen = layers.MultiHeadAttention(2, 4)(frames, frames)
    return keras.Model(image, layers.Dense(9)(layers.GlobalAveragePooling1D()(seen)))


@pytest.mark.parametrize("make", [video_network, picture_network_over_time, attention])
def test_an_ordinary_network_of_keras_is_opened_and_answers(
    tmp_path: Path, contract: Contract, make: Callable[[], keras.Model]
) -> None:
    model = make()
    model.export(str(tmp_path / "model"), verbose=False)
    engine = open_engine(Bundle.plain(tmp_path / "model", contract), EngineName.TENSORFLOW)
    np.testing.assert_allclose(engine.logits(CLIP), model(CLIP), atol=1e-4)


def test_a_lookup_table_in_memory_is_opened_and_answers(tmp_path: Path, contract: Contract) -> None:
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([0, 1], [2.0, 3.0]), -1.0)
    module = Serving(lambda image: tf.ones((1, 9)) * table.lookup(tf.cast(tf.reduce_sum(image), tf.int32)))
    module.table = table
    engine = open_engine(Bundle.plain(module.save(tmp_path / "model"), contract), EngineName.TENSORFLOW)
    assert engine.logits(CLIP).tolist() == [[2.0] * 9]


def test_the_embedded_model_is_opened() -> None:
    with saved_model(Bundle.load(DEFAULT_BUNDLE)) as directory:
        refuse_side_effects(directory, "the default")


def test_every_operation_of_the_lists_is_one_of_tensorflows() -> None:
    assert [operation for operation in COMPUTING | SAVING | RESTORING if not hasattr(tf.raw_ops, operation)] == []


@pytest.mark.parametrize(
    "part",
    ["File", "Dataset", "Iterator", "Reader", "Py", "Print", "Send", "Recv", "Queue", "Debug", "Summary", "Xla", "TPU",
     "Collective", "Session", "Remote", "Save", "Restore", "Checkpoint", "Immutable", "Remap", "Abort", "Encode",
     "Decode", "Proto"],
)  # fmt: skip
def test_no_computing_operation_has_a_name_that_speaks_of_the_world_outside(part: str) -> None:
    assert [operation for operation in COMPUTING if part in operation] == []
