from __future__ import annotations

import base64
import errno
import io
import json
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.scratch import Scratch
from app.services import local_uploads
from app.services.local_uploads import LocalUploadStore
from app.services.uploads import new_key
from model.answers.upload import UploadTicket
from model.errors import BadRequest, ModelUnavailable, NotFound
from tests.unit.app.conftest import Page


@pytest.fixture
def store() -> Iterator[LocalUploadStore]:
    scratch = Scratch()
    yield LocalUploadStore(scratch, max_bytes=1000, minutes=1)
    scratch.close()


def uploads(page: Page) -> LocalUploadStore:
    assert isinstance(page.services.uploads, LocalUploadStore)
    return page.services.uploads


def ticket(page: Page) -> Any:
    response = page.client.post("/api/uploads")
    assert response.status_code == 200
    return response.json


def post(page: Page, ticket: Any, clip: bytes, **changed: str) -> TestResponse:
    form: dict[str, Any] = {**ticket["fields"], **changed, "file": (io.BytesIO(clip), "clip.mp4")}
    return page.client.post(ticket["url"], data=form)


def test_a_clip_posted_with_its_ticket_is_stored_under_its_key_and_answered_204(page: Page) -> None:
    given = ticket(page)
    response = post(page, given, b"clip" * 50_000)
    assert (response.status_code, response.data) == (204, b"")
    assert uploads(page).path(given["key"]).read_bytes() == b"clip" * 50_000


def test_a_ticket_has_the_fields_of_a_presigned_post(store: LocalUploadStore) -> None:
    given = store.ticket(1000)
    policy = json.loads(base64.b64decode(given.fields["policy"]))
    assert {"key": given.key} in policy["conditions"]
    assert {"Content-Type": "video/mp4"} in policy["conditions"]
    assert ["content-length-range", 1, 1000] in policy["conditions"]
    left = datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    assert {"key", "Content-Type", "policy", "x-amz-algorithm", "x-amz-date", "x-amz-signature"} == set(given.fields)


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "uploads/" + 32 * "0" + ".mp4"},
        {"Content-Type": "text/html"},
        {"policy": base64.b64encode(b'{"expiration": "2999-01-01T00:00:00+00:00", "conditions": []}').decode()},
        {"x-amz-signature": 64 * "0"},
        {"x-amz-date": "20990101T000000Z"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_form_that_is_not_exactly_the_tickets_is_refused_and_nothing_is_stored(
    page: Page, changed: dict[str, str]
) -> None:
    response = post(page, ticket(page), b"clip", **changed)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"]["code"] == "bad_request"
    assert list(uploads(page).directory.iterdir()) == []


def test_a_ticket_of_another_process_is_refused(page: Page, store: LocalUploadStore) -> None:
    assert post(page, store.ticket(1000).to_json(), b"clip").status_code == 400


def test_a_ticket_expires(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_uploads, "TICKET_SECONDS", -1)
    response = post(page, ticket(page), b"clip")
    assert response.status_code == 400
    assert "expired" in response.text


def test_a_ticket_is_good_for_one_upload(page: Page) -> None:
    given = ticket(page)
    assert post(page, given, b"first").status_code == 204
    assert post(page, given, b"second").status_code == 400
    assert uploads(page).path(given["key"]).read_bytes() == b"first"


@pytest.mark.parametrize(("size", "status", "code"), [(0, 400, "empty_file"), (2**20 + 1, 413, "too_large")])
def test_a_file_outside_the_length_range_is_refused_and_nothing_stays(
    page: Page, size: int, status: int, code: str
) -> None:
    given = ticket(page)
    response = post(page, given, bytes(size))
    assert response.status_code == status
    assert response.json is not None
    assert response.json["error"]["code"] == code
    assert list(uploads(page).directory.iterdir()) == []
    assert post(page, given, b"clip").status_code == 204, "the ticket is still good for a clip within the range"


def test_a_body_that_lies_about_its_length_is_cut_off_while_streaming(page: Page) -> None:
    given = ticket(page)
    head = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in given["fields"].items()
    )
    head += b'--b\r\nContent-Disposition: form-data; name="file"; filename="clip.mp4"\r\n\r\n'
    sent = 0

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            nonlocal head, sent
            part, head = head[: len(buffer)], head[len(buffer) :]
            part = part or bytes(len(buffer))
            buffer[: len(part)] = part
            sent += len(part)
            return len(part)

    response = page.client.post(
        given["url"],
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"wsgi.input": Endless(), "wsgi.input_terminated": True},
    )
    assert response.status_code == 413
    assert sent < 3 * 2**20
    assert list(uploads(page).directory.iterdir()) == []


def test_people_who_upload_and_go_away_are_in_nobodys_way(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_uploads, "MAX_WAITING", 2)
    keys = []
    for _ in range(4):
        given = ticket(page)
        assert post(page, given, b"clip").status_code == 204
        keys.append(given["key"])
    store = uploads(page)
    for key in keys[:2]:
        with pytest.raises(NotFound):
            store.path(key)
    assert [store.path(key).read_bytes() for key in keys[2:]] == [b"clip", b"clip"]
    assert len(list(store.directory.iterdir())) == 2


def test_no_clip_makes_room_that_is_being_answered(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_uploads, "MAX_WAITING", 2)
    given = [ticket(page), ticket(page)]
    for one in given:
        assert post(page, one, b"clip").status_code == 204
        uploads(page).path(one["key"])
    refused = post(page, ticket(page), b"clip")
    assert refused.status_code == 503 and "Too many clips are waiting" in refused.text
    uploads(page).discard(given[0]["key"])
    assert post(page, ticket(page), b"clip").status_code == 204


