from __future__ import annotations

import io
import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from model.errors import ERRORS, MovementsError
from tests.unit.app.conftest import MakePage, Page
from tests.unit.app.fakes import answer_body


def classify(page: Page, clip: bytes = b"clip", **fields: str) -> TestResponse:
    return page.client.post("/api/classify", data={"clip": (io.BytesIO(clip), "clip.mp4"), **fields})


def error(response: TestResponse) -> Any:
    assert response.json is not None
    assert set(response.json) == {"error"}
    assert set(response.json["error"]) == {"code", "message", "hint"}
    return response.json["error"]


def test_a_clip_is_answered_with_the_same_body_as_from_the_lambda(make_page: MakePage) -> None:
    page = make_page(body=answer_body())
    response = classify(page, b"the clip's bytes")
    assert response.status_code == 200
    assert response.json == {**answer_body(), "request_id": response.headers["X-Request-Id"]}
    assert next(iter(response.json)) == "prediction"
    assert page.classifier.clips == [b"the clip's bytes"]


def test_by_default_five_rows_and_no_stills_are_asked_for(page: Page) -> None:
    classify(page)
    assert [(asked["top_k"], asked["stills"]) for asked in page.classifier.asked] == [(5, False)]


def test_options_may_stand_before_or_after_the_clip(page: Page) -> None:
    clip = (io.BytesIO(b"clip"), "clip.mp4")
    page.client.post("/api/classify", data={"top_k": "2", "clip": clip})
    page.client.post("/api/classify", data={"clip": (io.BytesIO(b"clip"), "clip.mp4"), "top_k": "3", "stills": "true"})
    assert [(asked["top_k"], asked["stills"]) for asked in page.classifier.asked] == [(2, False), (3, True)]


@pytest.mark.parametrize("top_k", ["0", "-1", "2.5", "five", "", "99999", "٣"])
def test_a_top_k_that_is_no_count_is_refused_and_nobody_is_asked(page: Page, top_k: str) -> None:
    response = classify(page, top_k=top_k)
    assert response.status_code == 400
    assert "top_k" in error(response)["message"]
    assert page.classifier.asked == []


def test_stills_is_true_or_false(page: Page) -> None:
    assert "stills" in error(classify(page, stills="yes"))["message"]


def test_a_request_that_is_no_form_says_what_is_expected(page: Page) -> None:
    response = page.client.post("/api/classify", json={"video": "AAAA"})
    assert response.status_code == 400
    assert "multipart form" in error(response)["message"]


def test_a_clip_in_the_wrong_field_or_as_text_is_refused(page: Page) -> None:
    wrong = page.client.post("/api/classify", data={"video": (io.BytesIO(b"clip"), "clip.mp4")})
    assert "'clip'" in error(wrong)["message"]
    text = page.client.post("/api/classify", data={"clip": "clip"}, content_type="multipart/form-data")
    assert "no file in the field 'clip'" in error(text)["message"]


def test_a_form_that_breaks_off_is_refused(page: Page) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="clip"; filename="c.mp4"\r\n\r\nhalf a cl'
    response = page.client.post("/api/classify", data=body, content_type="multipart/form-data; boundary=b")
    assert response.status_code == 400
    assert error(response)["code"] == "bad_request"
    assert page.classifier.asked == []


@pytest.mark.parametrize(("size", "code", "status"), [(0, "empty_file", 400), (2**20 + 1, "too_large", 413)])
def test_a_file_without_bytes_or_with_too_many_is_refused(page: Page, size: int, code: str, status: int) -> None:
    response = classify(page, bytes(size))
    assert (response.status_code, error(response)["code"]) == (status, code)
    assert page.classifier.asked == []


@pytest.mark.parametrize("kind", ERRORS.values(), ids=list(ERRORS))
def test_every_error_has_its_status_and_never_carries_a_prediction(
    make_page: MakePage, kind: type[MovementsError]
) -> None:
    """The predecessor answered any failure with five rows ("ERROR", -1.0) and status 200."""
    response = classify(make_page(error=kind()))
    assert response.status_code == kind.status >= 400
    assert error(response)["code"] == kind.code


def test_a_classifier_that_gives_rows_of_errors_is_an_internal_error(make_page: MakePage) -> None:
    response = classify(make_page(body={**answer_body(), "prediction": [["ERROR", -1.0]] * 5}))
    assert response.status_code == 500
    assert error(response)["code"] == "internal"


