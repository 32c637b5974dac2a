from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from model.answers.workout import Progress, Verdict, WorkoutAnswer
from model.body import stream
from model.body.stream import LONG_RATE
from model.cli.commands import app
from model.defaults import DEFAULT_BUNDLE
from model.errors import ModelUnavailable, NotAVideo, TimedOut
from model.pose import read, weights
from model.pose.read import Followed
from model.pose.track import RATE
from model.predict import Predictor
from model.rendering.mp4 import write_mp4
from model.video import ClipReader
from model.workout import analyse as module
from model.workout.analyse import LIMITS, analyse, follow_piece, pieces_of
from model.workout.standards import read_standards

EXAMPLES = Path(__file__).parents[3] / "app" / "assets" / "examples"

pytestmark = pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(DEFAULT_BUNDLE, threads=1)


def frames_of(predictor: Predictor, label: str, rate: int = 10) -> np.ndarray:
    """Frames of one of the page's examples, so many a second."""
    contract = predictor.contract.model_copy(update={"limits": LIMITS})
    reader = ClipReader(EXAMPLES / f"{label}.mp4", contract)
    count = round(reader.seconds * rate)
    numbers, decoded = reader.take(lambda: reader.between(-1.0, 1e6, count), 640 * 360)
    return np.stack([np.ascontiguousarray(decoded.frames[number][..., ::-1]) for number in numbers])


