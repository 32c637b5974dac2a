"""What motions are made of: curves, tempo, windows, limbs and stances."""

from __future__ import annotations

import numpy as np
import pytest

from model.rendering.motion.curves import Curve, Cycle, Sway, Tempo, UpAndDown
from model.rendering.motion.geometry import DEGREE, Frame, two_bone
from model.rendering.motion.parts import Stance, lean_to_bar
from model.rendering.motion.plan import LOOSE, Window
from model.rendering.motion.skeleton import ANKLE, LEFT, RIGHT, Aim, Feet, Pose, Proportions, Spine, solve


def test_a_curve_goes_through_its_keys_and_stays_between_them() -> None:
    curve = Curve.through((0, [0.0, 1.0]), (0.3, [2.0, 1.0]), (0.5, [2.0, 0.0]), (1, [-1.0, 5.0]))
    assert np.allclose(curve(np.array([0, 0.3, 0.5, 1])).T, [[0, 1], [2, 1], [2, 0], [-1, 5]])
    first, second = curve(np.linspace(0.3, 0.5, 50))
    assert np.allclose(first, 2.0)
    assert (np.diff(second) <= 0).all()


def test_a_curve_rests_before_its_first_and_after_its_last_key() -> None:
    (values,) = Curve([0, 1], [3.0, 4.0])(np.array([-5.0, 7.0]))
    assert values.tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("times", "rows"), [([0.0], [1.0]), ([0, 1], [1.0]), ([0, 0], [1.0, 2.0]), ([1, 0], [1.0, 2.0])]
)
def test_a_curve_without_two_keys_in_order_is_refused(times: list[float], rows: list[float]) -> None:
    with pytest.raises(ValueError, match="times"):
        Curve(times, rows)


def test_up_and_down_repeats_every_two_phases() -> None:
    course = UpAndDown(Curve([0, 1], [0.0, 1.0]), Curve([0, 1], [1.0, 0.0]))
    phases = np.array([0.0, 0.999999, 1.0, 1.5, 2.0, -1.0, -0.5])
    assert np.allclose(course(phases), [[0, 1, 1, 0.5, 0, 1, 0.5]], atol=1e-5)


def test_a_cycle_repeats_every_phase() -> None:
    cycle = Cycle(Curve([0, 0.5, 1], [0.0, 1.0, 0.0]))
    assert np.allclose(cycle(np.array([0.25, 1.25, -0.75])), cycle(np.array([0.25]))[:, :1])


def test_tempo_never_runs_backwards_and_keeps_both_ends() -> None:
    for seed in range(50):
        tempo = Tempo(np.random.default_rng(seed), 0.3)
        warped = tempo(np.linspace(-0.1, 1.1, 200))
        assert (np.diff(warped) > 0).all()
        assert np.allclose(tempo(np.array([0.0, 1.0])), [0.0, 1.0])


def test_sway_stays_about_as_small_as_asked() -> None:
    values = Sway(np.random.default_rng(0), 0.01, 0.5)(np.linspace(0, 60, 2000))
    assert values.shape == (2, 2000)
    assert np.abs(values[0]).max() < 0.015
    assert 0.05 < np.abs(values[1]).max() < 0.75


def test_usual_windows_lose_at_most_fifteen_percent_at_either_end() -> None:
    windows = [Window.up_and_down(np.random.default_rng(seed)) for seed in range(400)]
    usual = [window for window in windows if window.usual]
    assert 0.6 < len(usual) / len(windows) < 0.82
    assert all(-0.02 <= window.start <= LOOSE and 1 - LOOSE <= window.end <= 1.02 for window in usual)
    assert any(window.start < -0.8 for window in windows), "no clip shows the way down and up"
    assert any(window.length > 2.6 for window in windows), "no clip shows one and a half repetitions"


