"""The benchmark of reading and starting, without anything to compare: what it computes and what it asks for."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from model.contract import Limits
from model.video.preflight import preflight
from tests.clips import numbered_clip

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def speed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("speed", ROOT / "scripts" / "speed.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules["speed"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_two_measurements_take_turns_and_the_first_of_each_does_not_count(speed: ModuleType) -> None:
    asked = []

    def measured(name: str, values: list[float]) -> float:
        asked.append(name)
        return values.pop(0)

    before, after = [99.0, 4.0, 6.0, 5.0], [99.0, 1.0, 3.0, 1.0]
    result = speed.taking_turns(lambda: measured("before", before), lambda: measured("after", after), 3)
    assert result == (5.0, 1.0)
    assert asked == ["before", "after"] * 4


def test_a_row_tells_how_many_times_cheaper_it_became(speed: ModuleType) -> None:
    assert (
        speed.Row("a clip", 60.0, 40.0, 1.5, (96.4, 93.6)).told() == "| a clip | 60.0 | 40.0 | 1.50 | 1.5 | 96 -> 94 |"
    )
    assert speed.Row("a start", 100.0, 200.0).told() == "| a start | 100.0 | 200.0 | 0.50 | - | - |"


def test_a_turned_clip_is_shown_upright(speed: ModuleType, tmp_path: Path) -> None:
    clip = numbered_clip(tmp_path / "clip.mp4", 12, 160, 120)
    clip.write_bytes(speed.turned(clip.read_bytes()))
    probe = preflight(clip, Limits())
    assert (probe.rotation, probe.mirrored, probe.width, probe.height) == (90, False, 120, 160)


def test_pictures_go_to_and_fro(speed: ModuleType) -> None:
    assert [speed._to_and_fro(number, 4) for number in range(9)] == [0, 1, 2, 3, 2, 1, 0, 1, 2]


def test_clips_are_what_their_kind_says_and_are_made_once(
    speed: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = (
        speed.Kind("plain, short", 64, 48, 0.4),
        speed.Kind("hdr", 64, 48, 0.4, "libx265", "yuv420p10le", f"keyint=30:{speed._HLG}", turned=True),
    )
    monkeypatch.setattr(speed, "KINDS", kinds)
    speed.write_clips(tmp_path)
    plain, hdr = (preflight(tmp_path / name, Limits()) for name in ("plain-short.mp4", "hdr.mp4"))
    assert (plain.codec, plain.frames, plain.width, plain.height) == ("h264", 12, 64, 48)
    assert (hdr.codec, hdr.frames, hdr.width, hdr.height) == ("hevc", 12, 48, 64)
    written = (tmp_path / "hdr.mp4").stat().st_mtime_ns
    speed.write_clips(tmp_path)
    assert (tmp_path / "hdr.mp4").stat().st_mtime_ns == written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hdr.mp4", "plain-short.mp4"]


def test_a_reader_says_what_a_clip_costs_and_needs(speed: ModuleType, tmp_path: Path) -> None:
    reader = speed.Reader(ROOT, numbered_clip(tmp_path / "clip.mp4"), tmp_path)
    assert reader.read() > 0 and reader.read() > 0
    assert reader.memory > 20
    reader.close()


def test_a_start_is_of_the_checkout_and_a_failure_is_one(speed: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "here.py").write_text("")
    assert (
        speed.cold(tmp_path / "tree", tmp_path, ["-c", "import here, os; assert os.environ['SAID'] == 'x'"], SAID="x")
        > 0
    )
    with pytest.raises(speed.subprocess.CalledProcessError):
        speed.cold(tmp_path / "tree", tmp_path, ["-c", "import nowhere"])
