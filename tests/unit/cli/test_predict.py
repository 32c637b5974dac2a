from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.cli.commands import app
from model.contract import MOVEMENTS
from model.worker import worker

runner = CliRunner()


def test_predict_prints_the_rows_of_a_clip(clips: Path, tiny_bundle: Path) -> None:
    result = runner.invoke(app, ["predict", str(clips / "thruster_2.mp4"), "--bundle", str(tiny_bundle)])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].split()[0] == MOVEMENTS[1].label
    assert "decode" in result.stdout


def test_predict_gives_json_of_one_clip_or_a_list_of_several(clips: Path, tiny_bundle: Path) -> None:
    paths = [str(path) for path in sorted(clips.iterdir())]
    one = runner.invoke(app, ["predict", paths[0], "--bundle", str(tiny_bundle), "--json", "--top-k", "2"])
    several = runner.invoke(app, ["predict", *paths, "--bundle", str(tiny_bundle), "--json"])
    assert len(json.loads(one.stdout)["prediction"]) == 2
    assert [answer["file"] for answer in json.loads(several.stdout)] == paths


def test_predict_says_what_is_wrong_with_a_clip_and_goes_on_with_the_next(
    clips: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    text = tmp_path / "x.mp4"
    text.write_text("this is no video, only some words that somebody saved under a wrong name")
    arguments = [str(text), str(tmp_path / "gone.mp4"), str(clips / "thruster_2.mp4")]
    result = runner.invoke(app, ["predict", *arguments, "--bundle", str(tiny_bundle), "--json"])
    assert result.exit_code == 1
    first, second, third = json.loads(result.stdout)
    assert first["error"]["code"] == "not_a_video"
    assert second["error"]["code"] == "not_found"
    assert third["prediction"][0][0] == MOVEMENTS[1].label


def test_predict_takes_folders_beside_files_and_gives_a_list_by_name(clips: Path, tiny_bundle: Path) -> None:
    file = str(clips / "thruster_2.mp4")
    result = runner.invoke(app, ["predict", file, str(clips), "--bundle", str(tiny_bundle), "--json"])
    assert result.exit_code == 0
    names = [file, *(str(path) for path in sorted(clips.iterdir()))]
    assert [answer["file"] for answer in json.loads(result.stdout)] == names


def test_predict_gives_a_list_for_a_folder_of_one_clip_which_may_have_been_two(
    clips: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    shutil.copy(clips / "thruster_2.mp4", tmp_path / "a [red] clip.MOV")
    (tmp_path / ".hidden.mp4").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("no clip")
    arguments = ["predict", str(tmp_path), "--bundle", str(tiny_bundle)]
    (answer,) = json.loads(runner.invoke(app, [*arguments, "--json"]).stdout)
    assert answer["file"].endswith("a [red] clip.MOV") and answer["prediction"][0][0] == MOVEMENTS[1].label
    assert "a [red] clip.MOV" in runner.invoke(app, arguments).stdout, "a file's name is no markup"


def test_predict_names_a_folder_without_clips_and_goes_on_with_the_next(
    clips: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    arguments = ["predict", str(empty), str(clips / "thruster_2.mp4"), "--bundle", str(tiny_bundle)]
    result = runner.invoke(app, [*arguments, "--json"])
    first, second = json.loads(result.stdout)
    assert result.exit_code == 1
    assert first == {
        "file": str(empty),
        "error": {
            "code": "not_found",
            "message": "There is no clip in the folder 'empty'.",
            "hint": "Clips are files ending in .mp4, .mov or .m4v.",
        },
    }
    assert second["prediction"][0][0] == MOVEMENTS[1].label
    told = runner.invoke(app, arguments)
    assert told.exit_code == 1
    assert "empty: There is no clip in the folder 'empty'." in told.stderr and "decode" in told.stdout


def test_a_broken_bundle_is_a_sentence_and_not_a_traceback(clips: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(tiny_bundle, tmp_path / "broken"))
    (broken / "saved_model.pb").write_bytes(b"x")
    result = runner.invoke(app, ["predict", str(clips / "thruster_2.mp4"), "--bundle", str(broken)])
    assert result.exit_code == 1
    assert "altered" in result.stderr
    assert "Traceback" not in result.output


def test_a_prediction_never_imports_what_only_training_needs(clips: Path, tiny_bundle: Path) -> None:
    code = (
        "import sys; from model.cli.commands import app\n"
        f"arguments = ['predict', {str(clips / 'thruster_2.mp4')!r}, '--bundle', {str(tiny_bundle)!r}]\n"
        "app(arguments, standalone_mode=False)\n"
        "heavy = {'tensorflow', 'keras', 'numba', 'matplotlib', 'dash', 'boto3'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_clip_that_ends_the_decoder_does_not_end_the_command(
    clips: Path, tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MODULE", "tests.unit.worker.misbehaving")
    for name in ("a.mp4", "segfault.mp4", "z.mp4"):
        shutil.copy(clips / "thruster_2.mp4", tmp_path / name)
    result = runner.invoke(app, ["predict", str(tmp_path), "--bundle", str(tiny_bundle), "--json"])
    assert result.exit_code == 1
    first, hostile, last = json.loads(result.stdout)
    assert first["prediction"] == last["prediction"]
    assert hostile["error"]["code"] == "corrupt_video"
