"""The documentation's site: it builds, asks nobody, and the commands that it shows exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from model.cli.commands import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [Path(sys.executable).with_name("mkdocs"), "build", "--quiet", "--strict", "--site-dir", folder]
    done = subprocess.run(command, cwd=ROOT, env={"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_every_page_is_there_and_what_it_links_to(site: Path) -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in site.glob("*.html")}
    assert {
        "index.html",
        "judges.html",
        "own-clips.html",
        "programs.html",
        "operators.html",
        "architecture.html",
    } < set(pages)
    for name, text in pages.items():
        targets = {target.split("#")[0] for target in re.findall(r'(?:href|src)="(?!https?:|data:|#|/)([^"]+)"', text)}
        assert [target for target in targets if target and not (site / target).exists()] == [], name


def test_the_site_asks_nobody_else_for_anything(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r'<(?:script|img|iframe)[^>]+src="https?:', text) == []
        assert re.findall(r'<link[^>]+href="https?:[^"]+"[^>]+rel="(?:stylesheet|preconnect)', text) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_commands_that_a_document_shows_exist_with_their_options(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.+?)^```$", text, re.M | re.S)).replace("\\\n", " ")
    lines = [line.split("#")[0] for line in blocks.splitlines() if re.match(r"\s*(\.venv/bin/)?movements ", line)]
    lines += [said for said in re.findall(r"`(movements [^`]+)`", text) if "…" not in said]
    for line in lines:
        wrong = fault(shlex.split(line.replace("<", "").replace(">", ""))[1:])
        assert wrong is None, f"{line}: {wrong}"


def fault(words: list[str]) -> str | None:
    """What is wrong with a call of the command, by its names alone; None if nothing is."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words != ["--help"]:
        if not words or words[0] not in command.commands:
            return f"there is no command {words[:1]}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known | {"--help"}]
    return f"unknown {unknown}" if unknown else None
