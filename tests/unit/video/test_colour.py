from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.contract import MOVEMENTS, Contract, Crop, Limits
from model.video import read_clip
from model.video.bits import Bits
from model.video.colour import converts, grey_to_ordinary, nearly_ordinary, to_ordinary, told
from model.video.film import read_film
from model.video.guard import StreamGuard
from model.video.headers import ORDINARY, Colour, mpeg4_colour_bit
from tests.clips import box, numbered_clip, read_number, write_clip
from tests.mp4 import moved, parsed, written

HLG, PQ, P3 = Colour(9, 18, 9), Colour(9, 16, 9), Colour(12, 1, 1)
WHOLE = Contract(name="test", version="1", architecture="none", movements=MOVEMENTS, frames=3, size=64, crop=Crop.NONE)


def levels(*values: int) -> np.ndarray:
    return np.array([[value] * 3 for value in values], np.uint8)


def test_ordinary_pictures_are_not_touched() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 5, 5, 3), np.uint8)
    for colour in (ORDINARY, Colour(1, 1, 1), Colour(6, 6, 6), Colour(5, 1, 6, True)):
        assert not converts(colour)
        assert to_ordinary(pictures, colour) is pictures
        assert grey_to_ordinary(pictures[..., 0], colour).base is pictures


@pytest.mark.parametrize("colour", [HLG, PQ])
def test_black_stays_black_and_white_stays_below_white(colour: Colour) -> None:
    black, white = to_ordinary(levels(0, 255), colour)
    assert black.tolist() == [0, 0, 0]
    assert white.tolist() == [255, 255, 255]
    ramp = to_ordinary(levels(*range(256)), colour)[:, 0].astype(int)
    assert (np.diff(ramp) >= 0).all()


@pytest.mark.parametrize(
    ("colour", "nits_at"),
    [
        (HLG, {128: 51.1, 191: 203.0}),  # BT.2408: reference white at 75 % of HLG
        (PQ, {130: 100.0, 148: 203.0}),  # and at 58 % of PQ
    ],
)
def test_light_is_that_of_the_recommendation(colour: Colour, nits_at: dict[int, float]) -> None:
    for value, nits in nits_at.items():
        light = min(nits / 203, 1.0)
        expected = light if light < 0.75 else 1 - 0.25 * np.exp(-(light - 0.75) / 0.25)
        assert to_ordinary(levels(value), colour)[0, 1] == pytest.approx(255 * expected ** (1 / 2.4), abs=4)


@pytest.mark.parametrize("colour", [HLG, PQ, P3])
def test_whole_frames_are_converted_nearly_as_well_through_a_table(colour: Colour) -> None:
    grey = np.linspace(0, 255, 300)[:, None] + np.array([0, 12, -12])  # skin, steel and floor are near to grey
    pictures = grey.clip(0, 255).astype(np.uint8)[None].repeat(3, axis=0)
    away = np.abs(nearly_ordinary(pictures, colour).astype(int) - to_ordinary(pictures, colour))
    assert away.mean() < 1.5
    assert away.max() <= 12
    assert nearly_ordinary(pictures, ORDINARY) is pictures


def test_grey_levels_follow_the_pictures() -> None:
    ramp = levels(*range(256))
    for colour in (HLG, PQ):
        neutral = Colour(transfer=colour.transfer)
        expected = to_ordinary(ramp, neutral)[:, 0]
        assert np.abs(grey_to_ordinary(ramp[:, 0].astype(np.float32), colour) - expected).max() < 0.01


def test_primaries_of_wider_gamuts_keep_grey_and_make_colours_stronger() -> None:
    for colour in (P3, Colour(9, 1, 9)):
        grey, red, green = to_ordinary(np.array([[90] * 3, [160, 60, 60], [60, 160, 60]], np.uint8), colour).astype(int)
        assert np.abs(grey - 90).max() <= 1
        assert red[0] > 160 and red[1] < 60
        assert green[1] > 160 and green[0] < 60


