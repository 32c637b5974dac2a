from __future__ import annotations

import json
import platform
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from model.training.recipe import PRESETS, Recipe
from model.training.run_config import CONFIG, Origin, RunConfig

VERSIONS = {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6"}
RUN = RunConfig(
    recipe=Recipe(steps=3),
    labels=("squat", "thruster"),
    has_none=False,
    clips=40,
    files=("shard-00000.npz",),
    start=Origin(name="before 1", sha256="0" * 64),
    versions=VERSIONS,
)


def stored(folder: Path) -> dict[str, object]:
    values: dict[str, object] = json.loads((folder / CONFIG).read_text())
    return values


def rewrite(folder: Path, **changes: object) -> None:
    (folder / CONFIG).write_text(json.dumps({**stored(folder), **changes}))


def test_a_new_folder_remembers_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "new"
    RUN.refuse_another(folder, resume=False)
    RUN.open(folder)

    assert RunConfig.read(folder) == RUN
    assert stored(folder) == {
        "recipe": RUN.recipe.to_dict(),
        "labels": ["squat", "thruster"],
        "none": False,
        "clips": 40,
        "files": ["shard-00000.npz"],
        "start": {"name": "before 1", "sha256": "0" * 64},
        "versions": VERSIONS,
    }


def test_the_file_names_what_is_installed_and_is_written_to_be_read(tmp_path: Path) -> None:
    run = RunConfig(recipe=Recipe(), labels=("clean y envión",), clips=1)
    run.open(tmp_path)

    assert stored(tmp_path)["versions"] == {
        "python": platform.python_version(),
        **{name: version(name) for name in ("tensorflow", "keras", "numpy")},
    }
    text = (tmp_path / CONFIG).read_text(encoding="utf-8")
    assert text.startswith('{\n  "recipe": {\n    "variant": "a0",\n')
    assert text.endswith("}\n")


def test_a_resumed_run_leaves_the_file_as_it_was_whatever_is_installed_today(tmp_path: Path) -> None:
    RUN.open(tmp_path)
    before = (tmp_path / CONFIG).read_bytes()
    later = RUN.model_copy(update={"versions": {**VERSIONS, "numpy": "3"}, "files": ("moved.npz",)})
    later.refuse_another(tmp_path, resume=True)
    later.open(tmp_path)

    assert (tmp_path / CONFIG).read_bytes() == before


def test_a_folder_that_holds_a_run_is_only_opened_to_resume_it(tmp_path: Path) -> None:
    RUN.open(tmp_path)
    with pytest.raises(FileExistsError, match="resume"):
        RUN.refuse_another(tmp_path, resume=False)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("recipe", replace(RUN.recipe, seed=2)),
        ("recipe", replace(RUN.recipe, augmentation=None)),
        ("labels", ("thruster", "squat")),
        ("clips", 41),
        ("start", None),
        ("start", Origin(name="before 1", sha256="1" * 64)),
    ],
)
def test_what_decides_a_run_cannot_change_in_its_middle(name: str, other: object, tmp_path: Path) -> None:
    RUN.open(tmp_path)
    with pytest.raises(ValueError, match=f"another {name}"):
        RUN.model_copy(update={name: other}).refuse_another(tmp_path, resume=True)


def test_a_folder_of_before_fields_were_added_is_read_with_their_defaults(tmp_path: Path) -> None:
    run = RUN.model_copy(update={"start": None, "has_none": True, "files": ()})
    run.open(tmp_path)
    recipe = RUN.recipe.to_dict()
    older = {name: recipe[name] for name in recipe if name not in ("patience", "choose", "frozen")}
    values = {name: value for name, value in stored(tmp_path).items() if name not in ("none", "start", "files")}
    (tmp_path / CONFIG).write_text(json.dumps({**values, "recipe": older}))

    assert RunConfig.read(tmp_path) == run
    run.refuse_another(tmp_path, resume=True)


def test_what_is_no_configuration_is_refused(tmp_path: Path) -> None:
    RUN.open(tmp_path)
    rewrite(tmp_path, recipe={"variant": "a0", "colour": "blue"})
    with pytest.raises(ValueError, match="colour"):
        RunConfig.read(tmp_path)
    with pytest.raises(FileNotFoundError):
        RunConfig.read(tmp_path / "nothing")


@pytest.mark.parametrize("name", PRESETS)
def test_a_recipe_written_as_json_is_read_as_the_same_recipe(name: str) -> None:
    assert Recipe.from_dict(json.loads(json.dumps(PRESETS[name].to_dict()))) == PRESETS[name]


def test_values_of_another_type_are_no_recipe() -> None:
    with pytest.raises(ValueError, match="optimizer"):
        Recipe.from_dict({**Recipe().to_dict(), "optimizer": "sgd"})
