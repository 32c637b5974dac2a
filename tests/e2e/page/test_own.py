"""The tab of one's own clips, in a real browser, with real commands: from clips to a model that answers the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.services.open_services import open_services
from app.settings import Settings
from model.rendering.clip import render_video
from model.rendering.mp4 import write_mp4
from tests.e2e.page.browser import NEEDS_BROWSER, Open, Serve, choose

pytestmark = [NEEDS_BROWSER, pytest.mark.timeout(600)]

MOVEMENTS = {"deadlift": "Pull", "double-unders": "Skip"}
"""Rendered movements, and what a person calls them."""

CLIPS = 6
SLOW_MS = 300_000


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    folder = tmp_path_factory.mktemp("films")
    found: dict[str, list[Path]] = {}
    for movement, name in MOVEMENTS.items():
        for number in range(CLIPS):
            path = folder / f"{movement}_{number}.mp4"
            write_mp4(path, render_video((7, number), movement, width=120, height=160).frames)
            found.setdefault(name, []).append(path)
    return found


def press(page: Page, name: str, over: str) -> None:
    """Press a button, and wait until its task is over."""
    page.locator("#panel-own").get_by_role("button", name=name, exact=True).click()
    expect(page.locator("#own-doing")).to_have_text(re.compile(rf"^{name.lower()}: (done|failed)$"), timeout=SLOW_MS)
    expect(page.locator("#own-doing"), page.locator("#own-said").inner_text()).to_have_text(over, timeout=1000)


@pytest.mark.slow
def test_clips_become_a_model_that_answers_the_page_by_three_buttons(
    serve: Serve, open_page: Open, films: dict[str, list[Path]], clips: Path, tmp_path: Path
) -> None:
    settings = Settings(threads=1, workers=1, own_models=tmp_path / "own", own_steps=3)
    page = open_page(serve(open_services(settings)))
    expect(page.locator("#device-choice")).to_be_hidden()
    page.get_by_role("tab", name="Own model").click()
    expect(page.locator("#own-wanting")).to_contain_text("At least 2 movements are needed; there are 0.")
    expect(page.get_by_role("button", name="Check", exact=True)).to_be_disabled()

    page.locator("#own-movement").fill("pull")
    page.set_input_files("#own-files", clips / "text.mp4")
    page.get_by_role("button", name="Add clips").click()
    expect(page.locator("#own-problem")).to_contain_text("The file is text, not a video")
    for name, paths in films.items():
        page.locator("#own-movement").fill(name)
        page.set_input_files("#own-files", paths)
        page.get_by_role("button", name="Add clips").click()
        expect(page.locator("#own-added")).to_have_text(f"{CLIPS} of {CLIPS} clips added")
    expect(page.locator("#own-clips tbody tr")).to_have_count(2 * CLIPS)
    expect(page.locator("#own-problem")).to_be_empty()

    press(page, "Check", "check: done")
    expect(page.locator(".own-balance li")).to_have_count(2)
    press(page, "Train", "train: done")
    press(page, "Compare", "compare: done")
    expect(page.locator("#own-compared tbody tr")).to_have_count(2)
    expect(page.locator("#own-compared")).to_contain_text("The model that came with the page answers.")
    page.get_by_role("button", name="Let the new one answer").click()
    expect(page.locator("#own-compared")).to_contain_text("The new model answers this page.")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.get_by_role("tab", name="Clip prediction").click()
    choose(page, films["Pull"][0])
    page.click("#submit")
    expect(page.locator("#answer tbody tr")).to_have_count(2)
    assert {row.get_attribute("data-label") for row in page.locator("#answer tbody tr").all()} == {"pull", "skip"}

    page.get_by_role("tab", name="Own model").click()
    page.locator("#language").click()
    expect(page.get_by_role("button", name="Descartar el nuevo")).to_be_visible()
    untold = page.evaluate("[...window.movements.untold]")
    assert [said for said in untold if said.split(",")[0] not in films] == [], (
        "names that a person gave stay as they are"
    )
    page.locator("#language").click()
    page.get_by_role("button", name="Discard the new one").click()
    expect(page.locator("#own-compared")).to_be_empty()
    page.get_by_role("tab", name="Clip prediction").click()
    page.click("#submit")
    expect(page.locator("#answer tbody tr")).to_have_count(5)


def test_without_the_setting_there_is_no_such_tab(real: str, open_page: Open) -> None:
    page = open_page(real)
    assert page.get_by_role("tab", name="Own model").count() == 0
    assert page.request.get(f"{real}/api/own").status == 404