@pytest.mark.parametrize(
    ("options", "pixels", "colour"),
    [
        ("colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc", "yuv444p10le", HLG),
        ("colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc", "yuv444p10le", PQ),
        ("colorprim=smpte432:transfer=bt709:colormatrix=bt709", "yuv444p", P3),
    ],
)
def test_a_clip_of_a_newer_phone_looks_as_ffmpeg_shows_it(
    tmp_path: Path, options: str, pixels: str, colour: Colour
) -> None:
    """FFmpeg builds its table for the test; the answer must be near it, and come without it."""
    rng = np.random.default_rng(1)
    cells = (rng.integers(40, 105, (8, 8, 1)) + rng.integers(-12, 13, (8, 8, 3))).astype(np.uint8)
    frame = np.kron(cells, np.ones((16, 16, 1), np.uint8))
    how = {"crf": "4", "x265-params": f"{options}:log-level=0"}
    path = write_clip(tmp_path / "clip.mp4", [frame] * 3, codec="libx265", pixels=pixels, options=how)
    clip = read_clip(path, WHOLE)
    assert clip.colour == colour
    content = io.BytesIO(path.read_bytes())
    capture = cv2.VideoCapture(content, cv2.CAP_FFMPEG, [])  # type: ignore[call-overload]
    came, bgr = capture.read()
    capture.release()
    assert came
    shown = cv2.resize(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), (64, 64), interpolation=cv2.INTER_AREA)
    below_shoulder = shown.max(axis=-1) < 215
    difference = np.abs(clip.frames[0].astype(int) - shown)[below_shoulder]
    assert below_shoulder.mean() > 0.5
    assert np.percentile(difference, 95) <= 6
    still = clip.stills[0]
    assert np.abs(still.astype(int) - cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)).mean() < 6


def test_a_pixel_that_is_wider_than_high_is_shown_as_such(tmp_path: Path) -> None:
    frame = np.zeros((96, 96, 3), np.uint8)
    frame[24:72, 24:72] = 255
    how = {"x264-params": "sar=2/1:log-level=none"}
    path = write_clip(tmp_path / "clip.mp4", [frame] * 3, options=how)
    clip = read_clip(path, WHOLE)
    assert (clip.width, clip.height) == (192, 96)
    assert clip.stills[0].shape == (96, 192, 3)
    assert [clip.stills[0][48, column].mean() > 128 for column in (40, 56, 136, 152)] == [False, True, True, False]


