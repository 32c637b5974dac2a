"""What the page asks of the server: an answer to an upload, an example, the model. Thin functions that a test calls."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, html
from dash.development.base_component import Component
from pydantic import TypeAdapter, ValidationError

from app.layout.descriptions import slug
from app.layout.examples_panel import example
from app.layout.model_panel import model_facts
from app.layout.outcome import movement_of, outcome, strip, summary
from app.layout.problem import problem
from app.server import as_answer
from app.services.protocols import Services
from model.answers.clip import Part
from model.contract import MOVEMENTS, Movement
from model.defaults import TOP_K
from model.errors import BadRequest, MovementsError

EXAMPLES = Path(__file__).parent / "assets" / "examples"
"""Demonstrations, `<slug of the label>.mp4`."""

_PARTS: TypeAdapter[Part] = TypeAdapter(Part)

logger = logging.getLogger(__name__)


def submit(services: Services, upload: object) -> tuple[Component, Component | None, dict[str, Any]]:
    """The answer to an uploaded clip, or the error, as the page shows it.

    Args:
        services: who answers.
        upload: what the browser says it uploaded: `{"key": ...}`, never the clip itself, and perhaps the `part` of it
            that is to be looked at, first and last second.

    Returns:
        The verdict or the error, the frames that the model saw, and for the page's script `{"key", "ok", "summary"}`,
        which seconds were `seen`, the first and last of their `frames`, and the `size` of these.
    """
    key = upload.get("key") if isinstance(upload, dict) else None
    try:
        if not isinstance(key, str):
            raise BadRequest("No clip was uploaded.", hint="Choose a clip and submit it.")
        part = _part(upload)
        answer = services.classifier.classify(key, top_k=TOP_K, stills=True, part=part)
        known = movements(services)
        looked, clip = answer.clip.sampled, answer.clip
        about = {"frames": [looked[0], looked[-1]], "size": [clip.width, clip.height]}
        facts = {"key": key, "ok": True, "summary": summary(answer, known), "seen": answer.seen, **about}
        return outcome(answer, known), strip(answer), facts
    except Exception as error:  # the person gets a sentence for anything; what was not foreseen is logged
        shown = as_answer(error)
        return problem(shown), None, {"key": key, "ok": False, "summary": ""}


def _part(upload: object) -> Part | None:
    part = upload.get("part") if isinstance(upload, dict) else None
    try:
        return None if part is None else _PARTS.validate_python(part)
    except ValidationError as error:
        raise BadRequest("The part of the clip is two times in seconds.", hint="Load the page again.") from error


def movements(services: Services) -> list[Movement]:
    """The movements that the model knows; those of the default model while no model answers."""
    try:
        return list(services.classifier.contract().movements)
    except MovementsError as error:
        logger.warning("the movements are not known", extra={"code": error.code, "reason": error.message})
        return list(MOVEMENTS)


def show_example(services: Services, label: str, address: Callable[[str], str]) -> Component:
    """The chosen movement's demonstration and description.

    Args:
        services: who knows the movements.
        label: the chosen one.
        address: from a path below assets/ to its address.

    Raises:
        BadRequest: it is none of the movements.
    """
    known = movements(services)
    if label not in [movement.label for movement in known]:
        raise BadRequest("The model does not know this movement.", hint="Load the page again.")
    name = f"{slug(label)}.mp4"
    video = address(f"examples/{name}") if (EXAMPLES / name).is_file() else None
    return example(movement_of(label, known), video)


def show_model(services: Services) -> Component:
    """What the model is and how good it was on its test set, or why that is not known."""
    try:
        return model_facts(services.classifier.contract(), services.classifier.report())
    except Exception as error:  # as in `submit`
        return problem(as_answer(error))


def register(app: Dash, services: Services) -> None:
    """Connect the functions to the page."""

    def known(_: str) -> tuple[list[Component], str]:
        all_of_them = movements(services)
        options: list[Component] = [html.Option(one.meaning, value=one.label) for one in all_of_them]
        names = ", ".join(movement.meaning for movement in all_of_them)
        return options, f"The model knows {len(options)} movements: {names}."

    def answered(upload: str) -> tuple[Component, Component | None, str]:
        verdict, frames, facts = submit(services, _json(upload))
        return verdict, frames, json.dumps(facts)

    # What scripts and server tell each other is text in attributes: a component that stores it brings 115 KB along.
    app.callback(
        Output("answer", "children"),
        Output("saw", "children"),
        Output("answered", "data-told"),
        Input("upload", "data-told"),
        prevent_initial_call=True,
    )(answered)
    app.callback(
        Output("movement", "children"),
        Output("known", "children"),
        Input("panel-examples", "id"),
    )(known)
    app.callback(Output("example", "children"), Input("example-asked", "data-told"), prevent_initial_call=True)(
        lambda label: show_example(services, label, app.get_asset_url)
    )
    app.callback(Output("model", "children"), Input("model-asked", "data-told"), prevent_initial_call=True)(
        lambda _: show_model(services)
    )
    app.clientside_callback(
        ClientsideFunction("movements", "answered"),
        Output("status", "children"),
        Input("answered", "data-told"),
        prevent_initial_call=True,
    )


def _json(text: object) -> object:
    """What a text of the page's says; None if it is no JSON."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
