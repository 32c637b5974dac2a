"""A worker's program in which the name of a clip decides what happens while it is decoded; run as `MODULE`."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2

from model.predict import Predictor
from model.worker import process

_predict = Predictor.predict


def predict(self: Predictor, path: Path, **options: Any) -> Any:
    """`Predictor.predict`, or what the clip's name says."""
    if path.stem == "segfault":
        ctypes.string_at(0)
    if path.stem == "abort":
        os.abort()
    if path.stem == "exit":
        os._exit(0)
    if path.stem == "loop":
        while True:
            pass
    if path.stem == "sleep":
        time.sleep(3600)
    if path.stem == "memory":
        bytearray(8 * 2**30)
    if path.stem == "opencv":
        cv2.resize(cv2.UMat(1, 1, cv2.CV_8U).get(), (2**15, 2**18))
    if path.stem == "defect":
        raise RuntimeError("the secret detail")
    if path.stem == "processor":
        os.kill(os.getpid(), signal.SIGXCPU)
    if path.stem == "junk":
        os.write(int(sys.argv[1]), b"\0\0\0\4junk")
    if path.stem == "half":
        os.write(int(sys.argv[1]), b"\0\0\1\0half")
        time.sleep(3600)
    if path.stem == "write":
        path.with_name("written").write_text("by the worker")
    if path.stem == "null":
        with Path("/dev/null").open("r+b", buffering=0) as nothing:
            nothing.write(nothing.read() + b"nothing")
    if path.stem == "delete":
        path.unlink()
    if path.stem == "program":
        subprocess.run(["/bin/true"], check=True)
    if path.stem == "network":
        socket.create_connection(("127.0.0.1", int(path.read_text())), timeout=5)
    if path.stem == "signal":
        os.kill(os.getppid(), signal.SIGCONT)
    return _predict(self, path, **options)


if __name__ == "__main__":
    Predictor.predict = predict  # type: ignore[method-assign]
    process.main()
