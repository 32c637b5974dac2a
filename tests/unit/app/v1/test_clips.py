"""Version 1 of the interface for programs: clips, with somebody behind it who only remembers."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.test import TestResponse

from model.errors import ERRORS, MovementsError
from tests.unit.app.conftest import MakePage, Page
from tests.unit.app.fakes import CONTRACT, answer_body


def upload(page: Page, clip: bytes = b"clip") -> str:
    ticket = page.client.post("/api/v1/uploads").get_json()
    form = {**ticket["fields"], "file": (io.BytesIO(clip), "clip.mp4")}
    assert page.client.post(ticket["url"], data=form).status_code == 204
    return str(ticket["key"])


def problem(response: TestResponse) -> Any:
    """The problem in a response, which has the form of RFC 9457."""
    assert response.mimetype == "application/problem+json"
    told = response.get_json()
    assert list(told) == ["type", "title", "status", "detail", "code", "hint", "request_id"]
    assert told["status"] == response.status_code
    assert told["type"] == f"/api/v1/problems#{told['code']}"
    assert told["request_id"] == response.headers["X-Request-Id"]
    return told


def ways(page: Page) -> list[dict[str, Any]]:
    """Every way to send a clip."""
    return [
        {"data": b"clip", "content_type": "video/mp4"},
        {"data": b"clip", "content_type": "video/quicktime"},
        {"data": b"clip", "content_type": "application/octet-stream"},
        {"data": {"clip": (io.BytesIO(b"clip"), "clip.mp4")}},
        {"json": {"key": upload(page)}},
    ]


def test_a_clip_is_answered_alike_however_it_is_sent(make_page: MakePage) -> None:
    page = make_page(body=answer_body())
    for way in ways(page):
        response = page.client.post("/api/v1/classify?top_k=2&stills=true", **way)
        assert response.status_code == 200, way
        told = response.get_json()
        assert told["predictions"] == [
            {"label": "thruster", "probability": 0.8123},
            {"label": "ohs", "probability": 0.0911},
        ]
        assert told["request_id"] == response.headers["X-Request-Id"]
        assert told["clip"]["frames"] == 28
    assert page.classifier.clips == [b"clip"] * 5
    assert {(asked["top_k"], asked["stills"]) for asked in page.classifier.asked} == {(2, True)}


@pytest.mark.parametrize("query", ["top_k=0", "top_k=many", "stills=perhaps", "topk=3", "top_k=5&x=1"])
def test_options_that_are_wrong_or_not_known_are_refused_before_anything_is_stored(page: Page, query: str) -> None:
    response = page.client.post(f"/api/v1/classify?{query}", data=b"clip", content_type="video/mp4")
    assert problem(response)["code"] == "bad_request"
    assert query.rpartition("&")[2].partition("=")[0] in problem(response)["detail"]
    assert page.classifier.asked == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"data": b"clip", "content_type": "image/png"}, "image/png"),
        ({"data": {"clip": (io.BytesIO(b"clip"), "c.mp4"), "top_k": "3"}}, "'top_k'"),
        ({"json": {"key": "uploads/../secret.mp4"}}, "key"),
        ({"json": {"key": f"uploads/{'0' * 32}.mp4", "bucket": "other"}}, "bucket"),
        ({"json": ["a list"]}, "The request"),
        ({"data": b"{", "content_type": "application/json"}, "The request"),
    ],
)
def test_what_is_wrong_with_a_body_is_said(page: Page, content: dict[str, Any], says: str) -> None:
    told = problem(page.client.post("/api/v1/classify", **content))
    assert (told["status"], told["code"]) == (400, "bad_request")
    assert says in told["detail"]
    assert "/docs" in told["hint"]


@pytest.mark.parametrize(
    ("query", "part"),
    [("", None), ("start=1.5&end=2.25", (1.5, 2.25)), ("end=3", (0.0, 3.0)), ("start=2", (2.0, 7200.0))],
)
def test_a_part_of_a_clip_is_asked_for_in_seconds(page: Page, query: str, part: tuple[float, float] | None) -> None:
    page.client.post(f"/api/v1/classify?{query}", data=b"clip", content_type="video/mp4")
    assert page.classifier.asked[0]["part"] == part


@pytest.mark.parametrize("query", ["start=-1", "end=0", "start=nan", "start=soon"])
def test_a_part_that_is_none_is_refused(page: Page, query: str) -> None:
    response = page.client.post(f"/api/v1/classify?{query}", data=b"clip", content_type="video/mp4")
    assert problem(response)["code"] == "bad_request"


def test_a_whole_body_is_held_to_the_limits_of_a_clip(page: Page) -> None:
    for size, code in ((0, "empty_file"), (2**20 + 1, "too_large")):
        told = problem(page.client.post("/api/v1/classify", data=bytes(size), content_type="video/mp4"))
        assert told["code"] == code
    assert page.classifier.asked == []
    assert list(page.services.scratch.directory.glob("*.mp4*")) == []


def test_a_key_in_s3_is_not_found_where_nothing_is_in_s3(page: Page) -> None:
    reference = f"s3://another-bucket/uploads/{'0' * 32}.mp4"
    assert problem(page.client.post("/api/v1/classify", json={"key": reference}))["code"] == "not_found"


def test_every_clip_of_a_batch_has_its_row(make_page: MakePage) -> None:
    page = make_page(body=answer_body())
    missing = f"uploads/{'0' * 32}.mp4"
    first, second = upload(page, b"one"), upload(page, b"two")
    response = page.client.post("/api/v1/batch?top_k=1", json={"keys": [first, missing, second]})
    assert response.status_code == 200
    rows = response.get_json()["results"]
    assert [row["key"] for row in rows] == [first, missing, second]
    assert [row["problem"] and row["problem"]["code"] for row in rows] == [None, "not_found", None]
    assert [len(row["classification"]["predictions"]) if row["classification"] else 0 for row in rows] == [1, 0, 1]
    assert sorted(page.classifier.clips) == [b"one", b"two"]


def test_a_defect_in_one_clip_of_a_batch_takes_no_row_from_the_others(make_page: MakePage) -> None:
    page = make_page(error=RuntimeError("secret of the machine"))
    keys = [upload(page), f"uploads/{'0' * 32}.mp4"]
    response = page.client.post("/api/v1/batch", json={"keys": keys})
    assert response.status_code == 200
    assert [row["problem"]["code"] for row in response.get_json()["results"]] == ["internal", "not_found"]
    assert "secret" not in response.text


def test_a_batch_has_one_to_twenty_clips(page: Page) -> None:
    key = f"uploads/{'0' * 32}.mp4"
    for keys in ([], [key] * 21, ["uploads/x.mp4"]):
        assert problem(page.client.post("/api/v1/batch", json={"keys": keys}))["code"] == "bad_request"


@pytest.mark.parametrize("kind", ERRORS.values(), ids=list(ERRORS))
def test_every_error_is_a_problem_with_its_status(make_page: MakePage, kind: type[MovementsError]) -> None:
    page = make_page(error=kind())
    told = problem(page.client.post("/api/v1/classify", data=b"clip", content_type="video/mp4"))
    assert (told["status"], told["code"], told["detail"]) == (kind.status, kind.code, kind.default_message)


def test_every_code_is_explained(page: Page) -> None:
    listed = page.client.get("/api/v1/problems").get_json()["problems"]
    assert {one["code"] for one in listed} == set(ERRORS)
    assert all(one["title"] and one["meaning"] and one["hint"] for one in listed)


def test_the_model_is_told_again_only_if_it_has_changed(page: Page) -> None:
    first = page.client.get("/api/v1/model")
    assert first.get_json()["name"] == CONTRACT.name
    assert first.headers["Cache-Control"] == "no-cache"
    again = page.client.get("/api/v1/model", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert page.client.get("/api/v1/model", headers={"If-None-Match": '"another"'}).status_code == 200


def test_an_unknown_address_and_a_wrong_method_are_problems(page: Page) -> None:
    assert problem(page.client.get("/api/v1/nothing"))["code"] == "not_found"
    response = page.client.get("/api/v1/classify")
    assert (problem(response)["code"], response.headers["Allow"]) == ("method_not_allowed", "POST")


def test_an_address_says_which_methods_it_takes_and_not_those_of_the_page(page: Page) -> None:
    assert page.client.options("/api/v1/classify").headers["Allow"] == "POST, OPTIONS"
    assert page.client.options("/api/v1/model").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert page.client.options("/nothing").status_code == 404
