"""What axe finds at fault in the states of the page, from a small phone to a wide screen, in all colours: nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.device.files import DEFAULT_FOLDER, NOTICE
from app.services.open_services import open_services
from app.settings import Settings
from model.answers.workout import JobState, Progress
from model.errors import InternalError
from tests.checks import MODULES, ROOT
from tests.e2e.page.browser import NEEDS_BROWSER, Open, Serve, choose
from tests.unit.app.fakes import FakeWorkouts, answer_body, fake_report, fake_services
from tests.unit.workout.conftest import made_workout

EXAMPLES = ROOT / "app" / "assets" / "examples"
AXE = MODULES / "axe-core" / "axe.min.js"

pytestmark = [
    NEEDS_BROWSER,
    pytest.mark.skipif(not AXE.is_file(), reason="axe is absent: `make test` fetches it"),
]

NEAR = {
    "label": "thruster",
    "points": [
        {"name": "hips below knees", "verdict": "rep", "measured": 12.0, "required": 0.0, "unit": "degrees"},
        {
            "name": "arms straight",
            "verdict": "unclear",
            "required": 155.0,
            "unit": "degrees",
            "reason": "hidden elbows",
        },
    ],
}

STILL = """Promise.all(
    document.getAnimations()
        .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
        .map((one) => one.finished.catch(() => null)),
)"""
"""A colour that is still changing is no fault."""

ways_to_look = pytest.mark.parametrize(
    "how",
    [
        {"width": 320},
        {"width": 390, "dark": True, "language": "es-ES"},
        {"width": 768, "forced": True},
        pytest.param({"width": 1440}, marks=pytest.mark.slow),
        pytest.param({"width": 1440, "dark": True}, marks=pytest.mark.slow),
    ],
    ids=lambda how: ", ".join(f"{name} {value}" for name, value in how.items()),
)


class Looked:
    """What axe said of each state."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.faults: dict[str, list[tuple[str, str]]] = {}

    def at(self, state: str) -> None:
        self._page.evaluate(STILL)
        if not self._page.evaluate("'axe' in window"):
            self._page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self._page.evaluate("axe.run()")["violations"]
        self.faults[state] = [(fault["id"], node["html"][:200]) for fault in found for node in fault["nodes"]]


@ways_to_look
def test_clips(serve: Serve, open_page: Open, clips: Path, how: dict[str, Any]) -> None:
    body = answer_body(stills=True)
    page = open_page(serve(fake_services(body=body, report=fake_report())), **how)
    looked = Looked(page)
    looked.at("empty")
    choose(page, clips / "red.mp4")
    expect(page.locator("#submit")).to_be_enabled()
    looked.at("chosen")
    page.click("#submit")
    expect(page.locator("#answer h2")).to_be_visible()
    expect(page.locator("#kept li")).to_have_count(1)
    page.click("#show-body")
    looked.at("answered")
    page.select_option("#actually-choice", "none")
    page.click("#actually-keep")
    looked.at("corrected")
    choose(page, clips / "text.mp4")
    expect(page.locator("#clip-name")).to_have_text("text.mp4")
    looked.at("a text file")
    page.set_input_files("#chooser", [clips / "red.mp4", clips / "green.mp4", clips / "text.mp4"])
    looked.at("several")
    page.locator("#tab-examples").click()
    page.select_option("#movement", index=1)
    expect(page.locator("#example .lead")).to_be_visible()
    looked.at("examples")
    page.locator("#tab-model").click()
    expect(page.locator("#model .chart")).to_have_count(3)
    looked.at("model")
    assert {state: faults for state, faults in looked.faults.items() if faults} == {}


@ways_to_look
def test_a_clip_that_nearly_shows_a_movement_and_one_that_fails(
    serve: Serve, open_page: Open, clips: Path, how: dict[str, Any]
) -> None:
    found = {}
    body = answer_body(stills=True, none=0.8, none_is_answer=True) | {"near": NEAR}
    for state, services in (
        ("near", fake_services(body=body)),
        ("failed", fake_services(error=InternalError("fault"))),
    ):
        page = open_page(serve(services), **how)
        looked = Looked(page)
        choose(page, clips / "red.mp4")
        page.click("#submit")
        expect(page.locator("#panel-clip")).to_have_attribute("data-state", "answered" if state == "near" else "failed")
        looked.at(state)
        found |= looked.faults
    assert {state: faults for state, faults in found.items() if faults} == {}


@ways_to_look
def test_workouts(serve: Serve, open_page: Open, clips: Path, how: dict[str, Any]) -> None:
    services = fake_services(workouts=True)
    workouts = services.workouts
    assert isinstance(workouts, FakeWorkouts)
    page = open_page(serve(services), **how)
    looked = Looked(page)
    page.locator("#tab-workout").click()
    looked.at("empty")
    page.set_input_files("#workout-chooser", clips / "red.mp4")
    looked.at("chosen")
    page.locator("#analyse").click()
    expect(page.locator("#panel-workout")).to_have_attribute("data-state", "waiting")
    looked.at("waiting")
    job = workouts.jobs[f"{1:032x}"]
    working = {"state": JobState.WORKING, "progress": Progress(stage="following", share=0.25), "seconds_left": 30.0}
    workouts.jobs[job.id] = job.model_copy(update=working)
    expect(page.locator("#workout-label")).to_contain_text("25")
    looked.at("working")
    workouts.jobs[job.id] = job.model_copy(update={"state": JobState.DONE, "workout": made_workout()})
    expect(page.locator("#panel-workout")).to_have_attribute("data-state", "done")
    page.keyboard.press("ArrowRight")
    looked.at("done")
    assert {state: faults for state, faults in looked.faults.items() if faults} == {}


@ways_to_look
def test_own_models(serve: Serve, open_page: Open, clips: Path, tmp_path: Path, how: dict[str, Any]) -> None:
    page = open_page(serve(open_services(Settings(threads=1, workers=1, own_models=tmp_path / "own"))), **how)
    looked = Looked(page)
    page.locator("#tab-own").click()
    looked.at("empty")
    page.locator("#own-movement").fill("pull")
    page.set_input_files("#own-files", [clips / "red.mp4", clips / "green.mp4"])
    page.locator("#own-form button").last.click()
    expect(page.locator("#own-clips li, #own-clips tr")).not_to_have_count(0)
    looked.at("clips")
    assert {state: faults for state, faults in looked.faults.items() if faults} == {}


@ways_to_look
@pytest.mark.skipif(not (DEFAULT_FOLDER / NOTICE).is_file(), reason="make build/device/NOTICE fetches what is needed")
def test_answers_of_the_device(serve: Serve, open_page: Open, how: dict[str, Any]) -> None:
    page = open_page(serve(open_services(Settings(threads=1, workers=1))), **how)
    looked = Looked(page)
    page.locator("#device").check()
    choose(page, EXAMPLES / "thruster.mp4")
    page.locator("#submit").click()
    expect(page.locator("#device-answer h2")).to_be_visible()
    looked.at("answered")
    assert looked.faults == {"answered": []}


@pytest.mark.parametrize("width", [320, 1440])
def test_the_interface_for_programs(serve: Serve, open_page: Open, width: int) -> None:
    address = serve(open_services(Settings(threads=1, workers=1)))
    browser = open_page(address).context.browser
    assert browser is not None
    page = browser.new_page(viewport={"width": width, "height": 844})  # Redoc wants a picture of its maker's: refused
    page.goto(f"{address}/docs")
    expect(page.get_by_role("heading", name="Movements").first).to_be_visible()
    looked = Looked(page)
    looked.at("docs")
    assert looked.faults == {"docs": []}
