"""What says how the page's image is made and run, without making it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "page.Dockerfile"


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    (service,) = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    assert isinstance(service, dict)
    return service


def test_what_the_image_takes_is_not_left_out_of_its_context() -> None:
    taken = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(encoding="utf-8"), re.M)
    kept = (ROOT / f"{DOCKERFILE.name}.dockerignore").read_text(encoding="utf-8").split("\n")
    allowed = {line.removeprefix("!").split("/")[0] for line in kept if line.startswith("!")}
    assert {name for names in taken for name in names.split()} == allowed
    assert all((ROOT / line.removeprefix("!")).exists() for line in kept if line.startswith("!"))


def test_compose_builds_that_image_and_gives_it_settings_that_the_page_knows(page: dict[str, Any]) -> None:
    assert (ROOT / page["build"]["context"] / page["build"]["dockerfile"]) == DOCKERFILE
    names = {field.upper() for field in Settings.model_fields}
    assert page["environment"].keys() <= names
    hosts = json.loads(page["environment"]["ALLOWED_HOSTS"])
    assert Settings(allowed_hosts=hosts).allowed_hosts == ("page",)


def test_compose_opens_the_port_of_the_image_to_this_machine_only(page: dict[str, Any]) -> None:
    (port,) = page["ports"]
    listens = re.search(r"\bPORT=(\d+)", DOCKERFILE.read_text(encoding="utf-8"))
    assert listens is not None
    assert re.fullmatch(rf"127\.0\.0\.1:\$\{{PORT:-\d+\}}:{listens[1]}", port)


def test_compose_mounts_the_model_where_the_page_looks_for_it(page: dict[str, Any]) -> None:
    mounted = {volume.split(":")[-2]: volume for volume in page["volumes"] if volume.endswith(":ro")}
    assert list(mounted) == [page["environment"]["BUNDLE"]]
    default = re.search(r"\$\{BUNDLE:-(\S+?)\}", mounted[page["environment"]["BUNDLE"]])
    assert default is not None
    assert (ROOT / default[1] / "assets.extra" / "contract.json").is_file()


def test_a_container_of_compose_can_change_nothing_but_its_volume(page: dict[str, Any]) -> None:
    assert page["read_only"] is True
    assert page["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in page["security_opt"]
    assert [volume for volume in page["volumes"] if not volume.endswith(":ro")] == ["scratch:/tmp"]
