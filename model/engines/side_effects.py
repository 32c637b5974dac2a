"""Refuses SavedModels that could do more than compute, before TensorFlow has loaded anything of them.

What this cannot do: an operation on the list may still be given sizes that take all memory or all time, and a fault
in TensorFlow's own code stays one. A model of unknown people belongs in a process that may die.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from model.bundle import SAVED_MODEL
from model.engines.operations import COMPUTING, RESTORING, SAVING
from model.errors import ModelUnavailable

_OTHER_FORMS = ("saved_model.cpb", "saved_model.pbtxt")
"""Names under which some of TensorFlow's loaders look for a graph, too."""

_HINT = "Only load models from people you trust; export this one again without it."

_Nodes = list[Any]
"""Nodes of a graph or of a function: TensorFlow's `NodeDef`."""


def refuse_side_effects(directory: Path, name: str) -> None:
    """Read a SavedModel's graph without running anything of it, and refuse what could do more than compute.

    1. There must be one graph, in the form of TensorFlow 2. The loader of TensorFlow 1's runs parts of the graph while
       it opens it, and does so for several graphs in one file.
    2. Every node of the graph and of every function of its library, used or not, must be in `operations.COMPUTING`.
       A node that names a function as its operation is refused: TensorFlow 2 writes calls as `PartitionedCall`.
    3. `SAVING` and `RESTORING` are allowed only in nodes that the saver's tensor of saving, or of restoring, needs,
       and in functions that these nodes call, directly or through others. Such a node or function must be needed by
       nothing else: by no signature, by neither the initialiser nor any other node of the graph, by no object that the
       loader makes (their functions create and fill resources while it loads), by no gradient, and it must not be one
       that TensorFlow may put in the place of another (`api_implements`).

    TensorFlow's loader for Python runs neither tensor of the saver: it reads the variables with operations of its own.

    Args:
        directory: of the SavedModel, as TensorFlow will open it.
        name: what to call the model in a sentence.

    Raises:
        ModelUnavailable: it cannot be read, or could do more than compute; names the operation.
    """
    meta = _read(directory, name)
    main, library = meta.graph_def.node, _library(meta)
    saving = _needed(main, [meta.saver_def.save_tensor_name])
    restoring = _needed(main, [meta.saver_def.restore_op_name])
    used = _needed(main, [*_entries(meta), *(node.name for node in main if node.name not in saving | restoring)])
    saved = _called(library, _functions_of(node for node in main if node.name in saving))
    restored = _called(library, _functions_of(node for node in main if node.name in restoring))
    run = _called(library, [*_functions_of(node for node in main if node.name in used), *_functions_of_objects(meta)])

    def allowed(place: str, saving: set[str], restoring: set[str], used: set[str]) -> frozenset[str]:
        if place in used or (place in saving and place in restoring):
            return COMPUTING
        return COMPUTING | (SAVING if place in saving else RESTORING if place in restoring else frozenset())

    for node in main:
        _check(node, allowed(node.name, saving, restoring, used), name)
    for function, nodes in library.items():
        operations = allowed(function, saved, restored, run)
        for node in nodes:
            _check(node, operations, name)


def _read(directory: Path, name: str) -> Any:
    """The one `MetaGraphDef` of a SavedModel of TensorFlow 2."""
    for other in _OTHER_FORMS:
        if (directory / other).exists():
            raise ModelUnavailable(f"The SavedModel of {name} comes with {other}, which is not checked.", hint=_HINT)
    saved = SavedModel()
    try:
        saved.ParseFromString((directory / SAVED_MODEL).read_bytes())
    except (OSError, DecodeError) as error:
        raise ModelUnavailable(f"The SavedModel of {name} cannot be read: {error}") from error
    if len(saved.meta_graphs) != 1 or not saved.meta_graphs[0].HasField("object_graph_def"):
        raise ModelUnavailable(
            f"The SavedModel of {name} holds {len(saved.meta_graphs)} graphs or was not saved by TensorFlow 2.",
            hint="Save it again with `tf.saved_model.save`.",
        )
    return saved.meta_graphs[0]


def _check(node: Any, allowed: frozenset[str], name: str) -> None:
    if node.op in allowed:
        return
    outside = " outside its saver" if node.op in SAVING | RESTORING else ""
    raise ModelUnavailable(
        f"The SavedModel of {name} uses the operation {node.op!r:.100}{outside}, and only operations that are known to "
        "do nothing but compute are run here.",
        hint=_HINT,
    )


def _library(meta: Any) -> dict[str, _Nodes]:
    """The nodes of every function; of functions with one name, those of all."""
    library: dict[str, _Nodes] = {}
    for function in meta.graph_def.library.function:
        library.setdefault(function.signature.name, []).extend(function.node_def)
    return library


def _entries(meta: Any) -> Iterator[str]:
    """Names of the main graph's tensors and nodes that are there to be asked for, initialisers among them."""
    for signature in meta.signature_def.values():
        for tensor in (*signature.inputs.values(), *signature.outputs.values()):
            yield tensor.name
            yield from (component.name for component in tensor.composite_tensor.components)
            yield from (getattr(tensor.coo_sparse, field.name) for field in tensor.coo_sparse.DESCRIPTOR.fields)
    for collection in meta.collection_def.values():
        yield from collection.node_list.value


def _functions_of_objects(meta: Any) -> Iterator[str]:
    """Names of the functions that a loaded model has as its own, gradients, and those that may replace another."""
    objects = meta.object_graph_def
    yield from objects.concrete_functions
    for thing in objects.nodes:
        yield from thing.function.concrete_functions
        yield thing.bare_concrete_function.concrete_function_name
        yield thing.captured_tensor.concrete_function
    library = meta.graph_def.library
    yield from (gradient.gradient_func for gradient in library.gradient)
    yield from (gradient.gradient_func for gradient in library.registered_gradients)
    yield from (function.signature.name for function in library.function if "api_implements" in function.attr)


def _needed(nodes: Iterable[Any], tensors: Iterable[str]) -> set[str]:
    """Names of the nodes that some tensors or nodes need, by data or by control."""
    inputs: dict[str, list[str]] = {}
    for node in nodes:
        inputs.setdefault(node.name, []).extend(_node_of(tensor) for tensor in node.input)
    return _closure((_node_of(tensor) for tensor in tensors), inputs)


def _called(library: dict[str, _Nodes], functions: Iterable[str]) -> set[str]:
    """Names of functions of the library, with all that they call."""
    return _closure(functions, {name: list(_functions_of(nodes)) for name, nodes in library.items()})


def _closure(start: Iterable[str], further: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    left = [name for name in start if name in further]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.extend(next_ for next_ in further[name] if next_ in further)
    return found


def _node_of(tensor: str) -> str:
    """`node` of `node`, `node:0` and `^node`."""
    return tensor.removeprefix("^").partition(":")[0]


def _functions_of(nodes: Iterable[Any]) -> Iterator[str]:
    """Names of the functions that some nodes call."""
    for node in nodes:
        yield from _functions_in(node.attr)


def _functions_in(attributes: Any) -> Iterator[str]:
    for value in attributes.values():
        kind = value.WhichOneof("value")
        if kind == "func":
            functions = [value.func]
        elif kind == "list":
            functions = list(value.list.func)
        else:
            continue
        for function in functions:
            yield function.name
            yield from _functions_in(function.attr)
