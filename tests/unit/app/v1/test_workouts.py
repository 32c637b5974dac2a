"""Version 1 of the interface for programs: workouts."""

from __future__ import annotations

import io

import pytest

from tests.unit.app.conftest import Server


def test_a_film_is_sent_with_a_ticket_or_in_one_request(server: Server) -> None:
    ticket = server.client.post("/api/v1/workout-uploads").get_json()
    form = {**ticket["fields"], "file": (io.BytesIO(b"film"), "film.mp4")}
    assert server.client.post(ticket["url"], data=form).status_code == 204
    first = server.client.post("/api/v1/workouts", json={"key": ticket["key"], "athlete": [0.25, 0.5]})
    second = server.client.post(
        "/api/v1/workouts", data={"video": (io.BytesIO(b"film"), "film.mp4"), "athlete": "0.25,0.5"}
    )
    for response in (first, second):
        assert response.status_code == 202
        assert response.headers["Location"] == f"/api/v1/workouts/{response.get_json()['id']}"
        assert server.client.get(response.headers["Location"]).get_json()["state"] == "waiting"
    assert server.workouts.films == [b"film", b"film"]
    assert server.workouts.athletes == [(0.25, 0.5), (0.25, 0.5)]


@pytest.mark.parametrize("athlete", ["middle", "0.5", "0.5,0.5,0.5", "2,0.5"])
def test_a_place_that_is_none_is_refused(server: Server, athlete: str) -> None:
    response = server.client.post(
        "/api/v1/workouts", data={"video": (io.BytesIO(b"film"), "film.mp4"), "athlete": athlete}
    )
    assert (response.status_code, response.get_json()["code"]) == (400, "bad_request")
    assert server.workouts.films == []


def test_a_result_is_told_written_and_forgotten(server: Server) -> None:
    address = server.done().replace("/api/", "/api/v1/")
    assert server.client.get(address).get_json()["state"] == "done"
    table = server.client.get(f"{address}/workout.csv?corrections=0.0n&film=mine.mp4")
    assert table.mimetype == "text/csv"
    assert server.client.get(f"{address}/workout.exe").status_code == 400
    assert server.client.get(f"{address}/workout.csv?corrections=nonsense").status_code == 400
    assert server.client.get(f"{address}/workout.csv?correction=0.0n").status_code == 400
    assert server.client.delete(address).status_code == 204
    assert server.client.get(address).status_code == 404
    assert server.client.get("/api/v1/workouts/none").status_code == 400
