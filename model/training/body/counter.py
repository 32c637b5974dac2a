"""From a bundle of both streams and a run that counts to a bundle that counts any exercise."""

from __future__ import annotations

import shutil
from pathlib import Path

from model.bundle import CARD, CONTRACT, COUNTER, MANIFEST, RECORD, Bundle, seal
from model.contract import Contract
from model.predict import Predictor
from model.record import BundleRecord
from model.training.body.source import counting
from model.training.card import write_card


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
    if bundle.contract.body is None:
        raise ValueError(f"{source} has no second stream: `movements join` makes one")
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty")
    content, record = counting(run)
    shutil.copytree(source, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
    (out / COUNTER).write_bytes(content)
    contract = bundle.contract.model_copy(update={"version": version})
    contract.write(out / CONTRACT)
    if (out / RECORD).is_file():
        BundleRecord.read(out).model_copy(update={"counter": record}).write(out)
        if (out / CARD).is_file():
            write_card(out)
    seal(out)
    Predictor.load(out).check()
    return contract
