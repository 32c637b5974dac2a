"""The app with real local uploads and a fake classifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from app.main import create_app
from app.services.protocols import Services
from app.settings import Settings
from model.answers.report import Report
from model.answers.workout import JobAnswer, JobState
from tests.unit.app.fakes import FakeClassifier, FakeWorkouts, fake_services
from tests.unit.workout.conftest import made_workout


@dataclass(frozen=True)
class Page:
    """The app, a client of it, and what is behind it."""

    app: Dash
    client: FlaskClient
    services: Services

    @property
    def classifier(self) -> FakeClassifier:
        assert isinstance(self.services.classifier, FakeClassifier)
        return self.services.classifier


MakePage = Callable[..., Page]


@pytest.fixture
def make_page() -> Iterator[MakePage]:
    """Makes a page with an answer or an error of the classifier's; limit of an upload: 1 MiB."""
    made: list[Services] = []

    def make(
        *, body: dict[str, Any] | None = None, error: Exception | None = None, report: Report | None = None
    ) -> Page:
        services = fake_services(body=body, error=error, report=report, max_bytes=2**20)
        made.append(services)
        app = create_app(Settings(max_upload_bytes=2**20), services)
        return Page(app, app.server.test_client(), services)

    yield make
    for services in made:
        services.uploads.close()
        services.scratch.close()


@pytest.fixture
def page(make_page: MakePage) -> Page:
    return make_page()


class Server:
    """The app with a fake that analyses films."""

    def __init__(self) -> None:
        self.services = fake_services(workouts=True)
        self.client: FlaskClient = create_app(Settings(max_upload_bytes=2**20), self.services).server.test_client()

    @property
    def workouts(self) -> FakeWorkouts:
        assert isinstance(self.services.workouts, FakeWorkouts)
        return self.services.workouts

    def done(self) -> str:
        """The address of a job with a result."""
        job = JobAnswer(id="f" * 32, state=JobState.DONE, workout=made_workout())
        self.workouts.jobs[job.id] = job
        return f"/api/workouts/{job.id}"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.workouts.close()
    made.services.uploads.close()
    made.services.scratch.close()
