"""How the command line shows a run."""

from __future__ import annotations

import io
import signal
from pathlib import Path

import pytest
import typer
from rich.console import Console

from model.cli.runs import shown, stoppable
from model.training.history import Row
from model.training.interruption import Interrupted

RUN = Path("runs/mine")
ROW = Row(20, 160, 1.25, 0.9876, 0.5, 0.00125)


def output(*, terminal: bool, resume: bool = False, resumed: bool = False, step: int = 0) -> str:
    """What is shown of a run that takes one step and writes one row."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100, highlight=False)
    with shown(RUN, console, resume=resume) as watcher:
        watcher.begin(step, 60, resumed=resumed)
        watcher.advance(step + 1)
        watcher.row(ROW)
    return file.getvalue()


def test_without_a_terminal_there_are_plain_lines_and_no_bar() -> None:
    assert output(terminal=False) == f"{ROW}\n"


def test_a_terminal_shows_the_rows_and_a_bar_with_the_time_left() -> None:
    text = output(terminal=True)
    assert str(ROW) in text
    assert "1/60" in text
    assert "left" in text


def test_a_resumed_run_says_from_which_step() -> None:
    for terminal in (False, True):
        assert "runs/mine resumes at step 20 of 60\n" in output(terminal=terminal, resume=True, resumed=True, step=20)


def test_a_run_with_nothing_to_resume_says_that_it_begins() -> None:
    for terminal in (False, True):
        assert "runs/mine has no checkpoint to resume: it begins at step 0 of 60\n" in output(
            terminal=terminal, resume=True
        )
    assert "resume" not in output(terminal=False)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_ended_by_a_signal_says_what_is_saved_and_exits_as_shells_expect(
    number: signal.Signals, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left, stoppable("Go on from there with --resume."):
        raise Interrupted(number, RUN, 20, 60)
    assert left.value.exit_code == status
    assert capsys.readouterr().err == "runs/mine is saved at step 20 of 60. Go on from there with --resume.\n"
