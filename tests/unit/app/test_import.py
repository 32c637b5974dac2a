"""The predecessor fetched its labels from a web page when it was imported, and configured itself then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.main import create_app
from app.services.protocols import Services
from app.settings import Settings
from tests.unit.app.fakes import fake_services

ROOT = Path(__file__).parents[3]

_OFFLINE = """
import socket, sys

def forbidden(*_args, **_kwargs):
    raise AssertionError("a connection was opened")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = forbidden
import app.main, app.api, app.callbacks, app.server
import app.services.local_classifier, app.services.local_uploads, app.services.open_services
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", _OFFLINE + code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_app_opens_no_connection_and_makes_no_server() -> None:
    assert run("print('server' in vars(app.main))") == "False"


def test_importing_the_app_loads_no_decoder_no_engine_and_no_aws() -> None:
    heavy = ("cv2", "tensorflow", "keras", "ai_edge_litert", "boto3", "model.predict", "model.video")
    assert run(f"print([name for name in {heavy!r} if name in sys.modules])") == "[]"


def test_the_whole_app_is_made_and_served_without_a_connection() -> None:
    code = """
from app.settings import Settings
services = app.services.open_services.open_services(Settings())
page = app.main.create_app(Settings(), services).server.test_client().get("/")
print(page.status_code, "cv2" in sys.modules)
"""
    assert run(code) == "200 False"


def test_making_the_app_asks_no_service_anything() -> None:
    class Untouchable:
        def known_contract(self) -> None:
            """What is known without asking."""

        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"the classifier was asked for {name}")

    real = fake_services()
    services = Services(uploads=real.uploads, classifier=Untouchable(), scratch=real.scratch)
    client = create_app(Settings(), services).server.test_client()
    assert client.get("/").status_code == client.get("/_dash-layout").status_code == 200
    real.scratch.close()
