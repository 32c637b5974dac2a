"""`movements evaluate`: a bundle is measured on a folder of clips."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from model.cli.commands import app

runner = CliRunner()


def test_evaluate_counts_what_the_names_of_the_clips_say(clips: Path, tiny_bundle: Path) -> None:
    arguments = ["evaluate", "--clips", str(clips), "--bundle", str(tiny_bundle), "--json"]
    report = json.loads(runner.invoke(app, arguments).stdout)
    assert set(report) >= {"clips", "top1", "top5", "per_class", "predictions"}
    assert report["clips"] == 2
    assert report["top1"] == 0.5  # the green "thruster" is taken for the second movement


def test_evaluate_of_an_empty_folder_says_how_clips_are_named(tmp_path: Path, tiny_bundle: Path) -> None:
    result = runner.invoke(app, ["evaluate", "--clips", str(tmp_path), "--bundle", str(tiny_bundle)])
    assert result.exit_code == 1
    assert "<movement>_<i>.mp4" in result.stderr.replace("\n", "")