def test_the_aspect_of_the_file_counts_before_that_of_the_stream(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", [np.zeros((96, 96, 3), np.uint8)] * 3, options={"x264-params": "sar=2/1"})
    content = path.read_bytes().replace(b"btrt", b"pasp")
    place = content.index(b"pasp") + 4
    path.write_bytes(content[:place] + bytes((0, 0, 0, 1, 0, 0, 0, 2)) + content[place + 8 :])
    assert read_clip(path, WHOLE).width == 48
    path.write_bytes(content[:place] + bytes((0, 0, 0, 1, 0, 0, 0, 0)) + content[place + 8 :])
    assert read_clip(path, WHOLE).width == 192  # a nonsense there is passed over


def test_no_table_is_built_for_a_clip_of_a_newer_phone(tmp_path: Path) -> None:
    """FFmpeg's table has 16 MB and takes two seconds; reading such a clip costs what any other does."""
    frame = np.full((64, 64, 3), 100, np.uint8)
    paths = []
    for name, options in (("sdr", ""), ("hlg", "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc:")):
        how = {"x265-params": f"{options}log-level=0"}
        paths.append(
            write_clip(tmp_path / f"{name}.mp4", [frame] * 3, codec="libx265", pixels="yuv420p10le", options=how)
        )
    program = (
        "import sys, resource; sys.path.insert(0, '.')\n"
        "from pathlib import Path\n"
        "from model.video import read_clip\n"
        "from tests.unit.video.test_colour import WHOLE\n"
        "read_clip(Path(sys.argv[1]), WHOLE)\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    memory = [
        int(
            subprocess.run(
                [sys.executable, "-c", program, str(path)],
                cwd=Path(__file__).parents[3],
                env=os.environ,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for path in paths
    ]
    assert memory[1] - memory[0] < 8 * 1024


MATRICES = [
    "GBR",
    "bt709",
    "fcc",
    "bt470bg",
    "smpte170m",
    "smpte240m",
    "YCgCo",
    "bt2020nc",
    "bt2020c",
    "smpte2085",
    "chroma-derived-nc",
    "ICtCp",
]
TRANSFERS = [
    "bt709",
    "bt470m",
    "bt470bg",
    "linear",
    "log100",
    "log316",
    "iec61966-2-4",
    "bt1361e",
    "iec61966-2-1",
    "bt2020-12",
    "smpte428",
]
PRIMARIES = [
    "bt709",
    "bt470m",
    "bt470bg",
    "smpte170m",
    "smpte240m",
    "film",
    "bt2020",
    "smpte428",
    "smpte431",
    "smpte432",
]


@pytest.mark.parametrize(
    "options",
    [f"colormatrix={name}" for name in MATRICES]
    + [f"transfer={name}" for name in TRANSFERS]
    + [f"colorprim={name}" for name in PRIMARIES]
    + ["colorprim=bt2020:transfer=log316:colormatrix=ICtCp:fullrange=on"],
)
def test_a_film_that_says_any_colour_shows_its_own_pictures(tmp_path: Path, options: str) -> None:
    """OpenCV gave the memory of other clips where FFmpeg does not know a matrix or a transfer."""
    pixels = "yuv444p" if "GBR" in options else "yuv420p"
    how = {"crf": "10", "preset": "fast", "x264-params": f"log-level=none:{options}"}
    path = numbered_clip(tmp_path / "clip.mp4", 12, pixels=pixels, options=how)
    contract = WHOLE.model_copy(update={"frames": 12, "size": 96})
    assert [read_number(frame) for frame in read_clip(path, contract).frames] == list(range(12))


@pytest.mark.parametrize("point", [3, 8, 10, 13, 15, 22, 255, 1000])
def test_a_file_that_says_a_colour_that_there_is_not_shows_its_own_pictures(tmp_path: Path, point: int) -> None:
    how = {"crf": "10", "preset": "fast", "x264-params": "log-level=none"}
    path = numbered_clip(tmp_path / "clip.mp4", 12, options=how)
    tree = parsed(path.read_bytes())
    index = tree.find(b"moov")
    index_size = len(bytes(index))
    table = index.find(b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    entry = table.content[16:] + box(b"colr", b"nclx", struct.pack(">HHHB", point, point, point, 0x80))
    table.content = table.content[:8] + struct.pack(">I4s", 8 + len(entry), b"avc1") + entry
    if tree.children.index(index) < [node.kind for node in tree.children].index(b"mdat"):
        moved(tree, len(bytes(index)) - index_size)
    path.write_bytes(written(tree))
    assert read_film(path).track.entries[0].colour == Colour(point, point, point, True)
    contract = WHOLE.model_copy(update={"frames": 12, "size": 96})
    assert [read_number(frame) for frame in read_clip(path, contract).frames] == list(range(12))


@pytest.mark.parametrize(
    ("colour", "chroma", "given"),
    [
        (Colour(1, 1, 1, True), 1, Colour(1, 1, 1, True)),
        (Colour(), 1, Colour()),
        (Colour(5, 6, 5), 1, Colour(5, 6, 5)),
        (Colour(9, 18, 9), 1, Colour(2, 2, 9)),
        (Colour(12, 1, 1), 1, Colour(2, 2, 1)),
        (Colour(1, 9, 1), 1, Colour(2, 2, 1)),
        (Colour(1, 13, 0), 3, Colour(1, 13, 0)),
        (Colour(1, 13, 0), 1, Colour(1, 13, 2)),
        (Colour(1, 1, 8), 3, Colour(1, 1, 2)),
        (Colour(3, 3, 3), 1, Colour(2, 2, 2)),
    ],
)
def test_what_the_decoder_is_told_of_a_colour(colour: Colour, chroma: int, given: Colour) -> None:
    assert told(colour, chroma) == given


def test_an_mpeg4_film_that_says_a_matrix_that_is_not_known_shows_its_own_pictures(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 12, codec="mpeg4", options={"qscale": "2"})
    entry = read_film(path).track.entries[0]
    place = entry.configuration.index(b"\0\0\1\xb5")
    coloured = bytes.fromhex("000001b5") + int(f"00001100001{9:08b}{9:08b}{8:08b}10000", 2).to_bytes(5, "big")
    end = entry.configuration.index(b"\0\0\1", place + 4)
    data = entry.configuration[:place] + coloured + entry.configuration[end:]
    guarded = StreamGuard(replace(entry, configuration=data), Limits()).configuration()
    assert len(guarded) == len(data) and guarded != data
    bit = mpeg4_colour_bit(guarded[place + 4 :])
    assert bit is not None
    assert [Bits(guarded).at(8 * (place + 4) + bit + 8 * index, 8) for index in range(3)] == [2, 2, 2]
