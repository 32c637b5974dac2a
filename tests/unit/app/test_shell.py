"""What stands in the page before its scripts have drawn it."""

from __future__ import annotations

import re

import dash_bootstrap_components as dbc
from dash import html

from app.layout.page import page
from app.layout.shell import shell
from app.main import create_app
from app.settings import Settings
from tests.unit.app.fakes import fake_services


def test_elements_are_written_with_their_looks_and_texts() -> None:
    written = shell(
        html.Div(
            [
                html.H2("a < b"),
                html.Img(src="x.svg", alt='"'),
                None,
                html.P(["one", html.Br(), "two"], className="lead"),
            ],
            style={"width": "3px"},
        )
    )
    assert written == (
        '<div inert aria-hidden="true"><div style="width:3px"><h2>a &lt; b</h2><img alt="&quot;" src="x.svg">'
        '<p class="lead">one<br>two</p></div></div>'
    )


def test_buttons_of_bootstrap_have_their_classes() -> None:
    written = shell(html.P(dbc.Button("Go", color="primary", disabled=True, className="wide", type="button")))
    (attributes,) = re.findall(r"<button ([^>]*)>Go</button>", written)
    assert 'class="btn btn-primary wide"' in attributes
    assert "disabled" in attributes.split()


def test_nothing_of_it_can_be_taken_for_the_page_itself() -> None:
    written = shell(page(1000, 2000))
    assert not re.findall(r'(?<!data-)\bid="', written)
    assert "role=" not in written and "aria-label" not in written
    assert written.startswith('<div inert aria-hidden="true">')
    assert 'data-id="panel-clip"' in written
    for hidden in ("panel-workout", "panel-examples", "panel-model", "kept", "said"):
        assert f'data-id="{hidden}"' not in written


def test_what_a_person_reads_first_comes_with_the_page_and_the_policy_knows_its_script() -> None:
    answer = create_app(Settings(), fake_services()).server.test_client().get("/")
    text = answer.get_data(as_text=True)
    assert "Which movement is this?" in text and "Drop a clip here" in text
    assert "Loading..." not in text
    assert "'sha256-" in answer.headers["Content-Security-Policy"]
