"""Stand-ins for the services, and the answers they give."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np

from app.scratch import Scratch
from app.services.local_uploads import LocalUploadStore, form_route
from app.services.local_workouts import FORM_PATH
from app.services.protocols import Services
from model.answers.clip import ClipAnswer, Part
from model.answers.report import Report, Step
from model.answers.upload import UploadTicket
from model.answers.workout import JobAnswer, JobState
from model.contract import MOVEMENTS, Contract, NoneOfThese
from model.errors import MovementsError, NotFound
from model.evaluation.report import report_of_arrays

CONTRACT = Contract(name="fake", version="1", architecture="none", movements=MOVEMENTS, none_of_these=NoneOfThese())

# One white pixel.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP////////////////////////////////////////////////////////////////////////////"
    "//////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AR//Z"
)


def answer_body(*, stills: bool = False, none: float | None = 0.03, none_is_answer: bool = False) -> dict[str, Any]:
    """A body as `ClipAnswer` holds it, of a portrait clip with a crop."""
    body: dict[str, Any] = {
        "prediction": [
            ["thruster", 0.8123],
            ["ohs", 0.0911],
            ["power clean", 0.0402],
            ["deadlift", 0.0204],
            ["shspu", 0.0002],
        ],
        "none_of_these": None if none is None else {"probability": none, "answer": none_is_answer},
        "clip": {
            "seconds": 0.933,
            "frames": 28,
            "width": 480,
            "height": 854,
            "sampled": [0, 14, 27],
            "sampled_seconds": [0.0, 0.467, 0.9],
            "crop": {"x": 48.0, "y": 85.4, "side": 240.0},
        },
        "model": {"name": "fake", "version": "1", "engine": "litert"},
        "timing_ms": {"decode": 21.4, "predict": 8.2, "total": 29.6},
    }
    if stills:
        body["stills"] = [base64.b64encode(JPEG).decode()] * 3
        body["why"] = {
            "frames": [0.1, 0.9, 0.0],
            "body": {"way": 0.2, "arms": 0.1, "legs": 0.7, "trunk": 0.0},
            "names": ["left_hip", "left_knee"],
            "joints": [[[10.0, 20.0], [30.0, 40.0]], None, [[11.0, 21.0], [31.0, 41.0]]],
        }
    return body


class FakeClassifier:
    """Answers every clip with one body, or raises one error; remembers what it was asked."""

    def __init__(
        self,
        uploads: LocalUploadStore,
        body: dict[str, Any],
        error: Exception | None = None,
        known: Report | None = None,
    ) -> None:
        self.uploads = uploads
        self.body = body
        self.error = error
        self.known = known
        self.reports_asked = 0
        self.asked: list[dict[str, Any]] = []
        self.clips: list[bytes] = []
        self.warmed = False

    def classify(self, key: str, *, top_k: int, stills: bool, part: Part | None = None) -> ClipAnswer:
        self.asked.append({"key": key, "top_k": top_k, "stills": stills, "part": part})
        clip: Path = self.uploads.path(key)
        self.clips.append(clip.read_bytes())
        self.uploads.discard(key)
        if self.error is not None:
            raise self.error
        return ClipAnswer.read({**self.body, "prediction": self.body["prediction"][:top_k]})

    def contract(self) -> Contract:
        if isinstance(self.error, MovementsError):
            raise self.error
        return CONTRACT

    def check(self) -> None:
        self.contract()

    def known_contract(self) -> Contract | None:
        return CONTRACT

    def report(self) -> Report | None:
        self.reports_asked += 1
        return self.known

    def warm(self) -> None:
        self.warmed = True


def fake_report() -> Report:
    """Of 60 clips, six of every output, one of them wrong: an overhead squat taken for a thruster."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(10), 6)
    probabilities = 0.8 * np.eye(10)[truth] + 0.2 * rng.dirichlet(np.ones(10), 60)
    ohs, thruster = CONTRACT.labels.index("ohs"), CONTRACT.labels.index("thruster")
    wrong = np.flatnonzero(truth == ohs)[0]
    probabilities[wrong, [ohs, thruster]] = probabilities[wrong, [thruster, ohs]]
    report = report_of_arrays(CONTRACT, probabilities, truth, test_set="60 clips of a test")
    steps = tuple(
        Step(step=100 * i, loss=2.5 / i, top1=i / 5, held_out_loss=2.0 / i, held_out_top1=i / 5) for i in range(1, 5)
    )
    return report.model_copy(update={"history": steps})


class FakeWorkouts:
    """Takes films and knows jobs that a test gives it."""

    def __init__(self, uploads: LocalUploadStore) -> None:
        self.uploads = uploads
        self.max_bytes = uploads.max_bytes
        self.jobs: dict[str, JobAnswer] = {}
        self.films: list[bytes] = []
        self.athletes: list[tuple[float, float] | None] = []

    def ticket(self) -> UploadTicket:
        return self.uploads.ticket(self.max_bytes)

    def put(self, film: Path) -> str:
        return self.uploads.put(film)

    def submit(self, key: str, *, athlete: tuple[float, float] | None = None) -> JobAnswer:
        self.athletes.append(athlete)
        self.films.append(self.uploads.path(key).read_bytes())
        self.uploads.discard(key)
        job = JobAnswer(id=f"{len(self.films):032x}", state=JobState.WAITING)
        self.jobs[job.id] = job
        return job

    def job(self, name: str) -> JobAnswer:
        if name not in self.jobs:
            raise NotFound("There is no such workout.")
        return self.jobs[name]

    def delete(self, name: str) -> None:
        del self.jobs[self.job(name).id]

    def close(self) -> None:
        self.uploads.close()


def fake_services(
    *,
    body: dict[str, Any] | None = None,
    error: Exception | None = None,
    report: Report | None = None,
    max_bytes: int = 2**20,
    workouts: bool = False,
) -> Services:
    """Real local uploads, fake classifier; with `workouts`, somebody takes films, too."""
    scratch = Scratch()
    uploads = LocalUploadStore(scratch, max_bytes=max_bytes, minutes=1)
    classifier = FakeClassifier(uploads, body or answer_body(stills=True), error, report)
    if not workouts:
        return Services(uploads=uploads, classifier=classifier, scratch=scratch, routes=form_route(uploads))
    films = LocalUploadStore(scratch, max_bytes=2 * max_bytes, minutes=1, form_path=FORM_PATH)

    def routes(server: Any) -> None:
        form_route(uploads)(server)
        form_route(films)(server)

    return Services(uploads, classifier, scratch, routes, FakeWorkouts(films))
