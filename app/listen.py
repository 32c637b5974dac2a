"""The page on this machine, behind the same server as in production."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from threading import Condition, Thread
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import TConn, ThreadWorker

from app import logs
from app.main import serve
from app.server import ADDRESS_BYTES
from app.settings import Settings

PATIENCE_SECONDS = 0.25
"""How long a client may be silent where too many are."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WaitingRoom:
    """Connections whose thread waits for the client, for a request or its body; no more than so many for long.

    A client who is slow, or says nothing, holds a thread. Where too many wait, those from which nothing has come for
    the longest time, and for `PATIENCE_SECONDS` at least, are shut down: there are always threads for others.

    Args:
        seats: how many may wait longer.
    """

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._changed = Condition()
        self._waiting: OrderedDict[int, tuple[socket.socket, float]] = OrderedDict()
        """Each with the instant from which on nothing has come, the earliest first."""
        self._keeper: Thread | None = None

    def enter(self, connection: socket.socket) -> None:
        """We wait for this client from now on, or something came and we wait for more."""
        with self._changed:
            self._waiting[id(connection)] = (connection, time.monotonic())
            self._waiting.move_to_end(id(connection))
            if self._keeper is None:  # not before: a thread does not come along when a process forks
                self._keeper = Thread(target=self._keep, name="waiting-room", daemon=True)
                self._keeper.start()
            self._changed.notify()

    def leave(self, connection: socket.socket) -> None:
        """It is this client who waits now, or nobody."""
        with self._changed:
            self._waiting.pop(id(connection), None)

    def _keep(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: len(self._waiting) > self._seats)
            time.sleep(PATIENCE_SECONDS)
            self.clear()

    def clear(self) -> None:
        """Shut down the connections that are too many and have been silent for longest."""
        with self._changed:
            before = time.monotonic() - PATIENCE_SECONDS
            silent = [key for key, (_, since) in self._waiting.items() if since <= before]
            over = [self._waiting.pop(key)[0] for key in silent[: max(0, len(self._waiting) - self._seats)]]
        for slow in over:
            with contextlib.suppress(OSError):
                slow.shutdown(socket.SHUT_RDWR)

    def watch(self, app: Wsgi) -> Wsgi:
        """The app, whose clients are waited for while the bodies of their requests come."""

        def watched(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            connection = environ["gunicorn.socket"]
            environ["wsgi.input"] = _Body(environ["wsgi.input"], connection, self)
            self.leave(connection)
            return app(environ, start_response)

        return watched


class _Body:
    """The body of a request; while it is read, its client is waited for."""

    def __init__(self, body: Any, connection: socket.socket, room: WaitingRoom) -> None:
        self._body = body
        self._connection = connection
        self._room = room

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        return self._waiting(self._body.read, size)

    def readline(self, size: int = -1) -> bytes:
        """As of a file."""
        return self._waiting(self._body.readline, size)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _waiting(self, read: Callable[[int], bytes], size: int) -> bytes:
        self._room.enter(self._connection)
        try:
            return read(size)
        finally:
            self._room.leave(self._connection)


class _Worker(ThreadWorker):
    """gunicorn's threads, of which slow clients never hold all."""

    def handle(self, conn: TConn) -> object:
        """One request of a connection."""
        room: WaitingRoom = self.app.room
        room.enter(conn.sock)
        try:
            return super().handle(conn)
        finally:
            room.leave(conn.sock)


class _Gunicorn(BaseApplication):
    """One process, because the model and the local uploads belong to it; many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.room = WaitingRoom(max(1, settings.web_threads // 4))
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options = {
            "bind": f"{settings.host}:{settings.port}",
            "worker_class": _Worker,
            "workers": 1,
            "threads": settings.web_threads,
            "timeout": 120,
            "limit_request_line": ADDRESS_BYTES,
            "graceful_timeout": 10,
            "control_socket_disable": True,
            "logconfig_dict": logs.configuration(settings.log_level),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        return self.room.watch(serve(self._settings))


def listen(settings: Settings) -> None:
    """Serve the page until interrupted."""
    _Gunicorn(settings).run()
