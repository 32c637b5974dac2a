"""The networks themselves, where their weights are."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from model.answers.pose import PoseAnswer
from model.cli.commands import app
from model.contract import MOVEMENTS, Contract, Crop
from model.errors import ModelUnavailable, TimedOut
from model.pose import weights
from model.pose.accuracy import errors_of, measure
from model.pose.blazepose import BlazePose, _anchors, _apart
from model.pose.body import NAMES
from model.pose.follow import follow
from model.pose.read import follow_clip, read_pose
from model.pose.region import Region
from model.video import ClipReader, Decoded, as_rgb, frame_pixels, read_clip
from tests.clips import plain_clip
from tests.unit.pose.test_body import body

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "app" / "assets" / "examples"
HERE = Path(__file__).parent

needs_weights = pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)


def clip_frames(name: str) -> tuple[np.ndarray, ...]:
    """Three frames of an example as the decoder gives them, BGR."""
    contract = Contract(
        name="t", version="1", architecture="none", movements=MOVEMENTS, frames=3, size=64, crop=Crop.NONE
    )
    return read_clip(EXAMPLES / name, contract).whole


@pytest.fixture(scope="module")
def pose() -> BlazePose:
    return BlazePose()


@needs_weights
@pytest.mark.parametrize("name", ["thruster", "shspu"])
def test_landmarks_of_a_rendered_clip_are_those_that_were_recorded(name: str) -> None:
    recorded = json.loads((HERE / f"{name}.json").read_text())
    answer = read_pose(EXAMPLES / recorded["file"], rate=recorded["rate"], threads=1)
    assert answer.names == NAMES
    assert [one.seconds for one in answer.bodies] == [one["seconds"] for one in recorded["bodies"]]
    for given, expected in zip(answer.bodies, recorded["bodies"], strict=True):
        assert given.presence is not None and given.presence > 0.5
        points = np.array(given.points)[:, :2]
        assert np.abs(points - np.array(expected["points"])).max() < 0.02 * answer.height


@needs_weights
def test_a_body_is_found_wherever_it_is_and_landmarks_move_with_it(pose: BlazePose) -> None:
    frame = np.ascontiguousarray(clip_frames("deadlift.mp4")[-1][..., ::-1])
    (best, *_) = pose.find(frame)
    assert best.score > 0.5
    first, after = pose.look(frame, best.region)
    moved = np.roll(frame, 20, axis=1)
    second, _ = pose.look(moved, best.region._replace(x=best.region.x + 20))
    assert second.points - first.points == pytest.approx(np.tile([20.0, 0.0], (33, 1)), abs=2.0)
    assert after.side == pytest.approx(best.region.side, rel=0.5)
    assert first.presence > 0.8 and first.torso > 10
    assert abs(first.metres).max() < 2.5


@needs_weights
def test_what_is_cut_out_may_be_made_rgb_afterwards(pose: BlazePose) -> None:
    frame = np.ascontiguousarray(clip_frames("deadlift.mp4")[-1])
    rgb = np.ascontiguousarray(frame[..., ::-1])
    found, expected = pose.find(frame, shown=as_rgb), pose.find(rgb)
    assert found == expected != []
    (body, after), (other, there) = pose.look(frame, found[0].region, shown=as_rgb), pose.look(rgb, found[0].region)
    assert np.array_equal(body.points, other.points) and after == there


@needs_weights
def test_a_film_is_followed_in_the_decoders_frames_as_in_rgb(pose: BlazePose) -> None:
    contract = Contract(name="t", version="1", architecture="none", movements=MOVEMENTS, frames=3, size=64)
    reader = ClipReader(EXAMPLES / "thruster.mp4", contract)
    film = follow_clip(reader, pose, rate=6)
    numbers = [reader.frame_at(second) for second in film.seconds]
    _, decoded = reader.take(lambda: numbers, frame_pixels(len(numbers)))
    expected = follow([as_rgb(decoded.frames[number]) for number in numbers], film.seconds, pose)
    assert len(expected) > 3 and None not in expected
    for given, wanted in zip(film.bodies, expected, strict=True):
        assert given is not None and wanted is not None
        assert np.array_equal(given.points, wanted.points)


@needs_weights
def test_a_picture_without_anybody_has_nobody(pose: BlazePose) -> None:
    grey = np.full((240, 320, 3), 120, np.uint8)
    assert pose.find(grey) == []
    assert pose.look(grey, Region(160, 120, 200))[0].presence < 0.5


@needs_weights
def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    arguments = ["pose", str(EXAMPLES / "thruster.mp4"), "--rate", "3"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0 and "the athlete is in" in shown.stdout
    told = CliRunner().invoke(app, [*arguments, "--json"])
    answer = PoseAnswer.model_validate(json.loads(told.stdout))
    assert all(len(one.points) == 33 for one in answer.bodies if one.presence is not None)
    empty = plain_clip(tmp_path / "plain.mp4", (90, 90, 90))
    told = CliRunner().invoke(app, ["pose", str(empty), "--json"])
    assert all(one["points"] == [] and one["presence"] is None for one in json.loads(told.stdout)["bodies"])
    (tmp_path / "text.mp4").write_text("text")
    assert CliRunner().invoke(app, ["pose", str(tmp_path / "text.mp4")]).exit_code == 1


@needs_weights
def test_a_long_film_is_followed_span_by_span(tmp_path: Path) -> None:
    clip = plain_clip(tmp_path / "long.mp4", (90, 90, 90), frames=50, times=[number * 400 for number in range(50)])
    seconds = [body.seconds for body in read_pose(clip, rate=2).bodies]
    assert seconds == sorted(set(seconds))
    assert seconds[0] == 0 and seconds[-1] == pytest.approx(19.6)
    assert len(seconds) == pytest.approx(40, abs=3)


@needs_weights
def test_frames_of_one_span_at_a_time_are_kept(tmp_path: Path, pose: BlazePose) -> None:
    clip = plain_clip(tmp_path / "long.mp4", (90, 90, 90), frames=50, times=[number * 400 for number in range(50)])
    reader = ClipReader(clip, Contract(name="pose", version="1", architecture="BlazePose", movements=MOVEMENTS))
    taken: list[weakref.ref[np.ndarray]] = []
    left: list[int] = []
    take = reader.take

    def watched(choose: Callable[[], Sequence[int]], max_pixels: int) -> tuple[tuple[int, ...], Decoded]:
        left.append(sum(frame() is not None for frame in taken))
        numbers, decoded = take(choose, max_pixels)
        taken.extend(weakref.ref(frame) for frame in decoded.frames.values())
        return numbers, decoded

    reader.take = watched  # type: ignore[method-assign]
    follow_clip(reader, pose, rate=2)
    assert len(left) >= 3 and len(taken) >= 36
    assert left == [0] * len(left)


@needs_weights
def test_a_deadline_ends_it(tmp_path: Path, pose: BlazePose) -> None:
    clip = plain_clip(tmp_path / "plain.mp4", (90, 90, 90))
    contract = Contract(name="pose", version="1", architecture="BlazePose", movements=MOVEMENTS)
    with pytest.raises(TimedOut, match="time was up"):
        follow_clip(ClipReader(clip, contract), pose, rate=10, deadline=0.0)


@needs_weights
@pytest.mark.slow
def test_athletes_of_rendered_films_are_followed(pose: BlazePose) -> None:
    accuracy = measure(["thruster", "deadlift"], 2, 5, pose)
    assert accuracy.all.found > 0.9
    assert accuracy.movements["thruster"].on_athlete > 0.8
    assert accuracy.movements["thruster"].median_error["hip"] < 0.25


def test_without_weights_there_is_no_pose(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable):
        BlazePose(tmp_path)


def test_anchors_are_the_middles_of_three_grids() -> None:
    anchors = _anchors()
    assert anchors.shape == (2 * 28 * 28 + 2 * 14 * 14 + 6 * 7 * 7, 2) == (2254, 2)
    assert anchors[0].tolist() == anchors[1].tolist() == pytest.approx([0.5 / 28, 0.5 / 28])
    assert anchors[2].tolist() == pytest.approx([1.5 / 28, 0.5 / 28])
    assert anchors[-1].tolist() == pytest.approx([6.5 / 7, 6.5 / 7])


def test_of_boxes_that_overlap_the_first_is_kept() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [20, 0, 30, 10], [0, 0, 10, 32], [40, 0, 50, 10]], float)
    assert _apart(boxes, 9) == [0, 2, 4] or _apart(boxes, 9) == [0, 2, 3, 4]
    assert _apart(boxes, 2) == [0, 2]
    assert _apart(boxes[:0], 3) == []


def test_errors_are_in_parts_of_the_torso_as_it_is_seen_at_its_longest() -> None:
    joints = np.zeros((2, 12, 2))
    joints[:, 6:8, 1] = [[50, 50], [100, 100]]
    points = np.zeros((33, 2))
    points[[23, 24], 1] = 100
    points[11] = (10, 0)
    errors = errors_of([None, body(points)], joints)
    assert np.isnan(errors[0]).all()
    assert errors[1, 0] == pytest.approx(0.1) and errors[1, 1] == 0 and errors[1, 6] == 0
