"""`movements`: the command line. Commands are thin wrappers and import heavy modules only when they run.

A module per command; importing it adds the command to `app`.
"""

from model.cli import (
    ablate,
    activate,
    benchmark,
    bundle,
    data,
    evaluate,
    examples,
    export,
    inspect,
    predict,
    pretrained,
    publish,
    quantise,
    render,
    report,
    stream,
    train,
    videos,
)
from model.cli.common import app

__all__ = [
    "ablate",
    "activate",
    "app",
    "benchmark",
    "bundle",
    "data",
    "evaluate",
    "examples",
    "export",
    "inspect",
    "predict",
    "pretrained",
    "publish",
    "quantise",
    "render",
    "report",
    "stream",
    "train",
    "videos",
]
