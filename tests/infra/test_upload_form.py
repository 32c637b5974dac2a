"""The form that a browser sends a clip with, at a real S3: what it lets in, and what it does not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
import requests

import app.services.aws
from app.services.aws import S3UploadStore
from app.services.uploads import CONTENT_TYPE
from model.answers.upload import UploadTicket
from tests.e2e.emulator.ceph import Gateway, gateway, missing
from tests.infra.conftest import Synthesis

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")

BUCKET, OTHER = "uploads", "models"
MOST = 5000
"""Bytes that a ticket allows."""

CLIP = bytes(range(250)) * 4


@pytest.fixture(scope="module")
def s3() -> Iterator[Gateway]:
    with gateway() as running:
        for bucket in (BUCKET, OTHER):
            running.client.create_bucket(Bucket=bucket)
        yield running


@pytest.fixture
def store(s3: Gateway) -> S3UploadStore:
    return S3UploadStore(BUCKET, s3.client, max_bytes=MOST)


def send(ticket: UploadTicket, clip: bytes = CLIP, url: str | None = None, **changed: str | None) -> int:
    """Send a clip with a ticket's form, some of whose fields are changed or, where None, left out; gives the status."""
    fields = {name: value for name, value in {**ticket.fields, **changed}.items() if value is not None}
    answer = requests.post(url or ticket.url, data=fields, files={"file": ("clip.mp4", clip, CONTENT_TYPE)}, timeout=30)
    return answer.status_code


def stored(s3: Gateway, bucket: str = BUCKET) -> dict[str, int]:
    """Keys and sizes of a bucket's objects."""
    return {item["Key"]: item["Size"] for item in s3.client.list_objects_v2(Bucket=bucket).get("Contents", [])}


def test_a_clip_is_stored_under_the_tickets_key_as_what_it_is(s3: Gateway, store: S3UploadStore) -> None:
    ticket = store.ticket(MOST)
    assert send(ticket) == HTTPStatus.NO_CONTENT
    found = s3.client.get_object(Bucket=BUCKET, Key=ticket.key)
    assert found["Body"].read() == CLIP
    assert found["ContentType"] == CONTENT_TYPE
    s3.client.delete_object(Bucket=BUCKET, Key=ticket.key)


@pytest.mark.parametrize("size", [1, MOST])
def test_a_clip_of_a_size_that_is_just_allowed_is_stored(size: int, s3: Gateway, store: S3UploadStore) -> None:
    ticket = store.ticket(MOST)
    assert send(ticket, bytes(size)) == HTTPStatus.NO_CONTENT
    assert stored(s3) == {ticket.key: size}
    s3.client.delete_object(Bucket=BUCKET, Key=ticket.key)


def loosened(ticket: UploadTicket) -> str:
    """The ticket's policy for clips of any size, which is not what was signed."""
    policy: dict[str, Any] = json.loads(base64.b64decode(ticket.fields["policy"]))
    policy["conditions"] = [one for one in policy["conditions"] if "content-length-range" not in one]
    return base64.b64encode(json.dumps(policy).encode()).decode()


REFUSED: dict[str, Callable[[UploadTicket], int]] = {
    "one byte too many": lambda ticket: send(ticket, bytes(MOST + 1)),
    "far too many": lambda ticket: send(ticket, bytes(40 * MOST)),
    "nothing": lambda ticket: send(ticket, b""),
    "another key": lambda ticket: send(ticket, key="uploads/" + "0" * 32 + ".mp4"),
    "another folder": lambda ticket: send(ticket, key=ticket.key.replace("uploads/", "workouts/")),
    "the name of the file as the key": lambda ticket: send(ticket, key="uploads/${filename}"),
    "a page instead of a film": lambda ticket: send(ticket, **{"Content-Type": "text/html"}),
    "no type": lambda ticket: send(ticket, **{"Content-Type": None}),
    "open to everybody": lambda ticket: send(ticket, acl="public-read"),
    "something of its own": lambda ticket: send(ticket, **{"x-amz-meta-mine": "1"}),
    "a redirect": lambda ticket: send(ticket, success_action_redirect="https://example.org/"),
    "another bucket": lambda ticket: send(ticket, url=ticket.url.replace(BUCKET, OTHER)),
    "a loosened policy": lambda ticket: send(ticket, policy=loosened(ticket)),
    "another signature": lambda ticket: send(ticket, **{"x-amz-signature": "0" * 64}),
    "no signature": lambda ticket: send(ticket, **{"x-amz-signature": None}),
    "no policy": lambda ticket: send(ticket, policy=None),
}


@pytest.mark.parametrize("attempt", REFUSED)
def test_a_form_that_was_changed_stores_nothing(attempt: str, s3: Gateway, store: S3UploadStore) -> None:
    status = REFUSED[attempt](store.ticket(MOST))
    assert status in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN)
    assert stored(s3) == stored(s3, OTHER) == {}


def test_a_ticket_whose_time_is_over_stores_nothing(
    s3: Gateway, store: S3UploadStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.services.aws, "TICKET_SECONDS", -1)
    assert send(store.ticket(MOST)) == HTTPStatus.FORBIDDEN
    assert stored(s3) == {}


def test_nobody_reads_what_was_stored(s3: Gateway, store: S3UploadStore) -> None:
    ticket = store.ticket(MOST)
    send(ticket)
    for address in (ticket.url, f"{ticket.url.rstrip('/')}/{ticket.key}"):
        assert requests.get(address, timeout=30).status_code == HTTPStatus.FORBIDDEN
    s3.client.delete_object(Bucket=BUCKET, Key=ticket.key)


def test_browsers_may_send_it_from_the_page_and_from_nowhere_else(
    s3: Gateway, store: S3UploadStore, everything: Synthesis
) -> None:
    (rules,) = (
        bucket["Properties"]["CorsConfiguration"]["CorsRules"]
        for bucket in everything.resources("Web", "AWS::S3::Bucket").values()
        if "CorsConfiguration" in bucket["Properties"]
    )
    (origin,) = rules[0]["AllowedOrigins"]
    known = {"AllowedHeaders", "AllowedMethods", "AllowedOrigins"}
    given = [
        {name: value for name, value in rule.items() if name in known} | {"MaxAgeSeconds": rule["MaxAge"]}
        for rule in rules
    ]
    s3.client.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": given})
    address = store.ticket(MOST).url

    def asked(origin: str, method: str) -> str | None:
        headers = {"Origin": origin, "Access-Control-Request-Method": method}
        return requests.options(address, headers=headers, timeout=30).headers.get("Access-Control-Allow-Origin")

    assert asked(origin, "POST") == origin
    assert asked(origin, "PUT") is None
    assert asked(origin, "GET") is None
    assert asked("https://example.org", "POST") is None
    s3.client.delete_bucket_cors(Bucket=BUCKET)
