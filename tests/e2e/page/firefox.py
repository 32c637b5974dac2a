"""Firefox, as far as the main flow of the page needs it, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).

Playwright drives only a Firefox of its own; this is the one that people have.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
PATIENCE_SECONDS = 60.0

_PREFERENCES = """
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("focusmanager.testmode", true);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("toolkit.telemetry.enabled", false);
"""


class Firefox:
    """One tab of a browser without a window.

    Attributes:
        said: what the page's console and its scripts complained about.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self.said: list[str] = []
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        self._tab = self._send("browsingContext.getTree")["contexts"][0]["context"]

    def open(self, address: str, *, width: int = 1280) -> None:
        """Go to an address, and wait until it is loaded."""
        self._send("browsingContext.setViewport", context=self._tab, viewport={"width": width, "height": 900})
        self._send("browsingContext.navigate", context=self._tab, url=address, wait="complete")
        self._send("browsingContext.activate", context=self._tab)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, through JSON."""
        answer = self._send(
            "script.evaluate",
            expression=f"JSON.stringify({expression} ?? null)",
            target={"context": self._tab},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def wait(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < end, f"never true: {expression}; the page said {self.said}"
            time.sleep(0.05)

    def choose(self, selector: str, *files: Path) -> None:
        """Choose files in an input."""
        found = self._send("browsingContext.locateNodes", context=self._tab, locator={"type": "css", "value": selector})
        (element,) = found["nodes"]
        names = [str(file) for file in files]
        self._send("input.setFiles", context=self._tab, element={"sharedId": element["sharedId"]}, files=names)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._send("input.performActions", context=self._tab, actions=[source])

    def _send(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(PATIENCE_SECONDS))
            if message.get("method") == "log.entryAdded" and message["params"]["level"] in ("error", "warn"):
                self.said.append(message["params"]["text"])
            if message.get("id") == self._number:
                assert message["type"] == "success", f"{method}: {message}"
                return message["result"]


@contextlib.contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """Start a browser with a profile of its own in a folder."""
    assert PROGRAM is not None
    profile = folder / "profile"
    profile.mkdir()
    (profile / "user.js").write_text(_PREFERENCES)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [PROGRAM, "--headless", "--no-remote", "--profile", str(profile), f"--remote-debugging-port={port}"]
    with (folder / "firefox.log").open("wb") as log:
        browser = subprocess.Popen(command, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    try:
        with _connected(f"ws://127.0.0.1:{port}/session", browser) as connection:
            yield Firefox(connection)
    finally:
        browser.terminate()
        try:
            browser.wait(20)
        except subprocess.TimeoutExpired:
            browser.kill()
            browser.wait()


@contextlib.contextmanager
def _connected(address: str, browser: subprocess.Popen[bytes]) -> Iterator[ClientConnection]:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection = connect(address, max_size=None)
            break
        except (OSError, ConnectionClosed):
            assert browser.poll() is None, "Firefox ended"
            assert time.monotonic() < end, "Firefox does not answer"
            time.sleep(0.1)
    with connection:
        yield connection
