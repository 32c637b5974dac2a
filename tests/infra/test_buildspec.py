"""What CodeBuild does with a commit, really run: with `docker`, `aws` and `pip` replaced by scripts that take notes."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from infra.config import ENVIRONMENTS
from model.bundle import MANIFEST, Bundle, digest_of
from model.defaults import DEFAULT_BUNDLE
from model.parts.whole import unpacked
from model.pose.weights import DEFAULT_FOLDER
from model.publishing.publish import find_version, with_pose
from tests.e2e.emulator.s3 import MODELS, LocalS3, local_s3

ROOT = Path(__file__).parents[2]
BUILDSPEC: dict[str, Any] = yaml.safe_load((ROOT / "buildspec.yml").read_text())
SCHEMA = json.loads(Path(__file__).with_name("buildspec.schema.json").read_text())
SCRIPTS = sorted(path for room in ("pipeline", "account") for path in (ROOT / "scripts" / room).glob("*.sh"))
TOOLS = Path(sys.executable).parent

COMMIT = "4f1d2c3b4f1d2c3b4f1d2c3b4f1d2c3b4f1d2c3b"
REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
REPOSITORY = f"{REGISTRY}/movements-prod-classify"
IMAGE = f"{REPOSITORY}:{COMMIT}"
BUNDLE = "s3://acme-models/models/squats/4"

# What git does not know is not in a commit.
GENERATED = shutil.ignore_patterns(
    ".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "build", "cdk.out", "rendered", "runs"
)

NOTE = r"""#!/usr/bin/env bash
set -euo pipefail
name=$(basename "$0")
printf '%s\n' "$name $*" >>"$CALLS"
"""

DOCKER = (
    NOTE
    + r"""
case $1 in
login) printf 'password %s\n' "$(cat)" >>"$CALLS" ;;
run) exit "$TESTS_END_WITH" ;;
esac
"""
)

AWS = (
    NOTE
    + r"""
case "$1 $2" in
"ecr batch-get-image") echo "$IMAGES"; [[ $IMAGES ]] ;;
"ecr get-login-password") echo secret ;;
"ssm get-parameters") echo "$MODEL" ;;
*) exit 64 ;;
esac
"""
)

# An environment is made of this same script; what it installs is in the interpreter of the tests already.
PYTHON = (
    NOTE
    + r"""
case "$*" in
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
*"pip "*" --dest "*) mkdir -p "${!#}" && touch "${!#}/dash-4.whl" ;;
*"pip "*) ;;
"-m model.pose.weights "*) cp -r "$POSE" "$4" ;;
"-m infra.app") [[ $SYNTHESIZE = no ]] || exec "$REAL_PYTHON" "$@" ;;
*) exec "$REAL_PYTHON" "$@" ;;
esac
"""
)


@dataclass(frozen=True)
class Build:
    """One run of the build specification.

    Attributes:
        folder: the checkout afterwards.
        status: of the command that failed, or 0.
        output: what was printed.
        calls: of docker, aws and python, in their order.
    """

    folder: Path
    status: int
    output: str
    calls: Sequence[str]

    def called(self, beginning: str) -> list[str]:
        """The calls that begin with some words."""
        return [call for call in self.calls if call.startswith(beginning)]


def commands(buildspec: Mapping[str, Any]) -> Iterator[str]:
    """Every command, in the order in which CodeBuild runs them."""
    for phase in ("install", "pre_build", "build", "post_build"):
        yield from buildspec["phases"].get(phase, {}).get("commands", [])


def run(
    folder: Path,
    *,
    images: str = "0",
    tests_end_with: int = 0,
    bundle: str = BUNDLE,
    synthesize: bool = True,
    more: Mapping[str, str] | None = None,
) -> Build:
    """Run the build specification in a copy of the checkout.

    Args:
        folder: an empty one.
        images: how many images of the commit the registry has; an empty text for no answer.
        tests_end_with: the status of the tests.
        bundle: the model that is live.
        synthesize: whether the template is written, which takes seconds.
        more: variables of the environment.
    """
    checkout, stubs, calls = folder / "checkout", folder / "stubs", folder / "calls"
    shutil.copytree(ROOT, checkout, ignore=GENERATED)
    stubs.mkdir()
    for name, text in {"docker": DOCKER, "aws": AWS, "python3": PYTHON}.items():
        (stubs / name).write_text(text)
        (stubs / name).chmod(0o755)
    calls.touch()
    environment = {
        "PATH": f"{stubs}:/usr/bin:/bin",
        "HOME": os.environ["HOME"],  # CDK unpacks itself there once
        "CALLS": str(calls),
        "REAL_PYTHON": sys.executable,
        "POSE": str(DEFAULT_FOLDER),
        "IMAGES": images,
        "TESTS_END_WITH": str(tests_end_with),
        "MODEL": bundle,
        "SYNTHESIZE": "yes" if synthesize else "no",
        "ENVIRONMENT": "prod",
        "IMAGE_REPOSITORY": REPOSITORY,
        "BUNDLE_PARAMETER": "/movements/prod/bundle",
        "MODELS_BUCKET": MODELS,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": COMMIT,
        "PYTHONDONTWRITEBYTECODE": "1",
        **(more or {}),
    }
    status, output = 0, ""
    for command in commands(BUILDSPEC):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=checkout,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        status, output = done.returncode, output + done.stdout
        if status != 0:
            break
    return Build(checkout, status, output, calls.read_text().splitlines())


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The build of a commit that has no image yet."""
    return run(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with local_s3() as running:
        yield running


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory, s3: LocalS3) -> Build:
    """Another build of a commit; nobody has chosen a model, so that there is no parameter."""
    return run(tmp_path_factory.mktemp("again"), images="1", bundle="None", more=s3.environment)


