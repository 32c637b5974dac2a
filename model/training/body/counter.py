"""From a bundle of both streams and a run that counts to a bundle that counts any exercise."""

from __future__ import annotations

from pathlib import Path

from model.bundle import COUNTER, Bundle
from model.contract import Contract
from model.training.body.source import counting
from model.training.extended import extend, require_body, require_new


def add_counter(source: Path, run: Path, out: Path, *, version: str) -> Contract:
    """Copy a bundle, put the network that counts beside the one that names, and seal it.

    Args:
        source: a bundle of both streams.
        run: folder of `movements train-body`, on sequences made with `--counting`, or a bundle whose network is taken.
        out: the new bundle; new or empty.
        version: of it.

    Raises:
        FileExistsError: `out` holds something.
        FileNotFoundError: there is no network that counts in `run`.
        ModelUnavailable: the source is no sealed bundle.
        ValueError: it has no second stream, or the run names movements.
    """
    bundle = Bundle.load(source)
    require_body(bundle, source)
    require_new(out)
    content, record = counting(run)
    contract = bundle.contract.model_copy(update={"version": version})
    return extend(source, out, contract, files={COUNTER: content}, record={"counter": record})
