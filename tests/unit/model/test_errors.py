from __future__ import annotations

import pytest

from model.answers.error import ErrorAnswer, read_error
from model.errors import ERRORS, InternalError, MovementsError


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_every_error_is_a_failure_with_a_sentence_and_something_to_do(error: type[MovementsError]) -> None:
    raised = error()
    assert 400 <= raised.status < 600
    assert raised.message.endswith(".")
    assert raised.hint.endswith(".")


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_an_error_survives_its_json(error: type[MovementsError]) -> None:
    restored = read_error(ErrorAnswer.of(error("It lasts 300 s.", hint="Cut it.")).to_json())
    assert type(restored) is error
    assert (restored.message, restored.hint) == ("It lasts 300 s.", "Cut it.")


def test_an_unknown_code_is_an_internal_error() -> None:
    assert isinstance(read_error({"error": {"code": "nonsense"}}), InternalError)
    assert isinstance(read_error({}), InternalError)


def test_the_codes_are_those_of_the_public_contract() -> None:
    assert set(ERRORS) == {
        "empty_file", "not_a_video", "unsupported_container", "unsupported_codec", "no_video_track", "too_large",
        "too_long", "too_many_pixels", "too_short", "corrupt_video", "not_found", "timed_out", "bad_request",
        "method_not_allowed", "too_many_requests", "store_unavailable", "storage_full", "model_unavailable", "internal",
    }  # fmt: skip
