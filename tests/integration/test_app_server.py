"""The app as it is started for a person and on a server: real process, real model, real HTTP."""

from __future__ import annotations

import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Running, start


def callback(server: Running, upload: object) -> Any:
    outputs = [("answer", "children"), ("saw", "children"), ("answered", "data-told")]
    body = {
        "output": "..answer.children...saw.children...answered.data-told..",
        "outputs": [{"id": name, "property": prop} for name, prop in outputs],
        "inputs": [{"id": "upload", "property": "data-told", "value": json.dumps(upload)}],
        "changedPropIds": ["upload.data-told"],
    }
    answer = server.ask("/_dash-update-component", json.dumps(body).encode(), "application/json")
    assert answer.status == 200
    return answer.json["response"]


def test_a_clip_is_classified_by_the_api(server: Running, red_clip: bytes) -> None:
    answer = server.post_form("/api/classify", {"top_k": "3", "stills": "true"}, "clip", red_clip)
    assert answer.status == 200
    body = answer.json
    assert body["prediction"][0][0] == "bar-facing burpee"
    assert len(body["prediction"]) == 3
    assert len(body["stills"]) == len(body["clip"]["sampled"]) == 10
    assert body["model"]["name"] == "tiny"
    assert body["request_id"] == answer.headers["X-Request-Id"]


def test_a_clip_goes_from_a_ticket_through_the_store_to_the_pages_answer(server: Running, red_clip: bytes) -> None:
    ticket = server.ask("/api/uploads", b"").json
    assert server.post_form(ticket["url"], ticket["fields"], "file", red_clip).status == 204
    shown = callback(server, {"key": ticket["key"]})
    assert json.loads(shown["answered"]["data-told"])["summary"].startswith("Bar-facing burpee, ")
    again = callback(server, {"key": ticket["key"]})
    assert json.loads(again["answered"]["data-told"])["ok"] is False, "the upload is deleted once answered"


def test_a_text_file_named_mp4_is_refused_with_its_code(server: Running) -> None:
    answer = server.post_form("/api/classify", {}, "clip", b"this is a text file, whatever its name says\n")
    assert answer.status == 415
    assert answer.json["error"]["code"] == "not_a_video"


def test_a_file_over_the_limit_is_answered_and_not_cut_off(tiny_bundle: Path, tmp_path: Path) -> None:
    running = start([sys.executable, "-m", "app"], tiny_bundle, tmp_path, MAX_UPLOAD_BYTES="1000000")
    try:
        answer = running.post_form("/api/classify", {}, "clip", bytes(3_000_000))
        assert (answer.status, answer.json["error"]["code"]) == (413, "too_large")
    finally:
        running.stop()


def test_the_server_is_one_for_production_and_listens_on_this_machine_only(server: Running) -> None:
    """The predecessor ran Flask's development server on every address."""
    answer = server.ask("/")
    assert answer.headers["Server"] == "gunicorn"
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = {local.split(":")[0] for _, local, _, state, *_ in listening if local.endswith(f":{server.port:04X}")}
    assert addresses == {"0100007F"}


def test_every_log_line_is_json(server: Running) -> None:
    server.ask("/health")
    lines = [line for line in server.log.read_text().splitlines() if not line.startswith(("INFO:", "WARNING:", "W0"))]
    assert all(json.loads(line)["level"] for line in lines)


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "app"],
        [sys.executable, "-m", "model.cli", "serve"],
        [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "4", "--no-control-socket"]
        + ["-b", "127.0.0.1:{port}", "app.main:server"],
    ],
    ids=["python -m app", "movements serve", "gunicorn"],
)
def test_a_terminated_server_leaves_nothing_behind(command: list[str], tiny_bundle: Path, tmp_path: Path) -> None:
    """The predecessor was stopped by killing every python3 process, and left its clips in /tmp."""
    running = start(command, tiny_bundle, tmp_path)
    try:
        ticket = running.ask("/api/uploads", b"").json
        assert running.post_form(ticket["url"], ticket["fields"], "file", b"waiting").status == 204
        (uploads,) = running.temporary.glob("movements-page-*")
        assert len(list(uploads.iterdir())) == 1
    finally:
        status = running.stop()
    assert status == 0
    assert list(running.temporary.iterdir()) == []


def test_without_a_model_the_page_is_there_and_health_says_what_is_wrong(tmp_path: Path) -> None:
    running = start([sys.executable, "-m", "app"], tmp_path / "no-bundle", tmp_path)
    try:
        assert running.ask("/").status == 200
        health = running.ask("/health")
        assert (health.status, health.json["error"]["code"]) == (503, "model_unavailable")
    finally:
        running.stop()


