"""The tab of clips, in a real browser: a good clip, a bad one, a part of one, several at once, and earlier answers."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from model.data.annotations.importing import import_exports
from model.data.annotations.people import People
from model.data.annotations.videos import Videos
from model.errors import TooLong
from tests.e2e.page.browser import NEEDS_BROWSER, Open, Serve, choose, drop, no_wider_than_the_screen, rows, until
from tests.unit.app.fakes import FakeClassifier, answer_body, fake_services

pytestmark = NEEDS_BROWSER


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
    told = json.loads(json.loads(callback.post_data or "")["inputs"][0]["value"])
    assert (told.keys(), told["key"][:8]) == ({"key", "part"}, "uploads/")
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


def test_a_phone_films_a_clip_with_its_own_camera(serve: Serve, open_page: Open, clips: Path) -> None:
    page = open_page(serve(fake_services()))
    expect(page.locator("#record")).to_be_hidden()
    assert page.context.browser is not None
    phone = page.context.browser.new_page(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    phone.goto(page.url)
    with phone.expect_file_chooser() as chooser:
        phone.get_by_role("button", name="Film a clip").tap()
    assert chooser.value.element.get_attribute("capture") == "environment"
    chooser.value.set_files(clips / "red.mp4")
    expect(phone.locator("#clip-name")).to_have_text("red.mp4")
    no_wider_than_the_screen(phone)


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
    expect(page.locator("#player")).not_to_contain_text("HEVC")  # it may be damaged: the page does not know
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
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture green.mp4").click()
    assert download.value.suggested_filename == "green.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    page.get_by_role("button", name="Forget green.mp4").click()
    expect(earlier).to_have_count(1)
    page.get_by_role("button", name="Forget all").click()
    expect(page.locator("#kept")).to_be_hidden()
    page.reload()
    expect(page.locator("#kept")).to_be_hidden()


def test_what_a_clip_actually_was_is_kept_and_goes_into_a_data_set(
    real: str, open_page: Open, clips: Path, tmp_path: Path
) -> None:
    page = open_page(real)
    said = page.locator("#said")
    for name, movement in (("red.mp4", "Thruster"), ("green.mp4", "None of these"), ("green.mp4", "Deadlift")):
        choose(page, clips / name)
        page.click("#submit")
        choice = page.get_by_label("This was actually")
        choice.focus()
        page.keyboard.type(movement)
        page.get_by_role("button", name="Keep").press("Enter")
        expect(page.locator("#actually-said")).to_have_text(f"Kept: this was {movement}.")
    expect(said.locator("li")).to_have_text(["red.mp4ThrusterForget", "green.mp4DeadliftForget"])
    page.reload()
    expect(page.locator("#said-count")).to_have_text("2 corrections")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download corrections").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    imported = import_exports([file], People(), videos=Videos(clips))
    assert [(one.source, one.movement) for one in imported.manifest.repetitions] == [
        ("green.mp4", "deadlift"),
        ("red.mp4", "thruster"),
    ]
    assert all(one.start == 0 and one.end >= 10 for one in imported.manifest.repetitions)
    assert not [finding for finding in imported.findings if "left out" in finding]
    page.get_by_role("button", name="Forget the correction of red.mp4").click()
    expect(page.locator("#said-count")).to_have_text("1 correction")
    page.get_by_role("button", name="Forget all corrections").click()
    expect(said).to_be_hidden()


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
