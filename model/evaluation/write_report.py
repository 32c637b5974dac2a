"""From folders of clips to the page about a bundle and its data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from model.answers.report import Report
from model.data.choices import WhichSplit
from model.evaluation.clip_set import open_clip_set
from model.evaluation.evaluate import Answering, judge
from model.evaluation.report import report_of
from model.evaluation.strips import STRIP_BYTES, strips_of
from model.report.page import Section, write_page


def write_report(
    model: Answering,
    folders: Sequence[Path],
    out: Path,
    *,
    split: WhichSplit | None = None,
    history: Path | None = None,
) -> list[Report]:
    """Judge folders of clips and write a page about all of them.

    Args:
        model: as it is served.
        folders: hold `<movement>_<i>.mp4`; one section each.
        out: the HTML file; the reports go beside it as JSON, a list in the order of the folders.
        split: which clips, where a folder's manifest has splits; without it the test split, else all.
        history: `log.csv` of the training run.

    Raises:
        FileNotFoundError: a folder has no clips, or the run no log.
        ValueError: a manifest or the log cannot be read, there is no such split, or `out` is itself named .json.
    """
    if out.suffix == ".json":
        raise ValueError(f"{out} would be overwritten by the data that go beside the page; name it .html")
    clip_sets = [open_clip_set(folder, split) for folder in folders]
    sections = []
    for clip_set in clip_sets:
        report = report_of(model.contract, judge(model, clip_set), history=history)
        paths = {path.name: path for path in clip_set.paths}
        strips = strips_of(report, paths, model.contract, max_bytes=STRIP_BYTES // len(clip_sets))
        sections.append(Section(report, paths, strips))
    write_page(out, model.contract, sections)
    reports = [section.report for section in sections]
    data = ",\n".join(report.model_dump_json() for report in reports)
    out.with_suffix(".json").write_text(f"[{data}]\n", encoding="utf-8")
    return reports
