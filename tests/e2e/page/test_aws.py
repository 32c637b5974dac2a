"""The page as AWS has it, in a real browser: the clip goes to an S3 that enforces its rules, and a function answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.services.open_services import open_services
from app.settings import Settings
from tests.e2e.emulator.ceph import Gateway, gateway, missing
from tests.e2e.emulator.s3 import CREDENTIALS, UPLOADS
from tests.e2e.emulator.stack import FUNCTION, Function, function, why_not
from tests.e2e.page.browser import NEEDS_BROWSER, Open, Serve, choose

pytestmark = [
    NEEDS_BROWSER,
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]


@pytest.fixture(scope="module")
def s3() -> Iterator[Gateway]:
    with gateway() as running:
        running.client.create_bucket(Bucket=UPLOADS)
        yield running


@pytest.fixture(scope="module")
def answering(s3: Gateway, tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Function]:
    with function(tmp_path_factory.mktemp("function"), s3.address, bundle=str(tiny_bundle)) as started:
        yield started


@pytest.fixture
def address(s3: Gateway, answering: Function, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a page whose clips go to that S3, and whose answers come from that function."""
    endpoints = {"AWS_ENDPOINT_URL_S3": s3.address, "AWS_ENDPOINT_URL_LAMBDA": answering.address}
    for name, value in {**CREDENTIALS, **endpoints}.items():
        monkeypatch.setenv(name, value)
    settings = Settings(classifier_function=f"{FUNCTION}:live", upload_bucket=UPLOADS, max_upload_bytes=2**20)
    return serve(open_services(settings))


def let_in(s3: Gateway, origin: str) -> None:
    """Let pages of an origin send clips, as the stack of the page does."""
    rule = {"AllowedMethods": ["POST"], "AllowedOrigins": [origin], "AllowedHeaders": ["content-type"]}
    s3.client.put_bucket_cors(Bucket=UPLOADS, CORSConfiguration={"CORSRules": [rule]})


def left(s3: Gateway) -> int:
    return int(s3.client.list_objects_v2(Bucket=UPLOADS)["KeyCount"])


def test_a_clip_goes_to_s3_and_is_answered_by_the_function_which_deletes_it(
    s3: Gateway, address: str, open_page: Open, clips: Path
) -> None:
    let_in(s3, address)
    page = open_page(address)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    choose(page, clips / "red.mp4")
    page.click("#submit")
    expect(page.locator("#answer h2")).to_have_text("Bar-facing burpee")
    assert [one for one in sent if s3.address in one and one.startswith("POST")]
    assert left(s3) == 0


def test_a_file_that_is_no_video_is_told_and_deleted_too(
    s3: Gateway, address: str, open_page: Open, clips: Path
) -> None:
    let_in(s3, address)
    page = open_page(address)
    choose(page, clips / "text.mp4")
    page.click("#submit")
    expect(page.get_by_role("alert").filter(has_text="text, not a video")).to_be_visible()
    assert left(s3) == 0


def test_where_s3_does_not_let_the_page_in_the_clip_may_be_submitted_again(
    s3: Gateway, address: str, open_page: Open, clips: Path
) -> None:
    let_in(s3, "https://example.org")
    page = open_page(address)
    choose(page, clips / "red.mp4")
    page.click("#submit")
    expect(page.locator("#problem")).to_contain_text("The connection was lost before there was an answer.")
    expect(page.locator("#submit")).to_be_enabled()
