"""What a person does in the page, in a real browser: a good clip, a bad one, the examples, the model."""

from __future__ import annotations

import base64
import csv
import json
import re
import shutil
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Route,
    TimeoutError,
    expect,
    sync_playwright,
)
from werkzeug.serving import make_server

from app import callbacks
from app.main import create_app
from app.services.open_services import open_services
from app.services.protocols import Services
from app.settings import Settings
from model.answers.error import ErrorDetail
from model.answers.workout import JobState, Progress, RepetitionAnswer, SegmentAnswer, SetSpan
from model.bundle import CONTRACT, seal
from model.contract import Contract
from model.errors import ModelUnavailable, TooLong
from model.evaluation.report import report_of_arrays
from model.pose.track import Track
from model.rendering.mp4 import write_mp4
from model.workout.drawn import drawn
from tests.records import record_with
from tests.unit.app.fakes import FakeClassifier, FakeWorkouts, answer_body, fake_report, fake_services
from tests.unit.workout.conftest import made_workout

BROWSERS = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
CHROMIUM = next((path for path in BROWSERS if path.exists()), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium-headless-shell is not installed")

PATIENCE_MS = 60_000
"""How long anything is waited for: a busy machine is no failure."""

Serve = Callable[[Services], str]
Open = Callable[..., Page]


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


def answers(address: str) -> bool:
    """Whether the server gives it, whole."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_MS / 1e3) as answer:
            answer.read()
    except OSError:
        return False
    return True


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
        expect(page.locator("#example h2")).to_be_attached()
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


def test_a_good_clip_plays_at_once_and_is_answered_with_five_sorted_movements(
    real: str, open_page: Open, clips: Path
) -> None:
    page = open_page(real)
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)

    with page.expect_file_chooser() as chooser:
        page.locator("#dropzone").press("Enter")
    chooser.value.set_files(clips / "red.mp4")

    video = page.locator("#player video")
    expect(video).to_be_visible()
    assert str(video.evaluate("video => video.src")).startswith("blob:")
    assert video.evaluate("video => video.muted && video.loop && video.playsInline")
    until(video, "video.currentTime > 0")
    assert [request.url for request in sent] == [], "nothing is sent before the person says so"
    expect(page.locator("#submit")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Bar-facing burpee")).to_be_visible()
    expect(page.locator("#answer tbody tr")).to_have_count(5)
    assert rows(page) == sorted(rows(page), reverse=True)
    expect(page.locator("#answer tbody tr").first).to_contain_text("Burpee frente a la barra con salto")
    expect(page.locator(".still img")).to_have_count(10)
    expect(page.locator("#status")).to_contain_text("Bar-facing burpee")
    for shown in ("#time-upload", "#time-total"):
        expect(page.locator(shown)).to_contain_text("s")

    callback = next(request for request in sent if "_dash-update-component" in request.url)
    assert '"key":"uploads/' in (callback.post_data or "").replace(" ", "")
    assert len(callback.post_data or "") < 1000, "the callback carries the key, never the clip"


def test_another_clip_resets_the_page_and_is_answered_for_itself(real: str, open_page: Open, clips: Path) -> None:
    page = open_page(real)
    choose(page, clips / "red.mp4")
    page.click("#submit")
    expect(page.get_by_role("heading", name="Bar-facing burpee")).to_be_visible()
    choose(page, clips / "green.mp4")
    expect(page.locator("#answer")).to_be_empty()
    expect(page.locator(".still")).to_have_count(0)
    page.click("#submit")
    expect(page.get_by_role("heading", name="Chest-to-bar pull-up")).to_be_visible()
    page.click("#submit")
    expect(page.locator("#panel-clip[data-state=answered]")).to_be_visible()
    expect(page.locator("#answer tbody tr")).to_have_count(5)


def test_another_clip_may_be_chosen_before_the_answers_times_are_written(
    real: str, open_page: Open, clips: Path
) -> None:
    page = open_page(real)
    page.evaluate("() => { window.held = []; window.requestAnimationFrame = (draw) => window.held.push(draw); }")
    choose(page, clips / "red.mp4")
    page.click("#submit")
    expect(page.locator("#panel-clip[data-state=answered]")).to_be_visible()
    assert page.evaluate("window.held.length") > 0
    choose(page, clips / "green.mp4")
    expect(page.locator("#answer")).to_be_empty()
    page.evaluate("while (window.held.length) window.held.shift()()")
    expect(page.locator("#panel-clip[data-state=chosen]")).to_be_visible()


def test_a_clip_may_be_dropped(real: str, open_page: Open, clips: Path) -> None:
    page = open_page(real)
    drop(page, "red.mp4", "video/mp4", (clips / "red.mp4").read_bytes())
    page.click("#submit")
    expect(page.get_by_role("heading", name="Bar-facing burpee")).to_be_visible()


def test_who_asked_for_less_motion_starts_the_clip_by_hand(serve: Serve, open_page: Open, clips: Path) -> None:
    page = open_page(serve(fake_services()), still=True)
    choose(page, clips / "red.mp4")
    video = page.locator("#player video")
    until(video, "video.readyState >= 3")
    assert video.evaluate("video => video.paused && video.controls")


def test_a_bad_clip_is_answered_with_a_sentence_and_what_to_do_and_a_good_one_works_after_it(
    real: str, open_page: Open, clips: Path
) -> None:
    page = open_page(real)
    choose(page, clips / "text.mp4")
    expect(page.locator("#player")).to_contain_text("cannot play this clip")
    page.click("#submit")
    alert = page.locator("#answer [role=alert]")
    expect(alert).to_contain_text("not a video")
    expect(alert).to_contain_text("Choose an mp4 or mov file")
    expect(alert).to_have_attribute("data-code", "not_a_video")
    expect(page.locator("#answer tbody tr")).to_have_count(0)

    choose(page, clips / "red.mp4")
    expect(page.locator(".problem")).to_have_count(0)
    page.click("#submit")
    expect(page.get_by_role("heading", name="Bar-facing burpee")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "kind", "size", "sentence"),
    [
        ("empty.mp4", "video/mp4", 0, "The file is empty."),
        ("notes.txt", "text/plain", 20, "The file is not a video"),
        ("long.mp4", "video/mp4", 2**20 + 1, "The file is larger than the limit of 1 MB."),
    ],
)
def test_what_cannot_be_a_clip_is_refused_before_anything_is_sent(
    serve: Serve, open_page: Open, name: str, kind: str, size: int, sentence: str
) -> None:
    page = open_page(serve(fake_services()))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    drop(page, name, kind, bytes(size))
    expect(page.locator("#problem")).to_contain_text(sentence)
    expect(page.locator("#submit")).to_be_disabled()
    expect(page.locator("#dropzone")).to_be_visible()
    assert sent == []


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


def test_none_of_these_movements_is_an_outcome_of_its_own(serve: Serve, open_page: Open, clips: Path) -> None:
    page = open_page(serve(fake_services(body=answer_body(stills=True, none=0.93, none_is_answer=True))))
    choose(page, clips / "red.mp4")
    page.click("#submit")
    expect(page.get_by_role("heading", name="None of these movements")).to_be_visible()
    expect(page.locator(".outcome-none tbody tr")).to_have_count(5)
    expect(page.locator("#status")).to_contain_text("None of these movements, 93.0 %")


def test_an_error_of_the_classifier_is_a_sentence(serve: Serve, open_page: Open, clips: Path) -> None:
    page = open_page(serve(fake_services(error=TooLong("The clip has 90 seconds; the limit is 60."))))
    choose(page, clips / "red.mp4")
    page.click("#submit")
    expect(page.locator("#answer [role=alert]")).to_contain_text("The clip has 90 seconds; the limit is 60.")
    expect(page.locator("#panel-clip")).to_have_attribute("data-state", "failed")


@pytest.mark.parametrize("lost", ["**/api/uploads", "**/uploads", "**/_dash-update-component*"])
def test_a_lost_connection_is_told_at_every_step(serve: Serve, open_page: Open, clips: Path, lost: str) -> None:
    page = open_page(serve(fake_services()))
    choose(page, clips / "red.mp4")
    page.route(lost, lambda route: route.abort())
    page.click("#submit")
    expect(page.locator("#problem")).to_contain_text("The connection was lost before there was an answer.")
    page.unroute(lost)
    page.click("#submit")
    expect(page.get_by_role("heading", name="Thruster")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(390, False), (320, True)], ids=["light", "dark and small"])
def test_on_a_phone_nothing_is_wider_than_the_screen(
    serve: Serve, open_page: Open, clips: Path, width: int, dark: bool
) -> None:
    page = open_page(serve(fake_services(report=fake_report())), width=width, dark=dark)
    assert no_wider_than_the_screen(page)
    choose(page, clips / "red.mp4")
    page.click("#submit")
    expect(page.get_by_role("heading", name="Thruster")).to_be_visible()
    expect(page.locator(".still")).to_have_count(3)
    assert no_wider_than_the_screen(page)
    page.get_by_role("tab", name="Examples").click()
    assert no_wider_than_the_screen(page)
    page.get_by_role("tab", name="Model").click()
    expect(page.locator("#model .chart")).to_have_count(3)
    assert no_wider_than_the_screen(page)


def test_the_theme_follows_the_system_until_the_person_chooses_and_is_kept(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(fake_services()), dark=True)
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_what_only_a_colour_says_is_there_in_colours_that_a_person_forces(
    serve: Serve, open_page: Open, clips: Path
) -> None:
    page = open_page(serve(fake_services(body=answer_body())), forced=True)
    choose(page, clips / "red.mp4")
    page.get_by_role("button", name="Submit video").click()
    expect(page.locator("#answer h2")).to_have_text("Thruster")

    def colour(selector: str, name: str) -> str:
        return str(page.locator(selector).first.evaluate(f"element => getComputedStyle(element).{name}"))

    selected = colour("[role=tab][aria-selected=true]", "borderBottomColor")
    assert selected != colour("[role=tab][aria-selected=false]", "borderBottomColor")
    canvas = colour("body", "backgroundColor")
    for shape in ("#answer .bar-fill", ".trim-part", "#theme .icon", ".mark"):
        assert colour(shape, "backgroundColor") not in (canvas, "rgba(0, 0, 0, 0)"), shape


def test_the_page_can_be_walked_with_the_keyboard(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(fake_services()))
    walked = []
    for _ in range(5):
        page.keyboard.press("Tab")
        walked.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert walked == ["skip", "tab-clip", "language", "theme", "dropzone"]


def test_the_page_speaks_the_browsers_language_or_the_one_that_is_chosen(
    serve: Serve, open_page: Open, clips: Path
) -> None:
    page = open_page(serve(fake_services(body=answer_body(stills=True))), language="es-MX")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("heading", name="¿Qué movimiento es este?")).to_be_visible()
    choose(page, clips / "red.mp4")
    page.get_by_role("button", name="Enviar vídeo").click()
    expect(page.locator("#answer h2")).to_have_text("Thruster")
    expect(page.locator("#answer .verdict-probability")).to_have_text("81,2 %")
    expect(page.locator("#answer tbody tr").nth(1)).to_contain_text("Sentadilla de arrancada")
    expect(page.locator("#clip-name")).to_have_text("red.mp4")
    page.locator("#language").click()  # nothing is lost
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#answer .verdict-probability")).to_have_text("81.2 %")
    expect(page.get_by_role("button", name="Submit video")).to_be_visible()
    page.locator("#language").click()
    expect(page.get_by_role("button", name="Enviar vídeo")).to_be_visible()
    page.locator("#language").click()
    page.reload()
    expect(page.get_by_role("heading", name="Which movement is this?")).to_be_visible()


def test_everything_that_the_page_says_is_said_in_spanish(
    serve: Serve, open_page: Open, clips: Path, tiny_bundle: Path
) -> None:
    services = fake_services(body=answer_body(stills=True), report=fake_report(), workouts=True)
    workouts = services.workouts
    assert isinstance(workouts, FakeWorkouts)
    page = open_page(serve(services), language="es-ES", width=390)
    choose(page, clips / "red.mp4")
    page.get_by_role("button", name="Enviar vídeo").click()
    expect(page.locator("#saw h3")).to_have_text("Lo que vio el modelo")
    choose(page, clips / "text.mp4")
    page.get_by_role("tab", name="Ejemplos").click()
    for label in page.locator("#movement option:not([disabled])").all():
        page.select_option("#movement", label.get_attribute("value"))
        expect(page.locator("#example .lead")).to_be_visible()
    page.get_by_role("tab", name="Modelo").click()
    expect(page.locator("#model .chart")).to_have_count(3)
    page.get_by_role("tab", name="Entrenamiento").click()
    page.set_input_files("#workout-chooser", clips / "red.mp4")
    page.get_by_role("button", name="Analizar entrenamiento").click()
    expect(page.locator("#panel-workout")).to_have_attribute("data-state", "waiting")
    job = workouts.jobs[f"{1:032x}"]
    working = {"state": JobState.WORKING, "progress": Progress(stage="following", share=0.25), "seconds_left": 30.0}
    workouts.jobs[job.id] = job.model_copy(update=working)
    expect(page.locator("#workout-label")).to_have_text("Siguiendo al atleta, 25 %, quedan unos 30 s")
    workouts.jobs[job.id] = job.model_copy(update={"state": JobState.DONE, "workout": made_workout()})
    expect(page.locator("#panel-workout")).to_have_attribute("data-state", "done")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("[...window.movements.untold]") == []
    for tab in ("Clip", "Entrenamiento", "Ejemplos", "Modelo"):
        page.get_by_role("tab", name=tab, exact=True).click()
        assert no_wider_than_the_screen(page), tab


def test_a_part_of_a_clip_is_chosen_by_its_handles_and_answered(serve: Serve, open_page: Open, clips: Path) -> None:
    services = fake_services(body={**answer_body(), "seen": [0.1, 0.3]})
    page = open_page(serve(services))
    classifier = services.classifier
    assert isinstance(classifier, FakeClassifier)
    choose(page, clips / "red.mp4")  # half a second
    first, last = page.get_by_label("Start of the part"), page.get_by_label("End of the part")
    expect(page.locator(".trim-span")).to_have_text("The whole clip")
    page.get_by_role("button", name="Submit video").click()
    expect(page.locator("#answer h2")).to_have_text("Thruster")
    expect(page.locator(".trim-seen")).to_be_visible()
    first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    last.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".trim-span")).to_have_text("0.10 to 0.47 s, 0.37 s")
    page.get_by_role("button", name="Submit video").click()
    expect(page.locator("#answer h2")).to_have_text("Thruster")
    until(page.locator("#player video"), "document.querySelector('#panel-clip').dataset.state === 'answered'")
    page.get_by_role("button", name="Whole clip").click()
    expect(page.locator(".trim-span")).to_have_text("The whole clip")
    assert [asked["part"] for asked in classifier.asked] == [None, pytest.approx((0.1, 0.467), abs=0.002)]


def test_answers_are_kept_in_the_browser_copied_and_forgotten(serve: Serve, open_page: Open, clips: Path) -> None:
    page = open_page(serve(fake_services(body=answer_body(stills=True))))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(page.locator("#kept")).to_be_hidden()
    for number, name in enumerate(("red.mp4", "green.mp4"), 1):
        choose(page, clips / name)
        page.get_by_role("button", name="Submit video").click()
        expect(page.locator("#kept li")).to_have_count(number)
    page.reload()
    earlier = page.locator("#kept li")
    expect(earlier).to_have_count(2)
    expect(earlier.first).to_contain_text("Thruster, 81.2 %")
    expect(earlier.first).to_contain_text("green.mp4")
    expect(earlier.first.locator("img")).to_have_attribute("src", re.compile("^data:image/jpeg"))
    page.get_by_role("button", name="Copy green.mp4").click()
    expect(page.locator("#kept-status")).to_have_text("The answer to green.mp4 is copied.")
    assert page.evaluate("navigator.clipboard.readText()").startswith("green.mp4: Thruster, 81.2 %.")
    page.get_by_role("button", name="Forget green.mp4").click()
    expect(earlier).to_have_count(1)
    page.get_by_role("button", name="Forget all").click()
    expect(page.locator("#kept")).to_be_hidden()
    page.reload()
    expect(page.locator("#kept")).to_be_hidden()


def test_every_tab_has_an_address_and_the_back_button_works(serve: Serve, open_page: Open) -> None:
    address = serve(fake_services(report=fake_report()))
    page = open_page(address)
    page.get_by_role("tab", name="Model").click()
    page.get_by_role("tab", name="Examples").click()
    assert page.url == f"{address}/#examples"
    page.go_back()
    expect(page.get_by_role("tab", name="Model")).to_have_attribute("aria-selected", "true")
    page.reload()
    expect(page.get_by_role("tab", name="Model")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#model .chart")).to_have_count(3)
    page.go_back()
    expect(page.get_by_role("tab", name="Clip prediction")).to_have_attribute("aria-selected", "true")
    page.goto(f"{address}/#nothing")
    expect(page.get_by_role("tab", name="Clip prediction")).to_have_attribute("aria-selected", "true")


def test_ten_clips_at_once_have_ten_rows_and_go_into_a_table(
    real: str, open_page: Open, clips: Path, tmp_path: Path
) -> None:
    chosen = [tmp_path / f"clip {number}.mp4" for number in range(9)]
    for number, path in enumerate(chosen):
        shutil.copy(clips / ("red.mp4" if number % 2 else "green.mp4"), path)
    broken = tmp_path / '=broken, "cut off".mp4'
    broken.write_bytes((clips / "red.mp4").read_bytes()[:300])
    chosen.insert(4, broken)
    page = open_page(real)
    page.set_input_files("#chooser", chosen)
    expect(page.locator("#batch-count")).to_have_text("All of 10 clips answered, 1 with a problem.")
    rows = page.locator("#batch-rows tbody tr")
    expect(rows).to_have_count(10)
    expect(rows.nth(4)).to_have_attribute("data-state", "failed")
    expect(rows.nth(4).locator(".batch-state")).to_contain_text("The file ends within its index")
    expect(rows.nth(0)).to_contain_text("Chest-to-bar pull-up")
    expect(rows.nth(1)).to_contain_text("Bar-facing burpee")
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").and_(page.locator("#batch-csv")).click()
    with Path(download.value.path()).open(newline="", encoding="utf-8") as table:
        read = list(csv.DictReader(table))
    assert [row["file"].removeprefix("'") for row in read] == [path.name for path in chosen]
    assert [row["movement"] for row in read][:3] == ["chest-to-bar", "bar-facing burpee", "chest-to-bar"]
    assert (read[4]["movement"], read[4]["error"]) == ("", "corrupt_video")
    with page.expect_download() as download:
        page.locator("#batch-json").click()
    told = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert told[0]["classification"]["predictions"][0]["label"] == "chest-to-bar"
    assert (told[4]["classification"], told[4]["problem"]["code"]) == (None, "corrupt_video")
    page.fill("#batch-filter", "burpee")
    expect(rows).to_have_count(4)
    page.fill("#batch-filter", "")
    page.get_by_role("button", name="movement", exact=True).click()
    expect(rows.nth(1)).to_contain_text("Bar-facing burpee")
    page.get_by_role("button", name="clip 2.mp4").click()  # one of them in full
    expect(page.locator("#answer h2")).to_have_text("Chest-to-bar pull-up")
    expect(rows).to_have_count(10)
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator("#batch")).to_be_hidden()


def test_a_clip_that_was_not_sent_is_tried_again(serve: Serve, open_page: Open, clips: Path) -> None:
    page = open_page(serve(fake_services(body=answer_body())))
    page.route("**/api/v1/classify", lambda route: route.abort())
    page.set_input_files("#chooser", [clips / "red.mp4", clips / "text.mp4", clips / "green.mp4"])
    expect(page.locator("#batch-count")).to_have_text("All of 3 clips answered, 3 with a problem.")
    page.unroute("**/api/v1/classify")
    for left in (", 2 with a problem", ", 1 with a problem", ""):
        page.get_by_role("button", name="Try again").first.click()
        expect(page.locator("#batch-count")).to_have_text(f"All of 3 clips answered{left}.")


def in_workouts(serve: Serve, open_page: Open, **options: Any) -> tuple[Page, FakeWorkouts]:
    """A page with its tab of workouts, and who analyses them."""
    services = fake_services(workouts=True)
    workouts = services.workouts
    assert isinstance(workouts, FakeWorkouts)
    page = open_page(serve(services), **options)
    page.click("#tab-workout")
    return page, workouts


def test_a_workout_is_gone_through_corrected_and_downloaded_and_survives_a_reload(
    serve: Serve, open_page: Open, clips: Path
) -> None:
    page, workouts = in_workouts(serve, open_page)
    page.set_input_files("#workout-chooser", clips / "red.mp4")
    expect(page.locator("#workout-player video")).to_be_visible()
    page.click("#point")
    page.locator("#workout-player .veil").press("Enter")
    expect(page.locator("#workout-player .pointed")).to_be_visible()
    page.click("#analyse")
    expect(page.locator("#workout-label")).to_contain_text("Waiting")
    ((name, job),) = workouts.jobs.items()
    assert workouts.athletes == [(0.5, 0.5)]
    assert workouts.films == [(clips / "red.mp4").read_bytes()]

    page.reload()
    expect(page.locator("#panel-workout")).to_be_visible()
    working = {"state": JobState.WORKING, "progress": Progress(stage="following", share=0.4), "seconds_left": 75.0}
    workouts.jobs[name] = job.model_copy(update=working)
    expect(page.locator("#workout-label")).to_have_text("Following the athlete, 40 %, about 75 s left")
    workouts.jobs[name] = job.model_copy(update={"state": JobState.DONE, "workout": made_workout()})
    expect(page.locator("#repetitions tbody tr")).to_have_count(3)
    expect(page.locator("#workout-totals tbody tr").first).to_contain_text("2, perhaps 3")
    expect(page.locator("#workout-player")).to_contain_text("Choose red.mp4 again")
    page.set_input_files("#workout-chooser", clips / "red.mp4")
    expect(page.locator("#workout-player video")).to_be_visible()
    expect(page.locator("#repetitions tbody tr")).to_have_count(3)

    page.locator("#repetitions tbody tr").first.get_by_role("button").click()
    page.keyboard.press("2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    verdicts = page.locator("#repetitions .verdict-mark")
    expect(verdicts).to_have_text(["no rep", "no rep", "not a repetition"])
    page.keyboard.press("z")
    expect(verdicts).to_have_text(["no rep", "no rep", "unclear"])
    page.keyboard.press("3")
    with page.expect_download() as download:
        page.click(".download[data-form='workout.csv']")
    rows = download.value.path().read_text().splitlines()
    assert len(rows) == 3 and all(",no rep," in row for row in rows[1:])

    page.reload()
    expect(verdicts).to_have_text(["no rep", "no rep", "not a repetition"])


def test_the_body_is_drawn_where_it_is_and_the_pace_of_every_set_that_is_long_enough(
    serve: Serve, open_page: Open, clips: Path
) -> None:
    page, workouts = in_workouts(serve, open_page)
    page.set_input_files("#workout-chooser", clips / "red.mp4")
    page.click("#analyse")
    expect(page.locator("#workout-label")).to_contain_text("Waiting")
    ((name, job),) = workouts.jobs.items()
    track = Track(0.0, np.full((60, 13, 2), (120.0, 27.0), np.float32), np.ones(60, np.float32))
    starts = (1.0, 3.0, 6.0)
    deadlifts = SegmentAnswer(
        movement="deadlift",
        start=1.0,
        end=7.0,
        probability=0.9,
        repetitions=tuple(RepetitionAnswer(start=start, end=start + 1) for start in starts),
        sets=(SetSpan(first=0, last=2),),
    )
    workout = made_workout().model_copy(update={"bodies": drawn(track, (480, 270)), "segments": (deadlifts,)})
    workouts.jobs[name] = job.model_copy(update={"state": JobState.DONE, "workout": workout})
    expect(page.locator("#cadence svg")).to_have_attribute(
        "aria-label", "Seconds from one repetition to the next. deadlift: 2.0 s at first, 3.0 s at last."
    )
    expect(page.locator("#cadence polyline")).to_have_attribute("points", "150.0,50.0 300.0,25.0")
    page.click("#draw-body")
    expect(page.locator("#draw-body")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".body-over")).to_have_attribute("data-seen", "true")
    # All joints are in one place, a quarter of the way from the left and a tenth from above.
    found = page.evaluate("""() => {
        const canvas = document.querySelector('.body-over'), player = document.querySelector('#workout-player video');
        const { left, top, width, height } = window.movements.pictureIn(player);
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let [x, y, count] = [0, 0, 0];
        for (let place = 3; place < data.length; place += 4) if (data[place] > 128) {
            const pixel = (place - 3) / 4;
            [x, y, count] = [x + pixel % canvas.width, y + Math.floor(pixel / canvas.width), count + 1];
        }
        const ratio = window.devicePixelRatio || 1;
        return [(x / count / ratio - left) / width, (y / count / ratio - top) / height];
    }""")
    assert found == pytest.approx([0.25, 0.1], abs=0.02)
    page.keyboard.press("b")
    expect(page.locator(".body-over")).to_have_count(0)
    page.reload()
    expect(page.locator("#repetitions tbody tr")).to_have_count(3)
    expect(page.locator("#draw-body")).to_be_hidden()


def test_several_films_are_analysed_and_gone_through_one_by_one(serve: Serve, open_page: Open, clips: Path) -> None:
    page, workouts = in_workouts(serve, open_page)
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"text"}
    films = [
        text,
        *({"name": f"{name}.mp4", "mimeType": "video/mp4", "buffer": (clips / f"{name}.mp4").read_bytes()}
          for name in ("red", "green")),
    ]  # fmt: skip
    page.set_input_files("#workout-chooser", films)
    entries = page.locator("#films li")
    expect(entries).to_have_text(["notes.txtcannot be read", "red.mp4", "green.mp4"])
    expect(page.locator("#film-name")).to_have_text("red.mp4")
    expect(page.locator("#analyse")).to_have_text("Analyse workouts")
    page.click("#analyse")
    expect(entries.nth(2)).to_contain_text("waits")
    (red, first), (green, second) = workouts.jobs.items()
    assert workouts.films == [(clips / f"{name}.mp4").read_bytes() for name in ("red", "green")]
    done = {"state": JobState.DONE, "workout": made_workout()}
    workouts.jobs[green] = second.model_copy(update=done)
    expect(entries.nth(2)).to_contain_text("done")
    page.locator("#films button").nth(2).click()
    expect(page.locator("#film-name")).to_have_text("green.mp4")
    expect(page.locator("#repetitions tbody tr")).to_have_count(3)
    page.locator("#repetitions tbody tr").first.get_by_role("button").click()
    page.keyboard.press("2")
    page.locator("#films button").nth(0).click()
    expect(page.locator("#workout-problem")).to_contain_text("not a video")
    expect(page.locator("#film-name")).to_have_text("notes.txt")
    page.locator("#films button").nth(1).click()
    expect(page.locator("#workout-label")).to_contain_text("Waiting")
    workouts.jobs[red] = first.model_copy(update=done)
    verdicts = page.locator("#repetitions .verdict-mark")
    expect(verdicts).to_have_text(["good", "no rep", "unclear"])

    page.reload()
    expect(entries).to_have_text(["red.mp4done", "green.mp4done"])
    expect(verdicts).to_have_text(["good", "no rep", "unclear"])
    page.locator("#films button").nth(1).click()
    expect(verdicts).to_have_text(["no rep", "no rep", "unclear"])
    page.set_input_files("#workout-chooser", films[1:])
    expect(page.locator("#workout-player video")).to_be_visible()
    expect(verdicts).to_have_text(["no rep", "no rep", "unclear"])

    workouts.jobs[red] = first  # a film that is still analysed is given up; the other keeps its corrections
    page.reload()
    page.locator("#films button").nth(0).click()
    expect(page.locator("#workout-label")).to_contain_text("Waiting")
    page.click("#workout-stop")
    expect(page.locator("#film-name")).to_have_text("green.mp4")
    expect(verdicts).to_have_text(["no rep", "no rep", "unclear"])
    page.reload()
    expect(verdicts).to_have_text(["no rep", "no rep", "unclear"])


def test_a_film_is_sent_although_another_is_looked_at_and_one_that_is_given_up_is_not(
    serve: Serve, open_page: Open, clips: Path
) -> None:
    page, workouts = in_workouts(serve, open_page)
    films = [(name, (clips / f"{source}.mp4").read_bytes()) for name, source in
             (("red", "red"), ("green", "green"), ("blue", "red"))]  # fmt: skip
    page.set_input_files(
        "#workout-chooser", [{"name": f"{name}.mp4", "mimeType": "video/mp4", "buffer": film} for name, film in films]
    )
    held: list[Route] = []
    released = threading.Event()  # no upload begins until then
    page.route("**/api/workouts/uploads", lambda route: route.continue_() if released.is_set() else held.append(route))
    page.click("#analyse")
    page.locator("#films button").nth(2).click()
    expect(page.locator("#workout-label")).to_have_text("To be uploaded")
    page.click("#workout-stop")
    expect(page.locator("#panel-workout")).to_have_attribute("data-state", "chosen")
    released.set()
    for route in held:
        route.continue_()
    entries = page.locator("#films li")
    expect(entries).to_have_text(["red.mp4waits", "green.mp4waits", "blue.mp4"])
    assert workouts.films == [film for _, film in films[:2]]
    page.click("#analyse")
    expect(page.locator("#workout-label")).to_contain_text("Waiting")
    assert len(workouts.jobs) == 3


def test_a_workout_that_fails_says_why_and_one_that_is_stopped_is_forgotten(
    serve: Serve, open_page: Open, clips: Path
) -> None:
    page, workouts = in_workouts(serve, open_page, width=390, dark=True)
    page.set_input_files("#workout-chooser", clips / "green.mp4")
    page.click("#analyse")
    expect(page.locator("#workout-label")).to_contain_text("Waiting")
    ((name, job),) = workouts.jobs.items()
    error = ErrorDetail(code="corrupt_video", message="The video is damaged.", hint="Send it again.")
    workouts.jobs[name] = job.model_copy(update={"state": JobState.FAILED, "error": error})
    expect(page.locator("#workout-problem")).to_contain_text("The video is damaged.")
    assert no_wider_than_the_screen(page)

    page.click("#analyse")
    expect(page.locator("#workout-label")).to_contain_text("Waiting")
    page.click("#workout-stop")
    expect(page.locator("#analyse")).to_be_enabled()
    deadline = time.monotonic() + PATIENCE_MS / 1e3
    while len(workouts.jobs) > 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page.reload()
    expect(page.locator("#panel-workout")).to_have_attribute("data-state", "empty")


def test_what_cannot_be_a_film_is_refused_before_anything_is_sent(serve: Serve, open_page: Open, clips: Path) -> None:
    page = open_page(serve(fake_services(workouts=True)))
    page.click("#tab-workout")
    page.set_input_files("#workout-chooser", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"})
    expect(page.locator("#workout-problem")).to_contain_text("not a video")
    drop(page, "red.mp4", "video/mp4", (clips / "red.mp4").read_bytes())
    expect(page.locator("#panel-workout[data-state=chosen]")).to_be_visible()
