from __future__ import annotations

import socket
import time
from pathlib import Path

import numpy as np
import pytest

from model.contract import Limits
from model.errors import CorruptVideo, TimedOut, TooManyPixels
from model.video import Probe, preflight
from model.video.decode import Decoded, decode
from tests.clips import numbered_clip, patch, read_number

LIMITS = Limits()


def decoded(path: Path, *wanted: int, max_pixels: int = 10**6) -> Decoded:
    return decode(path, preflight(path, LIMITS), LIMITS, wanted, max_pixels=max_pixels)


def test_only_the_wanted_frames_are_kept_and_decoding_ends_with_the_last(tmp_path: Path) -> None:
    result = decoded(numbered_clip(tmp_path / "clip.mp4"), 4, 17, 20)
    assert {number: read_number(frame) for number, frame in result.frames.items()} == {4: 4, 17: 17, 20: 20}
    assert result.count == 21
    assert (result.width, result.height) == (160, 120)


def test_times_are_those_of_presentation_at_a_variable_rate(tmp_path: Path) -> None:
    times = [0, 10, 40, 50, 200, 210, 400, 401, 450, 600]
    path = numbered_clip(tmp_path / "clip.mp4", 10, times=times, options={"bf": "2"})
    result = decoded(path, *range(10))
    assert [round(1000 * result.seconds[number]) for number in range(10)] == times


def test_a_large_frame_is_reduced_by_a_whole_number(tmp_path: Path) -> None:
    result = decoded(numbered_clip(tmp_path / "clip.mp4", 3, 640, 480), 1, max_pixels=640 * 480 // 4 + 1)
    assert result.frames[1].shape == (240, 320, 3)
    assert read_number(result.frames[1]) == 1
    assert (result.width, result.height) == (640, 480)


def test_frames_that_are_missing_end_the_count(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", flags="faststart")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"mdat") + (len(content) - content.index(b"mdat")) // 2])
    result = decoded(path, 0, 29)
    assert 3 < result.count < 29
    assert list(result.frames) == [0]


def test_a_deadline_that_has_passed_ends_decoding(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4")
    with pytest.raises(TimedOut, match="0 of 30"):
        decode(path, preflight(path, LIMITS), LIMITS, [29], max_pixels=10**6, deadline=time.monotonic() - 1)


def test_frames_larger_than_the_index_says_meet_the_limit_all_the_same(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, 640, 480)
    patch(path, b"avc1" + bytes(4), 20, "HH", 16, 16)
    probe = preflight(path, LIMITS)
    assert (probe.width, probe.height) == (16, 16)
    with pytest.raises(TooManyPixels, match="640 x 480"):
        decode(path, probe, Limits(max_pixels=400 * 400), [0], max_pixels=10**6)


@pytest.mark.parametrize("content", [b"", b"\x00\x00\x00\x08ftyp" * 9, bytes(5000)])
def test_what_cannot_be_opened_is_corrupt(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(CorruptVideo):
        decode(path, Probe("mp4", "h264", 1.0, 30, 160, 120), LIMITS, [0], max_pixels=10**6)


def test_other_containers_do_not_open_even_behind_preflight(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, container="matroska")
    with pytest.raises(CorruptVideo):
        decode(path, Probe("mp4", "h264", 1.0, 5, 160, 120), LIMITS, [0], max_pixels=10**6)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.m3u8"])
def test_a_playlist_opens_no_connection_even_behind_preflight(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{address}\n#EXT-X-ENDLIST\n")
        with pytest.raises(CorruptVideo):
            decode(path, Probe("mp4", "h264", 1.0, 30, 160, 120), LIMITS, [0], max_pixels=10**6)
        with pytest.raises(BlockingIOError):
            server.accept()


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
    passes = [decoded(path, *range(0, 30, 3)) for _ in range(3)]
    assert passes[0].frames
    for other in passes[1:]:
        assert other.count == passes[0].count
        assert all(np.array_equal(other.frames[number], frame) for number, frame in passes[0].frames.items())
