"""What the function reports, read from a process of its own, as Lambda starts one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from classify import telemetry
from model.errors import InternalError

ROOT = Path(__file__).parents[3]
PROGRAM = """
from classify.telemetry import metrics, record_answer, record_error
from model.errors import {error}

record_answer({{"total": 12.5}})
record_error({error}())
metrics.flush_metrics()
"""


def reported(error: str, **environment: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The metrics and the log lines of a process that answers once and fails once."""
    inherited = {name: os.environ[name] for name in ("PATH",)}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(error=error)],
        env={**inherited, "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda'}", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return [line for line in lines if "_aws" in line], [line for line in lines if "_aws" not in line]


def dimensions(blobs: list[dict[str, Any]], name: str) -> list[dict[str, str]]:
    """Under which dimensions a metric of that name is counted."""
    return [
        {key: blob[key] for key in keys}
        for blob in blobs
        for group in blob["_aws"]["CloudWatchMetrics"]
        if name in [metric["Name"] for metric in group["Metrics"]]
        for keys in group["Dimensions"]
    ]


def test_metrics_and_log_lines_carry_the_name_that_the_operator_gave_the_function() -> None:
    blobs, lines = reported("ModelUnavailable", POWERTOOLS_SERVICE_NAME="movements-dev-classify")
    assert {blob["service"] for blob in blobs} == {"movements-dev-classify"}
    assert [line["service"] for line in lines] == ["movements-dev-classify"]
    assert dimensions(blobs, "Answered") == [{"service": "movements-dev-classify"}]


def test_without_a_name_the_function_reports_as_classify() -> None:
    blobs, lines = reported("NotAVideo")
    assert {entry["service"] for entry in blobs + lines} == {"classify"}


def test_a_failure_of_ours_is_counted_for_the_function_and_for_its_version() -> None:
    blobs, _ = reported("ModelUnavailable", AWS_LAMBDA_FUNCTION_VERSION="7")
    service = {"service": "classify"}
    assert dimensions(blobs, "Failed") == [service]
    assert dimensions(blobs, "FailedOfVersion") == [{**service, "version": "7"}]
    assert dimensions(blobs, "Errors") == [{**service, "code": "model_unavailable"}]


@pytest.mark.parametrize("error", ["NotAVideo", "TooLong"])
def test_a_clip_that_is_refused_is_no_failure_of_a_version(error: str) -> None:
    blobs, _ = reported(error, AWS_LAMBDA_FUNCTION_VERSION="7")
    assert dimensions(blobs, "Failed") == []
    assert dimensions(blobs, "FailedOfVersion") == []
    assert dimensions(blobs, "Refused") == [{"service": "classify"}]


@pytest.mark.parametrize(("status", "ours"), [(499, False), (500, True), (400, False), (599, True)])
def test_from_status_500_on_the_failure_is_ours(status: int, ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(telemetry.metrics, "add_metric", lambda name, **_: counted.append(name))
    error = InternalError()
    monkeypatch.setattr(InternalError, "status", status)
    telemetry.record_error(error)
    assert counted == ["Failed" if ours else "Refused"]


def test_every_metric_counts_one_and_times_are_as_given() -> None:
    blobs, _ = reported("ModelUnavailable", AWS_LAMBDA_FUNCTION_VERSION="7")
    counted = {name: value for blob in blobs for name, value in blob.items() if isinstance(value, list)}
    assert counted == {"Answered": [1.0], "Failed": [1.0], "Total": [12.5], "Errors": [1.0], "FailedOfVersion": [1.0]}
