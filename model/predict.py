"""From a clip and a bundle to the most probable movements: what the Lambda, the page and the command line share."""

from __future__ import annotations

import base64
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from model.answers.clip import (
    BODY,
    PICTURES,
    ClipAnswer,
    ClipFacts,
    ModelFacts,
    NoneOfTheseAnswer,
    SetAnswer,
    Square,
    WhyAnswer,
)
from model.bundle import Bundle
from model.contract import Contract
from model.defaults import TOP_K, EngineName
from model.engines import Engine, open_engine
from model.engines.calibration import calibrated
from model.errors import TimedOut
from model.video import Clip, ClipReader, read_clip, still_jpeg

if TYPE_CHECKING:
    from model.body.stream import BodyView, BodyWatcher

_BODY_SHARE = 0.7
"""Part of the time left that following the body may take."""


@dataclass(frozen=True)
class Prediction:
    """The answer to one clip.

    Attributes:
        rows: (label, probability), the most probable first.
        none: probability of *none of these*, where the contract has a rule for it.
        shows_none: whether *none of these* is the answer.
        clip: what was read; of a clip in which several parts were looked at, the one that answers.
        seen: its first and last second.
        sets: what else was found by the body, the clip's answer among it; see `SetAnswer`.
        streams: which streams answered.
        stills: JPEG of every sampled frame, if they were asked for.
        why: what carried the answer, if stills were asked for and a movement is the answer.
        body: what the body showed; None where it was not followed.
        decode_ms, body_ms, predict_ms, total_ms: wall-clock milliseconds; with a body, what pictures need counts as
            predicting.
    """

    rows: tuple[tuple[str, float], ...]
    none: float | None
    shows_none: bool
    clip: Clip
    seen: tuple[float, float]
    sets: tuple[SetAnswer, ...]
    streams: tuple[str, ...]
    contract: Contract
    engine: str
    stills: tuple[bytes, ...] | None
    why: WhyAnswer | None
    body: BodyView | None
    decode_ms: float
    body_ms: float | None
    predict_ms: float
    total_ms: float

    def answer(self) -> ClipAnswer:
        """What is said of the clip, in as many digits as mean something."""
        clip, crop = self.clip, self.clip.crop
        none = None
        if self.none is not None:
            none = NoneOfTheseAnswer(probability=round(self.none, 6), answer=self.shows_none)
        timing = {"decode": self.decode_ms, "body": self.body_ms, "predict": self.predict_ms, "total": self.total_ms}
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
            timing_ms={step: round(time, 1) for step, time in timing.items() if time is not None},
            seen=(round(self.seen[0], 3), round(self.seen[1], 3)),
            sets=self.sets,
            streams=self.streams,
        )
        if self.stills is None:
            return answer
        stills = tuple(base64.b64encode(still).decode("ascii") for still in self.stills)
        return answer.model_copy(update={"stills": stills, **({} if self.why is None else {"why": self.why})})


