from __future__ import annotations

from pathlib import Path, PurePosixPath

import grimp

ROOT = Path(__file__).parents[3]


def test_the_image_holds_the_modules_that_the_function_can_import_and_no_others() -> None:
    lines = (ROOT / ".dockerignore").read_text().split()
    kept = [line.removeprefix("!") for line in lines if line.startswith("!")]
    graph = grimp.build_graph("model", "classify", cache_dir=None)
    started = "model.worker.process"  # by `model.worker.worker`, as a program of its own
    needed = graph.find_upstream_modules("classify", as_package=True) | graph.find_upstream_modules(started) | {started}
    imported = {source(module) for module in needed}
    imported |= {str(parent / "__init__.py") for file in imported for parent in Path(file).parents[:-1]}
    held = {
        file
        for module in graph.modules
        if any(PurePosixPath(file := source(module)).match(pattern) for pattern in kept)
    }
    assert {file for file in held if file.startswith("model")} == imported


def source(module: str) -> str:
    """The file of one of our modules, as a path below the project's root."""
    path = Path(*module.split("."))
    return str(path / "__init__.py" if (ROOT / path).is_dir() else path.with_suffix(".py"))
