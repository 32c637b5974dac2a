"""The API of workouts, with somebody behind it who only remembers."""

from __future__ import annotations

import io
import json

import pytest

from app.layout.workout_panel import DOWNLOADS
from app.main import create_app
from app.settings import Settings
from app.workouts import FORMS
from model.answers.workout import JobAnswer, JobState
from tests.unit.app.conftest import Server
from tests.unit.app.fakes import fake_services


def test_a_film_is_uploaded_with_a_ticket_and_its_job_has_an_address(server: Server) -> None:
    ticket = server.client.post("/api/workouts/uploads").get_json()
    assert ticket["url"] == "/uploads/workouts" and ticket["max_bytes"] == 2 * 2**20
    form = {**ticket["fields"], "file": (io.BytesIO(b"film"), "film.mp4")}
    assert server.client.post(ticket["url"], data=form).status_code == 204
    response = server.client.post("/api/workouts", json={"key": ticket["key"]})
    assert response.status_code == 202
    assert server.workouts.films == [b"film"]
    told = server.client.get(response.headers["Location"])
    assert told.get_json() == {"id": response.get_json()["id"], "state": "waiting"}


def test_a_program_sends_a_film_in_one_request(server: Server) -> None:
    response = server.client.post("/api/workouts", data={"video": (io.BytesIO(b"film"), "film.mp4")})
    assert response.status_code == 202 and server.workouts.films == [b"film"]
    assert list(server.services.scratch.directory.iterdir()) == []


def test_the_athlete_may_be_pointed_out(server: Server) -> None:
    data = {"athlete": "0.25,0.5", "video": (io.BytesIO(b"film"), "film.mp4")}
    assert server.client.post("/api/workouts", data=data).status_code == 202
    ticket = server.client.post("/api/workouts/uploads").get_json()
    server.client.post(ticket["url"], data={**ticket["fields"], "file": (io.BytesIO(b"film"), "film.mp4")})
    assert server.client.post("/api/workouts", json={"key": ticket["key"], "athlete": [0.1, 1]}).status_code == 202
    assert server.workouts.athletes == [(0.25, 0.5), (0.1, 1.0)]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": {"athlete": "2,0.5", "video": (io.BytesIO(b"film"), "film.mp4")}}, 400),
        ({"json": {"key": f"uploads/{'0' * 32}.mp4", "athlete": [0.5]}}, 400),
        ({"json": {"key": "uploads/none"}}, 400),
        ({"json": {}}, 400),
        ({"data": b"junk"}, 400),
        ({"json": {"key": f"uploads/{'0' * 32}.mp4"}}, 404),
        ({"data": {"clip": (io.BytesIO(b"film"), "film.mp4")}}, 400),
        ({"data": {"video": (io.BytesIO(b""), "film.mp4")}}, 400),
        ({"data": {"video": (io.BytesIO(bytes(2**21 + 1)), "film.mp4")}}, 413),
    ],
)
def test_what_is_no_film_is_refused(server: Server, options: dict[str, object], status: int) -> None:
    response = server.client.post("/api/workouts", **options)  # type: ignore[arg-type]
    assert response.status_code == status
    assert set(response.get_json()["error"]) == {"code", "message", "hint"}
    assert list(server.services.scratch.directory.iterdir()) == []


def test_a_job_can_be_deleted_once(server: Server) -> None:
    address = server.done()
    assert server.client.delete(address).status_code == 204
    assert server.client.delete(address).status_code == 404
    assert server.client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["none", "F" * 32, "0" * 31, "..%2f..", "0" * 32])
def test_other_names_are_not_found(server: Server, name: str) -> None:
    assert server.client.get(f"/api/workouts/{name}").status_code == 404


def test_a_result_is_given_in_every_form(server: Server) -> None:
    address = server.done()
    assert set(FORMS) == set(DOWNLOADS)
    for form, (kind, _) in FORMS.items():
        response = server.client.get(f"{address}/{form}?film=my.mp4")
        assert response.status_code == 200 and response.mimetype == kind
        assert response.headers["Content-Disposition"] == f'attachment; filename="{form}"'
    assert json.loads(server.client.get(f"{address}/annotation.json?film=my.mp4").text)["videoName"] == "my.mp4"
    assert server.client.get(f"{address}/workout.exe").status_code == 404


def test_corrections_are_in_what_is_downloaded(server: Server) -> None:
    address = server.done()
    rows = server.client.get(f"{address}/workout.csv?corrections=0.0n,1.0x").text.splitlines()
    assert len(rows) == 3 and ",no rep," in rows[1]
    assert server.client.get(f"{address}/workout.csv?corrections=junk").status_code == 400


def test_a_job_without_a_result_has_nothing_to_download(server: Server) -> None:
    server.workouts.jobs["a" * 32] = JobAnswer(id="a" * 32, state=JobState.WORKING)
    assert server.client.get(f"/api/workouts/{'a' * 32}/workout.csv").status_code == 404


def test_where_nobody_analyses_films_there_is_no_tab_and_no_address() -> None:
    services = fake_services()
    client = create_app(Settings(max_upload_bytes=2**20), services).server.test_client()
    assert "panel-workout" not in client.get("/_dash-layout").text
    assert client.post("/api/workouts").status_code == 404
    services.uploads.close()
    services.scratch.close()
