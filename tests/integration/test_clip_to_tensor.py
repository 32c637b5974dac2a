"""From a file to the tensor, whole: the path that training, evaluation and serving share.

The first three tests hold faults of the predecessor: it served BGR to a model trained on RGB, divided by 225 where
training divided by 255, and gave the model every frame where training gave it ten.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from model.contract import MOVEMENTS, Contract, Crop, Interpolation, Limits
from model.errors import CorruptVideo, MovementsError, NotAVideo, TimedOut, TooLong, TooShort
from model.video import ClipReader, read_clip, still_jpeg
from model.video.film import read_film
from model.video.sampling import sample_frames
from tests.clips import athlete_frames, numbered_clip, plain_clip, read_number, write_clip

CONTRACT = Contract(name="test", version="1", architecture="none", movements=MOVEMENTS, frames=10, size=64)
WHOLE = CONTRACT.model_copy(update={"crop": Crop.NONE})
TEN_OF_THIRTY = [0, 3, 6, 10, 13, 16, 19, 23, 26, 29]


def numbers(path: Path) -> list[int]:
    """The numbers that the sampled frames show; they must be those that the clip claims to have sampled."""
    clip = read_clip(path, WHOLE)
    shown = [read_number(frame) for frame in clip.frames]
    assert shown == list(clip.sampled)
    return shown


@pytest.mark.parametrize(
    "make", [plain_clip, lambda path, colour: plain_clip(path, colour, codec="libx265")], ids=["h264", "hevc"]
)
@pytest.mark.parametrize(("channel", "colour"), [(0, (255, 0, 0)), (1, (0, 255, 0)), (2, (0, 0, 255))])
def test_a_red_clip_is_red_in_the_first_channel_and_so_on(
    tmp_path: Path, make: Callable[..., Path], channel: int, colour: tuple[int, int, int]
) -> None:
    tensor = read_clip(make(tmp_path / "clip.mp4", colour), CONTRACT).tensor
    means = tensor.mean(axis=(0, 1, 2, 3))
    assert means[channel] > 0.97
    assert means.sum() - means[channel] < 0.03


def test_a_part_of_a_long_clip_is_the_clip_that_would_be_cut(tmp_path: Path) -> None:
    """Twenty seconds, of which the limits allow ten; a part of them is read as if it were a file of its own."""
    limited = WHOLE.model_copy(update={"limits": Limits(max_seconds=10)})
    path = numbered_clip(tmp_path / "long.mp4", 600)
    reader = ClipReader(path, limited, part=(4.0, 4.95))
    clip = reader.clip()
    assert [read_number(frame) for frame in clip.frames] == list(clip.sampled)
    assert clip.sampled == tuple(120 + number for number in sample_frames(np.arange(29), 10))
    assert (clip.frame_count, reader.seconds) == (29, pytest.approx(29 / 30))
    assert clip.sampled_seconds[0] == pytest.approx(4)


@pytest.mark.parametrize(
    ("part", "error", "says"),
    [
        ((4.0, 4.05), TooShort, "From 4 to 4.05 s the clip has 2 frames; at least 3 are needed."),
        ((30.0, 31.0), TooShort, "0 frames"),
        ((5.0, 4.0), TooShort, "0 frames"),
        ((2.0, 18.0), TooLong, "The part lasts 16 s; at most 10 s are accepted."),
    ],
)
def test_a_part_that_cannot_be_answered_says_why(
    tmp_path: Path, part: tuple[float, float], error: type[MovementsError], says: str
) -> None:
    limited = WHOLE.model_copy(update={"limits": Limits(max_seconds=10)})
    with pytest.raises(error, match=re.escape(says)):
        ClipReader(numbered_clip(tmp_path / "long.mp4", 600), limited, part=part)


def test_white_is_exactly_one_and_black_exactly_zero(tmp_path: Path) -> None:
    white = read_clip(plain_clip(tmp_path / "white.mp4", (255, 255, 255)), CONTRACT).tensor
    black = read_clip(plain_clip(tmp_path / "black.mp4", (0, 0, 0)), CONTRACT).tensor
    assert white.dtype == np.float32
    assert (white == 1.0).all() and (black == 0.0).all()


@pytest.mark.parametrize("frames", [3, 10, 11, 59])
@pytest.mark.parametrize("crop", Crop)
def test_the_tensor_has_exactly_the_frames_of_the_contract(tmp_path: Path, frames: int, crop: Crop) -> None:
    path = write_clip(tmp_path / "clip.mp4", athlete_frames(frames))
    clip = read_clip(path, CONTRACT.model_copy(update={"crop": crop}))
    assert clip.tensor.shape == CONTRACT.input_shape
    assert len(clip.sampled) == len(clip.sampled_seconds) == len(clip.stills) == CONTRACT.frames
    assert (clip.sampled[0], clip.sampled[-1]) == (0, frames - 1)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"options": {"bf": "3", "b-adapt": "0", "refs": "4", "g": "12"}},
        {"codec": "libx265"},
        {"codec": "libx265", "pixels": "yuv420p10le"},
        {"codec": "libsvtav1"},
        {"codec": "libvpx-vp9"},
        {"codec": "mpeg4"},
        {"sound": True},
        {"flags": "faststart"},
        {"flags": "frag_keyframe+empty_moov", "options": {"g": "5"}},
        {"container": "mov"},
        {"width": 90, "height": 160},
        {"width": 1920, "height": 1080},
        *({"rotation": rotation, "mirrored": mirrored} for rotation in (0, 90, 180, 270) for mirrored in (False, True)),
    ],
    ids=lambda how: " ".join(f"{key}={value}" for key, value in how.items() if key != "times") or "plain",
)
def test_the_sampled_frames_are_the_right_ones_upright(tmp_path: Path, how: dict[str, object]) -> None:
    assert numbers(numbered_clip(tmp_path / "clip.mp4", **how)) == TEN_OF_THIRTY  # type: ignore[arg-type]


def test_frames_of_a_variable_rate_are_chosen_by_time(tmp_path: Path) -> None:
    """Every fourth frame of the second half is kept: by number, that half would be seen in three of ten frames."""
    times = [*range(0, 600, 20), *range(600, 1200, 80)]
    path = numbered_clip(tmp_path / "clip.mp4", len(times), times=times)
    shown = numbers(path)
    assert np.abs(np.array(times)[shown] - np.linspace(0, times[-1], 10)).max() <= 40
    assert sum(number >= 30 for number in shown) == 5


def test_a_short_clip_repeats_frames(tmp_path: Path) -> None:
    assert numbers(numbered_clip(tmp_path / "clip.mp4", 4)) == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3]


@pytest.mark.parametrize("frames", [1, 2])
def test_clips_of_one_and_two_frames_are_refused_or_read_as_the_contract_says(tmp_path: Path, frames: int) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", frames)
    with pytest.raises(TooShort):
        read_clip(path, CONTRACT)
    clip = read_clip(path, WHOLE.model_copy(update={"limits": Limits(min_frames=1)}))
    assert [read_number(frame) for frame in clip.frames] == [0] * (10 // frames) + [1] * (10 - 10 // frames)


def test_a_4k_clip_filmed_upright_is_read_upright(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 4, 2160, 3840, rotation=90)
    clip = read_clip(path, WHOLE)
    assert [read_number(frame) for frame in clip.frames] == list(clip.sampled)
    assert (clip.width, clip.height) == (2160, 3840)
    assert {still.shape for still in clip.stills} == {(240, 135, 3)}


def cut_off(path: Path, share: float) -> Path:
    """The file with only a share of its pictures left, its index whole."""
    content = path.read_bytes()
    start = content.index(b"mdat")
    path.write_bytes(content[: start + int(share * (len(content) - start))])
    return path


def test_a_file_of_which_nearly_all_is_there_is_sampled_from_the_frames_that_are_there(tmp_path: Path) -> None:
    path = cut_off(numbered_clip(tmp_path / "clip.mp4", 60, flags="faststart"), 0.95)
    clip = read_clip(path, WHOLE)
    shown = [read_number(frame) for frame in clip.frames]
    assert 54 <= clip.frame_count < clip.declared == 60
    assert clip.sampled[-1] == clip.frame_count - 1
    assert shown[:-1] == list(clip.sampled[:-1])  # the very last one may be half there
    assert clip.seconds == pytest.approx(clip.frame_count / 30)


def test_half_a_file_is_no_clip(tmp_path: Path) -> None:
    path = cut_off(numbered_clip(tmp_path / "clip.mp4", 60, flags="faststart"), 0.5)
    with pytest.raises(CorruptVideo, match="of 60 frames can be decoded") as caught:
        read_clip(path, WHOLE)
    assert "transfer" in caught.value.hint


@pytest.mark.parametrize("share", [0.05, 0.01, 0.0])
def test_a_file_of_which_hardly_a_frame_or_none_is_left_is_damaged_and_not_short(tmp_path: Path, share: float) -> None:
    path = cut_off(numbered_clip(tmp_path / "clip.mp4", 60, flags="faststart"), share)
    with pytest.raises(CorruptVideo) as caught:
        read_clip(path, CONTRACT)
    assert "damaged" in caught.value.message + caught.value.hint


def test_a_clip_whose_every_picture_is_noise_is_damaged_and_not_short(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", 60, flags="faststart")
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    content[start:] = np.random.default_rng(0).bytes(len(content) - start)
    path.write_bytes(content)
    with pytest.raises(CorruptVideo, match="damaged"):
        read_clip(path, CONTRACT)


def test_what_happens_around_the_athlete_is_not_in_the_tensor(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", athlete_frames(30))
    clip = read_clip(path, CONTRACT)
    assert clip.crop is not None
    assert clip.crop.x < 208 and clip.crop.x + clip.crop.side > 232
    assert clip.crop.y < 45 and clip.crop.y + clip.crop.side > 125
    assert clip.crop.side < 140
    assert {still.shape for still in clip.stills} == {(180, 320, 3)}


def test_without_motion_the_whole_frame_is_shown(tmp_path: Path) -> None:
    wall = next(iter(athlete_frames(1)))
    path = write_clip(tmp_path / "clip.mp4", [wall] * 12)
    clip, whole = read_clip(path, CONTRACT), read_clip(path, WHOLE)
    assert clip.crop is None
    assert (clip.frames == whole.frames).all()


def test_the_crop_is_the_same_at_every_resolution(tmp_path: Path) -> None:
    small = list(athlete_frames(20))
    large = [np.kron(frame, np.ones((6, 6, 1), np.uint8)) for frame in small]
    crops = [read_clip(write_clip(tmp_path / f"{i}.mp4", f), CONTRACT).crop for i, f in enumerate((small, large))]
    assert crops[0] is not None and crops[1] is not None
    assert [6 * v for v in (crops[0].x, crops[0].y, crops[0].side)] == pytest.approx(
        [crops[1].x, crops[1].y, crops[1].side], abs=36
    )


@pytest.mark.parametrize("interpolation", Interpolation)
def test_both_interpolations_give_the_frames_of_the_contract(tmp_path: Path, interpolation: Interpolation) -> None:
    path = write_clip(tmp_path / "clip.mp4", athlete_frames(12))
    clip = read_clip(path, CONTRACT.model_copy(update={"interpolation": interpolation}))
    assert clip.tensor.shape == CONTRACT.input_shape


def digest(path: Path) -> str:
    return hashlib.sha256(read_clip(path, CONTRACT).tensor.tobytes()).hexdigest()


def test_the_same_file_gives_the_same_bits_in_every_call_thread_and_process(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", athlete_frames(40, 640, 360, shake=6.0))
    first = digest(path)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(digest, [path] * 12)) == {first}
    program = (
        "import sys; sys.path[:0] = ['.', 'lambda']\n"
        "from pathlib import Path\n"
        "from tests.integration.test_clip_to_tensor import digest\n"
        "print(digest(Path(sys.argv[1])))"
    )
    root = Path(__file__).parents[2]
    other = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=root, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == first


def test_a_deadline_that_has_passed_is_said(tmp_path: Path) -> None:
    with pytest.raises(TimedOut):
        read_clip(numbered_clip(tmp_path / "clip.mp4"), CONTRACT, deadline=time.monotonic() - 1)


def test_a_deadline_far_away_changes_nothing(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4")
    clip = read_clip(path, CONTRACT, deadline=time.monotonic() + 600)
    assert (clip.frames == read_clip(path, CONTRACT).frames).all()


def test_a_text_file_named_mp4_is_not_a_video(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_text("This is not a video.\n")
    with pytest.raises(NotAVideo):
        read_clip(path, CONTRACT)


@pytest.mark.parametrize("damage", ["zeros", "noise"])
def test_pictures_of_nothing_give_an_error_of_ours_or_the_frames_of_the_contract(tmp_path: Path, damage: str) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", flags="faststart")
    content = path.read_bytes()
    start = content.index(b"mdat") + 4
    filling = {"zeros": bytes, "noise": np.random.default_rng(3).bytes}[damage]
    path.write_bytes(content[:start] + filling(len(content) - start))
    try:
        assert read_clip(path, CONTRACT).tensor.shape == CONTRACT.input_shape
    except MovementsError as error:
        assert error.status == 422


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "clip.mp4", athlete_frames(12))
    empty = tmp_path / "temporary"
    empty.mkdir()
    monkeypatch.setenv("TMPDIR", str(empty))
    monkeypatch.setattr(tempfile, "tempdir", None)
    read_clip(path, CONTRACT)
    assert list(empty.iterdir()) == []
    path.unlink()  # and the file itself is closed
    assert not any(str(path) in str(link.readlink()) for link in open_files())


def open_files() -> list[Path]:
    return [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]


def test_a_still_is_a_jpeg(tmp_path: Path) -> None:
    clip = read_clip(plain_clip(tmp_path / "clip.mp4", (255, 0, 0)), CONTRACT)
    jpeg = still_jpeg(clip.stills[0])
    assert jpeg[:3] == b"\xff\xd8\xff"


def test_the_athlete_is_found_on_every_filmed_clip(shared: Path) -> None:
    clips = sorted((shared / "clips").glob("*.mp4"))
    assert clips
    for path in clips:
        clip = read_clip(path, CONTRACT)
        assert clip.crop is not None and 0.25 <= clip.crop.side / clip.height <= 1, path.name


@pytest.mark.slow
def test_a_small_file_with_enormous_frames_needs_little_memory(tmp_path: Path) -> None:
    path = plain_clip(tmp_path / "clip.mp4", (90, 120, 30), 120, 4096)
    assert path.stat().st_size < 2**20
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from pathlib import Path\n"
        "from model.video import read_clip\n"
        "from model.contract import MOVEMENTS, Contract, Limits\n"
        "limits = Limits(max_pixels=4096**2, max_pixel_frames=4096**2 * 120)\n"
        "contract = Contract(name='t', version='1', architecture='-', movements=MOVEMENTS, limits=limits)\n"
        "read_clip(Path(sys.argv[1]), contract)\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=root, capture_output=True, text=True, check=True
    )
    assert int(result.stdout) < 400 * 1024  # the highest resident memory, in KiB


def test_a_clip_without_its_last_frame_is_sampled_to_the_one_before(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", flags="faststart", options={"bf": "0", "g": "30", "crf": "10"})
    film = read_film(path)
    path.write_bytes(path.read_bytes()[: int(film.samples.offsets[-1])])
    clip = read_clip(path, WHOLE)
    assert clip.frame_count == 29
    assert (clip.sampled[0], clip.sampled[-1]) == (0, 28)
    assert [read_number(frame) for frame in clip.frames] == list(clip.sampled)
    assert clip.seconds == pytest.approx(29 / 30)
