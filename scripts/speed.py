"""`make benchmark-reader BEFORE=...`: what reading a clip and starting cold costs, here and in another checkout.

    python scripts/speed.py BEFORE [--out FOLDER] [--clip FILE ...] [--repeats N]

Both checkouts run in the environment of this one, turn by turn in the same run: a machine that others use is slow for
both. Every figure is a median of processor time, of this process and those that it started, in milliseconds; only the
ratios mean something beyond this machine. Clips are read on one core; a start has all of them, for the threads that it
makes belong to what it costs. Clips are made of an example of the page, with grain, and kept in the folder.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
BUNDLE = "model/bundles/default"
EXAMPLE = "app/assets/examples/power-clean.mp4"

QUARTER_TURN = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
"""The matrix of a track that was filmed upright."""

_HLG = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc:range=limited"

HANDLER = """
import atexit, base64, os, sys
from types import SimpleNamespace
import classify.handler
context = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1769, invoked_function_arn="arn", aws_request_id="1",
    client_context=None, get_remaining_time_in_millis=lambda: 60_000,
)
answer = classify.handler.handler({"video": base64.b64encode(open(sys.argv[1], "rb").read()).decode()}, context)
assert answer["statusCode"] == 200, answer
atexit._run_exitfuncs()
os._exit(0)
"""
"""A container's start and its first request; a worker is waited for, but a container's process does not end."""


@dataclass(frozen=True)
class Kind:
    """A clip to read: what it is called, how it is coded, and how many times cheaper it is meant to be."""

    name: str
    width: int
    height: int
    seconds: float
    codec: str = "libx264"
    pixels: str = "yuv420p"
    options: str = ""
    turned: bool = False
    goal: float | None = None


KINDS = (
    Kind("480p, 1 s", 854, 480, 1, goal=1.5),
    Kind("1080p, 3 s", 1920, 1080, 3),
    Kind("upright phone, 3 s", 1920, 1080, 3, options="keyint=30", turned=True),
    Kind("HDR phone, 1 s", 1920, 1080, 1, "libx265", "yuv420p10le", f"keyint=30:{_HLG}", turned=True, goal=20),
    Kind("HDR phone, 3 s", 1920, 1080, 3, "libx265", "yuv420p10le", f"keyint=30:{_HLG}", turned=True, goal=20),
    Kind("4K HEVC, 2 s", 3840, 2160, 2, "libx265", options="keyint=60"),
    Kind("1080p, 59 s", 1920, 1080, 59, goal=6),
    Kind("1080p, 59 s, as phones", 1920, 1080, 59, options="keyint=30", goal=6),
)


@dataclass(frozen=True)
class Row:
    """What was measured of one thing: processor time before and after, and for clips the most memory, in MB."""

    name: str
    before: float
    after: float
    goal: float | None = None
    memory: tuple[float, float] | None = None

    @property
    def ratio(self) -> float:
        """How many times cheaper it is now."""
        return self.before / self.after

    def told(self) -> str:
        """The row of the table."""
        goal = "-" if self.goal is None else f"{self.goal:g}"
        memory = "-" if self.memory is None else "{:.0f} -> {:.0f}".format(*self.memory)
        return f"| {self.name} | {self.before:.1f} | {self.after:.1f} | {self.ratio:.2f} | {goal} | {memory} |"


HEAD = "| | before, ms | after, ms | ratio | goal | peak memory, MB |\n|---|---:|---:|---:|---:|---:|"


def taking_turns(one: Callable[[], float], other: Callable[[], float], repeats: int) -> tuple[float, float]:
    """The medians of two measurements that take turns, after one of each that does not count."""
    one(), other()
    pairs = [(one(), other()) for _ in range(repeats)]
    return median(first for first, _ in pairs), median(second for _, second in pairs)


class Reader:
    """A process that reads one clip again and again with the code of a checkout."""

    def __init__(self, tree: Path, clip: Path, pycache: Path) -> None:
        command = [sys.executable, __file__, "--worker", str(clip), str(tree / BUNDLE / "assets.extra/contract.json")]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment(tree, pycache)
        )
        self.memory = 0.0

    def read(self) -> float:
        """Milliseconds of processor time that the tensor of the clip takes."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        milliseconds, self.memory = json.loads(self._process.stdout.readline())
        return float(milliseconds)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def worker(clip: str, contract: str) -> None:
    """What a `Reader` starts: a line in, processor milliseconds and the peak of memory in MB out."""
    from model.contract import Contract
    from model.video import read_clip

    wanted = Contract.read(Path(contract))
    for _ in sys.stdin:
        start = time.process_time()
        read_clip(Path(clip), wanted).tensor  # noqa: B018, made when it is asked for
        milliseconds = (time.process_time() - start) * 1e3
        say(json.dumps([milliseconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def cold(tree: Path, pycache: Path, arguments: Sequence[str], **variables: str) -> float:
    """Milliseconds of processor time of a fresh Python, and of what it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments],
        check=True,
        cwd=tree,
        env={**_environment(tree, pycache), **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def _environment(tree: Path, pycache: Path) -> dict[str, str]:
    """As in an installation: byte code is there, of each checkout its own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join((str(tree), str(tree / "lambda"))),
        "PYTHONPYCACHEPREFIX": str(pycache / tree.name),
    }


def write_clips(folder: Path) -> None:
    """The clips of all kinds that are not there yet."""
    import av
    import cv2
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    with av.open(str(ROOT / EXAMPLE)) as example:
        pictures = [frame.to_ndarray(format="bgr24") for frame in example.decode(video=0)]
    for kind in KINDS:
        path = _clip(folder, kind)
        if path.exists():
            continue
        random = np.random.default_rng(1)
        grain = [random.normal(0, 3, (kind.height, kind.width, 1)).astype(np.float32) for _ in range(4)]
        with av.open(str(path.with_suffix(".part")), "w", format="mp4") as container:
            name = "x265-params" if kind.codec == "libx265" else "x264-params"
            options = {
                name: f"{kind.options}:log-level=error" if kind.options else "keyint=250",
                "preset": "veryfast",
                "crf": "24",
            }
            stream = container.add_stream(kind.codec, rate=30, options=options)
            stream.width, stream.height, stream.pix_fmt = kind.width, kind.height, kind.pixels
            for number in range(round(30 * kind.seconds)):
                picture = cv2.resize(pictures[_to_and_fro(number, len(pictures))], (kind.width, kind.height))
                noisy = (picture + grain[number % 4]).clip(0, 255).astype(np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, format="bgr24")))
            container.mux(stream.encode())
        content = path.with_suffix(".part").read_bytes()
        path.write_bytes(turned(content) if kind.turned else content)
        path.with_suffix(".part").unlink()


