from __future__ import annotations

from pathlib import Path, PurePosixPath

import grimp

ROOT = Path(__file__).parents[3]


def test_the_image_holds_every_module_that_the_function_can_import() -> None:
    lines = (ROOT / ".dockerignore").read_text().split()
    kept = [line.removeprefix("!") for line in lines if line.startswith("!")]
    imported = grimp.build_graph("model", "classify", cache_dir=None).find_upstream_modules("classify", as_package=True)
    files = [source(module) for module in imported]
    assert "model/predict.py" in files
    assert [file for file in files if not any(PurePosixPath(file).match(pattern) for pattern in kept)] == []


def source(module: str) -> str:
    """The file of one of our modules, as a path below the project's root."""
    path = Path(*module.split("."))
    return str(path / "__init__.py" if (ROOT / path).is_dir() else path.with_suffix(".py"))
