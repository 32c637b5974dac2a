"""The function's image, really built and really asked: what is in it, how it answers, and what it needs for that.

The figures are printed (`-rP` shows them), never asserted: they are of the machine that runs the tests.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import shutil
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.config import ENVIRONMENTS
from model.contract import MOVEMENTS
from model.defaults import DEFAULT_BUNDLE
from model.pose.weights import everything
from model.publishing.publish import publish
from tests.e2e.emulator.s3 import MODELS, UPLOADS, LocalS3, key_of, local_s3
from tests.e2e.emulator.stack import function
from tests.e2e.emulator.stack import why_not as why_no_emulator
from tests.image.build import ROOT, Entry, Image, build, pinned, why_not
from tests.image.container import Container, Process, descendants, unpacked

reason = why_not() or why_no_emulator()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(reason is not None, reason=str(reason)),
]

TASK = "var/task/"
CLIPS = {movement.label: f"{movement.label.replace(' ', '-')}.mp4" for movement in MOVEMENTS}
"""The page's example clips, by what they show."""

FUNCTION = "import classify.archive, classify.handler, classify.workouts"
WORKER = """
import os
import model.worker.process
from model.bundle import Bundle
from model.predict import Predictor
from model.worker.limits import confine
confine()
Predictor(Bundle.load(os.environ["BUNDLE"])).check()
"""
IMPORTED = """
import json, os, sys
modules = {name: module.__spec__ for name, module in sys.modules.items() if getattr(module, "__spec__", None)}
ours = {name: spec for name, spec in modules.items() if (spec.origin or "").startswith("/var/task/")}
uncompiled = [name for name, spec in ours.items() if spec.origin.endswith(".py") and not os.path.exists(spec.cached)]
print(json.dumps({"python": sys.version.split()[0], "modules": sorted(ours), "uncompiled": uncompiled}))
"""

WITH_TENSORFLOW = """
import json, os
from pathlib import Path
from model.predict import Predictor
predictor = Predictor.load(Path(os.environ["BUNDLE"]), engine="tensorflow", body=False)
print(json.dumps(predictor.answer(Path("/tmp/clip.mp4")).to_json()))
"""


@dataclass(frozen=True)
class Source:
    """The files that the image is made of, as they were when it was."""

    folder: Path

    def digests(self) -> dict[str, str]:
        """SHA-256 by path in `/var/task`, of all that the source has in the folders that the image takes."""
        pairs = ((self.folder / "model", "model"), (self.folder / "lambda" / "classify", "classify"))
        return {
            f"{target}/{path.relative_to(folder).as_posix()}": hashlib.sha256(path.read_bytes()).hexdigest()
            for folder, target in pairs
            for path in folder.rglob("*")
            if path.is_file()
        }


