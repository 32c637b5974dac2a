"""How the page looks and is walked through, in a real browser: screens, colours, keys, languages, addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from model.answers.workout import JobState, Progress
from tests.e2e.page.browser import NEEDS_BROWSER, Open, Serve, choose, no_wider_than_the_screen
from tests.unit.app.fakes import FakeWorkouts, answer_body, fake_report, fake_services
from tests.unit.workout.conftest import made_workout

pytestmark = NEEDS_BROWSER


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
    assert page.locator("#kept .kept-words").first.evaluate("element => element.clientWidth") > 120
    page.get_by_role("tab", name="Examples").click()
    assert no_wider_than_the_screen(page)
    page.get_by_role("tab", name="Model").click()
    expect(page.locator("#model .chart")).to_have_count(3)
    assert no_wider_than_the_screen(page)


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_shown_before_the_scripts_is_where_it_stays(serve: Serve, open_page: Open, width: int) -> None:
    address = serve(fake_services())
    page = open_page(address, width=width)
    assert page.context.browser is not None
    early = page.context.browser.new_page(viewport={"width": width, "height": 844})
    early.route("**/_dash-component-suites/**", lambda route: route.abort())
    early.goto(address)
    for selector in (".wordmark", ".dropzone", ".question", ".lead", ".steps", ".theme, .icon-theme"):
        places = [one.locator(selector).first.bounding_box() for one in (early, page)]
        assert places[0] == pytest.approx(places[1], abs=2), selector
    assert not early.get_by_role("button").count(), "nothing can be pressed that does nothing yet"
    early.close()


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
    expect(page.locator("#saw .why")).to_contain_text("Sin los fotogramas de 0,47 s la respuesta perdería más.")
    page.select_option("#actually-choice", "none")
    page.click("#actually-keep")
    expect(page.locator("#said-count")).to_have_text("1 corrección")
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


FIRST_LOAD_BYTES = 350_000


def test_the_first_load_is_small_and_has_nothing_of_tabs_that_nobody_opened(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(fake_services()))
    network = page.context.new_cdp_session(page)
    loaded: dict[str, float] = {}
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    network.on("Network.loadingFinished", lambda event: loaded.update({event["requestId"]: event["encodedDataLength"]}))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.locator("#movement option").first).to_be_attached()
    page.wait_for_load_state("networkidle")
    assert len(loaded) > 15
    assert sum(loaded.values()) <= FIRST_LOAD_BYTES, sorted(loaded.values())[-8:]
    assert not [url for url in asked if url.endswith(".mp4")]


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab until the keys go to an element."""
    for _ in range(120):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def hand_over(page: Page, *paths: Path) -> None:
    """Open the dialog for files with a key, and choose.

    Playwright begins to wait for a dialog without waiting for the browser's word that it intercepts dialogs: a key
    that came first opened one that nobody saw, which a headless browser cancels. A question between them is answered
    after it.
    """
    with page.expect_file_chooser() as dialog:
        page.evaluate("document.activeElement.id")
        page.keyboard.press("Enter")
    dialog.value.set_files(paths)


def test_what_can_be_done_can_be_done_with_the_keyboard_alone(serve: Serve, open_page: Open, clips: Path) -> None:
    services = fake_services(body=answer_body(stills=True), report=fake_report(), workouts=True)
    workouts = services.workouts
    assert isinstance(workouts, FakeWorkouts)
    page = open_page(serve(services))

    tab_to(page, "#dropzone")
    hand_over(page, clips / "red.mp4")
    expect(page.locator("#submit")).to_be_enabled()
    tab_to(page, "#submit")
    page.keyboard.press("Enter")
    expect(page.locator("#answer h2")).to_have_text("Thruster")
    tab_to(page, "#show-body")
    page.keyboard.press("Space")
    expect(page.locator("#show-body")).to_have_attribute("aria-pressed", "true")
    tab_to(page, "#actually-choice")
    page.keyboard.press("d")
    expect(page.locator("#actually-choice")).to_have_value("deadlift")
    tab_to(page, "#actually-keep")
    page.keyboard.press("Enter")
    expect(page.locator("#said-count")).to_have_text("1 correction")

    tab_to(page, "#tab-clip", "Shift+Tab")
    page.keyboard.press("ArrowRight")
    tab_to(page, "#workout-dropzone")
    hand_over(page, clips / "red.mp4")
    expect(page.locator("#analyse")).to_be_enabled()
    tab_to(page, "#analyse")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-workout")).to_have_attribute("data-state", "waiting")
    job = workouts.jobs[f"{1:032x}"]
    workouts.jobs[job.id] = job.model_copy(update={"state": JobState.DONE, "workout": made_workout()})
    expect(page.locator("#panel-workout")).to_have_attribute("data-state", "done")
    tab_to(page, ".repetitions .jump")
    page.keyboard.press("Enter")
    expect(page.locator(".repetitions tr[aria-current=true]")).to_have_count(1)

    tab_to(page, "#tab-workout", "Shift+Tab")
    page.keyboard.press("ArrowRight")
    tab_to(page, "#movement")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#example .lead")).to_be_visible()
    tab_to(page, "#tab-examples", "Shift+Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#model .chart")).to_have_count(3)


def test_several_clips_are_answered_with_the_keyboard_alone(serve: Serve, open_page: Open, clips: Path) -> None:
    page = open_page(serve(fake_services()))
    tab_to(page, "#dropzone")
    hand_over(page, clips / "red.mp4", clips / "green.mp4")
    expect(page.locator("#batch-count")).to_contain_text("All of 2 clips answered")
    tab_to(page, "#batch-csv")
    with page.expect_download() as table:
        page.keyboard.press("Enter")
    assert Path(table.value.path()).read_text(encoding="utf-8").count(".mp4") == 2
    tab_to(page, "#batch-filter", "Shift+Tab")
    page.keyboard.type("green")
    expect(page.locator("#batch-rows tbody tr:visible")).to_have_count(1)
    tab_to(page, "#batch-close")
    page.keyboard.press("Enter")
    expect(page.locator("#batch")).to_be_hidden()
