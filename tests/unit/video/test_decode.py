from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from model.contract import Limits
from model.errors import TimedOut, TooLong, TooManyPixels, UnsupportedContainer
from model.video.decode import Decoded, decode
from model.video.film import SampleReader
from model.video.preflight import PIXELS_PER_BYTE, open_film
from tests.clips import numbered_clip, patch, read_number

LIMITS = Limits()


def decoded(path: Path, *wanted: int, max_pixels: int = 10**6, everything: bool = False) -> Decoded:
    return decode(*open_film(path, LIMITS), LIMITS, wanted, max_pixels=max_pixels, everything=everything)


def test_only_the_wanted_frames_are_kept_and_decoding_ends_with_the_last(tmp_path: Path) -> None:
    result = decoded(numbered_clip(tmp_path / "clip.mp4"), 4, 17, 20)
    assert {number: read_number(frame) for number, frame in result.frames.items()} == {4: 4, 17: 17, 20: 20}
    assert max(result.numbers) == 20
    assert (result.width, result.height) == (160, 120)


def test_times_are_those_of_presentation_at_a_variable_rate(tmp_path: Path) -> None:
    times = [0, 10, 40, 50, 200, 210, 400, 401, 450, 600]
    path = numbered_clip(tmp_path / "clip.mp4", 10, times=times, options={"bf": "2"})
    film, _ = open_film(path, LIMITS)
    assert [round(1000 * second) for second in film.times] == times
    assert [read_number(decoded(path, number).frames[number]) for number in range(10)] == list(range(10))


def test_a_large_frame_is_reduced_by_a_whole_number(tmp_path: Path) -> None:
    result = decoded(numbered_clip(tmp_path / "clip.mp4", 3, 640, 480), 1, max_pixels=640 * 480 // 4 + 1)
    assert result.frames[1].shape == (240, 320, 3)
    assert read_number(result.frames[1]) == 1
    assert (result.width, result.height) == (640, 480)


@pytest.mark.parametrize("max_pixels", [640 * 480, 640 * 480 // 4 + 1])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_frames_that_share_memory_are_each_what_was_filmed(
    tmp_path: Path, rotation: int, mirrored: bool, max_pixels: int
) -> None:
    size = (480, 640) if rotation in (90, 270) else (640, 480)
    path = numbered_clip(tmp_path / "clip.mp4", 6, *size, rotation=rotation, mirrored=mirrored)
    film, probe = open_film(path, LIMITS)
    first = decode(film, probe, LIMITS, [0, 2, 3, 5], max_pixels=max_pixels)
    again = decode(film, probe, LIMITS, [1, 4], max_pixels=max_pixels)
    assert [read_number(first.frames[number]) for number in (0, 2, 3, 5)] == [0, 2, 3, 5]
    assert [read_number(again.frames[number]) for number in (1, 4)] == [1, 4]
    assert len({frame.shape for frame in first.frames.values()}) == 1
    assert (first.width, first.height) == (probe.width, probe.height)


def test_frames_that_are_missing_are_not_among_those_that_came(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", flags="faststart", options={"crf": "10", "g": "100"})
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"mdat") + (len(content) - content.index(b"mdat")) // 2])
    film, probe = open_film(path, LIMITS)
    result = decode(film, probe, LIMITS, [0], max_pixels=10**6, everything=True)
    assert probe.frames == 30
    assert 3 < len(result.numbers) == len(film.frames) < 29
    assert list(result.frames) == [0]


def test_a_deadline_that_has_passed_ends_decoding(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4")
    with pytest.raises(TimedOut, match="0 of 30"):
        decode(*open_film(path, LIMITS), LIMITS, [29], max_pixels=10**6, deadline=time.monotonic() - 1)


def test_frames_larger_than_the_index_says_meet_the_limit_all_the_same(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, 640, 480)
    patch(path, b"avc1" + bytes(4), 20, "HH", 16, 16)
    film, probe = open_film(path, LIMITS)
    assert (probe.width, probe.height) == (16, 16)
    with pytest.raises(TooManyPixels, match="640 x 480"):
        decode(film, probe, Limits(max_pixels=400 * 400), [0], max_pixels=10**6)


def test_the_limit_counts_the_frames_that_are_decoded_not_those_of_the_file(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", options={"g": "10", "bf": "0", "sc_threshold": "0"})
    opened = open_film(path, Limits())
    size = int(opened[0].samples.sizes[10:16].sum())
    limits = Limits(max_pixel_frames=160 * 120 * 6 + PIXELS_PER_BYTE * size)
    assert list(decode(*opened, limits, [15], max_pixels=10**6).frames) == [15]
    with pytest.raises(TooLong, match=r"7 frames of 160 x 120 pixels and .* KB in all must be decoded; at most 5 such"):
        decode(*opened, limits, [16], max_pixels=10**6)
    with pytest.raises(TooLong, match="6 frames"):
        decode(*opened, Limits(max_pixel_frames=limits.max_pixel_frames - 1), [15], max_pixels=10**6)


def test_frames_from_which_nothing_wanted_is_decoded_are_left_out(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", options={"g": "30", "bf": "2", "b-adapt": "0", "b-pyramid": "none"})
    film, _ = open_film(path, LIMITS)
    with path.open("rb") as file:
        needed = SampleReader(film, file).needed([int(film.frames[29])])
    assert 10 <= len(needed) <= 12
    assert read_number(decoded(path, 29).frames[29]) == 29


def test_other_containers_do_not_open(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, container="matroska")
    with pytest.raises(UnsupportedContainer):
        decoded(path, 0)


@pytest.mark.parametrize("name", ["http:clip.mp4", "data:clip.mp4", "-i.mp4", "clip|%03d.mp4", "vídeo 1.mp4"])
def test_a_name_is_never_taken_for_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    numbered_clip(tmp_path / "clip.mp4", 5).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert read_number(decoded(Path(name), 3).frames[3]) == 3


def test_a_damaged_stream_gives_the_same_pictures_every_time(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", flags="faststart", options={"crf": "10", "g": "100"})
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat")
    for place in range(start + 2000, len(content), 97):
        content[place] ^= 0xA5
    path.write_bytes(content)
    passes = [decoded(path, *range(0, 30, 3), everything=True) for _ in range(3)]
    assert passes[0].frames
    for other in passes[1:]:
        assert other.numbers == passes[0].numbers
        assert all(np.array_equal(other.frames[number], frame) for number, frame in passes[0].frames.items())
