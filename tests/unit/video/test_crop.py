from __future__ import annotations

import cv2
import numpy as np
import pytest

from model.contract import MOVEMENTS, Contract, Crop, Interpolation
from model.video import Square, crop, cut, find_athlete, model_view, small_grey
from model.video.crop import GREY_SIDE
from model.video.shake import _quantile, camera_shifts
from tests.clips import athlete_frames

HULL = (208, 40, 232, 130)  # left, upper, right, lower edge of everywhere the figure of `athlete_frames` is


def found(shake: float = 0.0, count: int = 10) -> tuple[Square, np.ndarray]:
    """Square and shifts of the made athlete, in pixels of its frames."""
    frames = list(athlete_frames(count, shake=shake))
    athlete = find_athlete(np.stack([small_grey(frame) for frame in frames]))
    scale = frames[0].shape[1] / GREY_SIDE
    assert athlete.square is not None
    return athlete.square.scaled(scale), athlete.shifts * scale


@pytest.mark.parametrize("count", [10, 30])
def test_the_square_holds_all_that_the_athlete_passes_and_little_more(count: int) -> None:
    square, shifts = found(count=count)
    assert not shifts.any()
    assert square.x <= HULL[0] and square.y <= HULL[1] + 3
    assert square.x + square.side >= HULL[2] and square.y + square.side >= HULL[3] - 3
    assert square.side < 1.5 * (HULL[3] - HULL[1])


def test_the_shake_of_the_camera_is_found_and_does_not_widen_the_square() -> None:
    steady, _ = found()
    square, shifts = found(shake=8.0)
    assert np.ptp(shifts, axis=0).min() > 8
    assert square.side < 1.35 * steady.side


def test_what_stands_still_stays_where_it_is_once_the_shake_is_removed() -> None:
    frames = list(athlete_frames(10, shake=8.0))
    _, shifts = found(shake=8.0)
    wall = Square(60, 50, 80)
    as_filmed = cut(frames, wall, np.zeros_like(shifts), 40, Interpolation.AREA).astype(int)
    steadied = cut(frames, wall, shifts, 40, Interpolation.AREA).astype(int)
    assert np.abs(np.diff(steadied, axis=0)).mean() < 0.3 * np.abs(np.diff(as_filmed, axis=0)).mean()


def test_the_heavier_of_two_far_movements_is_the_athlete() -> None:
    frames = list(athlete_frames(10))
    for number, frame in enumerate(frames):
        frame[150 - number : 160 - number, 10:20] = 255
    athlete = find_athlete(np.stack([small_grey(frame) for frame in frames]))
    assert athlete.square is not None
    assert athlete.square.x * frames[0].shape[1] / GREY_SIDE > 100


@pytest.mark.parametrize("noise", [0, 3])
def test_a_still_scene_has_no_athlete(noise: int) -> None:
    rng = np.random.default_rng(1)
    wall = next(iter(athlete_frames(1))).astype(int)
    frames = [(wall + rng.integers(-noise, noise + 1, wall.shape)).clip(0, 255).astype(np.uint8) for _ in range(10)]
    assert find_athlete(np.stack([small_grey(frame) for frame in frames])).square is None


