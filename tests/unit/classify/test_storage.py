from __future__ import annotations

import contextlib
import errno
import io
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from classify import storage
from classify.storage import CHUNK, Uploads, connect
from model.errors import EmptyFile, NotFound, StorageFull, StoreUnavailable, TimedOut, TooLarge
from tests.e2e.emulator.s3 import UPLOADS as BUCKET
from tests.e2e.emulator.s3 import LocalS3, failing_s3, stalling_s3


def in_seconds(seconds: float) -> float:
    return time.monotonic() + seconds


def refused(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "refused"}}, operation)


def test_an_upload_is_copied_whole(s3: Any) -> None:
    content = bytes(range(256)) * (CHUNK // 256) * 2 + b"rest"
    s3.put_object(Bucket=BUCKET, Key="a clip.mp4", Body=content)
    target = io.BytesIO()
    Uploads(BUCKET, s3).download("a clip.mp4", target, max_bytes=len(content), deadline=in_seconds(60))
    assert target.getvalue() == content


def test_an_upload_over_the_limit_is_refused_before_it_is_read(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put_object(Bucket=BUCKET, Key="large.mp4", Body=b"12345")
    monkeypatch.setattr(s3, "get_object", lambda **_: pytest.fail("the object was read"))
    with pytest.raises(TooLarge, match="5 bytes; the limit is 4"):
        Uploads(BUCKET, s3).download("large.mp4", io.BytesIO(), max_bytes=4, deadline=in_seconds(60))


def test_an_upload_without_bytes_is_an_empty_file(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="empty.mp4", Body=b"")
    with pytest.raises(EmptyFile):
        Uploads(BUCKET, s3).download("empty.mp4", io.BytesIO(), max_bytes=9, deadline=in_seconds(60))


def test_a_missing_upload_is_not_found(s3: Any) -> None:
    with pytest.raises(NotFound):
        Uploads(BUCKET, s3).download("none.mp4", io.BytesIO(), max_bytes=9, deadline=in_seconds(60))


@pytest.mark.parametrize("code", ["403", "AccessDenied", "404", "NoSuchKey"])
def test_an_upload_that_may_not_be_read_is_not_found(code: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def head_object(**_: str) -> None:
        raise refused(code, "HeadObject")

    monkeypatch.setattr(s3, "head_object", head_object)
    with pytest.raises(NotFound):
        Uploads(BUCKET, s3).download("clip.mp4", io.BytesIO(), max_bytes=9, deadline=in_seconds(60))


def test_an_upload_replaced_after_it_was_measured_is_not_read(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put_object(Bucket=BUCKET, Key="clip.mp4", Body=b"small")
    measured = s3.head_object(Bucket=BUCKET, Key="clip.mp4")
    s3.put_object(Bucket=BUCKET, Key="clip.mp4", Body=b"x" * 1000)
    monkeypatch.setattr(s3, "head_object", lambda **_: measured)
    target = io.BytesIO()
    with pytest.raises(NotFound):
        Uploads(BUCKET, s3).download("clip.mp4", target, max_bytes=10, deadline=in_seconds(60))
    assert target.getvalue() == b""


@contextlib.contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, *failures: str) -> Iterator[Uploads]:
    """The uploads of an S3 that fails as it is told."""
    with failing_s3(*failures) as address:
        for name, value in LocalS3(address, None).environment.items():
            monkeypatch.setenv(name, value)
        yield Uploads(BUCKET, connect())


FAILURES = ["500", "502", "503", "SlowDown", "short", "shorter", "longer", "head"]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_fault_of_the_store_is_met_by_another_attempt(failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target = io.BytesIO()
    with failing(monkeypatch, failure, failure) as uploads:
        uploads.download("clip.mp4", target, max_bytes=9999, deadline=in_seconds(30))
    assert target.getvalue() == bytes(2000)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_store_that_fails_again_and_again_is_unavailable(failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing(monkeypatch, *[failure] * 9) as uploads, pytest.raises(StoreUnavailable):
        uploads.download("clip.mp4", io.BytesIO(), max_bytes=9999, deadline=in_seconds(30))


def test_no_attempt_is_made_for_which_there_is_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_FIRST_WAIT", 3600.0)
    monkeypatch.setattr("classify.storage.random.uniform", lambda _, most: most)
    with failing(monkeypatch, "503") as uploads, pytest.raises(TimedOut):
        uploads.download("clip.mp4", io.BytesIO(), max_bytes=9999, deadline=in_seconds(30))


def test_waits_grow_and_are_a_matter_of_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[tuple[float, float]] = []
    monkeypatch.setattr("classify.storage.random.uniform", lambda *bounds: waits.append(bounds) or 0.0)
    with failing(monkeypatch, *["503"] * 9) as uploads, pytest.raises(StoreUnavailable):
        uploads.download("clip.mp4", io.BytesIO(), max_bytes=9999, deadline=in_seconds(30))
    assert waits == [(0, 0.1), (0, 0.2), (0, 0.4), (0, 0.8)]


def test_a_store_that_drips_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.monotonic()
    with failing(monkeypatch, "drip") as uploads, pytest.raises(TimedOut):
        uploads.download("clip.mp4", io.BytesIO(), max_bytes=9999, deadline=in_seconds(0.5))
    assert time.monotonic() - start >= 0.5


def test_a_full_disk_is_said(s3: Any) -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    s3.put_object(Bucket=BUCKET, Key="clip.mp4", Body=b"clip")
    with pytest.raises(StorageFull):
        Uploads(BUCKET, s3).download("clip.mp4", Full(), max_bytes=9, deadline=in_seconds(60))


def test_a_download_past_the_deadline_is_given_up(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="clip.mp4", Body=b"clip")
    with pytest.raises(TimedOut):
        Uploads(BUCKET, s3).download("clip.mp4", io.BytesIO(), max_bytes=9, deadline=in_seconds(-1))


def test_a_deleted_upload_is_gone(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="clip.mp4", Body=b"clip")
    Uploads(BUCKET, s3).delete("clip.mp4")
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="clip.mp4")["KeyCount"] == 0


def test_a_failed_deletion_does_not_spoil_the_answer(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def delete_object(**_: str) -> None:
        raise refused("AccessDenied", "DeleteObject")

    monkeypatch.setattr(s3, "delete_object", delete_object)
    Uploads(BUCKET, s3).delete("clip.mp4")


@pytest.fixture
def stalled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an S3 that falls silent in the middle of an object."""
    with stalling_s3(60) as address:
        for name, value in LocalS3(address, None).environment.items():
            monkeypatch.setenv(name, value)
        yield connect()


def test_a_download_that_stalls_ends_at_the_deadline(stalled: Any) -> None:
    with pytest.raises(TimedOut):
        Uploads(BUCKET, stalled).download("clip.mp4", io.BytesIO(), max_bytes=9999, deadline=in_seconds(0.3))


def test_a_download_that_stalls_with_time_left_is_a_fault_of_s3(stalled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "READ_TIMEOUT", 0.2)
    with pytest.raises(StoreUnavailable):
        Uploads(BUCKET, stalled).download("clip.mp4", io.BytesIO(), max_bytes=9999, deadline=in_seconds(60))


def test_an_s3_that_cannot_be_reached_in_time_is_timed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    for name, value in LocalS3(address, None).environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(TimedOut):
        Uploads(BUCKET, connect()).download("clip.mp4", io.BytesIO(), max_bytes=9, deadline=in_seconds(-1))


def test_an_upload_of_exactly_the_limit_is_copied(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="exact.mp4", Body=b"12345")
    target = io.BytesIO()
    Uploads(BUCKET, s3).download("exact.mp4", target, max_bytes=5, deadline=in_seconds(60))
    assert target.getvalue() == b"12345"


def test_the_client_gives_up_as_it_says() -> None:
    config = connect().meta.config
    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (1, 3.0, 1)
    assert (CHUNK, storage.ATTEMPTS) == (262144, 4)


def test_a_read_waits_as_long_as_is_left_and_never_longer_than_an_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    chunks = iter((b"x", b"y", b"z", b""))

    class Body:
        def set_socket_timeout(self, seconds: float) -> None:
            waits.append(seconds)

        def read(self, _: int = 0) -> bytes:
            return next(chunks)

    class Client:
        def head_object(self, **_: str) -> dict[str, Any]:
            return {"ContentLength": 3, "ETag": "e"}

        def get_object(self, **_: str) -> dict[str, Any]:
            return {"Body": Body(), "ContentLength": 3}

    clock = iter((100.0, 107.5, 109.0))
    monkeypatch.setattr("classify.storage.time.monotonic", lambda: next(clock))
    target = io.BytesIO()
    Uploads(BUCKET, Client())._copy("clip.mp4", target, 9, 110.0)
    assert waits == [3.0, 2.5, 1.0]
    assert target.getvalue() == b"xyz"


@pytest.mark.parametrize(("now", "copied"), [(109.9, True), (110.0, False)])
def test_at_the_deadline_nothing_more_is_read(now: float, copied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Body:
        def set_socket_timeout(self, _: float) -> None:
            """As long as it likes."""

        def read(self, _: int = 0) -> bytes:
            return b"xyz"

    class Client:
        def head_object(self, **_: str) -> dict[str, Any]:
            return {"ContentLength": 3, "ETag": "e"}

        def get_object(self, **_: str) -> dict[str, Any]:
            return {"Body": Body(), "ContentLength": 3}

    monkeypatch.setattr("classify.storage.time.monotonic", lambda: now)
    target = io.BytesIO()
    if copied:
        Uploads(BUCKET, Client())._copy("clip.mp4", target, 9, 110.0)
    else:
        with pytest.raises(TimedOut):
            Uploads(BUCKET, Client())._copy("clip.mp4", target, 9, 110.0)
    assert target.getvalue() == (b"xyz" if copied else b"")
