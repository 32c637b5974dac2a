from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from classify.events import MAX_INLINE, DescribeRequest, InlineClip, UploadedClip, parse
from model.defaults import TOP_K
from model.errors import BadRequest, EmptyFile, TooLarge
from tests.e2e.emulator.s3 import key_of

KEY = key_of("a clip")
UPLOADED = {"bucket": "uploads", "key": KEY}


def test_an_uploaded_clip_is_named_by_bucket_and_key() -> None:
    assert parse(UPLOADED) == UploadedClip(bucket="uploads", key=KEY, top_k=5, stills=False)


def test_an_inline_clip_is_decoded() -> None:
    request = parse({"video": base64.b64encode(b"\x00clip\xff").decode(), "top_k": 3, "stills": True})
    assert isinstance(request, InlineClip)
    assert (request.video, request.top_k, request.stills) == (b"\x00clip\xff", 3, True)


def test_a_request_that_does_not_say_how_many_rows_asks_for_as_many_as_everywhere() -> None:
    assert parse(UPLOADED).top_k == TOP_K


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, "bucket"),
        ({"bucket": "uploads"}, "key"),
        ({"bucket": "uploads", "key": ""}, "key"),
        ({**UPLOADED, "key": f"../{KEY}"}, "key"),
        ({**UPLOADED, "key": "uploads/../../models/default/1/saved_model.pb"}, "key"),
        ({**UPLOADED, "key": "models/default/1/saved_model.pb"}, "key"),
        ({**UPLOADED, "key": KEY.upper()}, "key"),
        ({**UPLOADED, "key": f"{KEY}\n"}, "key"),
        ({**UPLOADED, "key": f"a{KEY}"}, "key"),
        ({"bucket": "uploads", "key": 7}, "key"),
        ({"bucket": "uploads", "key": "\ud800"}, "key"),
        ({**UPLOADED, "video": "AAAA"}, "bucket"),
        ({**UPLOADED, "url": "http://example.org/clip.mp4"}, "url"),
        ({**UPLOADED, "top_k": 0}, "top_k"),
        ({**UPLOADED, "top_k": -1}, "top_k"),
        ({**UPLOADED, "top_k": "5"}, "top_k"),
        ({**UPLOADED, "top_k": True}, "top_k"),
        ({**UPLOADED, "top_k": 2.5}, "top_k"),
        ({**UPLOADED, "stills": "yes"}, "stills"),
        ({"video": None}, "video"),
        ({"video": ["AAAA"]}, "video"),
    ],
)
def test_a_wrong_field_is_named(event: dict[str, object], field: str) -> None:
    with pytest.raises(BadRequest, match=f"'{field}'") as caught:
        parse(event)
    assert "base64" in caught.value.hint


@pytest.mark.parametrize("event", [None, [], "clip.mp4", 5, [UPLOADED]])
def test_an_event_that_is_no_object_is_refused(event: object) -> None:
    with pytest.raises(BadRequest, match="The request"):
        parse(event)


@pytest.mark.parametrize(
    "video", ["AAA", "AA=A", "AAAA\n", " AAAA", "AA-_", "clip.mp4", "ÄÄÄÄ", "data:video/mp4;base64,AAAA"]
)
def test_base64_is_read_strictly(video: str) -> None:
    with pytest.raises(BadRequest, match="not base64") as caught:
        parse({"video": video})
    assert video not in caught.value.message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NEAR_MISSES = st.dictionaries(st.sampled_from(["bucket", "key", "video", "top_k", "stills", "other"]), _JSON)


@given(event=_JSON | _NEAR_MISSES)
def test_whatever_comes_is_a_request_or_an_error_of_the_contract(event: object) -> None:
    with contextlib.suppress(BadRequest, EmptyFile, TooLarge):
        assert isinstance(parse(event), UploadedClip | InlineClip)


def test_an_empty_inline_clip_is_an_empty_file() -> None:
    with pytest.raises(EmptyFile):
        parse({"video": ""})


def test_an_inline_clip_beyond_the_request_limit_is_too_large_before_it_is_decoded() -> None:
    with pytest.raises(TooLarge, match=str(MAX_INLINE)):
        parse({"video": "!" * (MAX_INLINE + 1)})


def test_an_inline_clip_of_exactly_the_limit_is_accepted() -> None:
    request = parse({"video": "A" * MAX_INLINE})
    assert isinstance(request, InlineClip)
    assert len(request.video) == MAX_INLINE * 3 // 4


def test_a_request_holds_what_lambda_lets_through() -> None:
    assert MAX_INLINE == 6291456


@pytest.mark.parametrize(
    ("event", "accepted"),
    [
        ({"bucket": "b" * 63, "key": KEY}, True),
        ({"bucket": "b" * 64, "key": KEY}, False),
        ({"bucket": "b" * 3, "key": KEY}, True),
        ({"bucket": "b" * 2, "key": KEY}, False),
        ({**UPLOADED, "top_k": 1}, True),
    ],
)
def test_names_have_the_lengths_that_s3_gives_them(event: dict[str, object], accepted: bool) -> None:
    if accepted:
        assert isinstance(parse(event), UploadedClip)
    else:
        with pytest.raises(BadRequest, match="'bucket'"):
            parse(event)


@pytest.mark.parametrize("describe", [False, "true", None])
def test_a_description_is_asked_for_with_true(describe: object) -> None:
    assert isinstance(parse({"describe": True}), DescribeRequest)
    with pytest.raises(BadRequest, match="'describe'"):
        parse({"describe": describe})


def test_a_message_is_one_sentence_without_what_was_sent_or_an_address() -> None:
    with pytest.raises(BadRequest) as caught:
        parse({**UPLOADED, "top_k": "secret"})
    assert caught.value.message == "The request's field 'top_k' is not accepted: Input should be a valid integer."
    assert caught.value.__suppress_context__


def test_what_was_asked_is_not_changed() -> None:
    with pytest.raises(ValidationError):
        parse(UPLOADED).key = "other"  # type: ignore[misc, union-attr]
