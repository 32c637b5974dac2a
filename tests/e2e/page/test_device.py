"""Answers in the browser itself, in real Chromium: the same as Python's, nothing sent, later without a network.

A test prints the largest difference, and what is loaded (`-rP` shows it).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Request, expect

from app.device.files import DEFAULT_FOLDER, NOTICE
from app.services.open_services import open_services
from app.settings import Settings
from model.defaults import DEFAULT_BUNDLE
from model.predict import Predictor
from tests.clips import athlete_frames, orient, write_clip
from tests.e2e.page.browser import NEEDS_BROWSER, Open, Serve, choose

pytestmark = [
    NEEDS_BROWSER,
    pytest.mark.skipif(
        not (DEFAULT_FOLDER / NOTICE).is_file(), reason="make build/device/NOTICE fetches what is needed"
    ),
]

EXAMPLES = Path("app/assets/examples")
SHARED = Path("../shared/clips")
LOADED = 12_000_000
"""Bytes that the first answer may load."""

Ask = Callable[[Path], dict[str, float]]


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(DEFAULT_BUNDLE, threads=2, body=False)


@pytest.fixture
def page(serve: Serve, open_page: Open) -> Page:
    """A page with the default model, whose browser answers."""
    opened = open_page(serve(open_services(Settings(threads=1, workers=1))))
    opened.get_by_label("Answer on this device").check()
    expect(opened.locator("#device-said")).to_contain_text("Nothing leaves this device.")
    expect(opened.locator("#device")).to_have_attribute("data-offline", "ready")  # nothing more is kept for later
    return opened


@pytest.fixture
def ask(page: Page) -> Ask:
    """The probabilities that a clip gets in the browser, by label."""

    def ask(clip: Path) -> dict[str, float]:
        page.set_input_files("#chooser", clip)
        answer = page.evaluate(
            """async () => {
                const [file] = window.chosen;
                return window.movements.onDevice.answer(file, null, 9);
            }"""
        )
        return {**dict(answer["prediction"]), "none": answer["none_of_these"]["probability"]}

    page.evaluate(
        """() => {
            const chooser = document.getElementById("chooser");
            chooser.addEventListener("change", () => (window.chosen = [...chooser.files]), { capture: true });
        }"""
    )
    return ask


def expected(predictor: Predictor, clip: Path) -> dict[str, float]:
    prediction = predictor.predict(clip, top_k=9)
    assert prediction.none is not None
    return {**dict(prediction.rows), "none": prediction.none}


def difference(one: dict[str, float], other: dict[str, float]) -> float:
    assert one.keys() == other.keys()
    return max(abs(one[label] - other[label]) for label in one)


def test_a_clip_is_answered_without_a_request(page: Page, predictor: Predictor) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if not request.url.startswith(("blob:", "data:")) else None)
    choose(page, EXAMPLES / "thruster.mp4")
    page.click("#submit")
    expect(page.locator("#device-answer h2")).to_have_text("Thruster")
    (_, probability), *_ = predictor.predict(EXAMPLES / "thruster.mp4").rows
    expect(page.locator("#device-answer .verdict-probability")).to_have_text(f"{100 * probability:.1f} %")
    expect(page.locator("#device-answer tbody tr")).to_have_count(5)
    expect(page.locator("#device-saw .still img")).to_have_count(10)
    expect(page.locator("#device-saw .crop")).to_have_count(10)
    expect(page.locator("#status")).to_contain_text("Thruster")
    expect(page.locator("#kept li")).to_have_count(1)
    assert [request.url for request in sent] == []
    page.get_by_label("Answer on this device").uncheck()
    page.click("#submit")
    expect(page.locator("#answer h2")).to_have_text("Thruster")
    expect(page.locator("#device-answer")).to_be_empty()


def test_the_browser_says_what_python_says(ask: Ask, predictor: Predictor, tmp_path: Path) -> None:
    clips = sorted(EXAMPLES.glob("*.mp4"))
    for rotation, mirrored in ((90, False), (180, False), (270, True), (0, True)):
        clip = tmp_path / f"turned by {rotation} {mirrored}.mp4"
        shutil.copy(EXAMPLES / "deadlift.mp4", clip)
        orient(clip, rotation, mirrored=mirrored)
        clips.append(clip)
    some = {"shake": 5.0, "count": 24}
    uneven = np.cumsum(np.random.default_rng(3).choice((20, 33, 90), 24)).tolist()
    made = {
        "shaken": {"frames": athlete_frames(**some)},  # type: ignore[arg-type]
        "uneven": {"frames": athlete_frames(count=24), "times": uneven},
        "with b-frames": {"frames": athlete_frames(count=40), "options": {"bf": "3", "crf": "12"}},
        "odd": {"frames": (frame[:171, :309] for frame in athlete_frames()), "pixels": "yuv444p"},
        "fragments": {"frames": athlete_frames(), "flags": "frag_keyframe+empty_moov"},
        "large": {"frames": (frame.repeat(9, 0).repeat(9, 1) for frame in athlete_frames(12))},
        "vp9": {"frames": athlete_frames(), "codec": "libvpx-vp9", "options": {"crf": "20", "b": "0"}},
        "few": {"frames": athlete_frames(count=4)},
    }
    clips += [write_clip(tmp_path / f"{name}.mp4", **how) for name, how in made.items()]  # type: ignore[arg-type]
    differences = {clip.name: difference(ask(clip), expected(predictor, clip)) for clip in clips}
    print(f"\nlargest differences: {sorted(differences.items(), key=lambda pair: -pair[1])[:5]}")
    assert {name: found for name, found in differences.items() if found > 0.02} == {}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the nine filmed clips are not here")
def test_the_browser_says_of_film_what_python_says(ask: Ask, predictor: Predictor) -> None:
    differences = [difference(ask(clip), expected(predictor, clip)) for clip in sorted(SHARED.glob("*.mp4"))]
    print(f"\n{len(differences)} filmed clips: largest difference {max(differences):.5f}")
    assert max(differences) <= 0.02


def test_a_part_of_a_clip_and_many_clips_stay_here_too(page: Page, clips: Path, tmp_path: Path) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if request.method == "POST" else None)
    choose(page, EXAMPLES / "ghd.mp4")
    page.get_by_label("End of the part").fill("0.5")
    page.click("#submit")
    expect(page.locator("#device-answer .fine").first).to_contain_text("0.5")
    page.set_input_files("#chooser", [EXAMPLES / "ohs.mp4", clips / "text.mp4", EXAMPLES / "shspu.mp4"])
    expect(page.locator("#batch-status")).to_have_text("All of 3 clips answered, 1 with a problem.")
    expect(page.locator("#batch-rows tbody tr").nth(0)).to_contain_text("Overhead squat")
    expect(page.locator("#batch-rows tbody tr").nth(1)).to_contain_text("not a video")
    expect(page.locator("#batch-rows tbody tr").nth(2)).to_contain_text("Strict handstand push-up")
    with page.expect_download() as download:
        page.click("#batch-json")
    entries = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert entries[0]["classification"]["streams"] == ["pictures"]
    assert sent == []


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        ("text", "This is not a video that a browser can read."),
        ("cut off", "cannot be decoded"),
        ("short", "at least 3 are needed"),
        ("long", "at most 60 s are accepted"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(page: Page, tmp_path: Path, made: str, sentence: str) -> None:
    clip = tmp_path / "clip.mp4"
    if made == "text":
        clip.write_text("no video " * 100)
    elif made == "cut off":
        clip.write_bytes((EXAMPLES / "ohs.mp4").read_bytes()[:9000])
    else:
        count = 2 if made == "short" else 70
        write_clip(clip, athlete_frames(count=count), rate=30 if made == "short" else 1)
    choose(page, clip)
    page.click("#submit")
    expect(page.locator("#problem .problem-message")).to_contain_text(sentence)
    expect(page.locator("#panel-clip")).to_have_attribute("data-state", "failed")
    choose(page, EXAMPLES / "thruster.mp4")
    page.click("#submit")
    expect(page.locator("#device-answer h2")).to_have_text("Thruster")


def test_what_was_loaded_is_small_enough_and_is_used_again_without_a_network(page: Page) -> None:
    expect(page.locator("#device")).to_have_attribute("data-offline", "ready")
    sizes: dict[str, int] = page.evaluate(
        """async () => {
            const kept = await (await caches.open("page")).keys();
            const addresses = kept.map(({ url }) => url).filter((url) => url.includes("/device/"));
            const sizes = {};
            for (const url of addresses) {
                const answer = await fetch(url, { cache: "reload", method: "HEAD" });
                sizes[new URL(url).pathname.split("/").pop()] = Number(answer.headers.get("Content-Length"));
            }
            return sizes;
        }"""
    )
    print(f"\nloaded for answers in the browser: {sum(sizes.values()) / 1e6:.1f} MB")
    assert {"model.tflite", "worker.js", "litert_wasm_internal.wasm"} <= sizes.keys()
    assert 0 < sum(sizes.values()) < LOADED
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("#device-said")).to_contain_text("Nothing leaves this device.")
    choose(page, EXAMPLES / "power-clean.mp4")
    page.click("#submit")
    expect(page.locator("#device-answer h2")).to_be_visible()


def test_the_choice_is_kept_and_can_be_made_by_keyboard_and_in_spanish(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(open_services(Settings(threads=1, workers=1))), language="es-ES", width=390)
    page.locator("#device").press("Space")
    expect(page.locator("#device-said")).to_contain_text("Nada sale de este dispositivo.")
    choose(page, EXAMPLES / "thruster.mp4")
    page.locator("#submit").press("Enter")
    expect(page.locator("#device-answer")).to_contain_text("Respondido en este dispositivo")
    assert page.evaluate("[...window.movements.untold]") == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.reload()
    expect(page.locator("#device")).to_be_checked()
