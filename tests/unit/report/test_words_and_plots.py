"""A report in words, and its plots as data and as SVG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.answers.report import Report
from model.contract import MOVEMENTS
from model.evaluation.report import report_of_arrays, with_history
from model.report import plots, svg
from model.report.words import decimal, headlines, percent, share
from tests.unit.evaluation.test_report import BURPEE, CHEST, CONTRACT, DEADLIFT, HEADER, NONE, PROBABILITIES, TRUTH


def report() -> Report:
    return report_of_arrays(CONTRACT, PROBABILITIES, TRUTH, test_set="6 clips")


def test_the_headlines_say_the_figures_in_words() -> None:
    told = [f"{headline.figure} {headline.words}" for headline in headlines(report())]
    assert told[0] == "75.0 % of 4 clips of a movement are named right (95 % interval: 30.1 to 95.4 %)."
    trust = "(95 % interval: 9.5 to 90.5 %)"
    assert f"50.0 % of 2 clips that show something else are answered with none of these {trust}." in told
    plain = CONTRACT.model_copy(update={"none_of_these": None})
    without = report_of_arrays(plain, PROBABILITIES[:2, :3], TRUTH[:2], test_set="2 clips")
    assert not any("none of these" in headline.words for headline in headlines(without))


def test_numbers_are_short_and_say_when_there_is_none() -> None:
    assert [decimal(value) for value in (0.971, -0.05, 1.0, -1.0, 0.001, -0.001, None)] == [
        ".97", "−.05", "1", "−1", "0", "0", "–",
    ]  # fmt: skip
    assert (percent(0.9945), percent(None)) == ("99.5 %", "–")


def test_a_share_is_rounded_once_before_it_is_read() -> None:
    truth = np.zeros(54, int)
    probabilities = np.tile([0.9, 0.1, 0.0, 0.0], (54, 1))
    probabilities[0] = [0.1, 0.9, 0.0, 0.0]
    made = report_of_arrays(CONTRACT, probabilities, truth, test_set="54 clips")
    assert headlines(made)[0].figure == "98.1 %", "53 of 54 are 98.148 %"


def test_charts_tell_in_words_what_they_show(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEADER + "25,400,0.9,2.15,0.25,0.0005,,\n50,800,1.5,2.05,0.5,0.001,0.9,0.875\n")
    made = with_history(report(), log)
    assert "right in 100.0 % of 1 clip" in svg.chart(plots.calibration(made))
    for chart in map(svg.chart, plots.history(made)):
        assert "loss from 2.15 to 2.05, top-1 from 25.0 % to 50.0 %" in chart
        assert chart.count("chart-dot") == 1
    assert [(panel.name, panel.rival) for panel in plots.probabilities(made)] == [
        (BURPEE, CHEST),
        (CHEST, NONE),
        (NONE, DEADLIFT),
    ]


def test_names_with_signs_of_markup_do_not_break_a_chart() -> None:
    movements = (MOVEMENTS[0].model_copy(update={"label": '<b>"&'}), MOVEMENTS[1])
    contract = CONTRACT.model_copy(update={"movements": movements, "none_of_these": None})
    made = report_of_arrays(contract, np.array([[0.6, 0.4]]), np.array([0]), test_set="1 clip")
    (chart,) = map(svg.panel, plots.probabilities(made))
    assert "<b>" not in chart
    assert "&lt;b&gt;&quot;&amp;" in chart


def test_a_share_of_few_clips_carries_its_interval_and_one_of_a_hundred_does_not() -> None:
    assert share(8 / 9, 9) == "88.9 % (56.5 to 98.0)"
    assert share(0.5, 99) == "50.0 % (40.3 to 59.7)"
    assert share(0.5, 100) == "50.0 %"
    assert (share(None, 9), share(None, 0)) == ("–", "–")


def test_a_plot_of_shares_says_what_its_cells_and_points_stand_for() -> None:
    made = report()
    heat = plots.confusion(made)
    assert [[cell.text for cell in row] for row in heat.cells] == [
        ["2", "1", "", ""], ["", "", "", "1"], ["", "", "", ""], ["", "", "1", "1"],
    ]  # fmt: skip
    assert (heat.cells[0][0].tone, heat.cells[0][1].tone) == ("right", "wrong")
    assert heat.cells[0][0].share == 2 / 3
    strong = [plots.Cell("", share, "right").strong for share in (0.8, 0.81)]
    assert strong == [False, True]
    signs = {cell.tone for row in plots.correlation(made).cells for cell in row if cell.text.startswith("−")}
    assert signs == {"rival"}
    chart = plots.calibration(made)
    assert sum(bar.height for bar in chart.bars) > 0
    assert [dot.x for dot in chart.dots] == sorted(dot.x for dot in chart.dots)
    assert max(dot.weight for dot in chart.dots) == 1.0


def test_a_history_is_drawn_on_axes_that_hold_it(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEADER + "25,400,0.9,2.15,0.25,0.0005,,\n50,800,1.5,2.05,0.5,0.001,2.4,0.875\n")
    loss, top1 = plots.history(with_history(report(), log))
    assert (loss.x.top, loss.y.top, top1.y.top) == (50, 2.5, 1.0)
    assert [text for _, text in top1.y.ticks] == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
    assert [curve.points for curve in top1.curves] == [[(25, 0.25), (50, 0.5)], [(50, 0.875)]]


def test_the_points_of_a_chart_are_in_the_svg_at_their_places() -> None:
    chart = plots.Chart(
        x=plots.Axis("x", 1.0, ((0.0, "0"), (1.0, "1"))),
        y=plots.Axis("y", 1.0, ((0.0, "0"), (1.0, "1"))),
        words="a line",
        curves=(plots.Curve("line", [(0, 0), (1, 1)]),),
        dots=(plots.Dot(1.0, 1.0, 1.0, "the end"),),
        bars=(plots.Bar(0.0, 0.5, 0.5),),
    )
    text = svg.chart(chart)
    assert 'class="chart-line" d="M38 196L350 12"' in text
    assert '<circle class="chart-dot" cx="350.0" cy="12.0" r="6.5"><title>the end</title>' in text
    assert '<rect class="chart-bar" x="39.0" y="104.0" width="154.0" height="92.0"/>' in text
