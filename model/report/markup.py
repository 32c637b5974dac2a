"""HTML that cannot forget to escape: anything that is not markup already becomes text."""

from __future__ import annotations

from html import escape

_VOID = frozenset({"img", "meta"})


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


def tag(element: str, /, *content: str, **attributes: str) -> Markup:
    """An element.

    Args:
        element: its name.
        content: inside it; what is no `Markup` is escaped.
        attributes: escaped; a trailing underscore of a name is dropped (`class_`), others become hyphens.
    """
    words = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    if element in _VOID:
        return Markup(f"<{element}{words}>")
    return Markup(f"<{element}{words}>{joined(*content)}</{element}>")


def joined(*content: str) -> Markup:
    """Several pieces as one; what is no `Markup` is escaped."""
    return Markup("".join(piece if isinstance(piece, Markup) else escape(piece) for piece in content))