def test_movements_serve_prefers_its_options_to_the_environment(tiny_bundle: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "model.cli", "serve", "--host", "127.0.0.1", "--port", "{port}"]
    command += ["--bundle", str(tiny_bundle)]
    running = start(command, tmp_path / "no-bundle", tmp_path, PORT="1", HOST="no.such.host.invalid")
    try:
        assert running.ask("/api/model").json["name"] == "tiny"
    finally:
        running.stop()


def slow_client(port: int, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(sent)
    return connection


def test_slow_clients_cannot_hold_all_threads(tiny_bundle: Path, tmp_path: Path, red_clip: bytes) -> None:
    running = start([sys.executable, "-m", "app"], tiny_bundle, tmp_path, WEB_THREADS="8")
    head = b"POST /api/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
    body = (
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        b'--b\r\nContent-Disposition: form-data; name="clip"; filename="c.mp4"\r\n\r\nslow'
    )
    beginnings = [b"", b"GET / HTT", head, head + body]
    slow = [slow_client(running.port, beginnings[number % 4]) for number in range(48)]
    try:
        for _ in range(3):
            assert running.ask("/health/live").status == 200
            assert running.post_form("/api/classify", {}, "clip", red_clip).status == 200
        slow += [slow_client(running.port, beginnings[number % 4]) for number in range(48)]
        assert running.ask("/health").status == 200
    finally:
        for connection in slow:
            connection.close()
        running.stop()
    assert list(running.temporary.iterdir()) == []


def resident_kilobytes(pid: int) -> int:
    """Memory of a process and of all that it started."""
    total = 0
    for folder in Path("/proc").iterdir():
        try:
            status = dict(
                line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line
            )
        except (OSError, ValueError):
            continue
        if folder.name == str(pid):
            total += int(status.get("VmRSS", "0 kB").split()[0])
        elif status.get("PPid") == str(pid):
            total += resident_kilobytes(int(folder.name))
    return total


def under_load(running: Running, clips: list[tuple[bytes, int]], clients: int, seconds: float) -> list[tuple[int, int]]:
    """Many clients that ask one after the other, each for so long; what was to come and what came, of every request."""
    end = time.monotonic() + seconds

    def client(number: int) -> list[tuple[int, int]]:
        came, turn = [], number
        while time.monotonic() < end:
            clip, expected = clips[turn % len(clips)]
            came.append((expected, running.post_form("/api/classify", {}, "clip", clip).status))
            turn += 1
        return came

    with ThreadPoolExecutor(clients) as pool:
        return [one for came in pool.map(client, range(clients)) for one in came]


def hostile_among(red_clip: bytes) -> list[tuple[bytes, int]]:
    """Nine honest clips and a hostile one, with the status that each is answered with; the hostile one changes."""
    index = red_clip.index(b"stsz")
    claims = red_clip[: index + 12] + b"\x7f\xff\xff\xff" + red_clip[index + 16 :]
    hostile = [(b"text, whatever its name says", 415), (red_clip[: len(red_clip) // 2], 422), (claims, 422)]
    return [clip for one in hostile for clip in ([(red_clip, 200)] * 9 + [one])]


def hold_under_load(bundle: Path, folder: Path, red_clip: bytes, *, clients: int, seconds: float) -> None:
    running = start([sys.executable, "-m", "app"], bundle, folder)
    try:
        under_load(running, [(red_clip, 200)], clients, 1)
        before = resident_kilobytes(running.process.pid)
        came = under_load(running, hostile_among(red_clip), clients, seconds)
        after = resident_kilobytes(running.process.pid)
    finally:
        running.stop()
    assert [pair for pair in came if pair[0] != pair[1]] == []
    assert {expected for expected, _ in came} == {200, 415, 422}
    assert after < 1.2 * before + 20_000, f"{before} kB became {after} kB in {len(came)} requests"
    print(f"{len(came)} requests of {clients} clients in {seconds:g} s, {before} kB before and {after} kB after")


def test_honest_clips_are_answered_among_hostile_ones(tiny_bundle: Path, tmp_path: Path, red_clip: bytes) -> None:
    hold_under_load(tiny_bundle, tmp_path, red_clip, clients=12, seconds=4)


@pytest.mark.slow
def test_a_hundred_clients_for_a_minute_one_clip_in_ten_hostile(
    tiny_bundle: Path, tmp_path: Path, red_clip: bytes
) -> None:
    hold_under_load(tiny_bundle, tmp_path, red_clip, clients=100, seconds=60)
