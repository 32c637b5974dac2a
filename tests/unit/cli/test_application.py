from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from model.cli import application, extras
from model.cli.commands import app
from model.cli.names import COMMANDS, module_for

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DISTRIBUTIONS = {
    "ai_edge_litert": "ai-edge-litert",
    "cv2": "opencv-python-headless",
    "dash_bootstrap_components": "dash-bootstrap-components",
    "pydantic_settings": "pydantic-settings",
    "yt_dlp": "yt-dlp",
}
BROUGHT_ALONG = {"botocore": "boto3", "flask": "dash", "werkzeug": "dash"}

# What each command is called with when its modules are missing; nothing is read before they are imported.
CALLS = {
    "ablate": ("train", "--data d --out o --videos v"),
    "activate": ("data", "s3://bucket/models/m/1"),
    "add-counter": ("train", "b r --out o"),
    "add-depth": ("train", "bundle run --data data --test data --out out"),
    "batch": ("serve", "clips --out o.jsonl"),
    "benchmark": ("train", "--clips c --out o"),
    "bottoms": ("train", "--out out --athletes 1"),
    "bundle": ("train", "run --data d --out o"),
    "data cut": ("data", "manifest.json --videos v --out o"),
    "data fetch": ("data", "links.csv --out o"),
    "data import": ("data", "export.json --out o.json"),
    "data records": ("train", "clips --out o"),
    "data split": ("data", "clips"),
    "evaluate": ("serve", "--clips c"),
    "evaluate-workouts": ("serve", "--films f"),
    "examples": ("train", "--out o"),
    "export": ("train", "m.keras --contract c.json --out o"),
    "inspect": ("serve", ""),
    "join": ("train", "b r --films f --out o"),
    "live": ("serve", "film.mp4"),
    "pose": ("serve", "clip.mp4"),
    "pose-accuracy": ("train", ""),
    "predict": ("serve", "clip.mp4"),
    "pretrained": ("train", "a0 --out o.weights.h5"),
    "publish": ("data", "bundle s3://bucket/models"),
    "quantise": ("train", "bundle --precision fp16 --out o"),
    "render": ("train", "--out o --clips 1"),
    "report": ("serve", "--clips c --out o.html"),
    "sequences": ("train", "--out o --count 1"),
    "serve": ("app", ""),
    "stream": ("serve", "clip.mp4 --bundle b"),
    "train": ("train", "--data d --out o"),
    "train-body": ("train", "--data d --out o"),
    "train-depth": ("train", "--data data --out out"),
    "videos": ("train", "--out o --clips 1"),
    "workout": ("serve", "film.mp4"),
    "workouts": ("train", "--out o --films 1"),
}


# Commands that work with what the command line itself is made of.
NEED_NOTHING = {"data stats"}


def hidden(*modules: str) -> str:
    """Code that makes modules look as if they were not installed."""
    return f"import sys; sys.modules.update(dict.fromkeys({sorted(modules)!r}))\n"


def python(code: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120)


