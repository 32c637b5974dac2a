"""The run: makes every network, starts the processes that measure it, and keeps what they say.

settings.json     what decides the figures; another run into the same folder must have the same
bundles/          every network at every precision
rows/             the figures of every row that is done
benchmark.json    all of it; benchmark.md: the table
"""

from __future__ import annotations

import hashlib
import os
import platform
import tarfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from model.benchmark.messages import Accuracy, Cold, NetworkOrder, PredecessorQuestion, Question, Timing, Warm
from model.benchmark.plan import Kind, Network, Row, Selection, network_of, rows
from model.benchmark.worker import Line, WorkerFailed, work
from model.bundle import CONTRACT, LITERT, MANIFEST, SAVED_MODEL, STEP, Bundle
from model.contract import Contract
from model.defaults import DEFAULT_BUNDLE, EngineName
from model.evaluation.clip_set import videos_in
from model.movinet.precision import Precision
from model.parts.whole import content, has

TIMED_CLIPS = 12
"""Clips that every row answers warm, beside the one that it answers cold: evenly spread over all."""

COLD_LABEL = "thruster"
"""What the cold clip shows, where there is such a clip: the thesis gives its time for one thruster."""

DEFAULT, PREDECESSOR = "default", "predecessor"
"""Names of the rows of the default bundle and of the predecessor."""

_BASELINE = "thesis' serving path"

EVERYTHING = Selection()


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Machine(_Frozen):
    """What a benchmark ran on; `cores` are those that its processes may use."""

    processor: str
    cores: int
    system: str
    versions: dict[str, str]


class Settings(_Frozen):
    """What decides the figures of a benchmark.

    Attributes:
        clips: number of clips by folder.
        networks: of training runs.
        calibration, predecessor: folders; None if there is none.
        bundle: the default bundle; bundle_sha256: of its manifest.
        repeats: cold starts of every row.
        threads: of the engines.
    """

    clips: dict[str, int]
    networks: tuple[Network, ...]
    calibration: str | None
    predecessor: str | None
    bundle: str
    bundle_sha256: str
    repeats: int
    threads: int
    machine: Machine


class Difference(_Frozen):
    """Absolute differences of probabilities from those of the float32 flatbuffer."""

    clips: int
    largest: float
    mean: float


class Measured(_Frozen):
    """A row of the table.

    Attributes:
        name: see `model.benchmark.plan.Row`.
        model, weights: in words for people; weights are the run's and its step, or random.
        reason: why there are no figures, in one sentence; None if there are.
        size_bytes: of the files that the engine opens.
        cold_ms: of every cold start.
        memory_bytes: most of any cold start.
        timed, frame_ms, accuracy, probabilities: see `model.benchmark.answer.Warm`.
        difference: None for the float32 flatbuffer itself, and where nothing was judged.
    """

    name: str
    model: str
    weights: str
    frames: int | None = None
    size: int | None = None
    precision: Precision = Precision.FP32
    engine: EngineName = EngineName.LITERT
    reason: str | None = None
    size_bytes: int = 0
    cold_ms: tuple[float, ...] = ()
    memory_bytes: int = 0
    timed: dict[str, Timing] = {}
    frame_ms: float | None = None
    accuracy: dict[str, Accuracy] = {}
    probabilities: dict[str, list[float]] = {}
    difference: Difference | None = None


class Benchmark(_Frozen):
    """The outcome: settings, and all rows in the order of the table, the default bundle first."""

    settings: Settings
    rows: tuple[Measured, ...]


