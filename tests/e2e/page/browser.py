"""A browser that tests drive, and what they do in it."""

from __future__ import annotations

import base64
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from app.services.protocols import Services

BROWSERS = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
CHROMIUM = next((path for path in BROWSERS if path.exists()), None)

NEEDS_BROWSER = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium-headless-shell is not installed")

PATIENCE_MS = 60_000
"""How long anything is waited for: a busy machine is no failure."""

Serve = Callable[[Services], str]
Open = Callable[..., Page]


def answers(address: str) -> bool:
    """Whether the server gives it, whole."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_MS / 1e3) as answer:
            answer.read()
    except OSError:
        return False
    return True


def choose(page: Page, clip: Path) -> None:
    page.set_input_files("#chooser", clip)


def drop(page: Page, name: str, kind: str, content: bytes) -> None:
    transfer = page.evaluate_handle(
        """([name, type, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type }));
            return transfer;
        }""",
        [name, kind, base64.b64encode(content).decode()],
    )
    for event in ("dragover", "drop"):
        page.dispatch_event("main", event, {"dataTransfer": transfer})


def until(video: Locator, condition: str) -> None:
    """Wait until a condition on a video holds; Playwright's own waiting needs an eval, which the policy forbids."""
    deadline = time.monotonic() + PATIENCE_MS / 1e3
    while not video.evaluate(f"video => {condition}"):
        assert time.monotonic() < deadline, f"the video never had {condition}"
        time.sleep(0.05)


def rows(page: Page) -> list[float]:
    texts = page.locator("#answer tbody .row-number").all_inner_texts()
    return [float(text.removesuffix(" %").removeprefix("< ")) for text in texts]


def no_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