def template(build: Build) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((build.folder / "cdk.out/Inference.template.json").read_text())
    return found


def classify(build: Build) -> dict[str, Any]:
    """The properties of the function that answers clips."""
    (found,) = [
        resource["Properties"]
        for resource in template(build)["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
        and "ImageUri" in resource["Properties"]["Code"]
        and "ImageConfig" not in resource["Properties"]
    ]
    properties: dict[str, Any] = found
    return properties


# --- as text


def test_the_specification_is_one_that_codebuild_reads() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(BUILDSPEC, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["version"], 0.1),
        (["phases", "buidl"], {"commands": ["true"]}),
        (["phases", "build", "commands"], []),
        (["phases", "build", "runtime-versions"], {"python": "3.12"}),
        (["phases", "install", "runtime-versions", "python"], 3.12),
        (["phases", "build", "on-failure"], "STOP"),
        (["env", "shell"], "zsh"),
        (["artifacts", "secondary-artifacts", "App", "files"], "**/*"),
        (["artifacts", "secondary-artifacts", "App", "base_directory"], "build"),
    ],
)
def test_a_slip_in_the_specification_is_found(path: list[str], value: Any) -> None:
    wrong = copy.deepcopy(BUILDSPEC)
    place = wrong
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_every_command_is_proper_bash() -> None:
    assert BUILDSPEC["env"]["shell"] == "bash"
    for command in commands(BUILDSPEC):
        subprocess.run(["bash", "-n", "-c", command], check=True)
        checked = subprocess.run(
            [TOOLS / "shellcheck", "--shell=bash", "-"], input=command, text=True, capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_script_is_proper_bash_and_can_be_run(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)
    checked = subprocess.run([TOOLS / "shellcheck", script], text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert os.access(script, os.X_OK)


def test_nothing_is_done_after_a_failure() -> None:
    # CodeBuild runs post_build after a build that failed.
    assert set(BUILDSPEC["phases"]) == {"install", "build"}
    assert {phase["on-failure"] for phase in BUILDSPEC["phases"].values()} == {"ABORT"}


@pytest.mark.parametrize("name", ["Dockerfile", "page.Dockerfile", "train.Dockerfile"])
def test_a_dockerfile_has_nothing_to_object_to(name: str) -> None:
    checked = subprocess.run([TOOLS / "hadolint", ROOT / name], text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout


# --- a commit without an image


def test_a_new_commit_is_tested_before_its_image_is_made_and_pushed(first: Build) -> None:
    assert first.status == 0, first.output
    steps = [call.split()[1] for call in first.called("docker ")]
    assert steps == ["run", "build", "login", "push"]


def test_the_tests_are_those_that_everybody_runs(first: Build) -> None:
    (tests,) = first.called("docker run")
    assert tests.endswith(" .ci/run")
    assert f"--volume {first.folder}:" in tests


def test_the_tests_get_nothing_of_the_builds_environment(first: Build) -> None:
    (tests,) = first.called("docker run")
    assert "--env" not in tests
    assert "-e" not in tests.split()


def test_the_image_is_named_after_the_commit(first: Build) -> None:
    assert first.called("docker push") == [f"docker push {IMAGE}"]
    (made,) = first.called("docker build")
    assert f"--tag {IMAGE}" in made


def test_an_image_with_tensorflow_is_another_one_and_the_function_gets_it(tmp_path: Path) -> None:
    made = run(tmp_path, more={"WITH_TENSORFLOW": "1"})
    assert made.status == 0, made.output
    assert made.called("docker push") == [f"docker push {IMAGE}-tensorflow"]
    (built,) = made.called("docker build")
    assert "--build-arg WITH_TENSORFLOW=1" in built
    assert f":{COMMIT}-tensorflow" in json.dumps(classify(made)["Code"]["ImageUri"])
    assert classify(made)["MemorySize"] == ENVIRONMENTS["prod"].tensorflow_memory_mb


def test_the_image_is_one_manifest_as_lambda_wants_it(first: Build) -> None:
    (made,) = first.called("docker build")
    assert "--provenance=false" in made


def test_the_password_of_the_registry_is_on_no_command_line(first: Build) -> None:
    assert "password secret" in first.calls
    assert not [call for call in first.called("docker ") if "secret" in call]
    assert first.called("docker login") == [f"docker login --username AWS --password-stdin {REGISTRY}"]


def test_the_registry_is_asked_for_this_repository_and_commit(first: Build) -> None:
    (asked,) = first.called("aws ecr batch-get-image")
    assert "--repository-name movements-prod-classify " in asked
    assert f"--image-ids imageTag={COMMIT} " in asked


def test_what_the_build_needs_is_installed_by_hash(first: Build) -> None:
    installs = [call for call in first.called("python") if " install " in call]
    assert installs
    assert all("--require-hashes" in call for call in installs)


# --- what it hands on


def test_the_template_has_the_image_of_the_commit(first: Build) -> None:
    uri = json.dumps(classify(first)["Code"]["ImageUri"])
    assert f":{COMMIT}" in uri
    assert "unbuilt" not in json.dumps(template(first))


def test_the_template_has_the_model_that_is_live(first: Build, again: Build) -> None:
    (asked,) = first.called("aws ssm")
    assert asked.startswith("aws ssm get-parameters --names /movements/prod/bundle ")
    assert classify(first)["Environment"]["Variables"]["BUNDLE"] == BUNDLE


def test_the_repositorys_own_model_is_published_and_deployed_from_there(again: Build, s3: LocalS3) -> None:
    assert again.status == 0, again.output
    bundle = classify(again)["Environment"]["Variables"]["BUNDLE"]
    version = find_version(bundle, s3.client)
    own = Bundle.load(DEFAULT_BUNDLE)
    with unpacked(own) as whole, with_pose(own, whole) as complete:
        assert version.digest == digest_of((complete / MANIFEST).read_bytes())


def test_the_weights_that_it_needs_are_downloaded_by_hash(first: Build, again: Build) -> None:
    (download,) = [call for call in again.called("python ") if "pose.txt" in call]
    assert " download " in download and "--require-hashes" in download
    assert not [call for call in first.calls if "pose.txt" in call]


def test_a_model_that_is_live_already_is_not_published(first: Build) -> None:
    assert not [call for call in first.called("python ") if "publish" in call]


def test_the_template_is_of_the_pipelines_environment(first: Build) -> None:
    assert classify(first)["FunctionName"] == "movements-prod-classify"


@pytest.mark.parametrize("name", ["Templates", "App"])
def test_the_artifacts_exist_after_the_build(first: Build, name: str) -> None:
    artifact = BUILDSPEC["artifacts"]["secondary-artifacts"][name]
    folder = first.folder / artifact["base-directory"]
    for pattern in artifact["files"]:
        assert [path for path in folder.glob(pattern) if path.is_file()], f"{name} would be empty: {pattern}"


def test_the_page_is_handed_on_as_codedeploy_wants_it(first: Build) -> None:
    page = first.folder / BUILDSPEC["artifacts"]["secondary-artifacts"]["App"]["base-directory"]
    assert (page / "appspec.yml").is_file()
    assert (page / "RELEASE").read_text().strip() == COMMIT
    for hooks in yaml.safe_load((page / "appspec.yml").read_text())["hooks"].values():
        for hook in hooks:
            assert (page / hook["location"]).is_file()


# --- a commit with an image, and what goes wrong


def test_a_commit_with_an_image_is_neither_tested_nor_built_again(again: Build) -> None:
    assert again.status == 0, again.output
    assert again.called("docker ") == []
    assert (again.folder / "build/page/appspec.yml").is_file()


def test_a_test_that_fails_ends_the_build_before_the_image(tmp_path: Path) -> None:
    failed = run(tmp_path, tests_end_with=1, synthesize=False)
    assert failed.status != 0
    assert [call.split()[1] for call in failed.called("docker ")] == ["run"]
    assert not (failed.folder / "build/page").exists()


def test_a_registry_that_gives_no_answer_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    failed = run(tmp_path, images="", synthesize=False)
    assert failed.status != 0
    assert failed.called("docker ") == []


def test_a_parameter_that_names_no_model_ends_the_build_at_once(tmp_path: Path) -> None:
    failed = run(tmp_path, bundle='s3://acme-models/models/squats/4", "image_tag": "another')
    assert failed.status != 0
    assert "bundle must be" in failed.output
    assert failed.called("docker ") == []