def benchmark(
    out: Path,
    clips: Sequence[Path],
    selection: Selection = EVERYTHING,
    *,
    runs: Sequence[Path] = (),
    calibration: Path | None = None,
    predecessor: Path | None = None,
    bundle: Path = DEFAULT_BUNDLE,
    repeats: int = 3,
    threads: int = 2,
    report: Callable[[Measured], None] | None = None,
) -> Benchmark:
    """Measure the default bundle, the networks that are selected, and the predecessor's path.

    Interrupted, it goes on where it was. A row that cannot be made or measured gives its reason, and is tried again
    by the next run into the folder.

    Args:
        out: folder of the benchmark.
        clips: folders of `<movement>_<i>.mp4`.
        selection: the networks, precisions and engines.
        runs: training runs; a network that none of them trains gets random weights, and is not judged.
        calibration: folder of the clips that were trained on, see `model.benchmark.networks.make_network`.
        predecessor: directory of the SavedModel that stands for the published thesis' own.
        bundle: the default bundle.
        repeats: cold starts of every row.
        threads: of the engines.
        report: called with every row.

    Raises:
        FileNotFoundError: a folder lacks what it should hold.
        ValueError: the folder holds a benchmark with other settings, or two runs train the same network.
    """
    networks = [network_of(run) for run in runs]
    trained = {(network.variant, network.kind): network for network in networks}
    if len(trained) < len(networks):
        raise ValueError(
            f"of several runs that train one network only one can be measured: {[n.name for n in networks]}"
        )
    if predecessor is not None and not (predecessor / SAVED_MODEL).is_file():
        raise FileNotFoundError(f"{predecessor} is not a SavedModel: it has no {SAVED_MODEL}")
    settings = Settings(
        clips={str(folder): len(videos_in(folder)) for folder in clips},
        networks=tuple(networks),
        calibration=calibration and str(calibration),
        predecessor=predecessor and str(predecessor),
        bundle=str(bundle),
        bundle_sha256=hashlib.sha256((bundle / MANIFEST).read_bytes()).hexdigest(),
        repeats=repeats,
        threads=threads,
        machine=machine(),
    )
    _open_folder(out, settings)
    run = _Run(out, settings, report or (lambda row: None))
    measured = [run.default()]
    measured += [run.row(row) for row in rows(selection, trained, predecessor=predecessor is not None)]
    if predecessor is not None:
        measured.append(run.predecessor(predecessor))
    return Benchmark(settings=settings, rows=with_differences(measured))


