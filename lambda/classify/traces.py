"""The steps of an answer in X-Ray, beside the function's own segment: where the time of one clip went.

Lambda runs X-Ray's daemon beside each container and says where, and to which trace a request belongs. A segment is a
document that is sent there over UDP (AWS X-Ray developer guide, "Sending trace data to X-Ray"); AWS' own library would
add a tenth of a second to a cold start for these few lines, and is in maintenance.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import time
from collections.abc import Mapping

STEPS = ("fetch", "decode", "body", "predict")
"""Of an answer, in their order."""

_HEADER = b'{"format": "json", "version": 1}\n'


def trace_steps(timing_ms: Mapping[str, float], *, now: float | None = None) -> None:
    """Tell X-Ray how long the steps took that are just over; nothing is told where nobody asked for a trace.

    Args:
        timing_ms: milliseconds by step.
        now: second since 1970 at which the last step ended.
    """
    daemon = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "")
    trace = dict(part.split("=", 1) for part in os.environ.get("_X_AMZN_TRACE_ID", "").split(";") if "=" in part)
    if not daemon or trace.get("Sampled") != "1" or not {"Root", "Parent"} <= trace.keys():
        return
    steps = [(name, timing_ms[name] / 1e3) for name in STEPS if name in timing_ms]
    start = (time.time() if now is None else now) - sum(seconds for _, seconds in steps)
    host, _, port = daemon.rpartition(":")
    with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for name, seconds in steps:
            document = {
                "name": name,
                "id": secrets.token_hex(8),
                "trace_id": trace["Root"],
                "parent_id": trace["Parent"],
                "type": "subsegment",
                "start_time": start,
                "end_time": start + seconds,
            }
            sender.sendto(_HEADER + json.dumps(document).encode(), (host, int(port)))
            start += seconds
