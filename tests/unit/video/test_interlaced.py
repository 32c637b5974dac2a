"""Interlaced films: OpenCV gave whatever lay in its memory for their pictures, and said that all was well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.contract import MOVEMENTS, Contract, Crop
from model.errors import UnsupportedCodec
from model.video import read_clip
from model.video.bits import Bits, OutOfBits, escaped, unescaped
from model.video.headers import h264_header, h264_picture, usability
from model.video.interlaced import announced, without_timing
from tests.clips import numbered_clip, read_number, write_clip
from tests.unit.video.test_every_header import Writer
from tests.unit.video.test_headers import sequence_sets

EVERY = Contract(name="t", version="1", architecture="none", movements=MOVEMENTS, frames=30, size=96, crop=Crop.NONE)


def interlaced(path: Path, options: str, **how: object) -> Path:
    parameters = {"crf": "10", "preset": "fast", "x264-params": f"log-level=none:interlaced=1:{options}"}
    return numbered_clip(path, options=parameters, **how)


OPTIONS = [
    "tff=1",
    "bff=1:bframes=3:b-adapt=0",
    "bitrate=2000:vbv-maxrate=2000:vbv-bufsize=2000:nal-hrd=cbr",
    "sar=4/3:overscan=show:colorprim=bt709:transfer=bt709:colormatrix=bt709:chromaloc=1",
    "slices=2:keyint=8:open-gop=1:bframes=2",
]


@pytest.mark.parametrize("options", OPTIONS)
def test_every_picture_of_an_interlaced_film_is_itself(tmp_path: Path, options: str) -> None:
    clip = read_clip(interlaced(tmp_path / "clip.mp4", options), EVERY)
    assert [read_number(frame) for frame in clip.frames] == list(range(30))


def test_an_interlaced_film_looks_like_the_same_one_that_is_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frames = [np.kron(rng.integers(0, 256, (12, 16, 3), np.uint8), np.ones((10, 10, 1), np.uint8)) for _ in range(10)]
    how = {"crf": "4", "preset": "fast"}
    woven = write_clip(tmp_path / "a.mp4", frames, options={**how, "x264-params": "log-level=none:interlaced=1"})
    plain = write_clip(tmp_path / "b.mp4", frames, options={**how, "x264-params": "log-level=none"})
    first, second = (read_clip(path, EVERY).frames.astype(int) for path in (woven, plain))
    assert np.abs(first - second).mean() < 6


@pytest.mark.parametrize("options", OPTIONS)
def test_a_parameter_set_says_the_same_and_announces_picture_timing(tmp_path: Path, options: str) -> None:
    (unit,) = sequence_sets(interlaced(tmp_path / "clip.mp4", options))
    new = announced(unit)
    before, after = h264_header(unit), h264_header(new)
    assert before == after and after.interlaced
    bits = Bits(unescaped(new))
    h264_picture(bits)
    assert bits.flag()
    usability(bits)
    if bits.flag():
        bits.ue(), bits.ue()
    assert (bits.flag(), bits.flag(), bits.flag(), bits.flag()) == (False, False, False, True)
    if bits.flag():
        bits.u(1), [bits.ue() for _ in range(6)]
    assert bits.flag()  # the bit that ends a unit
    assert announced(new) == new


def test_a_parameter_set_without_usability_information_gets_some(tmp_path: Path) -> None:
    (unit,) = sequence_sets(interlaced(tmp_path / "clip.mp4", "tff=1"))
    bits = Bits(unescaped(unit))
    h264_picture(bits)
    text = Bits(unescaped(unit)).taken(0, bits.position) + "0" + "1"
    text += "0" * (-len(text) % 8)
    bare = int(text, 2).to_bytes(len(text) // 8, "big")
    assert h264_header(bare).interlaced
    new = announced(bare)
    assert h264_header(new) == h264_header(bare)
    rest = Bits(unescaped(new))
    h264_picture(rest)
    assert [rest.flag() for _ in range(11)] == [True, *[False] * 8, True, False]


def test_a_parameter_set_that_ends_early_is_damage(tmp_path: Path) -> None:
    (unit,) = sequence_sets(interlaced(tmp_path / "clip.mp4", "tff=1"))
    for length in range(1, len(unit) - 2):
        with pytest.raises(OutOfBits):
            announced(unit[:length])


@pytest.mark.parametrize(
    ("unit", "left"),
    [
        ("060101aa80", ""),
        ("060502aabb80", "060502aabb80"),
        ("060101aa0502aabb80", "060502aabb80"),
        ("060502aabb0101aa80", "060502aabb80"),
        ("0601020000030180", ""),
        ("06ff0101aa80", "06ff0101aa80"),
        ("0605ff00" + "aa" * 255 + "80", "0605ff00" + "aa" * 255 + "80"),
        ("060601", "06060180"),
        ("06", ""),
        ("0680", ""),
    ],
)
def test_messages_of_picture_timing_are_left_out(unit: str, left: str) -> None:
    assert without_timing(bytes.fromhex(unit)).hex() == left


def test_interlaced_mpeg4_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", codec="mpeg4", options={"flags": "+ildct+ilme", "qscale": "3"})
    with pytest.raises(UnsupportedCodec, match="interlaced"):
        read_clip(path, EVERY)


@pytest.mark.parametrize("seed", range(60))
def test_of_usability_information_all_but_clocks_and_buffers_is_kept(seed: int) -> None:
    """Timing and the parameters of two buffers stand before what is kept, in every combination."""
    bits = Writer(seed)
    bits.u(8, 0x67), bits.u(8, 77), bits.u(16), bits.ue(), bits.ue(), bits.ue(2), bits.ue(), bits.flag()
    bits.ue(most=100), bits.ue(most=100), bits.flag(False), bits.flag(), bits.flag(), bits.flag(False)
    before = bits.bits
    bits.flag(True)
    begin = len(bits.bits)
    if bits.flag():
        bits.u(8, 255), bits.u(16, 4), bits.u(16, 3)
    if bits.flag():
        bits.flag()
    if bits.flag():
        bits.u(3), bits.flag()
        if bits.flag():
            bits.u(24)
    if bits.flag():
        bits.ue(), bits.ue()
    kept = bits.bits[begin:]
    if bits.flag():
        bits.u(32), bits.u(32), bits.flag()
    buffers = [bits.flag()]
    for number in range(2):
        if buffers[number]:
            count = bits.ue(most=3) + 1
            bits.u(8)
            for _ in range(count):
                bits.ue(), bits.ue(), bits.flag()
            bits.u(20)
        if not number:
            buffers.append(bits.flag())
    if any(buffers):
        bits.flag()
    bits.flag()
    begin = len(bits.bits)
    if bits.flag():
        bits.flag(), [bits.ue() for _ in range(6)]
    rest = bits.bits[begin:]
    expected = before + "1" + kept + "0001" + rest + "1"
    expected += "0" * (-len(expected) % 8)
    assert unescaped(announced(escaped(bits.done()))) == int(expected, 2).to_bytes(len(expected) // 8, "big")
