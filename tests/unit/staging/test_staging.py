from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from model.answers.workout import Verdict, WorkoutAnswer
from model.contract import MOVEMENTS, NONE_LABEL
from model.rendering.clip import RenderedClip
from model.rendering.motion.motion import Motion
from model.rendering.motion.skeleton import Proportions
from model.sequences.course import cycle_of
from model.staging import workouts
from model.staging.script import RATE, RESTING, SOON, Done, Script, idle, sets
from model.staging.workouts import Shot, draw


def motion(label: str, seed: int = 1) -> Motion:
    rng = np.random.default_rng(seed)
    return Motion.random(label, rng, Proportions.random(rng))


@pytest.mark.parametrize("label", [movement.label for movement in MOVEMENTS])
def test_a_set_has_as_many_repetitions_as_wanted_one_after_the_other(label: str) -> None:
    some = motion(label)
    cycle = cycle_of(label, label)
    assert cycle is not None
    script = sets(np.random.default_rng(2), some, cycle, [3, 2], [4.0], 0.0)
    assert script.sets == [(0, 2), (3, 4)]
    phases = script.as_array()
    for one in script.done:
        assert phases[one.first] == pytest.approx(0, abs=0.1)
        assert 0.7 < phases[one.last - 1] <= 1.0
        assert not one.faulty
    assert all(before.last <= after.first for before, after in zip(script.done, script.done[1:], strict=False))
    assert script.done[3].first - script.done[2].last >= 4 * RATE
    (first, rest), (again, after) = script.busy
    assert (first, again) == (script.done[0].first, script.done[3].first)
    assert script.done[2].last <= rest < again and script.done[4].last <= after <= len(phases)


@pytest.mark.parametrize("label", ["ohs", "thruster"])
@pytest.mark.parametrize("faults", [0.0, 0.6])
def test_who_squats_rests_standing_and_gets_up_as_often_as_there_are_repetitions(label: str, faults: float) -> None:
    cycle = cycle_of(label, label)
    assert cycle is not None
    for seed in range(20):
        script = sets(np.random.default_rng(seed), motion(label), cycle, [3, 2, 1], [4.0, 2.0], faults)
        phases = script.as_array()
        assert phases[0] == phases[-1] == RESTING[label]
        assert all(phases[rest] == RESTING[label] for _, rest in script.busy)
        assert all(phases[script.done[last].last - 1] > SOON[1] for _, last in script.sets)
        up = (phases[:-1] < 0.5) & (phases[1:] >= 0.5)
        assert faults or up.sum() == len(script.done)


def test_faults_leave_a_repetition_unfinished_at_one_end() -> None:
    cycle = cycle_of("thruster", "thruster")
    assert cycle is not None
    script = sets(np.random.default_rng(2), motion("thruster"), cycle, [25], [], 0.6)
    phases = script.as_array()
    faulty = [one for one in script.done if one.faulty]
    assert 5 < len(faulty) < 20
    for one in faulty:
        assert phases[one.first] > 0.2 or phases[one.last - 1] < 0.85


def test_what_is_idle_has_no_repetitions() -> None:
    script = idle(np.random.default_rng(1), motion(NONE_LABEL), 5.0)
    assert len(script.phases) == 5 * RATE and script.done == []


def test_a_shot_is_drawn_with_its_truth() -> None:
    shots = (draw((11, number), width=64, height=48) for number in range(40))
    shot = next(shot for shot in shots if shot is not None and shot.script.done and len(shot.script.phases) < 250)
    assert shot.rendered.frames.shape == (len(shot.script.phases), 48, 64, 3)
    assert shot.rendered.metres is not None and len(shot.rendered.metres) == len(shot.script.phases)
    (segment,) = shot.segments(10.0)
    assert segment.count == len(shot.script.done)
    assert segment.start >= 10.0 and segment.kind


def test_films_and_truth_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(seed: tuple[int, ...], *, width: int, height: int) -> Shot | None:
        if seed[2] == 1:
            return None
        frames = np.full((30, height, width, 3), 40 * seed[2], np.uint8)
        rendered = RenderedClip(frames, "deadlift", "deadlift", False, 2.5, metres=np.zeros((30, 12, 3), np.float32))
        return Shot(rendered, Script([0.0] * 30, [Done(3, 12), Done(15, 27, faulty=True)], [(0, 1)]))

    monkeypatch.setattr(workouts, "draw", drawn)
    monkeypatch.setattr(workouts, "SECONDS", (5.0, 5.1))
    film = workouts._make(tmp_path, 3, 0)
    truth = WorkoutAnswer.model_validate(json.loads(film.with_suffix(".json").read_text()))
    assert [segment.start for segment in truth.segments] == pytest.approx([0.25, 2.75, 5.25])
    assert truth.cuts == (2.5, 5.0) and truth.seconds == pytest.approx(7.5)
    assert [one.verdict for one in truth.segments[0].repetitions] == [Verdict.REP, Verdict.NO_REP]
    assert np.load(film.with_suffix(".npz"))["metres"].shape == (90, 12, 3)
    before = film.stat().st_mtime_ns
    workouts._make(tmp_path, 3, 0)
    assert film.stat().st_mtime_ns == before