@pytest.mark.parametrize("shape", [(1, 1), (2, 700), (700, 2), (90, 160)])
def test_frames_of_every_form_and_a_single_one_have_an_answer(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    frames = rng.integers(0, 256, (10, *shape, 3)).astype(np.uint8)
    grey = np.stack([small_grey(frame) for frame in frames])
    assert max(grey.shape[1:]) == GREY_SIDE
    assert find_athlete(grey[:1]).square is None
    square = find_athlete(grey).square
    assert square is None or square.side <= GREY_SIDE


def test_cut_takes_exactly_the_square() -> None:
    frame = np.arange(20 * 30 * 3, dtype=np.uint32).reshape(20, 30, 3).astype(np.uint8)
    (result,) = cut([frame], Square(7, 3, 12), np.zeros((1, 2)), 12, Interpolation.AREA)
    assert (result == frame[3:15, 7:19]).all()


def test_cut_follows_the_shift_and_repeats_the_edge_that_it_uncovers() -> None:
    frame = np.arange(20, dtype=np.uint8)[None, :, None].repeat(20, 0).repeat(3, 2) + 100
    (result,) = cut([frame], Square(0, 0, 8), np.array([[-3.0, 0.0]]), 8, Interpolation.AREA)
    assert result[0, :, 0].tolist() == [100, 100, 100, 100, 101, 102, 103, 104]


def test_a_square_beyond_the_frame_is_black_there_in_every_frame() -> None:
    frame = np.full((20, 10, 3), 200, np.uint8)
    results = cut([frame, frame], Square(-5, 0, 20), np.array([[0.0, 0.0], [2.0, 1.0]]), 20, Interpolation.AREA)
    for result in results:
        assert (result[:, :5] == 0).all() and (result[:, 15:] == 0).all()
        assert (result[:, 5:15] == 200).all()


def blinking(*patches: tuple[int, int, int, int], height: int = 90) -> np.ndarray:
    """Grey frames [10, height, 160] in which patches (left, upper, right, lower) turn bright and dark again."""
    frames = np.full((10, height, GREY_SIDE), 60, np.float32)
    for left, upper, right, lower in patches:
        frames[::2, upper:lower, left:right] = 180
    return frames


def test_what_moves_near_the_athlete_belongs_to_it_and_what_is_further_than_a_tenth_of_the_width_does_not() -> None:
    athlete = (50, 5, 80, 85)
    near = find_athlete(blinking(athlete, (92, 20, 132, 60))).square
    far = find_athlete(blinking(athlete, (105, 20, 145, 60))).square
    alone = find_athlete(blinking(athlete)).square
    assert near is not None and far is not None and alone is not None
    assert near.x + near.side / 2 > alone.x + alone.side / 2 + 8
    assert abs(far.x + far.side / 2 - alone.x - alone.side / 2) < 1


def test_a_square_larger_than_the_frame_is_centred_on_it() -> None:
    square = find_athlete(blinking((5, 10, 155, 50), height=60)).square
    assert square is not None
    assert square.side > 150
    assert square.y == pytest.approx((60 - square.side) / 2)
    assert 0 <= square.x <= GREY_SIDE - square.side


def test_a_large_shift_is_found_to_a_twentieth_of_a_pixel_since_it_is_looked_at_twice() -> None:
    rng = np.random.default_rng(5)
    wall = np.kron(rng.integers(40, 216, (50, 80)), np.ones((3, 3))).astype(np.float32)
    moves = [(-9, 4), (-6, 3), (-3, 1), (-1, 0), (0, 0), (0, 0), (2, -1), (4, -2), (7, -4), (9, -5)]
    frames = np.stack([wall[20 + y : 110 + y, 20 + x : 180 + x] for x, y in moves])
    shifts = camera_shifts(frames)
    assert np.abs(shifts + np.array(moves)).max() < 0.05


@pytest.mark.parametrize(
    ("start", "side", "length", "kept"),
    [
        (-5, 40, 100, 0),
        (0.25, 40, 100, 0.25),
        (60, 40, 100, 60),
        (61, 40, 100, 60),
        (10, 100, 100, 0),
        (9, 120, 100, -10),
    ],
)
def test_a_square_is_moved_into_the_frame_and_no_further(start: float, side: float, length: int, kept: float) -> None:
    assert crop._kept(start, side, length) == kept


def test_the_edges_of_motion_hold_nearly_all_of_its_mass() -> None:
    weights = np.zeros((50, 80))
    weights[10:20, 30:60] = 1
    assert crop._extent(weights) == (30, 60, 10, 20)
    weights[0, 0] = 1e-3
    assert crop._extent(weights) == (30, 60, 10, 20)


@pytest.mark.parametrize(("shifts", "seen"), [((0, 0), range(10)), ((-2, 0), range(2, 10)), ((-1, 3), range(1, 7))])
def test_rows_that_a_shift_moves_out_are_not_always_in_view(shifts: tuple[int, ...], seen: range) -> None:
    assert np.flatnonzero(crop._always_in_view(10, np.array(shifts))).tolist() == list(seen)


def test_the_model_sees_the_square_in_pixels_of_the_frame_and_the_shake_removed() -> None:
    """A frame four times as large as what the square is found on, of a camera that trembles."""
    rng = np.random.default_rng(3)
    scene = cv2.resize(rng.integers(0, 255, (70, 110, 3), np.uint8), (1200, 800), interpolation=cv2.INTER_CUBIC)
    offsets = [(0, 0), (12, 4), (-8, 8), (4, -12), (16, 0), (-4, 4), (8, 8), (0, -8), (-12, 0), (4, 4)]
    frames = []
    for number, (dx, dy) in enumerate(offsets):
        frame = scene[60 + dy : 660 + dy, 100 + dx : 1060 + dx].copy()
        top, left = 150 + 25 * number - dy, 380 - dx
        frame[top : top + 120, left : left + 120] = 255
        frames.append(frame)
    contract = Contract(
        name="t", version="1", architecture="none", movements=MOVEMENTS, frames=10, size=80, crop=Crop.ATHLETE
    )
    seen, square = model_view(frames, contract)
    assert square is not None
    left, right = square.x, square.x + square.side
    assert left < 330 and right > 550 and square.side < 600
    background = seen[:, :6, :6].astype(int)
    assert np.abs(background - background[0]).mean() < 12, "what stands still moves"


@pytest.mark.parametrize(
    ("shake", "count", "shifts", "strongest", "mean", "square"),
    [
        (0.0, 10, [(0, 0), (0, 0), (0, 0)], 32.390, 1.0745, (84.7, 16.7, 50.6)),
        (6.0, 10, [(0, 0), (-2.992, 1.976), (1.984, 5.520)], 30.731, 0.8206, (84.7, 13.7, 50.6)),
        (9.0, 14, [(0, 0), (-4.520, 1.517), (-1.981, 5.523)], 29.762, 0.8390, (84.7, 12.7, 50.6)),
    ],
)
def test_the_numbers_of_a_scene_stay_what_they_are(
    shake: float,
    count: int,
    shifts: list[tuple[float, float]],
    strongest: float,
    mean: float,
    square: tuple[float, float, float],
) -> None:
    """Networks have learned from squares that were found so; another square of the same scene is another model."""
    grey = np.stack([small_grey(frame) for frame in athlete_frames(count, shake=shake)])
    found_shifts = camera_shifts(grey)
    energy = crop.motion_energy(grey, found_shifts)
    assert found_shifts[:3] == pytest.approx(np.array(shifts), abs=2e-3)
    assert (float(energy.max()), float(energy.mean())) == pytest.approx((strongest, mean), rel=2e-4)
    seen = find_athlete(grey).square
    assert seen is not None and (seen.x, seen.y, seen.side) == pytest.approx(square, abs=1e-3)


@pytest.mark.parametrize(
    ("width", "height"), [(160, 90), (320, 180), (427, 240), (854, 480), (1281, 721), (480, 854), (640, 2)]
)
def test_motion_is_looked_for_in_levels_of_grey_of_one_size(width: int, height: int) -> None:
    ramp = np.linspace(20, 200, width)[None, :, None].repeat(height, 0).repeat(3, 2).astype(np.uint8)
    grey = small_grey(ramp)
    small = (
        max(1, round(height * GREY_SIDE / max(width, height))),
        max(1, round(width * GREY_SIDE / max(width, height))),
    )
    expected = 20 + 180 * (np.arange(small[1]) + 0.5) / small[1]
    assert grey.shape == small
    assert np.abs(grey - expected)[:, 2:-2].max() <= 1.5
    assert (small_grey(ramp[..., ::-1], bgr=True) == grey).all()


@pytest.mark.parametrize("count", [1, 2, 4, 7, 10])
@pytest.mark.parametrize("share", [0.5, 0.75])
def test_a_quantile_is_what_numpy_says(count: int, share: float) -> None:
    values = np.random.default_rng(count).normal(size=(count, 3)).astype(np.float32)
    assert _quantile(values, share)[0] == pytest.approx(np.quantile(values, share, axis=0), abs=1e-6)
    assert _quantile(values.T, share, axis=1) == pytest.approx(np.quantile(values, share, axis=0)[:, None], abs=1e-6)
