"""A bundle with one more network: a copy with other files, contract and record, sealed anew."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.bundle import CARD, CONTRACT, MANIFEST, RECORD, Bundle, seal
from model.contract import Contract
from model.predict import Predictor
from model.record import BundleRecord
from model.training.card import write_card


def require_new(out: Path) -> None:
    """Raise `FileExistsError` if a folder holds something."""
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty")


def require_body(bundle: Bundle, source: Path) -> None:
    """Raise `ValueError` if a bundle has no second stream."""
    if bundle.contract.body is None:
        raise ValueError(f"{source} has no second stream: `movements join` makes one")


def extend(
    source: Path, out: Path, contract: Contract, *, files: Mapping[str, bytes], record: Mapping[str, Any]
) -> Contract:
    """Copy a bundle, put files into it, write contract, record and card anew, and seal it.

    Args:
        source: the bundle.
        out: the new one; new or empty.
        contract: of the new one.
        files: contents by their names in the bundle.
        record: what of the record is another, by field; a bundle without a record stays without.

    Raises:
        ModelUnavailable: the new bundle does not answer as the old one did.
    """
    shutil.copytree(source, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
    for name, content in files.items():
        (out / name).write_bytes(content)
    contract.write(out / CONTRACT)
    if (out / RECORD).is_file():
        BundleRecord.read(out).model_copy(update=dict(record)).write(out)
        if (out / CARD).is_file():
            write_card(out)
    seal(out)
    Predictor.load(out).check()
    return contract
