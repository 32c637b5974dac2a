"""What the benchmark and its workers say to each other: orders and questions in, figures out, all as JSON.

Nothing heavy is imported here, since the process that starts the workers imports it.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from model.benchmark.plan import Network
from model.defaults import EngineName
from model.movinet.precision import Precision


class NetworkOrder(BaseModel):
    """What to make.

    Attributes:
        precision: float32 is exported from the network, anything else from `source`, its float32 bundle.
        calibration: folder of training clips; see `model.benchmark.networks.make_network`.
        out: the bundle; complete or not there.
    """

    network: Network
    precision: Precision
    out: Path
    source: Path | None = None
    calibration: Path | None = None


class Question(BaseModel):
    """What to answer.

    Attributes:
        first: the clip of the cold answer.
        timed: clips answered after it, one by one; none for the cold answer alone.
        folders: of clips to judge.
        stream: whether to time single frames, too.
    """

    bundle: Path
    engine: EngineName
    threads: int
    first: Path
    timed: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    stream: bool = False


class PredecessorQuestion(BaseModel):
    """What to answer: `first` cold, then each of `timed`; `archive` is a .tar.gz of the SavedModel."""

    archive: Path
    threads: int
    first: Path
    timed: tuple[Path, ...] = ()


class Cold(BaseModel):
    """Said after the first answer."""

    memory_bytes: int


class Timing(BaseModel):
    """Wall-clock milliseconds of one clip in a warm process."""

    decode_ms: float
    predict_ms: float

    @property
    def total_ms(self) -> float:
        """Both together."""
        return self.decode_ms + self.predict_ms


class Accuracy(BaseModel):
    """Figures of merit of some clips, see `model.evaluation.evaluate`."""

    clips: int
    top1: float | None
    top5: float | None
    ece: float | None


class Warm(BaseModel):
    """Said at the end.

    Attributes:
        timed: by clip.
        frame_ms: median milliseconds of one more frame of a stream model; None for others.
        accuracy: by folder, and of all clips together under `all`; empty without folders.
        probabilities: by clip, as `folder/name`; of the clips that were judged and could be read.
    """

    timed: dict[str, Timing] = {}
    frame_ms: float | None = None
    accuracy: dict[str, Accuracy] = {}
    probabilities: dict[str, list[float]] = {}


ALL = "all"
"""Name of all folders together."""
