from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.services.bounded import BoundedClassifier
from model.answers.clip import ClipAnswer
from model.errors import CorruptVideo, ModelUnavailable
from tests.unit.app.fakes import CONTRACT, answer_body, fake_report


class Slow:
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = threading.Semaphore(0)
        self.warmed = False

    def classify(self, key: str, **_: Any) -> ClipAnswer:
        self.asked.release()
        assert self.go.wait(30)
        if key == "broken":
            raise CorruptVideo()
        return ClipAnswer.read(answer_body())

    def contract(self) -> Any:
        return CONTRACT

    known_contract = contract

    def check(self) -> None:
        self.checked = True

    def report(self) -> Any:
        return fake_report()

    def warm(self) -> None:
        self.warmed = True


def test_one_too_many_is_told_so_and_places_are_free_again_after_answers_and_errors() -> None:
    slow = Slow()
    bounded = BoundedClassifier(slow, 2)
    with ThreadPoolExecutor(2) as pool:
        given = [pool.submit(bounded.classify, key, top_k=5, stills=False) for key in ("a", "broken")]
        for _ in given:
            assert slow.asked.acquire(timeout=30)
        with pytest.raises(ModelUnavailable, match="Too many clips are waiting"):
            bounded.classify("c", top_k=5, stills=False)
        slow.go.set()
        assert given[0].result().prediction
        with pytest.raises(CorruptVideo):
            given[1].result()
        again = [pool.submit(bounded.classify, "a", top_k=5, stills=False) for _ in range(2)]
        assert all(one.result().prediction for one in again)


def test_the_rest_is_that_of_the_other() -> None:
    slow = Slow()
    bounded = BoundedClassifier(slow, 1)
    assert bounded.contract() == bounded.known_contract() == CONTRACT
    assert bounded.report() == fake_report()
    bounded.warm()
    bounded.check()
    assert slow.warmed and slow.checked
