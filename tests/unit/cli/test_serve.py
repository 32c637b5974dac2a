from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import app.listen
from app.settings import Settings
from model.cli.commands import app as commands

runner = CliRunner()


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings of every page that would be served."""
    for name in ("HOST", "PORT", "BUNDLE", "CLASSIFIER_FUNCTION", "UPLOAD_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    served: list[Settings] = []
    monkeypatch.setattr(app.listen, "listen", served.append)
    return served


def test_serve_takes_what_is_not_given_from_the_environment(
    served: list[Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("HOST", "0.0.0.0")
    assert runner.invoke(commands, ["serve", "--host", "127.0.0.2", "--bundle", str(tmp_path)]).exit_code == 0
    (settings,) = served
    assert (settings.host, settings.port, settings.bundle) == ("127.0.0.2", 9001, tmp_path)


def test_serve_without_options_is_the_page_of_the_readme(served: list[Settings]) -> None:
    assert runner.invoke(commands, ["serve"]).exit_code == 0
    assert (served[0].host, served[0].port) == ("127.0.0.1", 8050)


def test_serve_says_which_variable_is_wrong_and_serves_nothing(
    served: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_THREADS", "1")
    monkeypatch.setenv("UPLOAD_BUCKET", "bucket")
    result = runner.invoke(commands, ["serve"])
    assert result.exit_code == 1
    assert result.stderr == "WEB_THREADS: Input should be greater than or equal to 4\n"
    monkeypatch.delenv("WEB_THREADS")
    result = runner.invoke(commands, ["serve"])
    assert result.stderr.startswith("CLASSIFIER_FUNCTION and UPLOAD_BUCKET belong together")
    assert served == []


def test_serve_refuses_a_folder_that_is_not_there(served: list[Settings], tmp_path: Path) -> None:
    result = runner.invoke(commands, ["serve", "--bundle", str(tmp_path / "gone")])
    assert (result.exit_code, served) == (2, [])