def turned(content: bytes) -> bytes:
    """An mp4 of which the first track is shown after a quarter turn."""
    matrix = content.index(b"tkhd") + 4 + 40
    return content[:matrix] + QUARTER_TURN + content[matrix + len(QUARTER_TURN) :]


def _to_and_fro(number: int, count: int) -> int:
    """There and back through some pictures, so that a long film has no cut."""
    place = number % (2 * count - 2)
    return min(place, 2 * count - 2 - place)


def _clip(folder: Path, kind: Kind) -> Path:
    return folder / f"{kind.name.replace(', ', '-').replace(' ', '-').lower()}.mp4"


def readings(before: Path, out: Path, clips: Sequence[Path], repeats: int) -> Iterable[Row]:
    """What reading costs: the given clips, and one of every kind."""
    kinds = [(_clip(out / "clips", kind), kind.name, kind.goal) for kind in KINDS]
    for clip, name, goal in [*((clip, clip.stem, 1.5) for clip in clips), *kinds]:
        one, other = (Reader(tree, clip, out / "pycache") for tree in (before, ROOT))
        figures = taking_turns(one.read, other.read, repeats)
        one.close(), other.close()
        yield Row(name, *figures, goal, (one.memory, other.memory))


Start = tuple[Sequence[str], Mapping[str, str]]
"""What a fresh Python is given: arguments, and variables."""


def starts(before: Path, out: Path, repeats: int) -> Iterable[Row]:
    """What a fresh process costs: of both with the bundle of the other checkout, and then of ours with its own."""
    clip, bundle, pycache = str(_clip(out / "clips", KINDS[0])), str(before / BUNDLE), out / "pycache"
    ours = str(ROOT / BUNDLE)

    def compared(name: str, goal: float | None, one: Start, other: Start) -> Row:
        figures = taking_turns(
            lambda: cold(before, pycache, one[0], **one[1]), lambda: cold(ROOT, pycache, other[0], **other[1]), repeats
        )
        return Row(name, *figures, goal)

    def predict(of: str) -> Start:
        return ["-m", "model.cli", "predict", clip, "--bundle", of], {}

    def asked(of: str) -> Start:
        return ["-c", HANDLER, clip], {**told, "BUNDLE": of}

    shown: Start = (["-m", "model.cli", "--help"], {})
    told = {
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_METRICS_NAMESPACE": "movements",
        "UPLOAD_BUCKET": "uploads",
    }
    yield compared("movements --help", 2, shown, shown)
    yield compared("movements predict, cold", 2, predict(bundle), predict(bundle))
    yield compared("movements predict, its own bundle", None, predict(bundle), predict(ours))
    yield compared("handler and first answer", 2, asked(bundle), asked(bundle))
    yield compared("handler, its own bundle", None, asked(bundle), asked(ours))


def main() -> None:
    """Measure, and print a table in Markdown as it grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="the other checkout")
    parser.add_argument("--out", type=Path, default=ROOT / "build/speed", help="folder of clips and byte code")
    parser.add_argument("--clip", type=Path, action="append", default=[], help="another clip to read")
    parser.add_argument("--repeats", type=int, default=9, help="measurements of each")
    parser.add_argument("--only", choices=("clips", "starts"), help="measure only these")
    options = parser.parse_args()
    before, out = options.before.resolve(), options.out.resolve()
    # Libraries that write clips would count as memory of every process that is started from here.
    subprocess.run([sys.executable, __file__, "--write", str(out / "clips")], check=True)
    say(HEAD)
    cores = os.sched_getaffinity(0)
    if options.only != "starts":
        os.sched_setaffinity(0, {max(cores)})
        for row in readings(before, out, [clip.resolve() for clip in options.clip], options.repeats):
            say(row.told())
    os.sched_setaffinity(0, cores)
    if options.only != "clips":
        for row in starts(before, out, options.repeats):
            say(row.told())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:4])
    elif sys.argv[1:2] == ["--write"]:
        write_clips(Path(sys.argv[2]))
    else:
        main()