def test_a_limb_reaches_its_target_and_bends_towards_the_pole() -> None:
    root, target = np.zeros((1, 3)), np.array([[0.0, 0.0, -0.5]])
    knee, ankle = two_bone(root, target, 0.3, 0.3, np.array([[1.0, 0.0, 0.0]]))
    assert np.allclose(ankle, target)
    assert knee[0, 0] > 0.1


def test_a_limb_stretches_towards_what_it_cannot_reach_and_keeps_its_length() -> None:
    root, target = np.zeros((1, 3)), np.array([[0.0, 0.0, -9.0]])
    knee, ankle = two_bone(root, target, 0.3, 0.4, np.array([[1.0, 0.0, 0.0]]))
    assert np.isclose(np.linalg.norm(knee), 0.3)
    assert np.isclose(np.linalg.norm(ankle - knee), 0.4)
    assert -0.7 < ankle[0, 2] < -0.69


def test_a_frame_bends_forwards_and_turns_left() -> None:
    bent = Frame.upright(1).turned(bend=90 * DEGREE)
    assert np.allclose(bent.up, [[1, 0, 0]])
    assert np.allclose(bent.forward, [[0, 0, -1]])
    turned = Frame.upright(1).turned(twist=90 * DEGREE)
    assert np.allclose(turned.forward, [[0, 1, 0]])


def test_a_standing_athlete_is_as_tall_as_said_and_left_is_left() -> None:
    body = Proportions(height=1.8)
    down = np.broadcast_to(np.array([0.0, 0.0, -1.0]), (1, 2, 3))
    ahead = np.broadcast_to(np.array([1.0, 0.0, 0.0]), (1, 2, 3))
    pelvis = np.array([[0.0, 0.0, body.standing]])
    skeleton = solve(Pose(Spine(pelvis), arms=Aim(down, down), legs=Aim(down, down), feet=Feet(ahead)), body)
    assert abs(skeleton.head[0, 2] + 0.065 * body.height - body.height) < 0.02
    assert abs(skeleton.ankle[0, LEFT, 2] - ANKLE * body.height) < 0.005
    assert skeleton.shoulder[0, LEFT, 1] > 0 > skeleton.shoulder[0, RIGHT, 1]
    assert skeleton.toe[0, LEFT, 0] > skeleton.heel[0, LEFT, 0]


def test_heels_rise_about_toes_that_stay() -> None:
    body = Proportions()
    stance = Stance.random(np.random.default_rng(1), width=(0.06, 0.08))
    heel = np.array([0.0, 0.4])
    legs, feet = stance.stand(2, heel=heel)
    pelvis = np.tile([0.0, 0.0, stance.height(body) - 0.05], (2, 1))
    skeleton = solve(Pose(Spine(pelvis), arms=legs, legs=legs, feet=feet), body)
    assert np.allclose(skeleton.toe[0], skeleton.toe[1], atol=1e-6)
    assert (skeleton.heel[1, :, 2] > skeleton.heel[0, :, 2] + 0.05).all()


def test_straight_arms_reach_the_bar_with_the_lean_found_for_it() -> None:
    body = Proportions()
    hip, bar, grip, bend = (-0.15, 0.4), (0.06, 0.13), 0.15, 0.1
    lean = lean_to_bar(body, hip, bar, grip, bend)
    trunk = Spine(np.array([[hip[0], 0.0, hip[1]]]), lean=lean, bend=bend).trunk(body)
    shoulder = trunk.shoulders[0] + np.array([0.0, body.shoulder, 0.0])
    assert np.isclose(np.linalg.norm(shoulder - np.array([bar[0], grip, bar[1]])), body.arm_length)
    assert 20 * DEGREE < lean < 90 * DEGREE


def test_random_athletes_are_of_human_size() -> None:
    rng = np.random.default_rng(0)
    heights = np.array([Proportions.random(rng).height for _ in range(300)])
    assert heights.min() >= 1.52
    assert heights.max() <= 1.95
    assert 1.65 < heights.mean() < 1.78
