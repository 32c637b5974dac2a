"""Writes the SavedModel that stands for the published thesis' own, for `movements benchmark --predecessor`.

The official implementation of MoViNet A2 base with nine classes and random weights, exported by its own tool as the
thesis exported it: variables not frozen, any number of frames of any size.

    python tests/oracle/write_predecessor.py DIR
"""

from __future__ import annotations

import os
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from official.projects.movinet.tools.export_saved_model import build_and_export_saved_model

build_and_export_saved_model(
    export_path=sys.argv[1], model_id="a2", num_classes=9, input_shape=(None, None, None, None, 3)
)
