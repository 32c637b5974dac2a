"""A classifier that is never asked about too many clips at once."""

from __future__ import annotations

from threading import BoundedSemaphore

from app.services.protocols import Classifier
from model.answers.clip import ClipAnswer, Part
from model.answers.report import Report
from model.contract import Contract
from model.errors import ModelUnavailable


class BoundedClassifier:
    """Another classifier, and how many may wait for its answers: whoever waits for one holds a thread of the server.

    Args:
        classifier: that answers.
        at_once: how many may wait.
    """

    def __init__(self, classifier: Classifier, at_once: int) -> None:
        self._classifier = classifier
        self._places = BoundedSemaphore(at_once)

    def classify(self, key: str, *, top_k: int, stills: bool, part: Part | None = None) -> ClipAnswer:
        """As that of the other; raises `ModelUnavailable` if too many wait already."""
        if not self._places.acquire(blocking=False):
            raise ModelUnavailable("Too many clips are waiting.", hint="Submit the clip again in a minute.")
        try:
            return self._classifier.classify(key, top_k=top_k, stills=stills, part=part)
        finally:
            self._places.release()

    def contract(self) -> Contract:
        """As of the other."""
        return self._classifier.contract()

    def check(self) -> None:
        """As of the other."""
        self._classifier.check()

    def known_contract(self) -> Contract | None:
        """As of the other."""
        return self._classifier.known_contract()

    def report(self) -> Report | None:
        """As of the other."""
        return self._classifier.report()

    def warm(self) -> None:
        """As of the other."""
        self._classifier.warm()