class Predictor:
    """A bundle with its engines; one per process, called from any thread.

    Where the bundle has a second stream, and BlazePose's weights are there, body and pictures answer together.
    """

    def __init__(
        self, bundle: Bundle, *, engine: EngineName = EngineName.AUTO, threads: int = 2, body: bool = True
    ) -> None:
        """Open the bundle's graphs, that of the body if wanted; raises `ModelUnavailable` if one cannot be opened."""
        self.bundle = bundle
        self.contract = bundle.contract
        self.engine: Engine = open_engine(bundle, engine, threads=threads)
        self.watcher: BodyWatcher | None = None
        self._lock = threading.Lock()
        if body and bundle.contract.body is not None:
            from model.body.stream import BodyWatcher

            self.watcher = BodyWatcher.of(bundle, threads=threads)

    @classmethod
    def load(
        cls, source: Path | str, *, engine: EngineName = EngineName.AUTO, threads: int = 2, body: bool = True
    ) -> Self:
        """The predictor of a bundle on disk; for one in S3, see `Bundle.load`."""
        return cls(Bundle.load(source), engine=engine, threads=threads, body=body)

    def check(self) -> None:
        """Run the bundle's golden clips, which takes a moment: where a bundle is made, published, inspected or new.

        Raises:
            ModelUnavailable: one gives other probabilities than it must.
        """
        for golden in self.bundle.goldens:
            golden.require(self.probabilities(read_clip(golden.clip, self.contract).tensor).tolist())

    def predict(
        self,
        path: Path,
        *,
        top_k: int = TOP_K,
        stills: bool = False,
        deadline: float | None = None,
        body: bool = True,
        part: tuple[float, float] | None = None,
    ) -> Prediction:
        """The most probable movements in a clip.

        Args:
            path: an mp4 or mov file.
            top_k: how many rows; more than there are labels gives all of them.
            stills: also return the sampled frames as JPEG, and what carried the answer.
            deadline: instant of `time.monotonic()` at which to give up.
            body: whether the second stream answers, too, where there is one.
            part: first and last second of what is looked at, of a clip that may be longer; None for all of it.

        Raises:
            ClipError: the clip is the reason that there is no prediction.
            TimedOut: the deadline passed.
        """
        start = time.perf_counter()
        reader = ClipReader(path, self.contract, deadline=deadline, part=part)
        watcher = self.watcher if body else None
        seen = self._by_pictures(reader, start) if watcher is None else self._by_both(reader, watcher, start, deadline)
        labels = self.contract.labels
        order = np.argsort(-seen.probabilities[: len(labels)], kind="stable")[:top_k]
        jpegs = tuple(still_jpeg(still) for still in seen.clip.stills) if stills else None
        return Prediction(
            rows=tuple((labels[i], float(seen.probabilities[i])) for i in order),
            none=float(seen.probabilities[-1]) if self.contract.none_of_these else None,
            shows_none=seen.shows_none,
            clip=seen.clip,
            seen=seen.span,
            sets=seen.sets,
            streams=seen.streams,
            contract=self.contract,
            engine=self.engine.name,
            stills=jpegs,
            why=self._why(seen) if stills and not seen.shows_none else None,
            body=seen.body,
            decode_ms=seen.decode_ms,
            body_ms=seen.body_ms,
            predict_ms=seen.predict_ms,
            total_ms=(time.perf_counter() - start) * 1e3,
        )

    def _by_pictures(self, reader: ClipReader, start: float) -> _Seen:
        """What the whole clip shows, by pictures alone."""
        clip = reader.clip()
        decoded = time.perf_counter()
        probabilities = self.probabilities(clip.tensor)
        rule = self.contract.none_of_these
        return _Seen(
            probabilities=probabilities,
            shows_none=rule is not None and rule.rejects(float(probabilities[-1]), float(probabilities[:-1].max())),
            clip=clip,
            span=_span(clip),
            streams=(PICTURES,),
            decode_ms=(decoded - start) * 1e3,
            predict_ms=(time.perf_counter() - decoded) * 1e3,
        )

    def _by_both(self, reader: ClipReader, watcher: BodyWatcher, start: float, deadline: float | None) -> _Seen:
        """What the parts of a clip show, by both streams."""
        from model.body.stream import rate_for
        from model.joined import look, shows_none

        contract = self.contract.body
        assert contract is not None
        reader.prepare(self.contract.frames, rate_for(reader.seconds))
        decoded = time.perf_counter()
        try:
            with self._lock:
                body = watcher.watch(reader, deadline=_part_of(deadline))
        except TimedOut:  # pictures may still have time
            return self._by_pictures(reader, start)
        followed = time.perf_counter()
        verdicts = look(reader, body, contract, lambda clip: self.probabilities(clip.tensor))
        rule, best = contract.none_of_these, verdicts[0]
        sets = tuple(
            SetAnswer(
                label=self.contract.labels[verdict.movement],
                repetitions=verdict.part.repetitions,
                first=round(verdict.part.first, 3),
                last=round(verdict.part.last, 3),
                probability=round(float(verdict.probabilities[verdict.movement]), 6),
            )
            for verdict in sorted(verdicts, key=lambda verdict: verdict.part.first)
            if verdict.part.repetitions and not shows_none(verdict, rule)
        )
        return _Seen(
            probabilities=best.probabilities,
            shows_none=shows_none(best, rule),
            clip=best.clip,
            span=_span(best.clip),
            sets=sets,
            streams=(PICTURES, BODY),
            body=body,
            decode_ms=(decoded - start) * 1e3,
            body_ms=(followed - decoded) * 1e3,
            predict_ms=(time.perf_counter() - followed) * 1e3,
        )

    def _why(self, seen: _Seen) -> WhyAnswer:
        """What carried the answer to a clip."""
        from model.pose.track import POINTS
        from model.why import body_carried, frames_carried, joints_at

        label = int(seen.probabilities[:-1].argmax() if self.contract.none_of_these else seen.probabilities.argmax())
        frames = frames_carried(seen.clip.tensor, label, self.probabilities)
        carried: dict[str, float] = {}
        joints: list[np.ndarray | None] = []
        if seen.body is not None and self.watcher is not None:
            track = seen.body.track
            with self._lock:
                carried = body_carried(track, *seen.span, label, self.watcher.probabilities)
            joints = joints_at(track, np.array(seen.clip.sampled_seconds))
        return WhyAnswer(
            frames=tuple(round(float(share), 4) for share in frames),
            body={part: round(share, 4) for part, share in carried.items()},
            names=POINTS if joints else (),
            joints=tuple(
                None if points is None else tuple((round(x, 1), round(y, 1)) for x, y in points.tolist())
                for points in joints
            ),
        )

    def answer(self, path: Path, *, top_k: int = TOP_K, part: tuple[float, float] | None = None) -> ClipAnswer:
        """What is said of a clip; see `predict`."""
        return self.predict(path, top_k=top_k, part=part).answer()

    def probabilities(self, tensor: np.ndarray) -> np.ndarray:
        """Probabilities float64 [outputs] of a clip's tensor float32 [1, frames, size, size, 3], RGB in [0, 1]."""
        return calibrated(self.engine.logits(tensor)[0], self.contract)


@dataclass(frozen=True)
class _Seen:
    """What a clip shows, and how long it took to see it; `span`: first and last second of what answers."""

    probabilities: np.ndarray
    shows_none: bool
    clip: Clip
    span: tuple[float, float]
    streams: tuple[str, ...]
    decode_ms: float
    predict_ms: float
    body_ms: float | None = None
    sets: tuple[SetAnswer, ...] = ()
    body: BodyView | None = None


def _part_of(deadline: float | None) -> float | None:
    """When to give up following the body, so that there is time for an answer by pictures."""
    if deadline is None:
        return None
    now = time.monotonic()
    return now + _BODY_SHARE * (deadline - now)


def _span(clip: Clip) -> tuple[float, float]:
    return clip.sampled_seconds[0], clip.sampled_seconds[-1]
