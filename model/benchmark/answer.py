"""A worker that answers clips as we serve them: the first one cold, then if asked everything that a row shows.

Run as `python -m model.benchmark.answer JSON`; until the first answer it imports what a server imports and no more.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from model.answers.evaluation import EvaluationAnswer
from model.benchmark.messages import ALL, Accuracy, Cold, Question, Timing, Warm
from model.benchmark.worker import peak_memory, say
from model.bundle import Bundle
from model.predict import Predictor


def answer(question: Question) -> None:
    """Do what the worker does, in this process."""
    bundle = Bundle.load(question.bundle)
    predictor = Predictor(bundle, engine=question.engine, threads=question.threads)
    predictor.predict(question.first)
    say(Cold(memory_bytes=peak_memory()))
    if question.timed:
        timed = {str(path): _timing(predictor, path) for path in question.timed}
        frame_ms = _frame_ms(bundle, question) if question.stream else None
        accuracy, probabilities = _judged(predictor, question.folders) if question.folders else ({}, {})
        say(Warm(timed=timed, frame_ms=frame_ms, accuracy=accuracy, probabilities=probabilities))


def _timing(predictor: Predictor, path: Path) -> Timing:
    prediction = predictor.predict(path)
    return Timing(decode_ms=prediction.decode_ms, predict_ms=prediction.predict_ms)


def _frame_ms(bundle: Bundle, question: Question) -> float:
    from model.engines.stepper import Stepper
    from model.video import read_clip

    stepper = Stepper(bundle, threads=question.threads)
    milliseconds = []
    for path in question.timed:
        stepper.begin()
        for frame in read_clip(path, bundle.contract).frames:
            start = time.perf_counter()
            stepper.push(frame)
            milliseconds.append((time.perf_counter() - start) * 1e3)
    return median(milliseconds)


def _judged(predictor: Predictor, folders: tuple[Path, ...]) -> tuple[dict[str, Accuracy], dict[str, list[float]]]:
    """`accuracy` and `probabilities` of a `Warm`."""
    from model.evaluation.evaluate import evaluate

    evaluations = {str(folder): evaluate(predictor, folder) for folder in folders}
    probabilities = {
        f"{folder}/{clip.file}": clip.probabilities.tolist()
        for folder, evaluation in evaluations.items()
        for clip in evaluation.judged
        if clip.probabilities is not None
    }
    together = tuple(clip for evaluation in evaluations.values() for clip in evaluation.judged)
    evaluations[ALL] = replace(next(iter(evaluations.values())), judged=together)
    accuracy = {name: _accuracy(evaluation.answer()) for name, evaluation in evaluations.items()}
    return accuracy, probabilities


def _accuracy(answer: EvaluationAnswer) -> Accuracy:
    return Accuracy(clips=answer.clips, top1=answer.top1, top5=answer.top5, ece=answer.ece)


if __name__ == "__main__":
    answer(Question.model_validate_json(sys.argv[1]))
