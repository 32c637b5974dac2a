"""A bundle in other forms: each is opened again and says the same, and a folder has its name only then."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from safetensors import safe_open
from typer.testing import CliRunner

from model.bundle import LITERT
from model.cli.commands import app
from model.defaults import DEFAULT_BUNDLE
from model.errors import ModelUnavailable
from model.publishing import formats
from model.publishing.formats import CLOSE, Format, write_format

RUNNER = CliRunner()


@pytest.mark.parametrize("form", list(Format))
def test_the_default_model_says_the_same_in_every_form(form: Format, tmp_path: Path) -> None:
    out = tmp_path / "hub" / form
    assert write_format(DEFAULT_BUNDLE, form, out) <= CLOSE
    assert {path.name for path in out.iterdir()} == {f"model.{form}", "README.md", "contract.json", "LICENSE"}
    assert (out / "README.md").read_text(encoding="utf-8").startswith("---\nlicense: mit\n")
    assert json.loads((out / "contract.json").read_text(encoding="utf-8"))["frames"] == 10
    if form is Format.ONNX:
        session = onnxruntime.InferenceSession(str(out / "model.onnx"))
        assert session.get_inputs()[0].shape == [1, 10, 80, 80, 3]
        assert session.get_modelmeta().custom_metadata_map["name"] == "movinet-a0-rendered"
    elif form is Format.SAFETENSORS:
        with safe_open(str(out / "model.safetensors"), framework="np") as opened:
            assert len(opened.keys()) > 100
            assert opened.metadata()["version"] == "7"
    else:
        assert (out / "model.tflite").read_bytes() == (DEFAULT_BUNDLE / LITERT).read_bytes()


def test_a_form_that_answers_otherwise_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "_read_tflite", lambda *_: lambda tensor: np.full((1, 10), 7, np.float32))
    with pytest.raises(ModelUnavailable, match="answers otherwise"):
        write_format(DEFAULT_BUNDLE, Format.TFLITE, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_wrote_and_how_it_would_come_to_a_hub(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["export", str(DEFAULT_BUNDLE), "--out", str(out), "--format", "tflite", "--push", "club/movements"]
    told = RUNNER.invoke(app, words)
    assert told.exit_code == 0, told.output
    assert "no logit differs by more than 0" in told.output
    assert f"hf upload club/movements {out} . --repo-type model" in told.output
    assert "model.tflite (7.7 MB)" in told.output
    again = RUNNER.invoke(app, words)
    assert again.exit_code != 0 and "is there already" in again.output


@pytest.mark.parametrize(("words", "told"), [(["--format", "pickle"], "one of onnx"), ([], "needs --contract")])
def test_what_is_missing_is_said(words: list[str], told: str, tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["export", str(DEFAULT_BUNDLE), "--out", str(tmp_path / "out"), *words])
    assert result.exit_code == 2 and told in result.output
