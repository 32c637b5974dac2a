"""The page as it stands before its scripts have drawn it: what a person sees first is there with the first answer.

Dash draws the page in the browser, out of four scripts and two more answers; until then there would be nothing to read.
The same layout is written as HTML here, and React puts the real one in its place. Scripts must not take the one for the
other, nor may a person who is quicker than they are press a button that does nothing yet: it has no ids but in
`data-id`, which the style sheet knows, no roles, and is inert.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from dash.development.base_component import Component

_VOID = frozenset(("br", "hr", "img", "input"))
_NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "id": "data-id"}
_LEFT_OUT = frozenset(("children", "role", "n_clicks", "key", "data-config", "color"))


def shell(layout: Component) -> str:
    """HTML that looks like a layout of Dash's own elements and Bootstrap's buttons; what is hidden is left out."""
    return f'<div inert aria-hidden="true">{"".join(_written(layout))}</div>'


def _written(part: object) -> Iterator[str]:
    if part is None:
        return
    if isinstance(part, (list, tuple)):
        for one in part:
            yield from _written(one)
        return
    if not isinstance(part, Component):
        yield escape(str(part), quote=False)
        return
    given = part.to_plotly_json()["props"]
    if given.get("hidden"):
        return
    tag = str(part.to_plotly_json()["type"]).lower()
    if "color" in given:
        given["className"] = f"btn btn-{given['color']} {given.get('className', '')}".strip()
    yield f"<{tag}{''.join(_attributes(given))}>"
    if tag not in _VOID:
        yield from _written(given.get("children"))
        yield f"</{tag}>"


def _attributes(given: dict[str, object]) -> Iterator[str]:
    for name, value in given.items():
        if name in _LEFT_OUT or name.startswith("aria-") or value is None or value is False:
            continue
        if isinstance(value, dict):
            value = ";".join(f"{key}:{text}" for key, text in value.items())
        told = "" if value is True else f'="{escape(str(value))}"'
        yield f" {_NAMES.get(name, name)}{told}"
