"""`python -m tests.mutation.run`: the share of faults in a sample that a test notices, and those that none does."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome

from tests.mutation.rooms import ROOMS, Room
from tests.mutation.sample import Mutation, Unnoticeable, sample

ROOT = Path(__file__).parents[2]
COPIED = ("app", "infra", "lambda", "model", "scripts", "tests", "pyproject.toml", ".dockerignore", "README.md")
TIMEOUT_SECONDS = 240
"""For all tests of one change. A loop without an end is noticed, too."""

LEAST_SHARE = 0.9


@dataclass(frozen=True)
class Result:
    """What became of one change; `noticed` is None where it could not be made."""

    room: str
    mutation: Mutation
    noticed: bool | None
    diff: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; the exit status is 1 below nine tenths."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.run", description=__doc__)
    parser.add_argument("--room", action="append", choices=[room.name for room in ROOMS], help="a room; default: all")
    parser.add_argument("--count", type=int, default=30, help="changes in each room")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="changes that are tried at once")
    options = parser.parse_args(arguments)
    rooms = [room for room in ROOMS if options.room is None or room.name in options.room]
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copies = [_copy(Path(folder) / str(number)) for number in range(options.processes)]
        for room in rooms:
            began = time.monotonic()
            _require_sound(room, copies[0])
            tried = _try(room, _chosen(room, options.count, options.seed, Path(folder)), copies)
            print(f"{summary(room.name, tried)} in {time.monotonic() - began:.0f} s; not noticed:\n")
            for result in tried:
                if result.noticed is False:
                    mutation = result.mutation
                    print(f"{mutation.module}:{mutation.start[0]} {mutation.operator}\n{result.diff}\n", flush=True)
            results += tried
    print(summary("all", results))
    return 0 if share(results) >= LEAST_SHARE else 1


def share(results: Sequence[Result]) -> float:
    """The share of the changes that were noticed, of those that could be made."""
    made = [result for result in results if result.noticed is not None]
    return sum(bool(result.noticed) for result in made) / len(made) if made else 1.0


def summary(name: str, results: Sequence[Result]) -> str:
    """One line."""
    made = [result for result in results if result.noticed is not None]
    return f"{name}: {sum(bool(result.noticed) for result in made)} of {len(made)} noticed ({share(results):.0%})"


def _copy(directory: Path) -> Path:
    """A copy of what the tests need, to be changed; what is beside the project is beside it, too."""
    directory.mkdir()
    project = directory / "project"
    project.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, project / name)
    return project


def _require_sound(room: Room, copy: Path) -> None:
    """End unless all of a room's tests pass on unchanged code: a test that fails anyway would notice everything."""
    done = subprocess.run(_pytest(room.tests), cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout[-4000:]}\nThe tests of {room.name} fail on code that was not changed.")


def _chosen(room: Room, count: int, seed: int, folder: Path) -> list[Mutation]:
    """The changes of a room that are tried."""
    with use_db(folder / "session.sqlite", mode=WorkDB.Mode.create) as database:
        init([ROOT / module for module in room.modules(ROOT)], database, {})
        specs = [spec for item in database.work_items for spec in item.mutations]
    found = [_mutation(spec) for spec in specs]
    unnoticeable = {module: Unnoticeable((ROOT / module).read_text("utf-8")) for module in room.modules(ROOT)}
    return sample((m for m in found if m not in unnoticeable[m.module]), count, seed)


def _mutation(spec: MutationSpec) -> Mutation:
    module = Path(spec.module_path).relative_to(ROOT)
    return Mutation(module, spec.start_pos, spec.end_pos, spec.operator_name, spec.occurrence)


def _try(room: Room, mutations: Sequence[Mutation], copies: Sequence[Path]) -> list[Result]:
    """Make every change in one of the copies, and run the room's tests there until one fails."""
    free: Queue[Path] = Queue()
    for copy in copies:
        free.put(copy)

    def attempt(mutation: Mutation) -> Result:
        copy = free.get()
        try:
            return _attempt(room, mutation, copy)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        return list(pool.map(attempt, mutations))


def _attempt(room: Room, mutation: Mutation, copy: Path) -> Result:
    """One change."""
    spec = MutationSpec(copy / mutation.module, mutation.operator, mutation.occurrence, mutation.start, mutation.end)
    outcome = mutate_and_test([spec], _command(room.tests_of(mutation.module, copy), copy), TIMEOUT_SECONDS)
    noticed = None if outcome.test_outcome in (None, TestOutcome.INCOMPETENT) else outcome.is_killed
    changed = [line for line in (outcome.diff or "").splitlines() if line[:1] in "+-" and line[1:2] not in "+-"]
    return Result(room.name, mutation, noticed, "\n".join(changed))


def _command(tests: Sequence[str], copy: Path) -> str:
    """What runs tests in a copy, one after the other, until one fails."""
    return shlex.join(["sh", "-c", f"cd {shlex.quote(str(copy))} && exec {shlex.join(_pytest(tests))}"])


def _pytest(tests: Sequence[str]) -> list[str]:
    marks = "not slow and not oracle"
    return [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", marks, *tests]


if __name__ == "__main__":
    sys.exit(main())
