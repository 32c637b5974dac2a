"""From a clip and a bundle to the most probable movements: what the Lambda, the page and the command line share."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from model.answers.clip import ClipAnswer, ClipFacts, ModelFacts, NoneOfTheseAnswer, Square
from model.bundle import Bundle
from model.contract import Contract
from model.defaults import TOP_K, EngineName
from model.engines import Engine, open_engine
from model.engines.calibration import calibrated
from model.video import Clip, read_clip, still_jpeg


@dataclass(frozen=True)
class Prediction:
    """The answer to one clip.

    Attributes:
        rows: (label, probability), the most probable first.
        none: probability of *none of these*, where the contract has a rule for it.
        clip: what was read.
        stills: JPEG of every sampled frame, if they were asked for.
        decode_ms, predict_ms, total_ms: wall-clock milliseconds.
    """

    rows: tuple[tuple[str, float], ...]
    none: float | None
    clip: Clip
    contract: Contract
    engine: str
    stills: tuple[bytes, ...] | None
    decode_ms: float
    predict_ms: float
    total_ms: float

    @property
    def shows_none(self) -> bool:
        """Whether *none of these* is the answer: as probable as the rule's threshold, or more."""
        rule = self.contract.none_of_these
        return rule is not None and self.none is not None and self.none >= rule.threshold

    def answer(self) -> ClipAnswer:
        """What is said of the clip, in as many digits as mean something."""
        clip, crop = self.clip, self.clip.crop
        none = None
        if self.none is not None:
            none = NoneOfTheseAnswer(probability=round(self.none, 6), answer=self.shows_none)
        square = None if crop is None else Square(x=round(crop.x, 1), y=round(crop.y, 1), side=round(crop.side, 1))
        answer = ClipAnswer(
            prediction=tuple((label, round(probability, 6)) for label, probability in self.rows),
            none_of_these=none,
            clip=ClipFacts(
                seconds=round(clip.seconds, 3),
                frames=clip.frame_count,
                declared_frames=clip.declared,
                width=clip.width,
                height=clip.height,
                sampled=clip.sampled,
                sampled_seconds=tuple(round(seconds, 3) for seconds in clip.sampled_seconds),
                crop=square,
            ),
            model=ModelFacts(name=self.contract.name, version=self.contract.version, engine=self.engine),
            timing_ms={
                "decode": round(self.decode_ms, 1),
                "predict": round(self.predict_ms, 1),
                "total": round(self.total_ms, 1),
            },
        )
        if self.stills is None:
            return answer
        stills = tuple(base64.b64encode(still).decode("ascii") for still in self.stills)
        return answer.model_copy(update={"stills": stills})


class Predictor:
    """A bundle with its engine; one per process, called from any thread."""

    def __init__(self, bundle: Bundle, *, engine: EngineName = EngineName.AUTO, threads: int = 2) -> None:
        """Open the bundle's graph; raises `ModelUnavailable` if it cannot be opened."""
        self.bundle = bundle
        self.contract = bundle.contract
        self.engine: Engine = open_engine(bundle, engine, threads=threads)

    @classmethod
    def load(cls, source: Path | str, *, engine: EngineName = EngineName.AUTO, threads: int = 2) -> Self:
        """The predictor of a bundle on disk; for one in S3, see `Bundle.load`."""
        return cls(Bundle.load(source), engine=engine, threads=threads)

    def check(self) -> None:
        """Run the bundle's golden clips, which takes a moment: where a bundle is made, published, inspected or new.

        Raises:
            ModelUnavailable: one gives other probabilities than it must.
        """
        for golden in self.bundle.goldens:
            golden.require(self.probabilities(read_clip(golden.clip, self.contract).tensor).tolist())

    def predict(
        self, path: Path, *, top_k: int = TOP_K, stills: bool = False, deadline: float | None = None
    ) -> Prediction:
        """The most probable movements in a clip.

        Args:
            path: an mp4 or mov file.
            top_k: how many rows; more than there are labels gives all of them.
            stills: also return the sampled frames as JPEG.
            deadline: instant of `time.monotonic()` at which to give up.

        Raises:
            ClipError: the clip is the reason that there is no prediction.
            TimedOut: the deadline passed.
        """
        start = time.perf_counter()
        clip = read_clip(path, self.contract, deadline=deadline)
        decoded = time.perf_counter()
        probabilities = self.probabilities(clip.tensor)
        predicted = time.perf_counter()
        rule, labels = self.contract.none_of_these, self.contract.labels
        order = np.argsort(-probabilities[: len(labels)], kind="stable")[:top_k]
        jpegs = tuple(still_jpeg(still) for still in clip.stills) if stills else None
        return Prediction(
            rows=tuple((labels[i], float(probabilities[i])) for i in order),
            none=float(probabilities[-1]) if rule else None,
            clip=clip,
            contract=self.contract,
            engine=self.engine.name,
            stills=jpegs,
            decode_ms=(decoded - start) * 1e3,
            predict_ms=(predicted - decoded) * 1e3,
            total_ms=(time.perf_counter() - start) * 1e3,
        )

    def answer(self, path: Path, *, top_k: int = TOP_K) -> ClipAnswer:
        """What is said of a clip; see `predict`."""
        return self.predict(path, top_k=top_k).answer()

    def probabilities(self, tensor: np.ndarray) -> np.ndarray:
        """Probabilities float64 [outputs] of a clip's tensor float32 [1, frames, size, size, 3], RGB in [0, 1]."""
        return calibrated(self.engine.logits(tensor)[0], self.contract)
