"""`movements`: the command line. Commands are thin wrappers and import heavy modules only when they run.

A module per kind of work; importing it adds its commands to `app`.
"""

from model.cli import benchmarking, data, publishing, recording, rendering, reporting, training, using
from model.cli.common import app

__all__ = ["app", "benchmarking", "data", "publishing", "recording", "rendering", "reporting", "training", "using"]
