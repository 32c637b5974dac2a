"""What is changed, and which tests have to notice it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Room:
    """A part of the product.

    Attributes:
        name: of the room.
        code: globs of its modules, from the project's root.
        tests: files and folders of tests that are about it, the quickest first; slow tests and fuzzing are left out.
    """

    name: str
    code: tuple[str, ...]
    tests: tuple[str, ...]

    def modules(self, root: Path) -> list[Path]:
        """Its modules, from the root, in the order of their names."""
        found = {path.relative_to(root) for pattern in self.code for path in root.glob(pattern)}
        return sorted(path for path in found if path.name != "__init__.py")

    def tests_of(self, module: Path, root: Path) -> list[str]:
        """Its tests, those that carry the module's name first: most faults are noticed there, in a second or two."""
        own = [
            path.relative_to(root).as_posix()
            for folder in self.tests
            for path in sorted((root / folder).rglob(f"test_{module.stem}*.py"))
        ]
        return [*own, *self.tests]


ROOMS = (
    Room(
        "video",
        ("model/video/*.py",),
        ("tests/unit/video", "tests/integration/test_clip_to_tensor.py"),
    ),
    Room(
        "predict and answers",
        ("model/predict.py", "model/answers/*.py"),
        ("tests/unit/answers", "tests/unit/model/test_predict.py", "tests/unit/model/test_record.py", "tests/unit/app"),
    ),
    # What the page looks like (app/layout) is looked at, and tested in a browser.
    Room(
        "app",
        ("app/*.py", "app/services/*.py"),
        ("tests/unit/app", "tests/integration/test_app_server.py"),
    ),
    Room("function", ("lambda/classify/*.py",), ("tests/unit/classify", "tests/integration/test_handler.py")),
    Room("worker", ("model/worker/*.py",), ("tests/unit/worker",)),
    Room("training", ("model/training/*.py",), ("tests/unit/training",)),
)
