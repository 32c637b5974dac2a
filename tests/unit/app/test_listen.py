from __future__ import annotations

import io
import socket
from typing import Any

import pytest

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


def test_one_too_many_shuts_down_the_one_that_is_silent_longest(pairs: Any) -> None:
    room = WaitingRoom(2)
    for ours, _ in pairs[:2]:
        room.enter(ours)
    assert not any(is_shut(theirs) for _, theirs in pairs)
    room.enter(pairs[0][0])  # something came from the first
    room.enter(pairs[2][0])
    assert [is_shut(theirs) for _, theirs in pairs] == [False, True, False, False]
    room.leave(pairs[0][0])
    room.enter(pairs[3][0])
    assert [is_shut(theirs) for _, theirs in pairs] == [False, True, False, False]


def test_a_connection_that_was_closed_already_is_no_error(pairs: Any) -> None:
    room = WaitingRoom(1)
    room.enter(pairs[0][0])
    pairs[0][0].close()
    room.enter(pairs[1][0])
    room.leave(pairs[2][0])
    assert not is_shut(pairs[1][1])


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
