from __future__ import annotations

import io
import socket
from typing import Any

import pytest

from app import listen
from app.listen import WaitingRoom


@pytest.fixture
def pairs() -> Any:
    made = [socket.socketpair() for _ in range(4)]
    yield made
    for ours, theirs in made:
        ours.close()
        theirs.close()


def is_shut(theirs: socket.socket) -> bool:
    theirs.settimeout(0.05)
    try:
        return theirs.recv(1) == b""
    except TimeoutError:
        return False


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> WaitingRoom:
    """A room with two seats that is cleared by the test alone, whenever it is asked to."""
    monkeypatch.setattr(listen, "PATIENCE_SECONDS", 3600)
    room = WaitingRoom(2)
    monkeypatch.setattr("app.listen.time.monotonic", lambda: 1e6)
    return room


def cleared(room: WaitingRoom, monkeypatch: pytest.MonkeyPatch, later: float) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("app.listen.time.monotonic", lambda: 1e6 + later)
        room.clear()


def test_those_too_many_that_are_silent_longest_are_shut_down(
    pairs: Any, patient: WaitingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ours, _ in pairs[:2]:
        patient.enter(ours)
    cleared(patient, monkeypatch, 3600)
    assert not any(is_shut(theirs) for _, theirs in pairs)
    patient.enter(pairs[0][0])  # something came from the first
    patient.enter(pairs[2][0])
    cleared(patient, monkeypatch, 3599)
    assert not any(is_shut(theirs) for _, theirs in pairs), "nobody has been silent for long"
    cleared(patient, monkeypatch, 3600)
    assert [is_shut(theirs) for _, theirs in pairs] == [False, True, False, False]
    patient.leave(pairs[0][0])
    patient.enter(pairs[3][0])
    cleared(patient, monkeypatch, 9999)
    assert [is_shut(theirs) for _, theirs in pairs] == [False, True, False, False]


def test_a_room_clears_itself(pairs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "PATIENCE_SECONDS", 0.01)
    room = WaitingRoom(1)
    for ours, _ in pairs:
        room.enter(ours)
    for _, theirs in pairs[:3]:
        theirs.settimeout(30)
        assert theirs.recv(1) == b""
    assert not is_shut(pairs[3][1])


def test_a_connection_that_was_closed_already_is_no_error(
    pairs: Any, patient: WaitingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ours, _ in pairs[:3]:
        patient.enter(ours)
    pairs[0][0].close()
    patient.leave(pairs[3][0])
    cleared(patient, monkeypatch, 3600)
    assert not is_shut(pairs[1][1]) and not is_shut(pairs[2][1])


def test_a_client_is_waited_for_while_its_body_comes_and_not_while_the_app_works(pairs: Any) -> None:
    room = WaitingRoom(1)
    ours, _ = pairs[0]
    seen: list[bool] = []

    class Body(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            seen.append(id(ours) in room._waiting)
            return super().read(size)

        def readline(self, size: int | None = -1) -> bytes:
            seen.append(id(ours) in room._waiting)
            return super().readline(size)

    def app(environ: dict[str, Any], _: Any) -> list[bytes]:
        seen.append(id(ours) in room._waiting)
        body = environ["wsgi.input"]
        parts = [body.read(2), body.readline(), *body]
        seen.append(id(ours) in room._waiting)
        return parts

    room.enter(ours)
    watched = room.watch(app)
    given = watched({"gunicorn.socket": ours, "wsgi.input": Body(b"abc\nd\ne")}, lambda *_: None)
    assert list(given) == [b"ab", b"c\n", b"d\n", b"e"]
    assert seen[0] is seen[-1] is False and all(seen[1:-1])
