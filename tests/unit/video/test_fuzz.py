"""A sample of the mutants of `tests.fuzz`; `make test-all` reads twenty thousand, and a hundred thousand moved ones."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


def fuzzed(count: int, *kind: str) -> dict[str, Any]:
    """What the cases from 0 on came to, in a process of their own: some might end it."""
    command = [sys.executable, "-m", "tests.fuzz.run", "0", str(count), *kind]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, "a mutant ended the process"
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def hold(result: dict[str, Any]) -> None:
    assert result["broken"] == []
    assert result["outcomes"].get("read", 0) > result["cases"] / 20, "mutants that are all refused show nothing"
    assert {"h264", "hevc", "vp9", "mpeg4"} <= result["opened"].keys()


@pytest.mark.parametrize("kind", [(), ("relocating",)])
def test_mutants_open_no_other_decoder_and_cost_little(kind: tuple[str, ...]) -> None:
    hold(fuzzed(1500, *kind))


@pytest.mark.slow
def test_twenty_thousand_mutants() -> None:
    hold(fuzzed(20_000))


@pytest.mark.slow
def test_a_hundred_thousand_mutants_whose_boxes_were_moved() -> None:
    hold(fuzzed(100_000, "relocating"))
