from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.body.course import stretches
from model.body.reading import Reading
from model.body.stream import BodyView
from model.contract import MOVEMENTS, BodyStream, Contract, NoneOfThese
from model.joined import MOST_PER_SET, NOBODY, Window, joined, look, parts, said, shows_none
from model.pose.read import Followed
from model.pose.track import RATE, Track
from model.video import Clip, ClipReader
from tests.clips import write_clip

COUNT = len(MOVEMENTS)
STREAM = BodyStream(shares=(0.5,) * COUNT)


def view(*spans: tuple[int | None, float, float], sure: float = 0.95) -> BodyView:
    """A body that does so many turns of a movement in so many seconds, one span after the other; None for nothing."""
    turns, rows = [], []
    for movement, count, seconds in spans:
        instants = round(seconds * RATE)
        row = np.full((instants, COUNT + 1), (1 - sure) / COUNT)
        row[:, COUNT if movement is None else movement] = sure
        rows.append(row)
        turns.append(np.linspace(0, count, instants))
    probabilities, turn = np.concatenate(rows), 2 * np.pi * np.concatenate(turns)
    reading = Reading(probabilities, np.stack([np.sin(turn), np.cos(turn)], axis=-1))
    track = Track(0.0, np.zeros((len(turn), 13, 2), np.float32), np.ones(len(turn), np.float32))
    return BodyView(Followed((), (), ()), track, reading, tuple(stretches(reading.probabilities, reading.direction)))


def test_a_repetition_that_was_cut_neatly_is_looked_at_once() -> None:
    (part,) = parts(view((8, 0.5, 1.2)), STREAM, 0.0, 1.2)
    assert part.windows == (Window(0.0, 1.2),)
    assert part.repetitions == 1


def test_of_a_set_in_a_short_clip_both_the_clip_and_repetitions_are_looked_at() -> None:
    whole, found = parts(view((8, 3.0, 5.0)), STREAM, 0.0, 5.0)
    assert whole.windows == (Window(0.0, 5.0),) and whole.repetitions == 0
    assert found.repetitions == 3 and len(found.windows) == 3
    assert all(0 < window.last - window.first < 1.3 for window in found.windows)


def test_of_a_long_set_some_repetitions_are_looked_at_and_all_are_counted() -> None:
    (found,) = parts(view((None, 0, 4.0), (2, 9.0, 18.0), (None, 0, 3.0)), STREAM, 0.0, 25.0)
    assert found.repetitions == 9
    assert len(found.windows) == MOST_PER_SET
    assert found.first == pytest.approx(4.0, abs=0.4) and found.last == pytest.approx(21.0, abs=1.2)
    assert found.windows[0].first < 5.5 < found.windows[1].first < found.windows[2].first


def test_two_movements_are_two_parts_in_their_order() -> None:
    first, second = parts(view((8, 3.0, 6.0), (None, 0, 3.0), (2, 2.0, 5.0)), STREAM, 0.0, 14.0)
    assert (first.repetitions, second.repetitions) == (3, 2)
    assert first.last < second.first


@pytest.mark.parametrize("body", [None, view((None, 0, 20.0))])
def test_where_the_body_shows_nothing_the_clip_is_looked_at_as_a_whole(body: BodyView | None) -> None:
    (part,) = parts(body, STREAM, 0.0, 20.0)
    assert part.windows == (Window(0.0, 20.0),) and part.repetitions == 0


def test_both_streams_have_their_share_of_the_answer() -> None:
    pictures = np.array([0.9, *[0.0] * 8, 0.1])
    body = np.array([0.1, 0.8, *[0.0] * 7, 0.1])
    half = joined(pictures, body, STREAM)
    assert half.sum() == pytest.approx(1)
    assert half.argmax() == 0
    assert joined(pictures, body, STREAM.model_copy(update={"weight": 0.9})).argmax() == 1
    np.testing.assert_allclose(joined(pictures, pictures, STREAM), pictures, atol=1e-3)
    strict = STREAM.model_copy(update={"none_of_these": NoneOfThese(bias=5.0)})
    assert joined(pictures, body, strict).argmax() == COUNT


def test_what_the_body_says_of_a_window_is_its_mean_where_it_was_seen() -> None:
    body = view((8, 1.0, 2.0), (None, 0, 2.0))
    assert said(body, Window(0.0, 1.8), COUNT).argmax() == 8
    assert said(body, Window(2.2, 4.0), COUNT).argmax() == COUNT


def test_where_nobody_is_seen_the_body_says_none_of_these() -> None:
    body = view((8, 1.0, 2.0))
    nobody = said(None, Window(0.0, 1.0), COUNT)
    assert nobody.sum() == pytest.approx(1) and nobody[-1] == NOBODY
    np.testing.assert_array_equal(said(body, Window(9.0, 10.0), COUNT), nobody)
    body.track.seen[:] = 0
    np.testing.assert_array_equal(said(body, Window(0.0, 1.8), COUNT), nobody)
    # Pictures that are very sure are not enough then.
    assert joined(np.array([0.97, *[0.001] * 8, 0.022]), nobody, STREAM).argmax() == COUNT


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> ClipReader:
    path = tmp_path_factory.mktemp("joined") / "clip.mp4"
    frames = (np.full((64, 64, 3), 2 * number, np.uint8) for number in range(120))
    write_clip(path, frames, rate=10)
    return ClipReader(path, Contract(name="t", version="1", architecture="t", movements=MOVEMENTS, size=64))


def test_the_part_that_most_surely_shows_a_movement_answers(reader: ClipReader) -> None:
    body = view((8, 2.0, 4.0), (None, 0, 2.0), (2, 2.0, 6.0))

    def pictures(clip: Clip) -> np.ndarray:
        late = clip.sampled_seconds[0] > 5
        probabilities = np.full(COUNT + 1, 0.01)
        probabilities[2 if late else COUNT] = 0.91
        return probabilities

    first, *others = look(reader, body, STREAM, pictures)
    assert first.movement == 2 and not shows_none(first, STREAM.none_of_these)
    assert first.part.repetitions == 2
    assert first.clip.sampled_seconds[0] > 5 and first.clip.sampled_seconds[-1] <= 11.9
    assert [verdict.none for verdict in others] == sorted(verdict.none for verdict in others)


def test_no_movement_below_none_of_these_is_a_headline(reader: ClipReader) -> None:
    (only,) = look(reader, None, STREAM, lambda clip: np.array([0.35, *[0.03] * 8, 0.41]))
    assert shows_none(only, NoneOfThese(threshold=0.5))


def test_a_reader_gives_any_part_of_a_clip(reader: ClipReader, tmp_path: Path) -> None:
    clip = reader.clip(2.0, 4.0)
    assert clip.sampled[0] == 20 and clip.sampled[-1] == 40
    assert clip.frame_count == 120
    np.testing.assert_allclose(clip.frames[0].mean(), 40, atol=3)
    assert reader.clip(100.0, 101.0).sampled == (119,) * 10