def names(group: Any, prefix: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from names(command, f"{prefix}{name} ")
        else:
            yield prefix + name


def everything_else() -> set[str]:
    """What the command line itself does without; newer versions of typer read arguments with pydantic."""
    return set().union(*extras.MODULES.values()) - extras.MODULES["cli"] - {"pydantic"}


def test_every_command_says_which_extra_it_needs_when_only_the_command_line_is_installed() -> None:
    calls = {name: [*name.split(), *arguments.split()] for name, (_, arguments) in CALLS.items()}
    code = (
        f"{hidden(*everything_else())}import json; from typer.testing import CliRunner\n"
        "from model.cli.commands import app\n"
        f"runs = {{name: CliRunner().invoke(app, call) for name, call in {calls!r}.items()}}\n"
        "print(json.dumps({name: [run.exit_code, run.stdout, run.stderr] for name, run in runs.items()}))"
    )
    run = python(code)
    assert run.returncode == 0, run.stderr

    for name, (status, out, err) in json.loads(run.stdout).items():
        extra = CALLS[name][0]
        assert (status, out) == (1, ""), (name, out, err)
        assert err.startswith(f"`movements {name.split()[0]}` needs movements[{extra}]: "), err
        assert err.count("\n") == 1 and f"pip install '.[{extra}]'" in err


def test_the_calls_of_this_test_are_all_commands() -> None:
    assert sorted(names(typer.main.get_command(app))) == sorted(CALLS.keys() | NEED_NOTHING)


def test_help_of_every_command_needs_nothing_but_the_command_line() -> None:
    code = (
        f"{hidden(*everything_else())}from typer.testing import CliRunner\nfrom model.cli.commands import app\n"
        f"for name in ['', *{sorted(CALLS.keys() | NEED_NOTHING)!r}]:\n"
        "    for flag in ('-h', '--help'):\n"
        "        result = CliRunner().invoke(app, [*name.split(), flag])\n"
        "        assert result.exit_code == 0 and 'Usage:' in result.stdout, (name, result.output)\n"
    )
    run = python(code)
    assert run.returncode == 0, run.stderr


def test_help_shows_every_word_of_what_commands_and_options_say_of_themselves() -> None:
    """No word is taken for markup, none is cut off."""

    def shown(*names: str) -> set[str]:
        return set(CliRunner().invoke(app, [*names, "--help"], env={"COLUMNS": "500"}).stdout.split())

    root = typer.main.get_command(app)
    for name in ["", "data", *CALLS, *NEED_NOTHING]:
        command: Any = root
        for part in name.split():
            command = command.commands[part]
        told = [command.help, *(parameter.help for parameter in command.params if hasattr(parameter, "help"))]
        assert set(" ".join(text for text in told if text).split()) <= shown(*name.split()), name


def test_help_lists_what_uses_a_model_before_what_makes_one() -> None:
    told = CliRunner().invoke(app, ["--help"]).stdout
    places = [told.index(panel) for panel in application.PANELS]
    assert places == sorted(places)


def test_without_typer_the_command_line_says_what_to_install(tmp_path: Path) -> None:
    code = f"{hidden('typer', 'rich')}sys.path.insert(0, {str(ROOT)!r})\nfrom model.cli.__main__ import main; main()"
    run = python(code, tmp_path)
    assert run.returncode == 1
    assert run.stderr == (
        "`movements` needs movements[cli]: typer is not installed. In the project's folder, run: pip install '.[cli]'\n"
    )


def test_a_missing_module_that_no_extra_brings_is_a_traceback() -> None:
    code = f"{hidden('model.predict')}from model.cli.commands import app; app(['predict', 'x.mp4'])"
    run = python(code)
    assert run.returncode == 1
    assert "model.predict" in run.stderr and "needs movements[" not in run.stderr


@pytest.mark.parametrize(
    ("module", "command", "extra"),
    [
        ("numpy", "predict", "serve"),
        ("numpy", "train", "train"),
        ("pydantic", "serve", "app"),
        ("boto3", "publish", "data"),
        ("boto3", "serve", "app"),
        ("matplotlib", "evaluate", "train"),
        ("tensorflow.keras", "data", "train"),
        ("plotly", "report", "app"),
        ("model.nowhere", "predict", None),
    ],
)
def test_the_extra_is_the_commands_own_or_else_the_first_that_brings_the_module(
    module: str, command: str, extra: str | None
) -> None:
    assert extras.extra_for(module, command) == extra


def test_every_extra_brings_the_modules_that_are_said_to_come_with_it() -> None:
    def distributions(extra: str) -> set[str]:
        found: set[str] = set()
        for line in PROJECT["optional-dependencies"][extra]:
            name = line.split("[")[0].split("=")[0].split(">")[0]
            if name == "movements":
                for other in line.split("[")[1].rstrip("]").split(","):
                    found |= distributions(other)
            else:
                found.add(name)
        return found

    for extra, modules in extras.MODULES.items():
        wanted = {BROUGHT_ALONG.get(module, DISTRIBUTIONS.get(module, module)) for module in modules}
        assert wanted <= distributions(extra), extra


def test_version_is_that_of_the_project() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"movements {PROJECT['version']}\n")


def test_version_is_read_from_the_folder_where_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    assert application.version() == PROJECT["version"]


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        ([], "commands"),
        (["--help"], "commands"),
        (["predict", "clip.mp4"], "predict"),
        (["evaluate-workouts", "--help"], "evaluate_workouts"),
        (["data", "cut"], "data"),
        (["common"], "commands"),
        (["--version", "predict"], "commands"),
    ],
)
def test_a_command_imports_its_own_module_and_everything_else_all(arguments: list[str], module: str) -> None:
    assert module_for(arguments) == f"model.cli.{module}"


def test_a_module_of_a_command_adds_the_command_of_its_name() -> None:
    added = {name.split()[0] for name in names(typer.main.get_command(app))}
    assert added == {name.replace("_", "-") for name in COMMANDS}


@pytest.mark.parametrize(
    ("arguments", "status", "stdout", "stderr"),
    [
        (["--version"], 0, "movements ", ""),
        (["predict", "--help"], 0, "--top-k", ""),
        (["predict", "nowhere.mp4"], 1, "", "There is no file"),
        (["predict"], 2, "", "Missing argument"),
        (["no-command"], 2, "", "No such command"),
    ],
)
def test_a_process_ends_with_the_status_of_its_command_and_all_that_it_said(
    arguments: list[str], status: int, stdout: str, stderr: str
) -> None:
    run = subprocess.run([sys.executable, "-m", "model.cli", *arguments], capture_output=True, text=True)
    assert (run.returncode, stdout in run.stdout, stderr in run.stderr) == (status, True, True)


def run_with_version(version: str) -> subprocess.CompletedProcess[str]:
    """`movements --version` in a process, where what gives the version is an expression."""
    code = (
        "import atexit, sys; from model.cli.__main__ import main; sys.argv = ['movements', '--version']\n"
        "import model.cli.application as application\n"
        f"application.version = lambda: {version}\n"
        "main()"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_what_others_do_at_the_end_of_a_process_is_done() -> None:
    run = run_with_version("atexit.register(print, 'done at last') and '1'")
    assert (run.returncode, run.stdout) == (0, "movements 1\ndone at last\n")


def test_a_defect_is_a_traceback_and_a_failure() -> None:
    run = run_with_version("1 / 0")
    assert run.returncode == 1 and "ZeroDivisionError" in run.stderr
