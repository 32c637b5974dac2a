"""`movements inspect`: a bundle is verified, and its contract shown."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from model.cli.commands import app

runner = CliRunner()


def test_inspect_shows_the_contract_of_a_verified_bundle(tiny_bundle: Path) -> None:
    report = json.loads(runner.invoke(app, ["inspect", str(tiny_bundle), "--json"]).stdout)
    assert report["contract"]["name"] == "tiny"
    assert report["bytes"] == sum(entry["size"] for entry in report["files"].values())
    assert "10 frames of 64 x 64" in runner.invoke(app, ["inspect", str(tiny_bundle)]).stdout
