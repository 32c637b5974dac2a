"""A worker that answers a clip as the published thesis did, its faults included; the baseline of a benchmark.

Run as `python -m model.benchmark.predecessor JSON`. This is not how clips are read: that is `model.video`.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf

from model.benchmark.messages import Cold, PredecessorQuestion, Timing, Warm
from model.benchmark.plan import PREDECESSOR_SIZE
from model.benchmark.worker import peak_memory, say
from model.engines.side_effects import refuse_side_effects

DIVISOR = 225
"""The thesis' own, where training divided by 255."""


def read_every_frame(path: Path) -> np.ndarray:
    """A clip in the thesis' way: every frame, squeezed to 224 x 224, BGR, divided by 225.

    Returns:
        float32 [1, frames, 224, 224, 3].
    """
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        there, frame = capture.read()
        if not there:
            break
        frames.append(cv2.resize(frame, (PREDECESSOR_SIZE, PREDECESSOR_SIZE)))
    capture.release()
    return np.asarray(frames, np.float32)[None] / np.float32(DIVISOR)


def answer(question: PredecessorQuestion) -> None:
    """Do what the worker does, in this process.

    1. Unpack the archive into a temporary directory and load the SavedModel, variables and all.
    2. Read every frame of the clip.
    3. Call the signature `serving_default`, softmax.
    """
    tf.config.threading.set_intra_op_parallelism_threads(question.threads)
    with tempfile.TemporaryDirectory() as directory:
        with tarfile.open(question.archive) as tar:
            tar.extractall(directory, filter="data")
        refuse_side_effects(Path(directory) / "model", "the predecessor")
        model = tf.saved_model.load(f"{directory}/model")
        function = model.signatures["serving_default"]

        def timing(path: Path) -> Timing:
            start = time.perf_counter()
            clip = read_every_frame(path)
            decoded = time.perf_counter()
            (logits,) = function(image=tf.constant(clip)).values()
            tf.nn.softmax(logits).numpy()
            return Timing(decode_ms=(decoded - start) * 1e3, predict_ms=(time.perf_counter() - decoded) * 1e3)

        timing(question.first)
        say(Cold(memory_bytes=peak_memory()))
        if question.timed:
            say(Warm(timed={str(path): timing(path) for path in question.timed}))


if __name__ == "__main__":
    answer(PredecessorQuestion.model_validate_json(sys.argv[1]))