@dataclass(frozen=True)
class Observed:
    """What a container did from its start to its end.

    Attributes:
        answers: status and body, by the movement that the clip shows; the first is the cold one.
        seconds: from asking to the answer, of each.
        processes: what ran in it, after the last answer.
        survivors: of these, those that do not end with it.
        mounts: mount points of this machine that lie in it after its end.
        uploads, scratch: what is left in the bucket and in its `/tmp`.
    """

    answers: dict[str, tuple[int, dict[str, Any]]]
    seconds: list[float]
    processes: list[Process]
    survivors: list[int]
    mounts: list[str]
    uploads: list[str]
    scratch: list[str]

    @property
    def peak_bytes(self) -> int:
        """Of the function's processes together."""
        return sum(process.peak_bytes for process in self.processes)

    def recognised(self) -> dict[str, str]:
        """The most probable movement, by the one that the clip shows."""
        assert {status for status, _ in self.answers.values()} == {200}, self.answers
        return {shown: body["prediction"][0][0] for shown, (_, body) in self.answers.items()}

    def figures(self) -> str:
        """What is printed of it."""
        warm = statistics.median(self.seconds[1:]) * 1e3
        timings = [body["timing_ms"] for _, body in list(self.answers.values())[1:]]
        steps = ", ".join(f"{step} {statistics.median(timing[step] for timing in timings):.0f}" for step in timings[0])
        memory = self.peak_bytes / 1e6
        return f"cold {self.seconds[0]:.2f} s, warm {warm:.0f} ms (of these {steps}), peak memory {memory:.0f} MB"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("source")
    for name in ("model", "lambda", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Dockerfile", ".dockerignore"):
        shutil.copy(ROOT / name, folder / name)
    return Source(folder)


@pytest.fixture(scope="module")
def image(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    folder = tmp_path_factory.mktemp("image") / "oci"
    start = time.perf_counter()
    built = build(folder)
    print(f"\nimage: built in {time.perf_counter() - start:.0f} s")
    for name, layers in (("base", (built.base,)), ("ours", built.ours)):
        size, compressed = (sum(getattr(layer, what) for layer in layers) / 1e6 for what in ("size", "compressed"))
        print(f"image: {name} {size:.0f} MB, compressed {compressed:.0f} MB")
    yield built
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def ours(image: Image) -> dict[str, Entry]:
    """What we put on the base image, by path."""
    return {name: entry for layer in image.ours for name, entry in layer.entries.items()}


@pytest.fixture(scope="module")
def files(ours: dict[str, Entry]) -> dict[str, str]:
    """Our files' SHA-256, by path in `/var/task`."""
    return {name.removeprefix(TASK): entry.digest for name, entry in ours.items() if entry.digest}


@pytest.fixture(scope="module")
def container(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    with unpacked(image, tmp_path_factory.mktemp("root")) as made:
        yield made


@pytest.fixture(scope="module")
def imported(container: Container, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the function and its worker have imported when they are ready for their first request."""
    variables = {"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_REGION": "eu-west-1", "UPLOAD_BUCKET": UPLOADS}
    found: list[dict[str, Any]] = [
        json.loads(container.run(tmp_path_factory.mktemp("scratch"), "python3", "-c", program + IMPORTED, **variables))
        for program in (FUNCTION, WORKER)
    ]
    merged = {name: sorted({one for part in found for one in part[name]}) for name in ("modules", "uncompiled")}
    return {**found[0], **merged}


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with local_s3() as running:
        yield running


@pytest.fixture(scope="module")
def embedded(container: Container, s3: LocalS3, tmp_path_factory: pytest.TempPathFactory) -> Observed:
    """A container with the image's own bundle."""
    observed = observe(container, s3, tmp_path_factory.mktemp("embedded"))
    print(f"\nbundle of the image: {observed.figures()}")
    return observed


def observe(container: Container, s3: LocalS3, folder: Path, bundle: str | None = None) -> Observed:
    """Start a container, ask it for every example and let it end."""
    answers, seconds = {}, []
    for name in CLIPS.values():
        content = (ROOT / "app" / "assets" / "examples" / name).read_bytes()
        s3.client.put_object(Bucket=UPLOADS, Key=key_of(name), Body=content)
    with function(folder, s3.address, bundle=bundle, program=container.program) as running:
        assert descendants(running.emulator) == [], "the first request starts the function, and pays for it"
        for shown, name in CLIPS.items():
            start = time.perf_counter()
            answer = running.invoke({"bucket": UPLOADS, "key": key_of(name)})
            seconds.append(time.perf_counter() - start)
            answers[shown] = (answer["statusCode"], json.loads(answer["body"]))
        processes = [Process.read(pid) for pid in descendants(running.emulator)]
        scratch = sorted(path.name for path in running.scratch.iterdir())
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return Observed(
        answers=answers,
        seconds=seconds,
        processes=processes,
        survivors=survivors([process.pid for process in processes]),
        mounts=[mount for mount in mounts if mount.startswith(str(container.root))],
        uploads=s3.listing(),
        scratch=scratch,
    )


def survivors(pids: list[int]) -> list[int]:
    """The processes that are still there after ten seconds; the kernel takes its time to end them."""
    for _ in range(100):
        pids = [pid for pid in pids if Path("/proc", str(pid)).exists()]
        if not pids:
            break
        time.sleep(0.1)
    return pids


def the_function(observed: Observed) -> list[Process]:
    """The function and its worker: not the processes that made their namespaces."""
    found = [process for process in observed.processes if process.status["Name"].startswith("python")]
    assert len(found) == 2
    return found


def test_every_example_is_recognised_by_the_image_and_deleted_from_s3(embedded: Observed) -> None:
    assert embedded.recognised() == {label: label for label in CLIPS}
    assert embedded.uploads == []
    assert embedded.scratch == []


def test_a_bundle_in_s3_takes_the_place_of_the_images_own(
    container: Container, s3: LocalS3, embedded: Observed, tmp_path: Path
) -> None:
    version = publish(DEFAULT_BUNDLE, f"s3://{MODELS}/models", s3.client)
    observed = observe(container, s3, tmp_path, bundle=version.uri)
    print(f"\nbundle from S3 ({version.bytes / 1e6:.0f} MB): {observed.figures()}")
    assert observed.scratch == ["bundles"]
    assert observed.recognised() == embedded.recognised()


def test_the_function_runs_without_any_privilege(embedded: Observed) -> None:
    for process in the_function(embedded):
        status = process.status
        assert status["Uid"] == status["Gid"] == "65534 65534 65534 65534"
        assert status["NoNewPrivs"] == "1"
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0


def test_the_function_writes_nowhere_but_to_tmp(embedded: Observed) -> None:
    for process in the_function(embedded):
        writable = {place for place, options in process.mounts.items() if "rw" in options}
        assert {place for place in writable if not place.startswith(("/dev", "/proc"))} == {"/tmp"}
        assert "ro" in process.mounts["/"]


def test_the_function_fits_into_the_memory_that_every_environment_gives_it(embedded: Observed) -> None:
    assert embedded.peak_bytes < min(environment.memory_mb for environment in ENVIRONMENTS.values()) * 2**20


def test_nothing_of_a_container_is_left_behind(embedded: Observed) -> None:
    assert embedded.survivors == []
    assert embedded.mounts == []


def test_the_image_has_the_modules_that_the_function_imports_and_no_others(
    imported: dict[str, Any], files: dict[str, str]
) -> None:
    present = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in files
        if path.startswith(("classify/", "model/")) and path.endswith(".py")
    }
    used = {name for name in imported["modules"] if name.split(".")[0] in ("classify", "model")}
    lazy = {module for module in present - used if not module.startswith("model.parts")}
    other_engine = {"model.engines.operations", "model.engines.side_effects", "model.engines.tensorflow"}
    with_a_clip = {"model.body.repetitions", "model.joined", "model.near", "model.why"}
    with_a_film = {f"model.workout{name}" for name in ("", ".analyse", ".depth", ".drawn", ".standards", ".timeline")}
    with_a_film |= {"model.depth", "model.depth.network", "model.depth.view"}
    with_a_description = {f"model.answers.{name}" for name in ("ablation", "evaluation", "model", "report")}
    assert lazy == other_engine | with_a_clip | with_a_film | with_a_description | {"model.record"}, (
        "the other engine, what guards it and what assembles its graph are there for ENGINE=tensorflow; "
        "what joins both streams is imported with the first clip, what analyses workouts with the first film, "
        "what says what the model is when it is asked for"
    )
    assert used <= present


def test_nothing_is_compiled_when_a_container_starts(imported: dict[str, Any]) -> None:
    assert imported["uncompiled"] == []
    assert len(imported["modules"]) > 100


def test_the_image_has_exactly_the_pinned_packages_and_so_no_tensorflow(
    image: Image, imported: dict[str, Any], source: Source
) -> None:
    wanted = pinned(source.folder / "requirements" / "lambda.txt", imported["python"])
    assert image.packages("var/task") == wanted
    assert not {"keras", "tensorflow", "tf-keras", "torch"} & wanted.keys()


def test_every_file_is_of_a_pinned_package_or_of_the_source(
    image: Image, ours: dict[str, Entry], files: dict[str, str], source: Source
) -> None:
    given = source.digests()
    known = {name: digest for name, digest in given.items() if name in files}
    known |= {f"build/pose/{weights.name}": weights.sha256 for weights in everything()}
    for layer in image.ours:
        for name, content in layer.contents():
            if name.endswith(".dist-info/RECORD"):
                known |= recorded(content.decode())
                known[name.removeprefix(TASK)] = files[name.removeprefix(TASK)]
    bytecode = {name for name in files if name.endswith(".pyc") and source_of(name) in files}
    assert {name: digest for name, digest in files.items() if name not in bytecode} == known
    assert [name for name in ours if not name.startswith(TASK)] == ["var", "var/task"]
    assert not [name for name in files if name.endswith("direct_url.json")], "a package that came from an address"


def recorded(record: str) -> dict[str, str]:
    """The SHA-256 of a package's files, by path, as the package itself says."""
    digests = {}
    for path, digest, _ in csv.reader(io.StringIO(record)):
        if digest:
            kind, _, value = digest.partition("=")
            assert kind == "sha256"
            digests[path.removeprefix("../../")] = base64.urlsafe_b64decode(value + "=").hex()
    return digests


def source_of(bytecode: str) -> str:
    """The module that a file of bytecode was made from."""
    folder, _, name = bytecode.rpartition("/")
    return f"{folder.removesuffix('__pycache__')}{name.split('.')[0]}.py"


def test_nothing_says_where_the_image_was_built(image: Image) -> None:
    assert image.traces() == []


def test_every_user_can_read_the_image_and_none_but_root_can_change_it(ours: dict[str, Entry]) -> None:
    unreadable = [name for name, entry in ours.items() if entry.mode & 0o444 != 0o444]
    closed = [name for name, entry in ours.items() if not entry.digest and entry.mode & 0o111 != 0o111]
    loose = [name for name, entry in ours.items() if entry.mode & 0o022 or entry.owner != (0, 0)]
    assert (unreadable, closed, loose) == ([], [], [])


def test_the_same_source_in_another_folder_makes_the_same_files(
    source: Source, ours: dict[str, Entry], tmp_path: Path
) -> None:
    again = build(tmp_path / "oci", context=source.folder)
    entries = {name: entry for layer in again.ours for name, entry in layer.entries.items()}
    shutil.rmtree(tmp_path / "oci")
    assert [name for name in ours.keys() | entries.keys() if ours.get(name) != entries.get(name)] == []


def test_with_tensorflow_it_opens_a_bundle_without_a_flatbuffer(source: Source, tmp_path: Path) -> None:
    """As a pipeline builds it whose context says `tensorflow`."""
    image = build(tmp_path / "oci", context=source.folder, WITH_TENSORFLOW="1")
    size = sum(layer.size for layer in image.ours) / 1e6
    root, scratch = tmp_path / "root", tmp_path / "scratch"
    root.mkdir()
    scratch.mkdir()
    shutil.copy(ROOT / "app" / "assets" / "examples" / CLIPS["thruster"], scratch / "clip.mp4")
    with unpacked(image, root) as container:
        shutil.rmtree(tmp_path / "oci")
        start = time.perf_counter()
        said = json.loads(container.run(scratch, "python3", "-c", WITH_TENSORFLOW))
    print(f"\nimage with TensorFlow: {size:.0f} MB, cold {time.perf_counter() - start:.1f} s")
    assert said["model"]["engine"] == "tensorflow"
    assert said["prediction"][0][0] == "thruster"
