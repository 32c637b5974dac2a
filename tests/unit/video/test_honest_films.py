"""Files as honest encoders and muxers write them: every frame comes, as itself and in its place."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from model.contract import MOVEMENTS, Contract, Crop
from model.video import read_clip
from tests.clips import numbered_clip, read_number

FRAMES = 30
EVERY = Contract(
    name="test", version="1", architecture="none", movements=MOVEMENTS, frames=FRAMES, size=120, crop=Crop.NONE
)


def x264(options: str = "", pixels: str = "yuv420p", **more: str) -> dict[str, Any]:
    parameters = ":".join(filter(None, ["log-level=none", options]))
    return {"pixels": pixels, "options": {"crf": "10", "preset": "fast", "x264-params": parameters, **more}}


def x265(options: str = "", pixels: str = "yuv420p") -> dict[str, Any]:
    parameters = ":".join(filter(None, ["log-level=0", options]))
    how = {"crf": "10", "preset": "superfast", "x265-params": parameters}
    return {"codec": "libx265", "pixels": pixels, "options": how}


STREAMS = {
    "h264": x264(),
    "h264 intra": x264("keyint=1"),
    "h264 one key frame": x264("keyint=infinite:bframes=0"),
    "h264 pyramid": x264("bframes=5:b-adapt=0:b-pyramid=normal:keyint=12"),
    "h264 strict pyramid": x264("bframes=3:b-adapt=0:b-pyramid=strict:ref=5"),
    "h264 open gop": x264("open-gop=1:keyint=8:min-keyint=8:bframes=3:b-adapt=0"),
    "h264 slices": x264("slices=4:bframes=2"),
    "h264 intra refresh": x264("intra-refresh=1:keyint=10:bframes=0"),
    "h264 interlaced": x264("interlaced=1"),
    "h264 cavlc": x264("no-cabac=1:ref=1"),
    "h264 baseline": x264(profile="baseline"),
    "h264 ten bits": x264(pixels="yuv420p10le"),
    "h264 4:2:2": x264(pixels="yuv422p"),
    "h264 4:4:4": x264(pixels="yuv444p"),
    "h264 full range": x264("fullrange=on", pixels="yuvj420p"),
    "h265": x265(),
    "h265 intra": x265("keyint=1"),
    "h265 open gop": x265("open-gop=1:keyint=8:bframes=3:b-adapt=0"),
    "h265 closed gop": x265("open-gop=0:keyint=10:bframes=4:b-adapt=0"),
    "h265 layers": x265("temporal-layers=3:bframes=3:b-adapt=0:keyint=16"),
    "h265 ten bits": x265(pixels="yuv420p10le"),
    "h265 headers repeated": x265("repeat-headers=1:keyint=10"),
    "av1": {"codec": "libsvtav1", "options": {"preset": "12", "crf": "10"}},
    "av1 ten bits": {"codec": "libsvtav1", "pixels": "yuv420p10le", "options": {"preset": "12", "crf": "10", "g": "8"}},
    "vp9": {"codec": "libvpx-vp9", "options": {"crf": "10", "b": "0", "deadline": "realtime", "cpu-used": "8"}},
    "vp9 hidden frames": {"codec": "libvpx-vp9", "options": {"crf": "10", "b": "0", "auto-alt-ref": "1", "g": "15"}},
    "mpeg4": {"codec": "mpeg4", "options": {"qscale": "2", "flags": "+qscale"}},
    "mpeg4 b-frames": {"codec": "mpeg4", "options": {"qscale": "2", "flags": "+qscale", "bf": "2", "g": "12"}},
}

FILES: dict[str, dict[str, Any]] = {
    "plain": {},
    "index first, with sound": {"flags": "faststart", "sound": True},
    "fragments": {"flags": "frag_keyframe+empty_moov+default_base_moof"},
    "a fragment a frame": {"flags": "frag_every_frame+empty_moov"},
    "negative offsets": {"flags": "negative_cts_offsets+faststart"},
}

_MOV = frozenset(name for name in STREAMS if name.startswith(("h26", "mpeg4")))


def every_frame_is_itself(path: Path, **how: Any) -> None:
    clip = read_clip(numbered_clip(path, FRAMES, **how), EVERY)
    assert clip.declared == clip.frame_count == FRAMES
    assert list(clip.sampled) == list(range(FRAMES))
    assert [read_number(frame) for frame in clip.frames] == list(range(FRAMES))
    assert clip.sampled_seconds == pytest.approx([number / 30 for number in range(FRAMES)], abs=2e-3)


@pytest.mark.parametrize(("number", "stream"), list(enumerate(STREAMS)), ids=list(STREAMS))
def test_a_stream_of_every_kind(tmp_path: Path, number: int, stream: str) -> None:
    """Each in one kind of file, which are taken in turn."""
    file = list(FILES.values())[number % len(FILES)]
    every_frame_is_itself(tmp_path / "clip.mp4", **STREAMS[stream], **file)


@pytest.mark.slow
@pytest.mark.parametrize(("stream", "file"), list(product(STREAMS, FILES)), ids=lambda name: name)
def test_a_stream_of_every_kind_in_a_file_of_every_kind(tmp_path: Path, stream: str, file: str) -> None:
    every_frame_is_itself(tmp_path / "clip.mp4", **STREAMS[stream], **FILES[file])


@pytest.mark.parametrize("stream", ["h264 pyramid", "h265 open gop", "mpeg4"])
def test_a_quicktime_film(tmp_path: Path, stream: str) -> None:
    every_frame_is_itself(tmp_path / "clip.mov", **STREAMS[stream], sound=True)


@pytest.mark.slow
@pytest.mark.parametrize("stream", sorted(_MOV))
def test_a_quicktime_film_of_every_kind(tmp_path: Path, stream: str) -> None:
    every_frame_is_itself(tmp_path / "clip.mov", **STREAMS[stream])


@pytest.mark.parametrize(("rotation", "mirrored"), list(product([0, 90, 180, 270], [False, True])))
def test_a_film_that_a_phone_turned(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    how = {"rotation": rotation, "mirrored": mirrored}
    every_frame_is_itself(tmp_path / "clip.mp4", **STREAMS["h264 pyramid"], **how)