def test_clips_together_take_no_more_than_the_disk_is_meant_to_hold(
    store: LocalUploadStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_waiting_bytes", 10)

    def put(size: int) -> str:
        (tmp_path / "clip").write_bytes(bytes(size))
        return store.put(tmp_path / "clip")

    first, second = put(6), put(4)
    assert len(list(store.directory.iterdir())) == 2
    third = put(5)
    assert {path.name for path in store.directory.iterdir()} == {key.rpartition("/")[2] for key in (second, third)}
    assert first.rpartition("/")[2] not in {path.name for path in store.directory.iterdir()}
    with pytest.raises(ModelUnavailable):
        put(11)


def test_an_upload_that_ends_after_its_time_is_not_kept(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    store, given = uploads(page), ticket(page)
    redeem = store.redeem

    def late(fields: Any) -> Any:
        file = redeem(fields)
        store.discard(fields["key"])
        return file

    monkeypatch.setattr(store, "redeem", late)
    assert post(page, given, b"clip").status_code == 404
    assert list(store.directory.iterdir()) == []


@pytest.mark.parametrize("call", ["open", "write"])
def test_a_full_disk_is_said_and_nothing_stays(page: Page, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    class Full(io.FileIO):
        def write(self, _: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(path: Path, *_: Any, **__: Any) -> Full:
        if call == "open":
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        return Full(path, "x")

    given = ticket(page)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", opened)
        refused = post(page, given, b"clip")
        through_the_api = page.client.post("/api/classify", data={"clip": (io.BytesIO(b"clip"), "clip.mp4")})
    for response in (refused, through_the_api):
        assert response.status_code == 507
        assert response.json is not None and response.json["error"]["code"] == "storage_full"
    assert list(uploads(page).directory.iterdir()) == []
    assert post(page, given, b"clip").status_code == 204


def test_uploads_are_private_to_the_person_who_runs_the_app(store: LocalUploadStore) -> None:
    assert stat.S_IMODE(store.directory.stat().st_mode) == 0o700


def test_a_clip_is_deleted_after_its_time_even_if_nobody_asks(tmp_path: Path) -> None:
    gone = threading.Event()

    class Watched(LocalUploadStore):
        def discard(self, key: str) -> None:
            super().discard(key)
            gone.set()

    store = Watched(Scratch(), max_bytes=10, minutes=0.05 / 60)
    (tmp_path / "clip").write_bytes(b"clip")
    key = store.put(tmp_path / "clip")
    assert gone.wait(10)
    with pytest.raises(NotFound):
        store.path(key)
    assert list(store.directory.iterdir()) == []


def test_closing_removes_every_clip(store: LocalUploadStore, tmp_path: Path) -> None:
    (tmp_path / "clip").write_bytes(b"clip")
    store.put(tmp_path / "clip")
    store.close()
    assert list(store.directory.iterdir()) == []


@pytest.mark.parametrize("key", ["", "uploads/../../etc/passwd", "/etc/passwd", "uploads/x.mp4", 7, None])
def test_only_a_key_that_was_given_out_is_looked_up(store: LocalUploadStore, key: Any) -> None:
    with pytest.raises(BadRequest):
        store.path(key)


def test_a_key_of_nothing_is_not_found(store: LocalUploadStore) -> None:
    with pytest.raises(NotFound):
        store.path(new_key())


def test_every_ticket_has_its_own_key(store: LocalUploadStore) -> None:
    tickets: list[UploadTicket] = [store.ticket(1000) for _ in range(100)]
    assert len({given.key for given in tickets}) == 100


def test_a_ticket_takes_a_clip_of_exactly_its_limit_and_not_one_byte_more(page: Page) -> None:
    limit = ticket(page)["max_bytes"]
    assert post(page, ticket(page), b"x" * limit).status_code == 204
    assert post(page, ticket(page), b"x" * (limit + 1)).status_code == 413


def test_a_secret_has_256_bits(store: LocalUploadStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("app.services.local_uploads.secrets.token_bytes", lambda n: asked.append(n) or bytes(n))
    LocalUploadStore(Scratch(), max_bytes=1, minutes=1)
    assert asked == [32]


def test_a_clip_waits_its_minutes(store: LocalUploadStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    class Watched(threading.Timer):
        def __init__(self, interval: float, *rest: Any) -> None:
            waits.append(interval)
            super().__init__(interval, *rest)

    monkeypatch.setattr(local_uploads, "Timer", Watched)
    (tmp_path / "clip").write_bytes(b"clip")
    store.discard(store.put(tmp_path / "clip"))
    assert waits == [60]
    assert (local_uploads.MAX_WAITING, local_uploads.MAX_WAITING_BYTES) == (256, 4294967296)


def test_a_clip_of_one_byte_and_one_of_exactly_the_limit_are_stored(page: Page) -> None:
    for size in (1, 2**20):
        given = ticket(page)
        assert post(page, given, bytes(size)).status_code == 204
        assert uploads(page).path(given["key"]).stat().st_size == size


def test_a_form_names_the_field_that_is_not_the_tickets(page: Page) -> None:
    response = post(page, ticket(page), b"clip", **{"Content-Type": "text/html"})
    assert "The upload's 'Content-Type' is not the one of its ticket" in response.text


def test_discarding_what_is_not_there_is_no_error(store: LocalUploadStore) -> None:
    store.discard(new_key())
