from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app import callbacks
from app.callbacks import movements, show_example, show_model, submit
from app.services.uploads import new_key
from model.contract import MOVEMENTS, Movement
from model.errors import ModelUnavailable, TooLong
from tests.unit.app.conftest import MakePage, Page
from tests.unit.app.fakes import CONTRACT, answer_body, fake_report


def uploaded(page: Page, tmp_path: Path) -> dict[str, str]:
    clip = tmp_path / "clip"
    clip.write_bytes(b"clip")
    return {"key": page.services.uploads.put(clip)}


def words(component: Any) -> str:
    """All text of a component, in order."""
    text: list[str] = []

    def collect(part: Any) -> None:
        if isinstance(part, str):
            text.append(part)
        elif isinstance(part, list | tuple):
            for child in part:
                collect(child)
        elif part is not None:
            collect(getattr(part, "children", None))

    collect(component)
    return " ".join(text)


def test_an_upload_becomes_a_verdict_the_frames_and_a_sentence(page: Page, tmp_path: Path) -> None:
    upload = uploaded(page, tmp_path)
    verdict, frames, facts = submit(page.services, upload)
    assert "Most probable movement Thruster 81.2 %" in words(verdict)
    assert "Sentadilla de arrancada" in words(verdict)
    assert "3 frames" in words(frames)
    said = "Thruster, 81.2 %. 5 movements are listed."
    about = {"seen": None, "frames": [0, 27], "size": [480, 854]}
    assert facts == {"key": upload["key"], "ok": True, "summary": said, **about}
    assert page.classifier.asked == [{"key": upload["key"], "top_k": 5, "stills": True, "part": None}]


@pytest.mark.parametrize("part", ["all", [1], [1, 2, 3], [-1, 2], [0, 0]])
def test_a_part_that_is_none_is_told(page: Page, tmp_path: Path, part: object) -> None:
    shown, _, facts = submit(page.services, {**uploaded(page, tmp_path), "part": part})
    assert "two times in seconds" in words(shown) and not facts["ok"]
    assert page.classifier.asked == []


def test_a_part_of_a_clip_is_asked_for(page: Page, tmp_path: Path) -> None:
    submit(page.services, {**uploaded(page, tmp_path), "part": [0.5, 2]})
    assert page.classifier.asked[0]["part"] == (0.5, 2.0)


def test_an_error_is_a_sentence_with_what_to_do_and_no_row(make_page: MakePage, tmp_path: Path) -> None:
    page = make_page(error=TooLong("The clip has 90 seconds; the limit is 60."))
    upload = uploaded(page, tmp_path)
    shown, frames, facts = submit(page.services, upload)
    assert words(shown) == f"The clip has 90 seconds; the limit is 60. {TooLong.default_hint}"
    assert shown.role == "alert"
    assert frames is None
    assert facts == {"key": upload["key"], "ok": False, "summary": ""}


def test_a_defect_shows_a_request_id_and_nothing_of_the_machine(make_page: MakePage, tmp_path: Path) -> None:
    page = make_page(error=RuntimeError("secret of the machine"))
    with page.app.server.test_request_context("/"):
        page.app.server.preprocess_request()
        shown, _, facts = submit(page.services, uploaded(page, tmp_path))
    assert "request id" in words(shown)
    assert "secret" not in words(shown)
    assert facts["ok"] is False


@pytest.mark.parametrize(
    "upload", [None, {}, {"key": None}, {"key": "uploads/../x"}, "data:video/mp4;base64,AAAA", {"key": new_key()}]
)
def test_what_is_no_upload_is_an_error_and_not_a_prediction(page: Page, upload: object) -> None:
    shown, _, facts = submit(page.services, upload)
    assert facts["ok"] is False
    assert shown.role == "alert"


def callback(page: Page, value: Any, text: object = ...) -> Any:
    text = json.dumps(value) if text is ... else text
    outputs = [("answer", "children"), ("saw", "children"), ("answered", "data-told")]
    return page.client.post(
        "/_dash-update-component",
        json={
            "output": "..answer.children...saw.children...answered.data-told..",
            "outputs": [{"id": name, "property": prop} for name, prop in outputs],
            "inputs": [{"id": "upload", "property": "data-told", "value": text}],
            "changedPropIds": ["upload.data-told"],
        },
    )


def test_the_callback_of_the_page_sees_the_key_only(page: Page, tmp_path: Path) -> None:
    upload = uploaded(page, tmp_path)
    response = callback(page, upload)
    assert response.status_code == 200
    assert json.loads(response.json["response"]["answered"]["data-told"])["ok"] is True


def test_a_clip_in_base64_through_the_callback_is_refused(page: Page) -> None:
    """As the predecessor sent it: whatever is larger than a few hundred kilobytes is not even read."""
    assert callback(page, {"key": "A" * 5_000_000}).status_code == 413


