"""`movements`: the command line. Commands are thin wrappers and import heavy modules only when they run.

A module per command; importing it adds the command to `app`.
"""

from model.cli import (
    activate,
    benchmark,
    data,
    evaluate,
    examples,
    inspect,
    predict,
    publish,
    quantise,
    render,
    report,
    stream,
    training,
    videos,
)
from model.cli.common import app

__all__ = [
    "activate",
    "app",
    "benchmark",
    "data",
    "evaluate",
    "examples",
    "inspect",
    "predict",
    "publish",
    "quantise",
    "render",
    "report",
    "stream",
    "training",
    "videos",
]
