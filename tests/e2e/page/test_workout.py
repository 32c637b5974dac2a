"""The tab of workouts, in a real browser: films are analysed, gone through, corrected and downloaded."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from model.answers.error import ErrorDetail
from model.answers.workout import JobState, Progress, RepetitionAnswer, SegmentAnswer, SetSpan
from model.pose.track import Track
from model.workout.drawn import drawn
from tests.e2e.page.browser import NEEDS_BROWSER, PATIENCE_MS, Open, Serve, drop, no_wider_than_the_screen
from tests.unit.app.fakes import FakeWorkouts, fake_services
from tests.unit.workout.conftest import made_workout

pytestmark = NEEDS_BROWSER


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