def test_what_was_not_foreseen_is_logged_with_its_request_id_and_not_shown(
    make_page: MakePage, caplog: pytest.LogCaptureFixture
) -> None:
    response = classify(make_page(error=RuntimeError("secret of the machine")))
    assert response.status_code == 500
    assert "secret" not in response.text
    request_id = response.headers["X-Request-Id"]
    assert request_id in error(response)["hint"]
    logged = [record for record in caplog.records if record.message == "unforeseen error"]
    assert [record.__dict__["request_id"] for record in logged] == [request_id]
    assert logged[0].exc_info is not None
    assert "secret" in str(logged[0].exc_info[1])


def test_nothing_of_a_request_stays_on_disk(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    classify(page)
    classify(page, b"")
    classify(page, top_k="0")
    assert list(tmp_path.iterdir()) == []


def test_the_model_says_what_it_knows_and_takes(page: Page) -> None:
    response = page.client.get("/api/model")
    assert response.status_code == 200
    model = response.json
    assert model is not None
    assert [movement["label"] for movement in model["movements"]][:2] == ["bar-facing burpee", "chest-to-bar"]
    assert model["movements"][2] == {"label": "deadlift", "meaning": "Deadlift", "spanish": "Peso muerto"}
    assert (model["frames"], model["size"], model["none_of_these"]) == (10, 224, True)
    assert model["limits"]["max_seconds"] == 60


def test_health_is_200_only_if_the_model_answers(make_page: MakePage) -> None:
    assert make_page().client.get("/health").status_code == 200
    response = make_page(error=ERRORS["model_unavailable"]()).client.get("/health")
    assert response.status_code == 503
    assert error(response)["code"] == "model_unavailable"


def test_a_process_whose_model_does_not_answer_is_alive_and_says_so_quietly(
    make_page: MakePage, caplog: pytest.LogCaptureFixture
) -> None:
    """A load balancer asks every few seconds; an instance must not be replaced because the function is not there."""
    caplog.set_level(logging.INFO)
    response = make_page(error=ERRORS["model_unavailable"]()).client.get("/health/live")
    assert (response.status_code, response.json) == (200, {"status": "ok"})
    assert [record.message for record in caplog.records if record.name == "app.requests"] == []


def test_two_clips_in_one_form_are_one_too_many(page: Page) -> None:
    clips = [(io.BytesIO(b"one"), "one.mp4"), (io.BytesIO(b"two"), "two.mp4")]
    response = page.client.post("/api/classify", data={"clip": clips})
    assert response.status_code == 400
    assert error(response)["message"].startswith("One clip per request")
    assert page.classifier.asked == []


def test_the_functions_request_id_reaches_the_client_of_the_api(make_page: MakePage) -> None:
    response = classify(make_page(body={**answer_body(), "request_id": "of the function"}))
    assert response.json is not None
    assert response.json["request_id"] == "of the function" != response.headers["X-Request-Id"]


def test_a_clip_of_exactly_the_limit_is_accepted_and_one_byte_more_is_not(make_page: MakePage) -> None:
    page = make_page(body=answer_body())
    assert classify(page, b"x" * 2**20).status_code == 200
    refused = classify(page, b"x" * (2**20 + 1))
    assert (refused.status_code, error(refused)["code"]) == (413, "too_large")
    assert [len(clip) for clip in page.classifier.clips] == [2**20]


@pytest.mark.parametrize(("text", "accepted"), [("1", True), ("9999", True), ("09", True), ("10000", False)])
def test_top_k_has_at_most_four_digits(page: Page, text: str, accepted: bool) -> None:
    response = classify(page, top_k=text)
    assert response.status_code == (200 if accepted else 400)
    assert [asked["top_k"] for asked in page.classifier.asked] == ([int(text)] if accepted else [])


def test_a_message_shows_the_beginning_of_what_was_sent(page: Page) -> None:
    assert error(classify(page, top_k="x" * 21))["message"].endswith(f"not '{'x' * 20}'.")
    assert error(classify(page, stills="y" * 21))["message"].endswith(f"not '{'y' * 20}'.")
    unknown = page.client.get("/api/" + "z" * 300)
    assert error(unknown)["message"] == f"There is nothing at /api/{'z' * 195}."


def test_a_clip_of_one_byte_is_asked_about(page: Page) -> None:
    assert classify(page, b"x").status_code == 200
    assert page.classifier.clips == [b"x"]


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/mixed; boundary=b", "text/plain; boundary=b"])
def test_a_form_is_multipart_and_names_its_boundary(page: Page, kind: str) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="clip"; filename="c.mp4"\r\n\r\nclip\r\n--b--\r\n'
    refused = page.client.post("/api/classify", data=body, content_type=kind)
    assert refused.status_code == 400 and "multipart form" in error(refused)["message"]
    assert (
        page.client.post("/api/classify", data=body, content_type="multipart/form-data; boundary=b").status_code == 200
    )
