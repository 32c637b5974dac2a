"""An error as a sentence and what to do about it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from pydantic import JsonValue

from app.forms import too_large
from model.answers.error import ErrorDetail
from model.errors import EmptyFile, InternalError, MovementsError, NotAVideo
from model.units import megabytes


def problem(error: MovementsError) -> Component:
    """An error for people: what is wrong, then what to do; read out at once by screen readers."""
    return html.Div(
        [
            html.P(error.message, className="problem-message"),
            html.P(error.hint, className="problem-hint"),
        ],
        className="problem",
        role="alert",
        **{"data-code": error.code},
    )


def client_problems(max_bytes: int) -> dict[str, dict[str, JsonValue]]:
    """The errors that the page's scripts find themselves: the same sentences, by the name that the scripts use."""
    errors = {
        "empty_file": EmptyFile(),
        "not_a_video": NotAVideo(),
        "too_large": too_large(max_bytes),
        "interrupted": InternalError(
            "The connection was lost before there was an answer.",
            hint="Check that you are online, then submit the clip again.",
        ),
        "refused": InternalError("The clip could not be stored.", hint="Submit it again; each try gets a new ticket."),
        "no_device": InternalError(
            "This device cannot answer the clip.", hint="Switch off the answer on this device, then submit it again."
        ),
        "no_example": InternalError("The example could not be loaded.", hint="Reload the page and try again."),
    }
    return {name: ErrorDetail.of(error).to_json() for name, error in errors.items()}


def limits_sentence(max_bytes: int) -> str:
    """What may be dropped, in one line."""
    return f"mp4 or mov, a repetition or a set, up to {megabytes(max_bytes)}"
