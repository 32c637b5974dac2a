"""The page about a bundle, made by the command from clips that the test makes."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from model.answers.report import Report
from model.cli.commands import app
from model.contract import MOVEMENTS, Contract
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.evaluation.report import report_of_arrays
from model.report.markup import Markup, tag
from model.report.page import Section, page
from tests.clips import plain_clip

RED, GREEN = (230, 10, 10), (10, 230, 10)
FIRST, SECOND = MOVEMENTS[0].label, MOVEMENTS[1].label

runner = CliRunner()


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny bundle takes red for the first movement and green for the second: two right, two wrong, one broken."""
    folder = tmp_path_factory.mktemp("film & friends #")
    plain_clip(folder / f"{FIRST}_1.mp4", RED)
    plain_clip(folder / f"{SECOND}_1.mp4", GREEN)
    plain_clip(folder / "thruster_1.mp4", RED)
    plain_clip(folder / "thruster_2.mp4", RED)
    (folder / "ghd_1.mp4").write_text("no video " * 40)
    return folder


@pytest.fixture(scope="module")
def written(clips: Path, tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page about the clips, with the history of a run."""
    out = tmp_path_factory.mktemp("out") / "new" / "report.html"
    run = tmp_path_factory.mktemp("run")
    header = "step,clips,minutes,loss,top1,rate,held_out_loss,held_out_top1\n"
    (run / "log.csv").write_text(f"{header}25,400,0.9,2.15,0.25,0.0005,,\n50,800,1.5,2.05,0.5,0.001,0.9,0.875\n")
    arguments = ["report", "--clips", str(clips), "--run", str(run), "--out", str(out), "--bundle", str(tiny_bundle)]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return out


class Outline(HTMLParser):
    """Every element with its attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_needs_nothing_but_itself(written: Path) -> None:
    text = written.read_text()
    outline = Outline(text)
    assert {name for name, _ in outline.elements} & {"script", "link", "iframe", "object", "video"} == set()
    assert all(image["src"].startswith("data:image/jpeg;base64,") for image in outline.of("img"))
    assert not re.search(r"url\(|@import", text)
    assert any("default-src 'none'" in meta.get("content", "") for meta in outline.of("meta"))
    assert len(text.encode()) < 2_000_000


def test_every_figure_and_table_is_there_with_a_sentence_on_how_to_read_it(written: Path) -> None:
    text = written.read_text()
    titles = (
        "Confusion", "Correlation", "Probability of the truth", "Calibration", "Precision and recall",
        "All probabilities", "Confused clips", "Clips without a prediction", "Training",
    )  # fmt: skip
    for title in titles:
        assert re.search(rf'<h3>{title}</h3><p class="reading">[^<]{{20,}}</p>', text), title
    assert "Athletes" not in text, "nobody knows who they are"
    assert len(Outline(text).of("svg")) == 1 + 3 + 2  # calibration, the outputs with clips, history
    assert all(chart["aria-label"] for chart in Outline(text).of("svg"))


def test_confused_clips_are_linked_and_shown_as_the_model_saw_them(written: Path, clips: Path) -> None:
    text = written.read_text()
    assert f"<h4>thruster taken for {FIRST} <span>2 clips</span></h4>" in text
    links = [link["href"] for link in Outline(text).of("a")]
    targets = {(written.parent / unquote(link)).resolve() for link in links}
    assert targets == {(clips / name).resolve() for name in ("thruster_1.mp4", "thruster_2.mp4", "ghd_1.mp4")}
    frames = Outline(text).of("img")
    assert len(frames) == 2 * 10
    assert "Frame 1 of 10" in frames[0]["alt"]


def test_the_data_beside_the_page_are_reports(written: Path) -> None:
    (report,) = TypeAdapter(list[Report]).validate_json(written.with_suffix(".json").read_text())
    assert (report.clips, report.top1) == (5, 0.4)
    assert [step.step for step in report.history] == [25, 50]
    assert report.unanswered[0].reason == "not_a_video"


def test_two_judgements_of_the_same_clips_are_the_same_to_the_byte(
    written: Path, clips: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    again = [tmp_path / name / "report.html" for name in ("a", "b")]
    for out in again:
        arguments = ["report", "--clips", str(clips), "--out", str(out), "--bundle", str(tiny_bundle)]
        assert runner.invoke(app, arguments).exit_code == 0
    assert again[0].read_bytes() == again[1].read_bytes()


def test_a_folder_with_a_split_is_judged_on_its_test_split_and_athletes_are_told(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film"
    film.mkdir()
    rows = ((f"{FIRST}_1.mp4", RED, "ann", Split.TEST), (f"{FIRST}_2.mp4", GREEN, "bob", Split.TRAIN))
    for name, colour, _, _ in rows:
        plain_clip(film / name, colour)
    Manifest.of(
        AnnotatedRepetition(source="v.mp4", athlete=athlete, movement=FIRST, start=i, end=i, clip=name, side=side)
        for i, (name, _, athlete, side) in enumerate(rows)
    ).write(film)
    base = ["--clips", str(film), "--bundle", str(tiny_bundle)]
    out = tmp_path / "report.html"
    result = runner.invoke(app, ["report", *base, "--out", str(out)])
    assert "1 clip of the test split of the folder film" in result.output
    assert "Athletes" in out.read_text()
    assert "ann" in out.read_text()
    assert "bob" not in out.read_text()
    result = runner.invoke(app, ["report", *base, "--out", str(out), "--split", "all"])
    assert "2 clips in the folder film" in result.output
    judged = json.loads(runner.invoke(app, ["evaluate", *base, "--json"]).stdout)
    assert [row["file"] for row in judged["predictions"]] == [f"{FIRST}_1.mp4"]
    assert (
        len(json.loads(runner.invoke(app, ["evaluate", *base, "--json", "--split", "all"]).stdout)["predictions"]) == 2
    )


def test_several_folders_are_sections_of_one_page(clips: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    plain_clip(other / f"{FIRST}_1.mp4", RED)
    out = tmp_path / "report.html"
    folders = ["--clips", str(clips), "--clips", str(other)]
    assert runner.invoke(app, ["report", *folders, "--out", str(out), "--bundle", str(tiny_bundle)]).exit_code == 0
    assert out.read_text().count("<h2>Measured on") == 2
    assert "film &amp; friends #" in out.read_text()
    assert len(json.loads(out.with_suffix(".json").read_text())) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--clips", "{empty}", "--out", "{empty}/r.html"], "holds no clip"),
        (["--clips", "{clips}", "--out", "{empty}/r.html", "--split", "test"], "has no test split"),
        (["--clips", "{clips}", "--out", "{empty}/r.html", "--run", "{empty}"], "no log of a training run"),
        (["--clips", "{clips}", "--out", "{empty}/r.json"], "name it .html"),
    ],
)
def test_what_cannot_be_judged_is_a_sentence_and_leaves_no_page(
    arguments: list[str], sentence: str, clips: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    given = [argument.format(empty=tmp_path, clips=clips) for argument in arguments]
    result = runner.invoke(app, ["report", *given, "--bundle", str(tiny_bundle)])
    assert result.exit_code == 1
    assert sentence in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_comes_from_outside_becomes_markup(tmp_path: Path) -> None:
    bad = "<script>alert('&\"')</script>"
    movements = (MOVEMENTS[0].model_copy(update={"label": bad}), MOVEMENTS[1])
    contract = Contract(name="fake", version="1", architecture=bad, movements=movements)
    report = report_of_arrays(
        contract,
        np.array([[0.4, 0.6], [0.6, 0.4]]),
        np.array([0, 0]),
        test_set=bad,
        names=[bad, bad],
        athletes=[bad] * 2,
    )
    text = page(contract, [Section(report, {bad: tmp_path / bad})], tmp_path)
    outline = Outline(text)
    assert outline.of("script") == []
    assert "alert(" in text


def test_markup_escapes_whatever_is_not_markup() -> None:
    assert tag("p", "a < b", tag("b", '"x"'), class_='"') == '<p class="&quot;">a &lt; b<b>&quot;x&quot;</b></p>'
    assert tag("p", Markup("<i>")) == "<p><i></p>"
    assert tag("img", src="a", aria_hidden="true") == '<img src="a" aria-hidden="true">'
