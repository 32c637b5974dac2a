"""A benchmark as a table: for the terminal and, with how each column was measured, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.markup import escape
from rich.table import Table

from model.benchmark.benchmark import DEFAULT, PREDECESSOR, Benchmark, Measured
from model.benchmark.messages import ALL
from model.benchmark.plan import CALIBRATION_CLIPS, RANDOM_CALIBRATION_CLIPS

JSON, MARKDOWN = "benchmark.json", "benchmark.md"

METHODS = (
    ("accuracy", "every clip of the folders through a `Predictor`, as it is served; with random weights there is none"),
    (
        "difference",
        "absolute difference of probabilities from the float32 flatbuffer's, largest and mean, on all clips",
    ),
    ("size", "the files that the engine opens: flatbuffers (of stream models two), or SavedModel"),
    (
        "cold",
        "from before a fresh process is started to its first answer: interpreter, imports, manifest, graph, golden "
        "clips where there are any, and the clip; median",
    ),
    ("decode, predict", "clip to tensor and tensor to probabilities, in a process that has answered; median of clips"),
    ("memory", "most resident memory (`ru_maxrss`) of a fresh process up to its first answer, the most of all starts"),
    ("frame", "one more frame of a stream model, LiteRT; median"),
)
"""Columns, and how each is measured."""

_DASH = "-"
_MIB = 2**20


def write(benchmark: Benchmark, out: Path) -> None:
    """Write `benchmark.json` and `benchmark.md` into a folder."""
    (out / JSON).write_text(benchmark.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (out / MARKDOWN).write_text(markdown(benchmark), encoding="utf-8")


def markdown(benchmark: Benchmark) -> str:
    """The report."""
    settings = benchmark.settings
    clips = ", ".join(f"{count} in `{folder}`" for folder, count in settings.clips.items())
    versions = ", ".join(f"{name} {number}" for name, number in settings.machine.versions.items())
    parts = [
        "# Benchmark",
        f"{settings.machine.processor}, {settings.machine.cores} cores, {settings.threads} threads, "
        f"{settings.machine.system}; {versions}. Clips: {clips}. {settings.repeats} cold starts of every row.",
        _table([HEADERS, *cells(benchmark)]),
        "Ratios in brackets are to the first row, on the same clips. Decoding is the same work in every row of one "
        "size: where its ratio is far from 1, something else ran on the machine.",
        _failures(benchmark),
        _accuracy(benchmark),
        "## Against the thesis' way of serving\n\n" + against_predecessor(benchmark),
        "## How the columns are measured\n\n" + "\n".join(f"- **{name}**: {how}." for name, how in METHODS),
        _calibration(benchmark),
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


HEADERS = (
    "model",
    "weights",
    "input",
    "precision",
    "engine",
    "top-1",
    "top-5",
    "ECE",
    "difference",
    "size MiB",
    "cold ms",
    "decode ms",
    "predict ms",
    "memory MiB",
    "frame ms",
)
"""The headings of the columns of `cells`."""

IN_BRIEF = ("model", "precision", "engine", "top-1", "size MiB", "cold ms", "predict ms", "memory MiB")
"""The columns that a terminal has room for."""


def cells(benchmark: Benchmark) -> list[tuple[str, ...]]:
    """The table, row by row."""
    first = next((row for row in benchmark.rows if row.reason is None), None)
    return [_cells(row, first) for row in benchmark.rows]


def rich_table(benchmark: Benchmark) -> Table:
    """The table in brief, for a terminal."""
    chosen = [HEADERS.index(name) for name in IN_BRIEF]
    table = Table(*IN_BRIEF, box=None, pad_edge=False)
    for row in cells(benchmark):
        table.add_row(*(escape(row[index]) for index in chosen))
    return table


def against_predecessor(benchmark: Benchmark) -> str:
    """How much the default bundle's path is better than the predecessor's, in a few sentences."""
    by_name = {row.name: row for row in benchmark.rows}
    ours, theirs = by_name[DEFAULT], by_name.get(PREDECESSOR)
    if theirs is None:
        return "The predecessor's path was not measured: no SavedModel of it was given (`--predecessor`)."
    if theirs.reason or ours.reason:
        return f"There is no comparison. {theirs.reason or ours.reason}"
    sentences = [
        _compared("The default bundle's path", ours, theirs),
        *(
            _compared(f"The predecessor's network in our path ({row.engine.value})", row, theirs)
            for row in benchmark.rows
            if row.size == theirs.size and row.name != PREDECESSOR and row.reason is None
        ),
    ]
    return (
        "The predecessor's path is the thesis': an archive with a SavedModel unpacked and loaded by TensorFlow, every "
        "frame of the clip read, squeezed to 224 x 224 and fed as BGR divided by 225. It was started once and answered "
        f"one clip twice. Cold it took {median(theirs.cold_ms) / 1e3:.1f} s, warm "
        f"{_median(theirs, 'total_ms') / 1e3:.1f} s, with "
        f"{theirs.memory_bytes / _MIB:.0f} MiB.\n\n" + "\n".join(f"- {sentence}" for sentence in sentences)
    )


def _compared(name: str, ours: Measured, theirs: Measured) -> str:
    return (
        f"{name} answers the same clip {median(theirs.cold_ms) / median(ours.cold_ms):.0f} times as fast cold and "
        f"{_ratio(theirs, ours, 'total_ms'):.0f} times as fast warm, with "
        f"1/{theirs.memory_bytes / ours.memory_bytes:.1f} of the memory and "
        f"1/{theirs.size_bytes / ours.size_bytes:.1f} of the size."
    )


def _cells(row: Measured, first: Measured | None) -> tuple[str, ...]:
    shape = f"{row.frames or 'all'}x{row.size}"
    head = (row.model, row.weights, shape, row.precision.value, row.engine.value)
    if row.reason is not None or first is None:
        return (*head, *[_DASH] * (len(HEADERS) - len(head)))
    accuracy, difference = row.accuracy.get(ALL), row.difference
    cold = median(row.cold_ms)
    return (
        *head,
        *(_figure(getattr(accuracy, name, None)) for name in ("top1", "top5", "ece")),
        _DASH if difference is None else f"{difference.largest:.4f}, {difference.mean:.5f}",
        _with_ratio(row.size_bytes / _MIB, row.size_bytes / first.size_bytes),
        _with_ratio(cold, cold / median(first.cold_ms), digits=0),
        _with_ratio(_median(row, "decode_ms"), _ratio(row, first, "decode_ms")),
        _with_ratio(_median(row, "predict_ms"), _ratio(row, first, "predict_ms")),
        _with_ratio(row.memory_bytes / _MIB, row.memory_bytes / first.memory_bytes, digits=0),
        _DASH if row.frame_ms is None else f"{row.frame_ms:.1f}",
    )


def _median(row: Measured, name: str) -> float:
    """Median of a timing over a row's clips, milliseconds."""
    return median(getattr(timing, name) for timing in row.timed.values())


