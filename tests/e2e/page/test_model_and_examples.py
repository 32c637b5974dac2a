"""What the page shows without a clip, in a real browser: the examples, and the model."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from app import callbacks
from app.services.open_services import open_services
from app.settings import Settings
from model.bundle import CONTRACT, seal
from model.contract import Contract
from model.errors import ModelUnavailable
from model.evaluation.report import report_of_arrays
from tests.e2e.page.browser import NEEDS_BROWSER, Open, Serve, until
from tests.records import record_with
from tests.unit.app.fakes import fake_report, fake_services

pytestmark = NEEDS_BROWSER


def test_the_examples_show_a_movement_and_classify_it(
    real: str, open_page: Open, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "EXAMPLES", tmp_path)
    (tmp_path / "chest-to-bar.mp4").touch()
    page = open_page(real)
    page.route("**/assets/examples/chest-to-bar.mp4*", lambda route: route.fulfill(path=clips / "green.mp4"))

    page.get_by_role("tab", name="Clip prediction").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Workout")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Examples")).to_be_focused()
    expect(page.get_by_role("heading", name="Bar-facing burpee")).to_be_visible()
    expect(page.locator("#example")).to_contain_text("There is no demonstration of this movement yet.")

    page.get_by_label("Movement").select_option("chest-to-bar")
    expect(page.get_by_role("heading", name="Chest-to-bar pull-up")).to_be_visible()
    expect(page.locator("#example")).to_contain_text("Dominada al pecho")
    expect(page.locator("#example")).to_contain_text("until the chest, below the collarbone, touches the bar")
    until(page.locator("#example video"), "video.currentTime > 0")

    page.get_by_role("button", name="Classify this example").click()
    expect(page.get_by_role("tab", name="Clip prediction")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#answer").get_by_role("heading", name="Chest-to-bar pull-up")).to_be_visible()
    expect(page.locator("#clip-name")).to_have_text("chest-to-bar.mp4")


def test_the_model_tab_shows_the_bundles_report_when_it_is_first_opened(
    tiny_bundle: Path, tmp_path: Path, serve: Serve, open_page: Open
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, bundle)
    contract = Contract.read(bundle / CONTRACT)
    truth = np.repeat(np.arange(9), 4)
    probabilities = 0.7 * np.eye(9)[truth] + 0.3 * np.random.default_rng(0).dirichlet(np.ones(9), len(truth))
    record_with(report_of_arrays(contract, probabilities, truth, test_set="36 clips of a test")).write(bundle)
    seal(bundle)
    page = open_page(serve(open_services(Settings(bundle=bundle, threads=1))))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    expect(page.locator("#model")).to_be_empty()

    page.get_by_role("tab", name="Examples").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Model")).to_be_focused()
    panel = page.get_by_role("tabpanel", name="Model")
    expect(panel.get_by_role("heading", name="tiny")).to_be_visible()
    expect(panel).to_contain_text("Measured on 36 clips of a test")
    expect(panel).to_contain_text("100.0 %of 36 clips of a movement are named right (95 % interval: 90.4 to 100.0 %).")
    expect(panel.get_by_role("table", name="Counts of clips").get_by_role("columnheader")).to_have_count(9)
    expect(panel.get_by_role("img", name="Calibration.")).to_be_visible()
    panel.get_by_text("The numbers").click()
    expect(panel.get_by_role("columnheader", name="How sure")).to_be_visible()

    page.get_by_role("tab", name="Examples").click()
    page.get_by_role("tab", name="Model").click()
    expect(panel.get_by_role("heading", name="tiny")).to_be_visible()
    assert sum("model-asked" in data for data in sent) == 1, "what is there is not asked for again"


def test_a_model_without_a_report_says_so(real: str, open_page: Open) -> None:
    page = open_page(real)
    page.get_by_role("tab", name="Model").click()
    expect(page.locator("#model")).to_contain_text("This model comes without an evaluation.")
    expect(page.locator("#model")).to_contain_text("10 frames of 64 × 64 pixels")


def test_a_model_that_is_not_ready_is_asked_again_when_its_tab_is_opened_again(serve: Serve, open_page: Open) -> None:
    services = fake_services(error=ModelUnavailable(), report=fake_report())
    page = open_page(serve(services))
    page.get_by_role("tab", name="Model").click()
    expect(page.locator("#model [role=alert]")).to_contain_text("The model is not ready.")
    services.classifier.error = None  # type: ignore[attr-defined]
    page.get_by_role("tab", name="Examples").click()
    page.get_by_role("tab", name="Model").click()
    expect(page.locator("#model")).to_contain_text("Measured on 60 clips of a test")
    expect(page.locator("#model [role=alert]")).to_have_count(0)


def test_a_connection_lost_while_the_model_is_asked_for_is_told(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(fake_services(report=fake_report())))
    page.route("**/_dash-update-component*", lambda route: route.abort())
    page.get_by_role("tab", name="Model").click()
    expect(page.locator("#model-problem")).to_contain_text("The connection was lost before the model could be shown.")
    page.unroute("**/_dash-update-component*")
    page.get_by_role("tab", name="Examples").click()
    page.get_by_role("tab", name="Model").click()
    expect(page.locator("#model")).to_contain_text("Measured on 60 clips of a test")
    expect(page.locator("#model-problem")).to_be_empty()