def machine() -> Machine:
    """What this process runs on."""
    processor = platform.processor() or platform.machine()
    description = Path("/proc/cpuinfo")
    if description.is_file():
        names = [line for line in description.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        processor = names[0].partition(":")[2].strip() if names else processor
    packages = ("ai-edge-litert", "tensorflow", "keras", "numpy", "opencv-python-headless")
    return Machine(
        processor=processor,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        system=platform.platform(),
        versions={"python": platform.python_version(), **{name: version(name) for name in packages}},
    )


def with_differences(measured: Sequence[Measured]) -> tuple[Measured, ...]:
    """The rows, each compared with the float32 flatbuffer of its network where both were judged."""
    references = {
        (row.model, row.size): row.probabilities
        for row in measured
        if row.precision is Precision.FP32 and row.engine is EngineName.LITERT and row.name != DEFAULT
    }
    return tuple(
        row.model_copy(update={"difference": _difference(row.probabilities, references[row.model, row.size])})
        if (row.model, row.size) in references and row.name != DEFAULT
        else row
        for row in measured
    )


def _difference(given: Mapping[str, Sequence[float]], reference: Mapping[str, Sequence[float]]) -> Difference | None:
    """None for the reference itself and without common clips."""
    common = sorted(set(given) & set(reference))
    if given is reference or not common:
        return None
    differences = np.abs([np.subtract(given[clip], reference[clip]) for clip in common])
    return Difference(clips=len(common), largest=float(differences.max()), mean=float(differences.mean()))


def _open_folder(out: Path, settings: Settings) -> None:
    """Make the folder, or find in it a benchmark with the same settings."""
    path = out / "settings.json"
    if path.is_file():
        before = Settings.model_validate_json(path.read_text(encoding="utf-8"))
        for name, given in settings:
            if (there := getattr(before, name)) != given:
                raise ValueError(f"{out} holds a benchmark with {name} {there!r}, not {given!r}: choose another folder")
    for folder in ("bundles", "rows"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    path.write_text(settings.model_dump_json(indent=2) + "\n", encoding="utf-8")


class _Run:
    """The rows of one benchmark, measured one by one."""

    def __init__(self, out: Path, settings: Settings, report: Callable[[Measured], None]) -> None:
        self.out, self.settings, self.report = out, settings, report
        self.folders = tuple(Path(folder) for folder in settings.clips)
        paths = [path for folder in self.folders for path in videos_in(folder)]
        shown = [path for path in paths if path.name.startswith(f"{COLD_LABEL}_")]
        self.first = (shown or paths)[0]
        spread = np.unique(np.linspace(0, len(paths) - 1, min(TIMED_CLIPS, len(paths))).round().astype(int))
        self.timed = (self.first, *(paths[i] for i in spread if paths[i] != self.first))
        self._refused: dict[Path, str] = {}

    def default(self) -> Measured:
        """The row of the default bundle, as it is served."""
        directory = Path(self.settings.bundle)
        contract = Contract.read(directory / CONTRACT)
        about = Measured(
            name=DEFAULT,
            model="default bundle",
            weights=f"{contract.name} {contract.version}",
            frames=contract.frames,
            size=contract.size,
        )
        return self._measured(about, lambda: self._answered(about, directory, judged=True))

    def row(self, row: Row) -> Measured:
        """The row of a network."""
        network = row.network
        about = Measured(
            name=row.name,
            model=f"{network.variant.upper()} {network.kind.value}",
            weights="random" if network.run is None else f"{network.run}, step {network.step}",
            frames=network.frames,
            size=network.size,
            precision=row.precision,
            engine=row.engine,
        )
        judged = network.run is not None
        return self._measured(
            about, lambda: self._answered(about, self._bundle(network, row.precision), judged=judged, kind=network.kind)
        )

    def predecessor(self, saved_model: Path) -> Measured:
        """The row of the predecessor: one cold start and one warm answer, since each takes minutes."""
        about = Measured(
            name=PREDECESSOR, model=f"A2 base, {_BASELINE}", weights="random", size=224, engine=EngineName.TENSORFLOW
        )
        return self._measured(about, lambda: self._predecessor(about, saved_model))

    def _measured(self, about: Measured, measure: Callable[[], Measured]) -> Measured:
        path = self.out / "rows" / f"{about.name}.json"
        if path.is_file():
            row = Measured.model_validate_json(path.read_text(encoding="utf-8"))
        else:
            try:
                row = measure()
                partial = path.with_suffix(".partial")
                partial.write_text(row.model_dump_json() + "\n", encoding="utf-8")
                partial.replace(path)
            except WorkerFailed as error:
                row = about.model_copy(update={"reason": str(error)})
        self.report(row)
        return row

    def _bundle(self, network: Network, precision: Precision) -> Path:
        """The bundle of a network, made unless it is there; what was refused once is not tried twice."""
        directory = self.out / "bundles" / f"{network.name}-{precision.value}"
        if (directory / MANIFEST).is_file():
            return directory
        if directory in self._refused:
            raise WorkerFailed(self._refused[directory])
        calibration = self.settings.calibration
        try:
            if precision is Precision.INT8 and calibration is None:
                raise WorkerFailed("Without a folder of calibration clips there is no int8.")
            order = NetworkOrder(
                network=network,
                precision=precision,
                out=directory,
                source=None if precision is Precision.FP32 else self._bundle(network, Precision.FP32),
                calibration=calibration and Path(calibration),
            )
            work("model.benchmark.networks", order)
        except WorkerFailed as error:
            self._refused[directory] = str(error)
            raise
        return directory

    def _answered(self, about: Measured, directory: Path, *, judged: bool, kind: Kind = Kind.BASE) -> Measured:
        litert = about.engine is EngineName.LITERT
        question = Question(bundle=directory, engine=about.engine, threads=self.settings.threads, first=self.first)
        full = question.model_copy(
            update={
                "timed": self.timed,
                "folders": self.folders if judged else (),
                "stream": litert and kind is Kind.STREAM,
            }
        )
        starts = [work("model.benchmark.answer", q) for q in [question] * (self.settings.repeats - 1) + [full]]
        bundle, (file, other) = Bundle.load(directory), (LITERT, STEP) if litert else ("variables", SAVED_MODEL)
        size = _bytes([directory / file]) + (len(content(bundle, other)) if has(bundle, other) else 0)
        return self._with(about, starts, size)

    def _predecessor(self, about: Measured, saved_model: Path) -> Measured:
        archive = self.out / "predecessor.tar.gz"
        if not archive.is_file():
            _pack(saved_model, archive)
        question = PredecessorQuestion(
            archive=archive, threads=self.settings.threads, first=self.first, timed=(self.first,)
        )
        starts = [work("model.benchmark.predecessor", question)]
        return self._with(about, starts, _bytes([saved_model]))

    def _with(self, about: Measured, starts: Sequence[Sequence[Line]], size_bytes: int) -> Measured:
        """The row with what the processes said; the last of them stayed to answer warm."""
        colds = [Cold.model_validate(start[0].value) for start in starts]
        warm = Warm.model_validate(starts[-1][1].value)
        return about.model_copy(
            update={
                "size_bytes": size_bytes,
                "cold_ms": tuple(start[0].seconds * 1e3 for start in starts),
                "memory_bytes": max(cold.memory_bytes for cold in colds),
                **{name: getattr(warm, name) for name in Warm.model_fields},
            }
        )


def _bytes(paths: Sequence[Path]) -> int:
    """The bytes of files, and of all files in directories; a path that does not exist has none."""
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _pack(saved_model: Path, archive: Path) -> None:
    """Write a SavedModel's directory as .tar.gz, as the thesis stored it."""
    partial = archive.with_suffix(".partial")
    with tarfile.open(partial, "w:gz") as tar:
        tar.add(saved_model, arcname="model")
    partial.replace(archive)