@pytest.mark.parametrize("text", ["", "junk", "[" * 50_000, None, {"key": "x"}])
def test_what_a_script_would_not_say_is_an_error_of_the_clip(page: Page, text: object) -> None:
    response = callback(page, "", text)
    assert response.status_code == 200
    assert json.loads(response.json["response"]["answered"]["data-told"])["ok"] is False


def test_the_page_has_no_component_whose_scripts_it_leaves_out(page: Page) -> None:
    layout = json.loads(page.client.get("/_dash-layout").text)
    kinds: set[str] = set()
    waiting = [layout]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            kinds |= {one["namespace"]} if "namespace" in one else set()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    assert kinds == {"dash_html_components", "dash_bootstrap_components"}
    scripts = re.findall(r'<script src="([^"]+)"', page.client.get("/").text)
    assert [script for script in scripts if "dcc" in script or "dash_table" in script or "polyfill" in script] == []
    assert [script for script in scripts if "dash_renderer" in script]


def test_no_component_of_the_page_reads_files_into_callbacks(page: Page) -> None:
    layout = page.client.get("/_dash-layout").text
    assert '"type":"Upload"' not in layout.replace(" ", "")
    assert "contents" not in page.client.get("/_dash-dependencies").text


def test_the_movements_are_the_models(page: Page) -> None:
    assert movements(page.services) == list(CONTRACT.movements)


def test_while_no_model_answers_the_page_still_knows_the_default_movements(make_page: MakePage) -> None:
    assert movements(make_page(error=ModelUnavailable()).services) == list(MOVEMENTS)


def test_an_example_shows_its_demonstration_names_and_description(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "EXAMPLES", tmp_path)
    (tmp_path / "power-clean.mp4").write_bytes(b"clip")
    shown = show_example(page.services, "power clean", lambda path: f"/assets/{path}")
    assert "Cargada de fuerza" in words(shown)
    assert "One repetition From both plates on the floor" in words(shown)
    assert "Classify this example" in words(shown)
    assert '"/assets/examples/power-clean.mp4"' in json.dumps(
        shown.to_plotly_json(), default=lambda c: c.to_plotly_json()
    )


def test_a_movement_without_demonstration_says_so_and_cannot_be_classified(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "EXAMPLES", tmp_path)
    shown = show_example(page.services, "power clean", lambda path: path)
    assert "There is no demonstration of this movement yet." in words(shown)
    assert "Classify this example" not in words(shown)


def test_a_movement_that_somebody_added_is_shown_without_description(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = CONTRACT.model_copy(
        update={"movements": (*CONTRACT.movements, Movement(label="rope climb", meaning="Rope climb", spanish=""))}
    )
    monkeypatch.setattr(page.classifier, "contract", lambda: added)
    shown = show_example(page.services, "rope climb", lambda path: path)
    assert "Rope climb" in words(shown)
    assert "This movement has no description yet." in words(shown)


def test_none_of_these_is_shown_instead_of_a_movement(make_page: MakePage, tmp_path: Path) -> None:
    page = make_page(body=answer_body(none=0.93, none_is_answer=True))
    verdict, _, facts = submit(page.services, uploaded(page, tmp_path))
    assert "Outcome None of these movements 93.0 %" in words(verdict)
    assert "Most probable movement" not in words(verdict)
    assert "outcome-none" in verdict.className
    assert facts["summary"].startswith("None of these movements, 93.0 %.")


def test_the_model_is_shown_with_what_it_was_measured_on(make_page: MakePage) -> None:
    shown = words(show_model(make_page(report=fake_report()).services))
    assert "fake" in shown
    assert "10 frames of 224 × 224 pixels, cut around the athlete" in shown
    assert "Measured on 60 clips of a test" in shown
    assert "98.1 % of 54 clips of a movement are named right (95 % interval: 90.2 to 99.7 %)." in shown
    for title in ("Confusion", "Correlation", "Probability of the truth", "Calibration", "Training"):
        assert title in shown


def test_a_model_without_a_report_says_so_in_a_sentence(page: Page) -> None:
    shown = words(show_model(page.services))
    assert "This model comes without an evaluation." in shown
    assert "10 frames of 224 × 224 pixels" in shown
    assert "Measured" not in shown


def test_a_model_that_is_not_ready_is_an_error_in_its_tab(make_page: MakePage) -> None:
    shown = show_model(make_page(error=ModelUnavailable()).services)
    assert shown.role == "alert"
    assert words(shown) == f"{ModelUnavailable.default_message} {ModelUnavailable.default_hint}"


def test_the_model_is_not_asked_about_before_its_tab_is_opened(page: Page) -> None:
    page.client.get("/_dash-layout")
    (callback,) = [c for c in page.client.get("/_dash-dependencies").json if c["output"] == "model.children"]
    assert callback["prevent_initial_call"] is True
    assert page.classifier.reports_asked == 0
