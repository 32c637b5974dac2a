"""Options that every deployable offers, and their defaults.

Anyone may import this module: it needs nothing but the standard library.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

DEFAULT_BUNDLE = Path(__file__).parent / "bundles" / "default"
"""The bundle that comes with the source."""

DIGEST_FORM = r"^sha256:[0-9a-f]{64}$"
"""How the digest of a bundle is written: the sha256 of its manifest, and so of all its content."""

UPLOAD_KEY_FORM = r"^uploads/[0-9a-f]{32}\.mp4$"
"""Keys of uploads, as they are given out; no other object is read or deleted."""

WORKOUT_BYTES, WORKOUT_SECONDS = 8 * 2**30, 7200.0
"""The largest and the longest film of a whole workout."""

TOP_K = 5
"""How many movements an answer names."""

RUN_LOG = "log.csv"
"""File of a training run that holds the course of its losses."""


class EngineName(StrEnum):
    """Which engine to use; `auto` takes LiteRT when the bundle carries a flatbuffer, else TensorFlow."""

    AUTO = "auto"
    LITERT = "litert"
    TENSORFLOW = "tensorflow"
