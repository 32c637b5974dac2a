"""How the weights and activations of a flatbuffer are stored. No TensorFlow here."""

from __future__ import annotations

from enum import StrEnum


class Precision(StrEnum):
    """What LiteRT computes with; inputs and outputs are float32 in every one."""

    FP32 = "fp32"  # as trained
    FP16 = "fp16"  # weights in float16, widened when the graph is opened
    DYNAMIC = "dynamic"  # weights in int8, activations quantised by the range they happen to have
    INT8 = "int8"  # weights in int8 per channel, activations in int8 by ranges found on calibration clips
