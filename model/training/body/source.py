"""Where a network on landmarks comes from: a run that trained it, or a bundle that holds it already."""

from __future__ import annotations

from pathlib import Path

from model.bundle import MANIFEST, Bundle
from model.record import BundleRecord, NetworkRecord
from model.training.body.export import flatbuffer
from model.training.body.train import load_body


def naming(source: Path) -> tuple[bytes, NetworkRecord]:
    """The network that names movements, as a flatbuffer, and what is known of it.

    Args:
        source: folder of `movements train-body`, or a bundle of both streams.

    Raises:
        FileNotFoundError: it is neither.
        ModelUnavailable: it is a bundle that is not whole.
        ValueError: the bundle has no such network, or does not say what it is.
    """
    if not (source / MANIFEST).is_file():
        trained = load_body(source)
        return flatbuffer(trained.model), trained.record()
    bundle = Bundle.load(source)
    record = BundleRecord.read(source).body
    if bundle.body_path is None or record is None:
        raise ValueError(f"{source} has no network on landmarks: `movements join` makes such a bundle")
    return bundle.body_path.read_bytes(), NetworkRecord(**record.model_dump(exclude={"joined"}))


def counting(source: Path) -> tuple[bytes, NetworkRecord]:
    """The network that counts any exercise; as `naming`, of `movements add-counter`.

    Raises:
        FileNotFoundError: it is neither.
        ModelUnavailable: it is a bundle that is not whole.
        ValueError: the run names movements, or the bundle has no network that counts.
    """
    if not (source / MANIFEST).is_file():
        trained = load_body(source)
        if trained.recipe.movements != 1:
            raise ValueError(f"{source} names {trained.recipe.movements} movements; one that counts names none")
        return flatbuffer(trained.model), trained.record()
    bundle = Bundle.load(source)
    record = BundleRecord.read(source).counter
    if bundle.counter_path is None or record is None:
        raise ValueError(f"{source} has no network that counts: `movements add-counter` makes such a bundle")
    return bundle.counter_path.read_bytes(), record
