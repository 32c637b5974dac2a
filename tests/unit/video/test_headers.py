"""Headers of real encoders, of every shape that we can have them write, are read as they were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.contract import Limits
from model.errors import CorruptVideo, TooManyPixels
from model.video.bits import Bits, OutOfBits, escaped, overwritten, unescaped
from model.video.film import SampleReader, read_film
from model.video.guard import StreamGuard
from model.video.headers import (
    Colour,
    StreamHeader,
    av1_header,
    displayed_width,
    h264_header,
    hevc_header,
    mpeg4_header,
    plausible_aspect,
    vp9_header,
)
from model.video.references import units
from tests.clips import numbered_clip, write_clip

HLG = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"


def sequence_sets(path: Path) -> Iterator[bytes]:
    """The sequence parameter sets in the configuration of a file."""
    entry = read_film(path).track.entries[0]
    data, position = entry.configuration, 6 if entry.codec == "h264" else 23
    if entry.codec == "h264":
        length = int.from_bytes(data[6:8], "big")
        yield data[8 : 8 + length]
        return
    for _ in range(data[22]):
        kind, count = data[position] & 63, int.from_bytes(data[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            length = int.from_bytes(data[position : position + 2], "big")
            if kind == 33:
                yield data[position + 2 : position + 2 + length]
            position += 2 + length


@pytest.mark.parametrize(
    ("pixels", "options", "header"),
    [
        ("yuv420p", "ref=3:bframes=0", StreamHeader(160, 128, 8, 1, 3)),
        ("yuv422p10le", "ref=5:bframes=2", StreamHeader(160, 128, 10, 2, 5)),
        ("yuv444p", "ref=1:bframes=0:cqm=jvt", StreamHeader(160, 128, 8, 3, 1)),
        ("yuv420p", "ref=2:bframes=0:interlaced=1", StreamHeader(160, 128, 8, 1, 2)),
        (
            "yuv420p",
            "ref=1:bframes=0:colorprim=smpte432:transfer=bt709:colormatrix=bt709:fullrange=on:sar=4/3:overscan=show",
            StreamHeader(160, 128, 8, 1, 1, Colour(12, 1, 1, True), pixel_aspect=4 / 3),
        ),
        ("yuv420p", "ref=1:bframes=0:sar=1234/1000", StreamHeader(160, 128, 8, 1, 1, pixel_aspect=1.234)),
    ],
)
def test_parameter_sets_of_h264(tmp_path: Path, pixels: str, options: str, header: StreamHeader) -> None:
    how = {"preset": "medium", "x264-params": f"{options}:log-level=none"}
    path = numbered_clip(tmp_path / "clip.mp4", 12, pixels=pixels, options=how)
    (unit,) = sequence_sets(path)
    read = h264_header(unit)
    assert read.pixel_aspect == pytest.approx(header.pixel_aspect)
    assert (read.width, read.height, read.depth, read.chroma, read.pictures) == (
        header.width,
        header.height,
        header.depth,
        header.chroma,
        header.pictures,
    )
    if header.colour is not None:
        assert read.colour == header.colour


@pytest.mark.parametrize(
    ("pixels", "options", "depth", "chroma"),
    [
        ("yuv420p", "", 8, 1),
        ("yuv420p10le", "bframes=4:b-pyramid=1:ref=5", 10, 1),
        ("yuv422p10le", "bframes=8:rc-lookahead=12:scaling-list=default", 10, 2),
        ("yuv444p12le", "temporal-layers=3:keyint=25", 12, 3),
        ("yuv420p", "bframes=3:open-gop=1:weightb=1", 8, 1),
    ],
)
def test_parameter_sets_of_h265(tmp_path: Path, pixels: str, options: str, depth: int, chroma: int) -> None:
    colour = ":".join(filter(None, [options, HLG, "sar=12:log-level=0"]))
    how = {"preset": "medium", "x265-params": colour}
    path = numbered_clip(tmp_path / "clip.mp4", 12, codec="libx265", pixels=pixels, options=how)
    for unit in sequence_sets(path):
        read = hevc_header(unit)
        assert (read.width, read.height, read.depth, read.chroma) == (160, 120, depth, chroma)
        assert (read.colour, read.pixel_aspect) == (Colour(9, 18, 9), pytest.approx(64 / 33))
        assert 2 <= read.pictures <= 10


def test_sequence_headers_of_av1(tmp_path: Path) -> None:
    colour = "color-primaries=9:transfer-characteristics=18:matrix-coefficients=9"
    how = {"preset": "12", "svtav1-params": colour}
    path = numbered_clip(tmp_path / "clip.mp4", 5, codec="libsvtav1", pixels="yuv420p10le", options=how)
    configuration = read_film(path).track.entries[0].configuration
    read = av1_header(configuration[6:])
    assert (read.width, read.height, read.depth, read.chroma) == (160, 120, 10, 1)
    assert read.colour == Colour(9, 18, 9)


@pytest.mark.parametrize(("pixels", "depth", "chroma"), [("yuv420p", 8, 1), ("yuv444p", 8, 3)])
def test_key_frames_of_vp9(tmp_path: Path, pixels: str, depth: int, chroma: int) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, codec="libvpx-vp9", pixels=pixels)
    film = read_film(path)
    with path.open("rb") as file:
        samples = [SampleReader(film, file).sample(index) for index in range(2)]
    assert vp9_header(samples[0]) == StreamHeader(160, 120, depth, chroma)
    assert vp9_header(samples[1]) is None


def test_object_layers_of_mpeg4(tmp_path: Path) -> None:
    configuration = read_film(numbered_clip(tmp_path / "clip.mp4", 5, codec="mpeg4")).track.entries[0].configuration
    place = configuration.index(b"\0\0\1\x20")
    read = mpeg4_header(configuration[place + 4 :])
    assert read is not None and (read.width, read.height) == (160, 120)


@pytest.mark.parametrize("parse", [h264_header, hevc_header, av1_header])
def test_a_header_that_ends_early_or_is_noise_is_out_of_bits_or_a_header(parse: object) -> None:
    rng = np.random.default_rng(0)
    outcomes = set()
    for length in [*range(40), *[200] * 400]:
        try:
            outcomes.add(type(parse(rng.bytes(length))))  # type: ignore[operator]
        except OutOfBits:
            outcomes.add(OutOfBits)
    assert OutOfBits in outcomes and outcomes <= {OutOfBits, StreamHeader}


def test_bits_are_read_and_written_where_they_stand() -> None:
    bits = Bits(bytes((0b10100110, 0b01000010, 0b10000000)))
    assert [bits.ue(), bits.ue(), bits.ue(), bits.se(), bits.se()] == [0, 1, 2, 2, -2]
    assert overwritten(bytes((0xFF, 0x00, 0xFF)), 6, 12, 0b101010101010) == bytes((0xFE, 0xAA, 0xBF))
    with pytest.raises(OutOfBits):
        Bits(b"\0" * 9).ue()
    with pytest.raises(OutOfBits):
        Bits(bytes((0b00111000,))).ue(5)


@pytest.mark.parametrize(
    ("plain", "coded"),
    [
        (b"\0\0\0", b"\0\0\3\0"),
        (b"\0\0\1", b"\0\0\3\1"),
        (b"a\0\0\3\0\0\2z", b"a\0\0\3\3\0\0\3\2z"),
        (b"\0\0\0\0\0\0", b"\0\0\3\0\0\3\0\0"),
        (b"\0\0\4\0\1", b"\0\0\4\0\1"),
    ],
)
def test_start_codes_are_kept_out_and_let_in_again(plain: bytes, coded: bytes) -> None:
    assert escaped(plain) == coded
    assert unescaped(coded) == plain


def guard(path: Path, **limits: int) -> StreamGuard:
    return StreamGuard(read_film(path).track.entries[0], Limits.model_validate(limits))


def test_a_film_in_hlg_reaches_the_decoder_as_an_ordinary_one(tmp_path: Path) -> None:
    how = {"x265-params": f"{HLG}:repeat-headers=1:log-level=0"}
    path = numbered_clip(tmp_path / "clip.mp4", 5, codec="libx265", pixels="yuv420p10le", options=how)
    guarded = guard(path)
    configuration = guarded.configuration()
    assert guarded.colour == Colour(9, 18, 9)
    entry = read_film(path).track.entries[0]
    assert len(configuration) < len(entry.configuration)  # the encoder's message about itself is left out
    film = read_film(path)
    with path.open("rb") as file:
        first = guarded.sample(SampleReader(film, file).sample(0))
    sets = [first[begin : begin + length] for begin, length in units(first, 4) if first[begin] >> 1 & 63 == 33]
    assert sets and all(hevc_header(unit).colour == Colour(2, 2, 9) for unit in sets)


def test_an_ordinary_film_is_passed_on_untouched(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5)
    film = read_film(path)
    guarded = guard(path)
    assert guarded.configuration() == film.track.entries[0].configuration
    with path.open("rb") as file:
        reader = SampleReader(film, file)
        assert all(guarded.sample(reader.sample(index)) == reader.sample(index) for index in range(5))


def test_a_stream_larger_than_its_file_says_is_held_against_the_limits_before_it_is_opened(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 3, 1280, 960)
    with pytest.raises(TooManyPixels, match="1280 x 960"):
        guard(path, max_pixels=64 * 64).configuration()


def test_pictures_that_would_fill_the_memory_are_refused_before_one_is_decoded(tmp_path: Path) -> None:
    how = {"preset": "ultrafast", "x264-params": "ref=16:bframes=0:log-level=none"}
    frame = np.zeros((2304, 4096, 3), np.uint8)
    path = write_clip(tmp_path / "clip.mp4", [frame, frame], pixels="yuv444p10le", options=how)
    entry = read_film(path).track.entries[0]
    with pytest.raises(TooManyPixels, match="MB of pictures"):
        StreamGuard(entry, Limits()).configuration()


def test_a_damaged_configuration_is_said(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5)
    content = bytearray(path.read_bytes())
    start = content.index(b"avcC") + 4 + 8 + 4
    content[start : start + 8] = bytes(8)
    path.write_bytes(content)
    with pytest.raises(CorruptVideo, match="header"):
        guard(path).configuration()


def test_grey_film_has_one_value_a_pixel(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, pixels="gray", options={"x264-params": "ref=1:bframes=0"})
    (unit,) = sequence_sets(path)
    header = h264_header(unit)
    assert header.chroma == 0
    assert header.bytes_held == 160 * 128 * 3


@pytest.mark.parametrize(
    ("header", "held"),
    [
        (StreamHeader(100, 10), 15_000),
        (StreamHeader(100, 10, depth=10), 30_000),
        (StreamHeader(100, 10, depth=9, chroma=3, pictures=1), 18_000),
        (StreamHeader(100, 10, chroma=2, pictures=0), 4_000),
    ],
)
def test_memory_is_that_of_all_pictures_kept_with_two_more(header: StreamHeader, held: int) -> None:
    assert header.bytes_held == held


@pytest.mark.parametrize(
    ("across", "down", "aspect"),
    [(4, 1, 4.0), (1, 4, 0.25), (401, 100, 1.0), (100, 401, 1.0), (1, 0, 1.0), (0, 1, 1.0), (4, 3, 4 / 3)],
)
def test_an_aspect_that_no_camera_writes_is_square(across: int, down: int, aspect: float) -> None:
    assert plausible_aspect(across, down) == aspect


def test_a_frame_is_shown_at_least_one_pixel_wide() -> None:
    assert [displayed_width(width, aspect) for width, aspect in ((720, 4 / 3), (1, 0.25), (3, 0.5))] == [960, 1, 2]


def message(kind: int, payload: int) -> bytes:
    return b"\0\0\0\4" + bytes((kind << 1, 1, payload, 0))


def test_messages_in_h265_are_left_out_and_in_h264_those_of_picture_timing(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, codec="libx265", options={"x265-params": "log-level=0"})
    picture = b"\0\0\0\3" + bytes((1 << 1, 1, 5))
    for kind, payload, kept in ((39, 147, False), (40, 1, False), (39, 5, False), (41, 147, True)):
        data = picture + message(kind, payload) + picture
        assert guard(path).sample(data) == (data if kept else picture + picture)
    path = numbered_clip(tmp_path / "other.mp4", 5)
    picture, other, timing = (
        b"\0\0\0\2\x41\x80",
        bytes.fromhex("00000005060501aa80"),
        bytes.fromhex("000000050601011480"),
    )
    both = bytes.fromhex("00000008060101140501aa80")
    for data, left in (
        (other + picture, other + picture),
        (timing + picture, picture),
        (both + picture, other + picture),
        (picture + timing + picture, picture + picture),
    ):
        assert guard(path).sample(data) == left


def test_messages_in_the_configuration_of_h265_are_left_out(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, codec="libx265", options={"x265-params": "log-level=0"})
    entry = read_film(path).track.entries[0]
    plain = guard(path).configuration()
    added = bytearray(entry.configuration + bytes.fromhex("a7000100054e01010180"))
    added[22] += 1
    guarded = StreamGuard(replace(entry, configuration=bytes(added)), Limits()).configuration()
    assert guarded[23 : len(plain)] == plain[23:] and guarded[len(plain) :].hex() == "a70000"
    assert guarded[22] == plain[22] + 1
