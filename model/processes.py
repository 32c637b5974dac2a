"""Processes that work side by side, and end when the one that started them does."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait

import cv2


def process_pool(workers: int) -> ProcessPoolExecutor:
    """So many processes for work that fills them; each has one thread of OpenCV.

    Spawned, not forked: the threads of numba, OpenCV, FFmpeg and BLAS do not survive a fork.
    """
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the parent is gone.

    A worker waits for its next task on a pipe whose other end it holds itself: of a parent that was killed it would
    never hear.
    """
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
