"""Motions of the rendered athletes: bodies that hold together, touch what they should and move as people can."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from model.contract import MOVEMENTS, NONE_LABEL
from model.rendering.motion.geometry import Array
from model.rendering.motion.motion import MOTIONS, Motion
from model.rendering.motion.others import OTHERS
from model.rendering.motion.plan import Plan
from model.rendering.motion.props import PLATE_RADIUS, Props
from model.rendering.motion.skeleton import Proportions, Skeleton

LABELS = [movement.label for movement in MOVEMENTS]
PLANNERS: dict[str, tuple[str, Callable[[np.random.Generator, Proportions], Plan]]] = {
    **{label: (label, MOTIONS[label]) for label in LABELS},
    **{f"none: {planner.__name__}": (NONE_LABEL, planner) for planner in OTHERS},
}
SEEDS = range(30)
MIDLINE = ("pelvis", "waist", "shoulders", "neck", "head")
PAIRED = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe", "heel")

# Table of the labelled clips: seconds of one repetition, mean and standard deviation.
SECONDS = {
    "thruster": (0.942, 0.127),
    "chest-to-bar": (0.720, 0.257),
    "double-unders": (0.484, 0.044),
    "ghd": (1.965, 0.186),
    "power clean": (2.245, 0.434),
    "deadlift": (0.805, 0.240),
    "shspu": (1.441, 0.506),
    "ohs": (1.066, 0.180),
    "bar-facing burpee": (2.069, 0.334),
}


def motion_of(name: str, seed: int) -> Motion:
    label, planner = PLANNERS[name]
    rng = np.random.default_rng(seed)
    body = Proportions.random(rng)
    return Motion(label, body, planner(rng, body))


def filmed(motion: Motion) -> tuple[Skeleton, Props]:
    """The motion at thirty instants a second."""
    count = max(3, int(motion.seconds * 30) + 1)
    return motion.sample(np.arange(count) / 30 / motion.seconds)


def distance(a: Array, b: Array) -> Array:
    result: Array = np.linalg.norm(a - b, axis=-1)
    return result


@pytest.fixture(params=list(PLANNERS), scope="module")
def clips(request: pytest.FixtureRequest) -> list[tuple[Motion, Skeleton, Props]]:
    """Thirty athletes who do the same thing."""
    motions = [motion_of(request.param, seed) for seed in SEEDS]
    return [(motion, *filmed(motion)) for motion in motions]


def test_every_movement_and_none_of_them_has_a_motion() -> None:
    assert set(MOTIONS) == {*LABELS, NONE_LABEL}


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(KeyError, match="cartwheel"):
        Motion.random("cartwheel", np.random.default_rng(0), Proportions())


def test_bones_keep_their_length(clips: list[tuple[Motion, Skeleton, Props]]) -> None:
    for _, skeleton, _ in clips:
        for start, end in (
            (skeleton.pelvis, skeleton.waist),
            (skeleton.waist, skeleton.shoulders),
            (skeleton.shoulder, skeleton.elbow),
            (skeleton.elbow, skeleton.wrist),
            (skeleton.hip, skeleton.knee),
            (skeleton.knee, skeleton.ankle),
            (skeleton.ankle, skeleton.toe),
            (skeleton.heel, skeleton.toe),
        ):
            assert np.ptp(distance(start, end)) < 1e-9


def test_frames_of_the_body_are_orthonormal(clips: list[tuple[Motion, Skeleton, Props]]) -> None:
    for _, skeleton, _ in clips:
        for frame in (skeleton.torso, skeleton.chest, skeleton.face):
            axes = np.stack([frame.forward, frame.left, frame.up], axis=-2)
            assert np.allclose(axes @ np.swapaxes(axes, -1, -2), np.eye(3), atol=1e-9)
            assert np.allclose(np.linalg.det(axes), 1.0)


def test_no_joint_is_below_the_floor(clips: list[tuple[Motion, Skeleton, Props]]) -> None:
    for _, skeleton, _ in clips:
        for joint in (*MIDLINE, *PAIRED):
            assert getattr(skeleton, joint)[..., 2].min() > -0.03, joint


def test_heads_stay_above_the_floor(clips: list[tuple[Motion, Skeleton, Props]]) -> None:
    for motion, skeleton, _ in clips:
        assert skeleton.head[:, 2].min() > 0.055 * motion.proportions.height


def test_nothing_jumps_from_one_frame_to_the_next(clips: list[tuple[Motion, Skeleton, Props]]) -> None:
    for _, skeleton, _ in clips:
        for joint in (*MIDLINE, *PAIRED):
            # Hands and feet may be as fast as those of a sprinter, 20 m/s; the trunk may not.
            limit = 0.42 if joint in MIDLINE or joint in ("shoulder", "hip") else 0.67
            assert distance(getattr(skeleton, joint)[1:], getattr(skeleton, joint)[:-1]).max() < limit, joint


def test_a_bar_in_the_hands_goes_through_both_and_never_through_the_floor(
    clips: list[tuple[Motion, Skeleton, Props]],
) -> None:
    for motion, skeleton, props in clips:
        if props.barbell is None:
            continue
        assert props.barbell.centre[:, 2].min() >= PLATE_RADIUS - 0.005
        assert np.allclose(np.linalg.norm(props.barbell.direction, axis=-1), 1.0)
        if motion.kind in ("bar-facing burpee", "setting up"):
            continue
        for side in range(2):
            offset = skeleton.wrist[:, side] - props.barbell.centre
            along = np.einsum("ti,ti->t", offset, props.barbell.direction)[:, None] * props.barbell.direction
            assert distance(offset, along).max() < 1e-6
        assert np.ptp(distance(skeleton.wrist[:, 0], skeleton.wrist[:, 1])) < 0.02, "hands slide along the bar"


def test_hands_on_the_rig_stay_on_its_bar(clips: list[tuple[Motion, Skeleton, Props]]) -> None:
    for _, skeleton, props in clips:
        if props.pull_up_bar is not None:
            off = np.hypot(skeleton.wrist[..., 0], skeleton.wrist[..., 2] - props.pull_up_bar.height)
            assert off.max() < 0.02


@pytest.mark.parametrize("name", ["thruster", "ohs", "deadlift", "none: loaded_squat", "none: press", "none: push_up"])
def test_loaded_feet_do_not_slide(name: str) -> None:
    for seed in SEEDS:
        skeleton, _ = filmed(motion_of(name, seed))
        assert np.ptp(skeleton.toe, axis=0).max() < 0.02


@pytest.mark.parametrize("name", ["thruster", "ohs", "none: loaded_squat", "none: air_squat"])
def test_the_weight_of_a_squat_stays_over_the_feet(name: str) -> None:
    for seed in SEEDS:
        skeleton, props = filmed(motion_of(name, seed))
        # Segment masses after Dempster (1955): trunk and head 0.58, arms 0.10, thighs 0.20, shanks 0.09, feet 0.03.
        x = (
            0.58 * (0.4 * skeleton.pelvis + 0.6 * skeleton.shoulders)
            + 0.10 * skeleton.elbow.mean(axis=1)
            + 0.20 * (skeleton.hip + skeleton.knee).mean(axis=1) / 2
            + 0.09 * (skeleton.knee + skeleton.ankle).mean(axis=1) / 2
            + 0.03 * skeleton.ankle.mean(axis=1)
        )[:, 0]
        if props.barbell is not None:
            x = (x + 0.5 * props.barbell.centre[:, 0]) / 1.5
        grounded = skeleton.toe[..., 2].min(axis=1) < 0.05
        heels, toes = skeleton.heel[..., 0].min(axis=1), skeleton.toe[..., 0].max(axis=1)
        assert (x > heels - 0.05)[grounded].all()
        assert (x < toes + 0.03)[grounded].all()


def test_a_double_under_turns_the_rope_twice_in_one_jump() -> None:
    for seed in SEEDS:
        motion = motion_of("double-unders", seed)
        ts = np.linspace(0, 1 / motion.window.length, 241)
        skeleton, props = motion.sample(ts)
        assert props.rope is not None
        middle = props.rope[:, props.rope.shape[1] // 2] - skeleton.wrist.mean(axis=1)
        turned = np.unwrap(np.arctan2(middle[:, 0], middle[:, 2]))
        assert abs(abs(turned[-1] - turned[0]) / (2 * np.pi) - 2) < 0.35
        assert skeleton.toe[..., 2].max() - skeleton.toe[..., 2].min() > 0.03


def test_the_flight_of_a_jump_is_a_parabola() -> None:
    motion = motion_of("double-unders", 5)
    ts = np.linspace(0, 1, 400)
    skeleton, _ = motion.sample(ts)
    times = motion.window.phase(ts) * motion.repetition_seconds
    height = skeleton.pelvis[:, 2]
    top = height > np.quantile(height, 0.6)
    runs = np.split(np.flatnonzero(top), np.flatnonzero(np.diff(np.flatnonzero(top)) > 1) + 1)
    longest = max(runs, key=len)
    fall = -2 * np.polyfit(times[longest], height[longest], 2)[0]
    assert 0.7 * 9.81 < fall < 1.3 * 9.81


def test_the_chest_reaches_the_bar_and_a_plain_pull_up_does_not() -> None:
    for seed in SEEDS:
        for name, touches in (("chest-to-bar", True), ("none: pull_up", False)):
            motion = motion_of(name, seed)
            phase = np.linspace(0, 1, 60)
            skeleton, props = motion.sample((phase - motion.window.start) / motion.window.length)
            assert props.pull_up_bar is not None
            below = props.pull_up_bar.height - skeleton.shoulders[:, 2].max()
            assert (below < 0.04 * motion.proportions.height) == touches


def test_the_head_of_a_handstand_push_up_comes_down_to_the_floor_and_the_arms_lock_out() -> None:
    for seed in SEEDS:
        motion = motion_of("shspu", seed)
        phase = np.linspace(0, 1, 90)
        skeleton, props = motion.sample((phase - motion.window.start) / motion.window.length)
        crown = skeleton.head[:, 2].min() - props.mat - 0.066 * motion.proportions.height
        assert -0.03 < crown < 0.06
        assert props.wall is not None
        assert (skeleton.heel[..., 0] > props.wall).all()
        reach = distance(skeleton.shoulder, skeleton.wrist).min(axis=1)
        assert reach.max() > 0.97 * motion.proportions.arm_length * motion.proportions.height


def test_the_feet_clear_the_bar_in_a_bar_facing_burpee() -> None:
    for seed in SEEDS:
        motion = motion_of("bar-facing burpee", seed)
        phase = np.linspace(0, 1, 300)
        skeleton, props = motion.sample((phase - motion.window.start) / motion.window.length)
        assert props.barbell is not None
        over = np.abs(skeleton.toe[..., 0] - props.barbell.centre[:, None, 0]) < 0.04
        assert over.any()
        assert skeleton.toe[..., 2][over].min() > PLATE_RADIUS - 0.02
        assert skeleton.ankle[-1, :, 0].min() > props.barbell.centre[0, 0]


@pytest.mark.parametrize("label", LABELS)
def test_durations_are_those_of_the_labelled_clips(label: str) -> None:
    mean, deviation = SECONDS[label]
    motions = [motion_of(label, seed) for seed in range(200)]
    repetitions = np.array([motion.repetition_seconds for motion in motions])
    assert (np.abs(repetitions - mean) < 4 * deviation).all()
    assert abs(repetitions.mean() - mean) < 0.35 * deviation
    usual = np.array([motion.seconds for motion in motions if motion.window.usual])
    assert len(usual) > 100
    assert (usual < mean + 4 * deviation).all()
    assert (usual > 0.2).all()


@pytest.mark.parametrize("label", [*LABELS, NONE_LABEL])
def test_a_seed_gives_the_same_motion_again(label: str) -> None:
    ts = np.linspace(0, 1, 7)
    for seed in range(5):
        first, second = (
            Motion.random(label, np.random.default_rng(seed), Proportions()).sample(ts)[0] for _ in range(2)
        )
        for joint in (*MIDLINE, *PAIRED):
            assert np.array_equal(getattr(first, joint), getattr(second, joint))


@pytest.mark.parametrize("name", list(PLANNERS))
def test_an_instant_does_not_depend_on_the_others_sampled_with_it(name: str) -> None:
    for seed in range(5):
        motion = motion_of(name, seed)
        ts = np.linspace(0, 1, 10)
        together, _ = motion.sample(ts)
        for index in (0, 4, 9):
            alone, _ = motion.sample(ts[index : index + 1])
            for joint in (*MIDLINE, *PAIRED):
                assert np.allclose(getattr(alone, joint)[0], getattr(together, joint)[index], atol=1e-9), joint


@pytest.mark.parametrize("name", list(PLANNERS))
def test_athletes_differ(name: str) -> None:
    ts = np.linspace(0, 1, 10)
    shapes = []
    for seed in range(6):
        skeleton, _ = motion_of(name, seed).sample(ts)
        shapes.append(np.concatenate([skeleton.head, skeleton.knee[:, 0], skeleton.wrist[:, 1]]))
    for one in range(6):
        for other in range(one):
            assert distance(shapes[one], shapes[other]).max() > 0.02


@pytest.mark.parametrize("name", list(PLANNERS))
def test_a_clip_may_be_sampled_a_little_beyond_its_ends(name: str) -> None:
    skeleton, _ = motion_of(name, 3).sample(np.array([-0.05, 1.08]))
    assert len(skeleton) == 2
    assert all(np.isfinite(getattr(skeleton, joint)).all() for joint in (*MIDLINE, *PAIRED))


def test_near_relatives_of_the_movements_are_marked() -> None:
    near = {motion_of(name, 0).kind for name in PLANNERS if motion_of(name, 0).near}
    assert {"pull-up", "single unders", "burpee", "snatch"} <= near
    assert not near & set(LABELS)


def test_none_of_the_movements_is_many_things() -> None:
    rng = np.random.default_rng(0)
    kinds = {Motion.random(NONE_LABEL, rng, Proportions.random(rng)).kind for _ in range(300)}
    assert len(kinds) >= 20
    assert not kinds & set(LABELS)
