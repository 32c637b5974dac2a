"""Pages that a server of the test serves, in browsers of their own, and clips for them."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, TimeoutError, expect, sync_playwright
from werkzeug.serving import make_server

from app.main import create_app
from app.services.open_services import open_services
from app.services.protocols import Services
from app.settings import Settings
from model.rendering.mp4 import write_mp4
from tests.e2e.page.browser import CHROMIUM, PATIENCE_MS, Open, Serve, answers


@pytest.fixture(scope="module")
def browsers() -> Iterator[Callable[[], Browser]]:
    """Starts a browser of its own, so that what one test leaves in it reaches no other."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield lambda: playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves a page with given services on a port of this machine; returns its address."""
    stop: list[Callable[[], None]] = []

    def start(services: Services) -> str:
        server = make_server(
            "127.0.0.1", 0, create_app(Settings(max_upload_bytes=2**20), services).server, threaded=True
        )
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        stop.extend([server.shutdown, thread.join, server.server_close, services.uploads.close])
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for step in stop:
        step()


@pytest.fixture
def real(tiny_bundle: Path, serve: Serve) -> str:
    """The address of a page with a real, tiny model."""
    return serve(open_services(Settings(bundle=tiny_bundle, threads=1, max_upload_bytes=2**20)))


@pytest.fixture
def open_page(browsers: Callable[[], Browser]) -> Iterator[Open]:
    """Opens a page; whatever breaks in its scripts, or its policy forbids, fails the test at its end.

    On a machine short of cores a browser was seen to stand still for longer than anybody waits. Where the server
    answers all that it did not get, another browser gets one try, and the run's summary tells of it.
    """
    started, broken = [], []

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Uncaught" in message.text:
            broken.append(message.text)

    def open_page(
        address: str,
        *,
        width: int = 1280,
        dark: bool = False,
        still: bool = False,
        again: bool = True,
        language: str = "en-GB",
        forced: bool = False,
    ) -> Page:
        started.append(browsers())
        page = started[-1].new_page(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
            locale=language,
            forced_colors="active" if forced else "none",
        )
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", heard)
        waiting = {f"{address}/"}
        page.on("request", lambda request: waiting.add(request.url))
        page.on("requestfinished", lambda request: waiting.discard(request.url))
        try:
            page.goto(address)
        except TimeoutError as error:
            error.add_note(f"still waited for: {sorted(waiting)}")
            if not again or not all(answers(url) for url in waiting):
                raise
            warnings.warn(f"a browser stood still, waiting for {sorted(waiting)}", stacklevel=2)
            return open_page(
                address, width=width, dark=dark, still=still, again=False, language=language, forced=forced
            )
        expect(page.locator("#movement option").first).to_be_attached()
        return page

    yield open_page
    for browser in started:
        browser.close()
    assert broken == []


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`red.mp4`, whose first label is bar-facing burpee; `green.mp4`, chest-to-bar; `text.mp4`, no video."""
    directory = tmp_path_factory.mktemp("clips")
    for name, colour in (("red", (230, 10, 10)), ("green", (10, 230, 10))):
        write_mp4(directory / f"{name}.mp4", np.full((15, 120, 160, 3), colour, np.uint8))
    (directory / "text.mp4").write_text("this is a text file, whatever its name says\n" * 40)
    return directory
