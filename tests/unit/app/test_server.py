from __future__ import annotations

import json
import logging
import re

import brotli
import pytest

from app.layout.page import THEME
from app.logs import JsonFormatter
from app.main import create_app
from app.server import REQUEST_BYTES, inline
from app.settings import Settings
from tests.unit.app.conftest import Page
from tests.unit.app.fakes import fake_services


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/assets/style.css", "/api/nope", "/health"])
def test_every_answer_carries_the_security_headers(page: Page, path: str) -> None:
    headers = page.client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    policy = dict(part.partition(" ")[::2] for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["media-src"] == "'self' blob:"
    assert policy["connect-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]


def test_the_only_scripts_in_the_page_are_those_whose_hashes_the_policy_allows(page: Page) -> None:
    response = page.client.get("/")
    inline_ones = re.findall(r"<script(?![^>]* src=)[^>]*>(.*?)</script>", response.text, re.DOTALL)
    inline_ones = [text for text in inline_ones if not text.startswith("{")]  # Dash's configuration is no script
    policy = response.headers["Content-Security-Policy"]
    assert [text for text in inline_ones if inline(text) not in policy] == []
    assert policy.count("'sha256-") == len(inline_ones) == 2


def test_clips_may_be_posted_to_the_stores_origin_and_nowhere_else() -> None:
    services = fake_services()
    services.uploads.origin = "https://bucket.s3.eu-west-1.amazonaws.com"
    policy = create_app(Settings(), services).server.test_client().get("/health").headers["Content-Security-Policy"]
    assert "connect-src 'self' https://bucket.s3.eu-west-1.amazonaws.com;" in policy
    services.scratch.close()


def test_the_page_loads_nothing_from_elsewhere(page: Page) -> None:
    sources = page.client.get("/").text + page.client.get("/assets/style.css").text
    assert "https://" not in sources.replace("https:\\u002f\\u002f", "")
    for asset in ("vendor/bootstrap.min.css", "fonts/archivo.woff2", "head/theme.js", "clip.js"):
        assert page.client.get(f"/assets/{asset}").status_code == 200


@pytest.mark.parametrize("path", ["/", "/assets/style.css", "/api/model", "/openapi.json"])
def test_text_is_sent_compressed_to_whoever_takes_it(page: Page, path: str) -> None:
    plain = page.client.get(path)
    assert "Content-Encoding" not in plain.headers
    packed = page.client.get(path, headers={"Accept-Encoding": "br"})
    assert packed.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < 0.6 * len(plain.data)
    assert len(brotli.decompress(packed.data)) == len(plain.data)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/classify", 400), ("/api/v1/batch", 400), ("/mcp", 200), ("/_dash-update-component", 400)],
)
def test_json_that_is_nested_without_end_is_no_json(page: Page, path: str, status: int) -> None:
    response = page.client.post(path, data=b"[" * 100_000, content_type="application/json")
    assert response.status_code == status
    assert "internal" not in response.text


def test_bootstrap_comes_before_our_style(page: Page) -> None:
    text = page.client.get("/").text
    assert 0 < text.index("bootstrap.min.css") < text.index("style.css")
    assert text.count("bootstrap.min.css") == text.count(THEME) == 1
    assert inline(THEME) in page.client.get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/_dash-update-component", "/api/uploads"])
def test_a_request_without_a_clip_may_not_be_large(page: Page, path: str) -> None:
    """The predecessor sent the whole clip in base64 with the callback; no clip fits through this."""
    body = json.dumps({"video": "A" * REQUEST_BYTES})
    response = page.client.post(path, data=body, content_type="application/json")
    if path == "/api/uploads":  # reads no body at all
        assert response.status_code == 200
        return
    assert response.status_code == 413
    assert response.json is not None
    assert response.json["error"]["code"] == "too_large"


def test_another_web_site_cannot_send_requests_in_a_visitors_name(page: Page) -> None:
    assert page.client.post("/api/uploads", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert page.client.post("/api/uploads", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_answers_are_not_stored_by_caches(page: Page) -> None:
    assert page.client.get("/health").headers["Cache-Control"] == "no-store"


def test_browsers_that_came_over_https_are_kept_there(page: Page) -> None:
    assert "Strict-Transport-Security" not in page.client.get("/health").headers
    assert "max-age=" in page.client.get("/health", base_url="https://localhost").headers["Strict-Transport-Security"]


def test_every_request_is_one_structured_line(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    response = page.client.get("/api/model")
    (record,) = [record for record in caplog.records if record.name == "app.requests"]
    line = json.loads(JsonFormatter().format(record))
    assert line["message"] == "request"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/model", 200)
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert line["level"] == "INFO"


def test_a_log_line_carries_the_traceback_of_its_exception() -> None:
    try:
        raise RuntimeError("broken\nin two lines")
    except RuntimeError as error:
        record = logging.LogRecord(
            "app", logging.ERROR, "", 0, "it broke", (), (RuntimeError, error, error.__traceback__)
        )
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert "RuntimeError: broken" in json.loads(text)["traceback"]


def test_a_request_without_a_clip_may_take_a_quarter_of_a_megabyte(page: Page) -> None:
    assert REQUEST_BYTES == 262144
    path, kind = "/_dash-update-component", "application/json"
    refused = page.client.post(path, data=b"[" + b" " * REQUEST_BYTES, content_type=kind)
    assert refused.status_code == 413 and "the limit of 256 KB" in refused.text


def test_requests_are_named_by_sixteen_digits_of_their_own(page: Page) -> None:
    names = [page.client.get("/health").headers["X-Request-Id"] for _ in range(3)]
    assert len(set(names)) == 3
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)


def test_the_log_says_how_much_came_how_long_it_took_and_what_went_wrong(
    page: Page, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG, "app.requests")
    clock = iter((10.0, 10.25, 20.0, 20.5, 30.0, 30.0))
    monkeypatch.setattr("app.server.time.perf_counter", lambda: next(clock))
    page.client.post("/api/nope", data=b"12345")
    page.client.get("/health/live")
    page.client.get("/assets/nope.css")
    failed, quiet, missing = (r for r in caplog.records if r.message == "request")
    assert (failed.levelname, quiet.levelname, missing.levelname) == ("INFO", "DEBUG", "INFO")
    fields = failed.__dict__
    assert (fields["bytes_in"], fields["ms"], fields["error"], fields["status"]) == (5, 250.0, "not_found", 404)
    assert (quiet.__dict__["bytes_in"], quiet.__dict__["ms"], quiet.__dict__["error"]) == (0, 500.0, None)
    assert missing.__dict__["status"] == 404


def test_assets_may_be_kept_and_nothing_else(page: Page) -> None:
    assert "no-store" not in page.client.get("/assets/style.css").headers.get("Cache-Control", "")
    for path in ("/", "/health", "/api/model", "/api/nope"):
        assert page.client.get(path).headers["Cache-Control"] == "no-store"
