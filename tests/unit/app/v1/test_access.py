"""Who may ask, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.main import create_app
from app.services.protocols import Services
from app.settings import Settings
from tests.unit.app.fakes import fake_services

CLIP: dict[str, Any] = {"data": b"clip", "content_type": "video/mp4"}
ELSEWHERE = {"Origin": "https://club.example", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def services() -> Iterator[Services]:
    made = fake_services()
    yield made
    made.uploads.close()
    made.scratch.close()


def client(services: Services, **settings: Any) -> FlaskClient:
    return create_app(Settings(**settings), services).server.test_client()


def test_pages_of_other_web_sites_are_refused_unless_the_operator_names_them(services: Services) -> None:
    closed = client(services)
    assert closed.post("/api/v1/classify", headers=ELSEWHERE, **CLIP).status_code == 400
    assert "Access-Control-Allow-Origin" not in closed.get("/api/v1/model", headers=ELSEWHERE).headers
    opened = client(services, cors_origins=("https://club.example",))
    answer = opened.post("/api/v1/classify", headers=ELSEWHERE, **CLIP)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://club.example"
    assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"]
    asked = opened.options("/api/v1/classify", headers={**ELSEWHERE, "Access-Control-Request-Method": "POST"})
    assert asked.status_code < 300
    assert asked.headers["Access-Control-Allow-Origin"] == "https://club.example"
    other = {**ELSEWHERE, "Origin": "https://other.example"}
    assert opened.post("/api/v1/classify", headers=other, **CLIP).status_code == 400
    assert opened.post("/api/classify", headers=ELSEWHERE, **CLIP).status_code == 400, "only version 1 is opened"


def test_a_limit_of_requests_is_kept_for_each_address_and_not_for_the_page(services: Services) -> None:
    limited = client(services, requests_per_minute=2, proxies=1)

    def ask(address: str, path: str = "/api/v1/problems") -> Any:
        return limited.get(path, headers={"X-Forwarded-For": f"10.0.0.9, {address}"})

    assert [ask("192.0.2.1").status_code for _ in range(3)] == [200, 200, 429]
    refused = ask("192.0.2.1")
    assert refused.get_json()["code"] == "too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert ask("192.0.2.2").status_code == 200
    assert ask("192.0.2.1", "/api/model").status_code == 200
    assert [client(services).get("/api/v1/problems").status_code for _ in range(5)] == [200] * 5
