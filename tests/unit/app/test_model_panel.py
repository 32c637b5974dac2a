from __future__ import annotations

import json
from typing import Any

import pytest

from app.layout.model_panel import model_facts, model_panel
from model.answers.report import FilmFigures
from tests.unit.app.fakes import CONTRACT, fake_report


def markup(component: Any) -> str:
    return json.dumps(component.to_plotly_json(), default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def parts(component: Any, kind: str) -> list[Any]:
    """All components of a kind below one, in order."""
    children = getattr(component, "children", None)
    below = children if isinstance(children, list | tuple) else [children]
    found = [part for child in below if hasattr(child, "to_plotly_json") for part in parts(child, kind)]
    return [*([component] if type(component).__name__ == kind else []), *found]


def heat_maps() -> list[list[list[Any]]]:
    """The cells of confusion and correlation, by row."""
    tables = [table for table in parts(model_facts(CONTRACT, fake_report()), "Table") if table.className == "heat"]
    return [[parts(row, "Td") for row in parts(table, "Tr")[1:]] for table in tables]


def test_a_heat_map_is_a_table_with_headers_whose_numbers_can_be_read() -> None:
    confusion, correlation = heat_maps()
    assert [[cell.children for cell in row].count("6") for row in confusion] == [1] * 5 + [0] + [1] * 4
    ohs, thruster = CONTRACT.labels.index("ohs"), CONTRACT.labels.index("thruster")
    assert (confusion[ohs][ohs].children, confusion[ohs][thruster].children) == ("5", "1")
    assert (confusion[ohs][thruster].className, confusion[ohs][ohs].className) == (
        "heat-wrong",
        "heat-right heat-strong",
    )
    assert confusion[ohs][thruster].style["--share"] == "0.167"
    assert all(row[i].children == "1" for i, row in enumerate(correlation))
    text = markup(model_facts(CONTRACT, fake_report()))
    assert text.count('"scope": "row"') >= 3 * 10


def test_outputs_are_sorted_by_the_probability_of_the_truth() -> None:
    facts = model_facts(CONTRACT, fake_report())
    (table,) = [table for table in parts(facts, "Table") if "rows-figures" in (table.className or "")]
    means = [float(parts(row, "Span")[0].children.split(" ")[0]) for row in parts(table, "Tr")[1:]]
    assert len(means) == 10
    assert means == sorted(means, reverse=True)
    last = parts(table, "Tr")[-1]
    assert parts(last, "Th")[0].children == "Overhead squat"
    assert [cell.children for cell in parts(last, "Td")[1:]] == ["100.0 %", "83.3 %"]


def test_every_chart_has_words_and_its_numbers_in_a_table() -> None:
    facts = model_facts(CONTRACT, fake_report())
    charts = [part.to_plotly_json()["props"]["data-svg"] for part in parts(facts, "Div") if hasattr(part, "data-svg")]
    assert len(charts) == 3
    assert all('role="img" aria-label="' in chart for chart in charts)
    calibration, history = parts(facts, "Details")
    assert len(parts(calibration, "Tr")) > 1
    assert len(parts(history, "Tr")) == 1 + 4


def test_without_a_history_there_is_no_chart_of_it() -> None:
    report = fake_report().model_copy(update={"history": ()})
    assert "Training" not in markup(model_facts(CONTRACT, report))


@pytest.mark.parametrize("outcome", [True, False])
def test_what_becomes_of_anything_else_is_told(outcome: bool) -> None:
    contract = CONTRACT if outcome else CONTRACT.model_copy(update={"none_of_these": None})
    said = "is answered with none of these" if outcome else "is taken for one of them"
    assert said in markup(model_facts(contract, None))


def test_the_panel_is_hidden_empty_and_named_by_its_tab() -> None:
    props = model_panel().to_plotly_json()["props"]
    assert (props["hidden"], props["data-state"], props["aria-labelledby"]) == (True, "empty", "tab-model")


def test_what_it_makes_of_film_stands_beside_what_it_is_not_for() -> None:
    film = FilmFigures(
        name="other",
        clips=50,
        movements=7,
        top1=6 / 7,
        let_through=1.0,
        others=43,
        rejected=0.9,
        near=14,
        near_rejected=0.5,
    )
    report = fake_report().model_copy(update={"film": (film,), "warnings": ("Never for medals.",)})
    text = markup(model_facts(CONTRACT, report))
    assert "85.7 %" in text and "of 7 clips of a movement are named right" in text
    assert "90.0 %" in text and "50.0 % of the 14 among them" in text
    assert "Never for medals." in text
    assert "On film" not in markup(model_facts(CONTRACT, fake_report()))
