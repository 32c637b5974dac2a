"""The pictures of the documentation: what the page shows of examples, with the default model, as it is today."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import expect

from app.services.open_services import open_services
from app.settings import Settings
from model.rendering.mp4 import write_mp4
from tests.e2e.page.browser import NEEDS_BROWSER, Open, Serve, choose

pytestmark = NEEDS_BROWSER

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "app" / "assets" / "examples"
PICTURES = ROOT / "build" / "docs" / "pictures"
"""Where `docs/pages.py` looks for them."""


@pytest.fixture
def address(serve: Serve) -> str:
    """Of a page as `make demo` serves it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return serve(open_services(Settings()))


def taken(name: str) -> bool:
    """Whether there is a picture, and more in it than an empty page."""
    return (PICTURES / name).stat().st_size > 30_000


def test_the_picture_of_a_clip(address: str, open_page: Open) -> None:
    page = open_page(address)
    choose(page, EXAMPLES / "thruster.mp4")
    page.click("#submit")
    expect(page.locator("#answer h2")).to_have_text("Thruster")
    expect(page.locator(".still img").first).to_be_visible()
    page.locator("#player video").evaluate("video => { video.pause(); video.controls = false; }")
    page.evaluate("document.querySelector('#kept').hidden = true")
    page.screenshot(path=PICTURES / "clip.png", full_page=True)
    assert taken("clip.png")


def test_the_picture_of_a_workout(address: str, open_page: Open, tmp_path: Path) -> None:
    with av.open(str(EXAMPLES / "thruster.mp4")) as example:
        frames = np.stack([frame.to_ndarray(format="rgb24") for frame in example.decode(video=0)])
    film = tmp_path / "six-thrusters.mp4"
    write_mp4(film, np.concatenate([np.concatenate([frames, frames[::-1]])] * 6))
    page = open_page(address)
    page.click("#tab-workout")
    page.set_input_files("#workout-chooser", film)
    page.click("#analyse")
    expect(page.locator("#repetitions tbody tr")).to_have_count(6)
    expect(page.locator("#workout-totals tbody tr").first).to_contain_text("thruster")
    page.locator("#repetitions tbody tr").nth(2).get_by_role("button").click()
    page.wait_for_timeout(500)
    page.locator("#workout-player video").evaluate("video => { video.pause(); video.controls = false; }")
    page.screenshot(path=PICTURES / "workout.png", full_page=True)
    assert taken("workout.png")
