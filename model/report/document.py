"""What pages about evaluations are made of: one HTML file each, which needs no network, prints, and fits a phone."""

from __future__ import annotations

from collections.abc import Sequence

from model.report.markup import Markup, tag
from model.report.style import STYLE
from model.report.tables import Table

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a page may load: nothing."""


def document(title: str, body: Markup) -> str:
    """A whole page."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def table_of(table: Table, *, class_: str = "table") -> Markup:
    """A table, which may be wider than a phone."""
    return rows_of(table.titles, table.rows, class_=class_)


def rows_of(titles: Sequence[str], rows: Sequence[Sequence[str]], *, class_: str) -> Markup:
    """The same of titles and rows, whose cells may be markup; the first cell of each names the row."""
    head = tag("tr", *(tag("th", title, scope="col") for title in titles))
    body = (tag("tr", tag("th", row[0], scope="row"), *(tag("td", value) for value in row[1:])) for row in rows)
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body), class_=class_), class_="sideways")