@pytest.fixture(scope="module")
def film(predictor: Predictor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody moves, a thruster three times, nobody moves, a deadlift twice."""
    thruster, deadlift = frames_of(predictor, "thruster"), frames_of(predictor, "deadlift")
    still = np.repeat(thruster[:1], 15, axis=0)
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_mp4(path, np.concatenate([still, *[thruster] * 3, still, *[deadlift] * 2]), fps=10)
    return path


@pytest.fixture(scope="module")
def answer(predictor: Predictor, film: Path) -> WorkoutAnswer:
    return analyse(film, predictor, read_standards()).answer


def test_a_film_is_cut_into_movements_and_counted(answer: WorkoutAnswer) -> None:
    assert [(segment.movement, segment.count) for segment in answer.segments] == [("thruster", 3), ("deadlift", 2)]
    first, second = answer.segments
    assert 1.0 < first.start < 2.2 and first.end < second.start
    assert first.probability > 0.5 and second.probability > 0.5
    assert answer.followed > 0.9  # frames that were left out, since the body stood still, count as followed


def test_a_film_that_is_followed_piece_by_piece_gives_the_same(
    predictor: Predictor, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "SPAN_SECONDS", 1.5)
    monkeypatch.setattr(module, "PIECE_SECONDS", 3.0)
    answer = analyse(film, predictor, read_standards()).answer
    pieces = pieces_of(film, predictor)
    assert len(pieces) == 2 and pieces[0][1] == pieces[1][0]
    stored = [follow_piece(film, predictor, piece).as_bytes() for piece in pieces]
    followed = [Followed.from_bytes(content) for content in stored]
    joined = analyse(film, predictor, read_standards(), followed=followed, bodies=True).answer
    assert answer.bodies is None and joined.bodies is not None
    assert joined.segments == answer.segments != ()
    assert (joined.cuts, joined.followed) == (answer.cuts, answer.followed)


def test_who_was_pointed_out_is_handed_on_from_piece_to_piece(predictor: Predictor, film: Path) -> None:
    whole = pieces_of(film, predictor)
    first = follow_piece(film, predictor, whole[0], athlete=(0.5, 0.5))
    place = first.last_place
    assert place is not None and all(0 <= share <= 1 for share in place)
    told: list[tuple[float, float] | None] = []

    class Told:
        def follow(self, reader: object, **options: Any) -> Followed:
            told.append(options["athlete"])
            return first

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predictor, "watcher", Told())
        follow_piece(film, predictor, whole[0], athlete=(0.1, 0.1), before=first)
        follow_piece(film, predictor, whole[0], athlete=(0.1, 0.1))
        follow_piece(film, predictor, whole[0], before=first)
    assert told == [place, (0.1, 0.1), None]


def test_of_a_quick_movement_more_frames_are_looked_at(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "SPAN_SECONDS", 3.0)
    jumps, thruster = (frames_of(predictor, label, 24) for label in ("double-unders", "thruster"))
    often, seldom = math.ceil(6 * 24 / len(jumps)), math.ceil(9 * 24 / len(thruster))
    path = tmp_path / "film.mp4"
    write_mp4(path, np.concatenate([*[jumps] * often, *[thruster] * seldom]), fps=24)
    body = analyse(path, predictor, read_standards()).body
    assert body is not None
    seconds = np.array(body.film.seconds)
    steps, change = np.diff(seconds), often * len(jumps) / 24
    assert np.median(steps[seconds[1:] < change - 1]) == pytest.approx(1 / RATE, abs=0.01)
    assert np.median(steps[seconds[1:] > change + 4]) == pytest.approx(1 / LONG_RATE, abs=0.01)
    assert len(body.film.bodies) == len(seconds) and (steps > 0).all()
    monkeypatch.setattr(stream, "_MOST_QUICK_SECONDS", 0.0)
    assert predictor.watcher is not None
    reader = ClipReader(path, predictor.contract.model_copy(update={"limits": LIMITS}))
    assert predictor.watcher.closer(body, reader, predictor.contract.labels) == body.film


def test_every_repetition_has_frames_and_is_judged_by_its_standard(answer: WorkoutAnswer) -> None:
    standards = read_standards()
    for segment in answer.segments:
        points = {point.name for point in standards[str(segment.movement)].points}
        for repetition in segment.repetitions:
            assert {one.standard for one in repetition.judgements} == points
            assert repetition.verdict in set(Verdict)
            assert repetition.frames is not None
            assert repetition.frames[0] == pytest.approx(10 * repetition.start, abs=1)
            assert repetition.frames[1] <= answer.frames


def test_it_says_how_far_it_is_and_gives_up_in_time(predictor: Predictor, film: Path) -> None:
    heard: list[Progress] = []
    analyse(film, predictor, read_standards(), report=heard.append)
    assert [one.stage for one in heard if one.share == 1] == ["following", "naming"]
    with pytest.raises(TimedOut):
        analyse(film, predictor, read_standards(), deadline=0.0)


def test_whoever_is_pointed_out_is_followed(predictor: Predictor, film: Path, tmp_path: Path) -> None:
    """The same athlete twice in one picture: at the left still, at the right at work."""
    frames = frames_of(predictor, "thruster")
    small = np.concatenate([np.repeat(frames[:1], 3 * len(frames), axis=0), np.concatenate([frames] * 3)], axis=2)
    both = tmp_path / "both.mp4"
    write_mp4(both, small, fps=10)
    working = analyse(both, predictor, read_standards(), athlete=(0.75, 0.5))
    standing = analyse(both, predictor, read_standards(), athlete=(0.25, 0.5))
    assert [segment.movement for segment in working.answer.segments] == ["thruster"]
    assert standing.answer.segments == ()
    for workout, left in ((working, False), (standing, True)):
        assert workout.body is not None
        hips = np.median(workout.body.track.points[:, 6:8, 0])
        assert bool(hips < small.shape[2] / 2) == left


def test_what_cannot_be_analysed_is_refused(predictor: Predictor, film: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("text")
    with pytest.raises(NotAVideo):
        analyse(tmp_path / "text.mp4", predictor, read_standards())
    with pytest.raises(ModelUnavailable, match="body"):
        analyse(film, Predictor.load(DEFAULT_BUNDLE, threads=1, body=False), read_standards())


def test_the_command_writes_all_that_is_asked_for(film: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("a.csv", "a.srt", "a.vtt", "a.json")}
    arguments = ["workout", str(film), "--csv", str(files["a.csv"]), "--subtitles", str(files["a.srt"])]
    result = CliRunner().invoke(
        app, [*arguments, "--annotations", str(files["a.json"]), "--clips", str(tmp_path / "clips"), "--json"]
    )
    assert result.exit_code == 0, result.output
    told = WorkoutAnswer.model_validate(json.loads(result.stdout[result.stdout.index("{") :]))
    assert [segment.movement for segment in told.segments] == ["thruster", "deadlift"]
    assert len(files["a.csv"].read_text().splitlines()) == 6
    assert files["a.srt"].read_text().count("-->") == 5
    assert len(json.loads(files["a.json"].read_text())["tags"]) == 5
    assert sorted(clip.name for clip in (tmp_path / "clips").glob("*.mp4")) == [
        *("deadlift_1.mp4", "deadlift_2.mp4"),
        *(f"thruster_{number}.mp4" for number in (1, 2, 3)),
    ]


def test_the_command_shows_a_table_or_one_sentence(film: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["workout", str(film)])
    assert shown.exit_code == 0 and "thruster" in shown.stdout and "of film in" in shown.stdout
    for arguments in (
        [str(tmp_path / "none.mp4")],
        [str(film), "--csv", str(tmp_path / "nowhere" / "a.csv")],
        [str(film), "--standards", str(tmp_path)],
    ):
        refused = CliRunner().invoke(app, ["workout", *arguments])
        assert refused.exit_code == 1 and "Traceback" not in refused.output