def _ratio(row: Measured, other: Measured, name: str) -> float:
    """How many times as long one row takes as another: median of the clips that both answered."""
    common = sorted(set(row.timed) & set(other.timed))
    return median(getattr(row.timed[clip], name) / getattr(other.timed[clip], name) for clip in common)


def _with_ratio(value: float, ratio: float, digits: int = 1) -> str:
    return f"{value:.{digits}f} ({ratio:.2f})"


def _figure(value: float | None) -> str:
    return _DASH if value is None else f"{value:.3f}"


def _failures(benchmark: Benchmark) -> str:
    """The rows without figures by their reason."""
    by_reason: dict[str, list[str]] = {}
    for row in benchmark.rows:
        if row.reason is not None:
            by_reason.setdefault(row.reason, []).append(f"{row.model} {row.precision.value} on {row.engine.value}")
    lines = [f"- {', '.join(names)}: {reason}" for reason, names in by_reason.items()]
    return "Rows without figures:\n\n" + "\n".join(lines) if lines else ""


def _calibration(benchmark: Benchmark) -> str:
    """Where temperature, rule and ranges come from."""
    folder = benchmark.settings.calibration
    if folder is None:
        return (
            "No clips to calibrate on were given: the temperature of networks of a training run is 1, and ECE says so."
        )
    return (
        f"Temperature and rule of networks of a training run are chosen on clips of `{folder}` that were held out, and "
        f"the ranges of int8 on {CALIBRATION_CLIPS} that were trained on "
        f"(with random weights {RANDOM_CALIBRATION_CLIPS})."
    )


def _accuracy(benchmark: Benchmark) -> str:
    """The accuracy in every folder by itself, where there are several."""
    folders = list(benchmark.settings.clips)
    if len(folders) < 2:
        return ""
    headers = ("model", "precision", "engine", *(f"{folder}: top-1, top-5, ECE" for folder in folders))
    rows = [
        (
            f"{row.model} ({row.weights})",
            row.precision.value,
            row.engine.value,
            *(
                ", ".join(_figure(getattr(row.accuracy[folder], name)) for name in ("top1", "top5", "ece"))
                for folder in folders
            ),
        )
        for row in benchmark.rows
        if row.accuracy
    ]
    return "## Accuracy by folder\n\n" + _table([headers, *rows]) if rows else ""


def _table(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; its first row is the head."""
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
