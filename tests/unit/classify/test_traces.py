"""The steps of an answer, as X-Ray's daemon hears of them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest

from classify.traces import trace_steps

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
TIMING = {"fetch": 30.0, "decode": 40.0, "body": 300.0, "predict": 20.0, "total": 395.0}


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.3)
        host, port = listening.getsockname()
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"{host}:{port}")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
        yield listening


def heard(daemon: socket.socket) -> list[dict[str, object]]:
    documents = []
    try:
        while True:
            header, document = daemon.recv(65_536).split(b"\n", 1)
            assert json.loads(header) == {"format": "json", "version": 1}
            documents.append(json.loads(document))
    except TimeoutError:
        return documents


def test_every_step_is_told_in_its_order_and_with_its_time(daemon: socket.socket) -> None:
    trace_steps(TIMING, now=1_000_000.0)
    told = heard(daemon)
    assert [one["name"] for one in told] == ["fetch", "decode", "body", "predict"]
    assert {(one["trace_id"], one["parent_id"], one["type"]) for one in told} == {
        ("1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8", "subsegment")
    }
    assert len({one["id"] for one in told}) == 4
    assert told[-1]["end_time"] == pytest.approx(1_000_000.0)
    assert told[0]["start_time"] == pytest.approx(1_000_000.0 - 0.39)
    assert all(one["end_time"] == after["start_time"] for one, after in pairwise(told))


@pytest.mark.parametrize("trace", ["", "Root=1-2-3;Parent=4;Sampled=0", "Root=1-2-3;Sampled=1", "nonsense"])
def test_who_did_not_ask_for_a_trace_gets_none(
    daemon: socket.socket, trace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    trace_steps(TIMING)
    assert heard(daemon) == []


@pytest.mark.parametrize("address", ["", "nowhere", "127.0.0.1:many"])
def test_without_a_daemon_an_answer_is_an_answer(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
    trace_steps(TIMING)
