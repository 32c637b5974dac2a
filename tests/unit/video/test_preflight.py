from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from model.contract import Limits
from model.errors import (
    CorruptVideo,
    EmptyFile,
    MovementsError,
    NotAVideo,
    NotFound,
    NoVideoTrack,
    TooLarge,
    TooLong,
    TooManyPixels,
    TooShort,
    UnsupportedCodec,
    UnsupportedContainer,
)
from model.video import Probe, preflight
from model.video.preflight import _orientation
from tests.clips import box, numbered_clip, patch, sound_clip

LIMITS = Limits()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 30 frames, its index at the end; never write to it."""
    return numbered_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", sound=True)


def refused(path: Path, error: type[MovementsError], *words: str, limits: Limits = LIMITS) -> MovementsError:
    """The error that `path` gives; its sentence has the words."""
    with pytest.raises(error) as caught:
        preflight(path, limits)
    assert type(caught.value) is error
    for word in words:
        assert word in caught.value.message
    return caught.value


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_clip_is_described_by_its_boxes(clip: Path) -> None:
    assert preflight(clip, LIMITS) == Probe("mp4", "h264", 1.0, 30, 160, 120)


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("libx264", "h264"),
        ("libx265", "hevc"),
        ("libsvtav1", "av1"),
        ("libvpx-vp9", "vp9"),
        ("mpeg4", "mpeg4"),
    ],
)
def test_five_codecs_are_accepted(tmp_path: Path, codec: str, name: str) -> None:
    probe = preflight(numbered_clip(tmp_path / "clip.mp4", codec=codec), LIMITS)
    assert (probe.codec, probe.frames, probe.seconds) == (name, 30, 1.0)


def test_a_quicktime_film_is_accepted(tmp_path: Path) -> None:
    assert preflight(numbered_clip(tmp_path / "clip.mov"), LIMITS).container == "mov"


@pytest.mark.parametrize(
    "flags", ["frag_keyframe+empty_moov", "frag_every_frame+empty_moov+default_base_moof", "frag_keyframe"]
)
def test_fragments_are_counted(tmp_path: Path, flags: str) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", flags=flags, options={"g": "7"}, sound=True)
    assert b"moof" in path.read_bytes()
    probe = preflight(path, LIMITS)
    assert (probe.codec, probe.frames) == ("h264", 30)
    assert probe.seconds == pytest.approx(1.0, abs=1 / 30 + 1e-6)  # the last frame may not know how long it lasts


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_display_matrix_gives_turn_and_mirror(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", width=160, height=96, rotation=rotation, mirrored=mirrored)
    assert preflight(path, LIMITS) == Probe("mp4", "h264", 1.0, 30, 160, 96, rotation, mirrored)


def test_a_matrix_without_direction_turns_nothing(tmp_path: Path, clip: Path) -> None:
    path = written(tmp_path / "clip.mp4", clip.read_bytes())
    patch(path, b"tkhd", 40, "9i", *[0] * 9)
    assert preflight(path, LIMITS).rotation == 0


# --- what is no clip at all


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere.mp4", NotFound, "nowhere.mp4")


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    refused(written(tmp_path / "clip.mp4", b""), EmptyFile)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"Hello, judge.\n" * 9, "text"),
        ("Un vídeo de dominadas\n".encode() * 60, "text"),
        ("A clip".encode("utf-16"), "text"),
        (b"<!doctype html><title>404</title>", "web page"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\nhttp://example.com/a.ts\n", "playlist"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "JPEG"),
        (b"GIF89a" + bytes(40), "GIF"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "WAV"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP"),
        (b"%PDF-1.7\n" + bytes(40), "PDF"),
        (b"PK\x03\x04" + bytes(40), "ZIP"),
        (b"ID3\x04" + bytes(40), "MP3"),
        (bytes(64), "not a video"),
        (b"\x9f\x01", "not a video"),
    ],
)
def test_other_files_named_mp4_are_no_videos_and_are_named(tmp_path: Path, content: bytes, name: str) -> None:
    refused(written(tmp_path / "clip.mp4", content), NotAVideo, name)


def test_a_picture_in_the_same_family_of_containers_is_no_video(tmp_path: Path) -> None:
    heic = box(b"ftyp", b"heic", bytes(4), b"mif1") + box(b"meta", bytes(60))
    refused(written(tmp_path / "clip.mp4", heic), NotAVideo, "picture")


@pytest.mark.parametrize(
    ("container", "codec", "name"),
    [
        ("matroska", "libx264", "Matroska"),
        ("webm", "libvpx-vp9", "WebM"),
        ("avi", "mpeg4", "AVI"),
        ("mpegts", "libx264", "transport stream"),
        ("flv", "libx264", "Flash"),
        ("asf", "mpeg4", "Windows Media"),
        ("mxf", "mpeg2video", "MXF"),
        ("mpeg", "mpeg2video", "programme stream"),
        ("ivf", "libvpx-vp9", "IVF"),
        ("h264", "libx264", "bare"),
    ],
)
def test_other_containers_are_recognised_whatever_their_name(
    tmp_path: Path, container: str, codec: str, name: str
) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, codec=codec, container=container)
    error = refused(path, UnsupportedContainer, name)
    assert "ffmpeg" in error.hint


@pytest.mark.parametrize(
    ("codec", "pixels", "container", "name"),
    [
        ("magicyuv", "gbrp", "mov", "M8RG"),
        ("ffv1", "yuv420p", "mp4", "FFV1"),
        ("prores", "yuv422p10le", "mov", "apcn"),
        ("mjpeg", "yuvj420p", "mov", "jpeg"),
        ("mjpeg", "yuvj420p", "mp4", "0x6c"),
        ("png", "rgb24", "mp4", "0x6d"),
    ],
)
def test_codecs_that_the_decoder_could_open_but_we_do_not_allow(
    tmp_path: Path, codec: str, pixels: str, container: str, name: str
) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 5, codec=codec, pixels=pixels, container=container)
    refused(path, UnsupportedCodec, name)


def test_an_encrypted_track_is_refused(tmp_path: Path, clip: Path) -> None:
    path = written(tmp_path / "clip.mp4", clip.read_bytes().replace(b"avc1\0\0\0\0", b"encv\0\0\0\0"))
    refused(path, UnsupportedCodec, "encv")


def test_sound_alone_has_no_video_track(tmp_path: Path) -> None:
    refused(sound_clip(tmp_path / "clip.mp4"), NoVideoTrack, "1")


# --- limits


@pytest.mark.parametrize(
    ("limits", "error", "words"),
    [
        ({"max_bytes": 1000}, TooLarge, ["1000 bytes"]),
        ({"max_seconds": 0.5}, TooLong, ["1 s", "0.5 s"]),
        ({"max_pixels": 160 * 119}, TooManyPixels, ["160 x 120", "19040"]),
        ({"min_frames": 31}, TooShort, ["30 frames", "31"]),
    ],
)
def test_every_limit_names_what_was_met_and_what_is_accepted(
    clip: Path, limits: dict[str, float], error: type[MovementsError], words: list[str]
) -> None:
    refused(clip, error, *words, limits=Limits.model_validate(limits))


@pytest.mark.parametrize(
    "limits",
    [{"max_seconds": 1.0}, {"max_pixels": 160 * 120}, {"max_pixel_frames": 160 * 120 * 30}, {"min_frames": 30}],
)
def test_a_clip_exactly_at_a_limit_is_accepted(clip: Path, limits: dict[str, float]) -> None:
    preflight(clip, Limits.model_validate({**limits, "max_bytes": clip.stat().st_size}))


def test_five_minutes_are_too_long(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 3, times=[0, 1000, 299_000])
    refused(path, TooLong, "at most 60 s are accepted")


def test_one_frame_is_too_short(tmp_path: Path) -> None:
    refused(numbered_clip(tmp_path / "clip.mp4", 1), TooShort, "1 frame;", "3")


# --- damage


def test_a_film_that_was_never_finished_has_no_index(tmp_path: Path, clip: Path) -> None:
    content = clip.read_bytes()
    refused(written(tmp_path / "clip.mp4", content[: content.index(b"moov") - 100]), CorruptVideo, "moov")


def test_an_index_that_is_cut_off_is_corrupt(tmp_path: Path, clip: Path) -> None:
    content = clip.read_bytes()
    refused(written(tmp_path / "clip.mp4", content[: content.index(b"moov") + 300]), CorruptVideo, "moov")


def test_missing_pictures_behind_an_index_are_left_to_the_decoder(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", flags="faststart")
    path.write_bytes(path.read_bytes()[:-2000])
    assert preflight(path, LIMITS).frames == 30


def overwrite(kind: bytes, offset: int, form: str, *values: int) -> Callable[[Path], None]:
    return lambda path: patch(path, kind, offset, form, *values)


def rename(kind: bytes, new: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(path.read_bytes().replace(kind, new, 1)) and None


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (overwrite(b"stsz", 8, "I", 2**32 - 1), ["4294967295 samples"]),
        (overwrite(b"stts", 4, "II", 1, 2**32 - 1), ["4294967295 samples"]),
        (overwrite(b"stts", 4, "I", 2**32 - 1), ["entries"]),
        (overwrite(b"mdhd", 12, "I", 0), ["time scale"]),
        (overwrite(b"stts", 8, "II", 30, 0), ["no time"]),
        (overwrite(b"avc1" + bytes(4), 20, "HH", 0, 0), ["0 x 0"]),
        (overwrite(b"stsd", -8, "I", 4), ["stsd"]),
        (rename(b"mdhd", b"free"), ["mdhd", "0 times"]),
        (rename(b"stsd", b"free"), ["stsd", "0 times"]),
        (rename(b"vmhd", b"stbl"), ["stbl", "2 times"]),
    ],
)
def test_an_index_that_contradicts_itself_is_corrupt(
    tmp_path: Path, clip: Path, damage: Callable[[Path], None], words: list[str]
) -> None:
    path = written(tmp_path / "clip.mp4", clip.read_bytes())
    damage(path)
    refused(path, CorruptVideo, *words)


def test_what_other_tracks_claim_costs_nothing(tmp_path: Path, clip: Path) -> None:
    content = bytearray(clip.read_bytes())
    struct.pack_into(">I", content, content.rindex(b"stsz") + 4 + 8, 2**31)
    path = written(tmp_path / "clip.mp4", bytes(content))
    assert preflight(path, LIMITS) == preflight(clip, LIMITS)


def test_a_fragment_that_claims_billions_of_samples_is_corrupt(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", flags="frag_keyframe+empty_moov")
    patch(path, b"trun", 0, "II", 0, 2**32 - 1)
    refused(path, CorruptVideo, "4294967295")


def test_a_file_of_nothing_but_boxes_ends_the_walk(tmp_path: Path) -> None:
    boxes = box(b"ftyp", b"isom", bytes(4)) + box(b"free") * 300_000
    refused(written(tmp_path / "clip.mp4", boxes), CorruptVideo, "boxes")


def test_a_folder_named_mp4_is_not_found(tmp_path: Path) -> None:
    folder = tmp_path / "clip.mp4"
    folder.mkdir()
    refused(folder, NotFound)


def test_a_name_with_every_kind_of_character_does_not_matter(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "http: |é%s\n.mp4"
    os.link(clip, path)
    assert preflight(path, LIMITS).frames == 30


@pytest.mark.parametrize(
    ("degrees", "turn"),
    [
        (0, 0),
        (44.7, 0),
        (45.3, 90),
        (90, 90),
        (134.7, 90),
        (135.3, 180),
        (-44.7, 0),
        (-45.3, 270),
        (180, 180),
        (270, 270),
    ],
)
def test_what_lies_between_quarter_turns_is_rounded_to_the_nearest(degrees: float, turn: int) -> None:
    sine, cosine = (round(65536 * f(math.radians(degrees))) for f in (math.sin, math.cos))
    matrix = (cosine, sine, 0, -sine, cosine, 0, 0, 0, 1 << 30)
    plain = (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    assert _orientation(matrix, plain) == (turn, False)
    assert _orientation(plain, matrix) == (turn, False)
    flipped = (-cosine, -sine, *matrix[2:])
    assert _orientation(flipped, plain)[1] is True


@pytest.mark.parametrize(("track", "film"), [(90, 90), (90, 270), (180, 270), (270, 270)])
def test_turns_of_track_and_film_add_up(track: int, film: int) -> None:
    def matrix(degrees: int) -> tuple[int, ...]:
        sine, cosine = {90: (1, 0), 180: (0, -1), 270: (-1, 0)}[degrees]
        return tuple(65536 * value for value in (cosine, sine, 0, -sine, cosine, 0, 0, 0, 16384))

    assert _orientation(matrix(track), matrix(film)) == ((track + film) % 360, False)
