"""Files of unusual build, honest and hostile: the film in them is read as if it stood alone, or refused in a sentence.

Each hostile one opened a decoder that is not on the list, or cost gigabytes, when FFmpeg read the boxes of the file.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest

from model.contract import MOVEMENTS, Contract, Crop, Limits
from model.errors import CorruptVideo, MovementsError, NoVideoTrack, UnsupportedCodec
from model.video import read_clip
from model.video.film import SampleReader, read_film
from tests.clips import athlete_frames, numbered_clip, read_number, sound_clip, write_clip
from tests.mp4 import Node, full, joined, parsed, written

WHOLE = Contract(name="test", version="1", architecture="none", movements=MOVEMENTS, frames=5, size=64, crop=Crop.NONE)
FOREIGN = [("magicyuv", "gbrp", "mov"), ("png", "rgb24", "mp4"), ("mjpeg", "yuvj420p", "mov")]
ALLOWED = {b"avc1", b"hvc1", b"av01", b"vp09", b"mp4v"}


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 30 frames, its index at the end; never write to it."""
    return numbered_clip(tmp_path_factory.mktemp("honest") / "clip.mp4")


def same_film(tmp_path: Path, tree: Node, honest: Path) -> None:
    """The file of the tree gives the frames of the honest one, and the decoder sees nothing else."""
    path = tmp_path / "unusual.mp4"
    path.write_bytes(written(tree))
    clip = read_clip(path, WHOLE)
    assert np.array_equal(clip.frames, read_clip(honest, WHOLE).frames)
    assert [read_number(frame) for frame in clip.frames] == list(clip.sampled)
    canonical = parsed(handed_over(path).getvalue())
    assert [node.kind for node in canonical.children] == [b"ftyp", b"mdat", b"moov"]
    assert [node.kind for node in canonical.find(b"moov").children] == [b"mvhd", b"trak"]
    (entry,) = parsed(canonical.find(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd").content[8:]).children
    assert entry.kind in ALLOWED
    assert {node.kind for node in parsed(entry.content[78:]).children} <= {b"avcC", b"hvcC", b"esds", b"colr"}


def handed_over(path: Path) -> io.BytesIO:
    """What the decoder would get of all frames of a file."""
    film = read_film(path)
    with path.open("rb") as file:
        return SampleReader(film, file).canonical(range(len(film.samples)), Limits())[0]


def index_of(path: Path) -> tuple[Node, Node]:
    """The tree of a file, and its index."""
    tree = parsed(path.read_bytes())
    return tree, tree.find(b"moov")


# --- decoders behind an accepted film


@pytest.mark.parametrize(("codec", "pixels", "container"), FOREIGN)
def test_a_video_entry_in_a_track_of_data_is_not_opened(
    tmp_path: Path, honest: Path, codec: str, pixels: str, container: str
) -> None:
    foreign = numbered_clip(tmp_path / "foreign.mp4", 5, codec=codec, pixels=pixels, container=container)
    tree = joined(foreign, honest)
    handler = tree.find(b"moov", b"trak", b"mdia", b"hdlr")
    handler.content = handler.content[:8] + b"data" + handler.content[12:]
    same_film(tmp_path, tree, honest)


@pytest.mark.parametrize(("codec", "pixels", "container"), FOREIGN)
def test_a_track_in_a_codec_that_is_not_accepted_is_passed_over(
    tmp_path: Path, honest: Path, codec: str, pixels: str, container: str
) -> None:
    foreign = numbered_clip(tmp_path / "foreign.mp4", 5, codec=codec, pixels=pixels, container=container)
    same_film(tmp_path, joined(foreign, honest), honest)
    same_film(tmp_path, joined(honest, foreign), honest)
    with pytest.raises(UnsupportedCodec):
        read_clip(foreign, WHOLE)


@pytest.mark.parametrize("hideout", ["root udta", "root edts", "root trak", "moov udta"])
def test_an_index_in_a_place_where_none_belongs_is_not_read(tmp_path: Path, honest: Path, hideout: str) -> None:
    foreign = numbered_clip(tmp_path / "foreign.mp4", 5, codec="png", pixels="rgb24")
    tree = joined(honest, foreign)
    index = tree.find(b"moov")
    hidden = Node(b"moov", children=[index.children[0], index.children.pop()])
    if hideout == "root trak":
        tree.children.insert(1, hidden.children[1])
        grown = hidden.children[1]
    elif hideout == "moov udta":
        index.children.append(Node(b"udta", children=[hidden]))
        grown = None
    else:
        grown = Node(hideout[-4:].encode(), children=[hidden])
        tree.children.insert(1, grown)
    if grown is not None:  # the data lies behind it
        for node in tree.walk():
            if node.kind == b"stco":
                count, *places = struct.unpack(f">{len(node.content) // 4 - 1}I", node.content[4:])
                node.content = bytes(4) + struct.pack(f">{1 + count}I", count, *(p + len(bytes(grown)) for p in places))
    same_film(tmp_path, tree, honest)


@pytest.mark.parametrize("kind", [b"esds", b"wave", b"glbl", b"strf", b"SMI "])
def test_a_box_with_which_another_decoder_would_be_chosen_is_left_behind(
    tmp_path: Path, honest: Path, kind: bytes
) -> None:
    same_film(tmp_path, parsed(honest.read_bytes().replace(b"btrt", kind)), honest)


def test_a_second_description_in_another_codec_is_refused(tmp_path: Path, honest: Path) -> None:
    tree, index = index_of(honest)
    other = parsed(numbered_clip(tmp_path / "other.mp4", 5, codec="libx265").read_bytes())
    table = index.find(b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    added = other.find(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd").content[8:]
    table.content = table.content[:4] + struct.pack(">I", 2) + table.content[8:] + added
    (tmp_path / "clip.mp4").write_bytes(written(tree))
    with pytest.raises(CorruptVideo, match="2 codecs"):
        read_clip(tmp_path / "clip.mp4", WHOLE)


# --- small files of great cost


def test_cover_art_is_not_the_film(tmp_path: Path, honest: Path) -> None:
    tree, index = index_of(honest)
    picture = full(b"data", struct.pack(">I", 14), b"\x89PNG\r\n\x1a\n" + bytes(500))
    picture.content = struct.pack(">II", 14, 0) + picture.content[8:]
    cover = Node(b"covr", children=[picture])
    meta = Node(
        b"meta", bytes(4) + bytes(full(b"hdlr", bytes(4), b"mdir", bytes(13))) + bytes(Node(b"ilst", bytes(cover)))
    )
    index.children = [node for node in index.children if node.kind != b"udta"]
    index.children.insert(1, Node(b"udta", children=[meta]))
    same_film(tmp_path, tree, honest)


def test_keys_without_entries_are_not_counted(tmp_path: Path, honest: Path) -> None:
    tree, index = index_of(honest)
    keys = full(b"keys", struct.pack(">I", 0x0FFFFFFE))
    index.children.append(Node(b"meta", bytes(full(b"hdlr", bytes(4), b"mdta", bytes(13))) + bytes(keys)))
    same_film(tmp_path, tree, honest)


def test_thousands_of_edits_are_refused(tmp_path: Path, honest: Path) -> None:
    tree, index = index_of(honest)
    edits = struct.pack(">IiI", 1, 0, 0x10000) * 30_000
    index.find(b"trak", b"edts", b"elst").content = bytes(4) + struct.pack(">I", 30_000) + edits
    (tmp_path / "clip.mp4").write_bytes(written(tree))
    with pytest.raises(CorruptVideo, match="30000 edits"):
        read_clip(tmp_path / "clip.mp4", WHOLE)


def test_frames_that_claim_the_same_bytes_again_and_again_are_refused(tmp_path: Path, honest: Path) -> None:
    tree, index = index_of(honest)
    table = index.find(b"trak", b"mdia", b"minf", b"stbl")
    count = 1000
    table.find(b"stsz").content = bytes(4) + struct.pack(">II", len(honest.read_bytes()) - 100, count)
    table.find(b"stsc").content = bytes(4) + struct.pack(">IIII", 1, 1, 1, 1)
    table.find(b"stco").content = bytes(4) + struct.pack(">I", count) + struct.pack(">I", 48) * count
    (tmp_path / "clip.mp4").write_bytes(written(tree))
    with pytest.raises(CorruptVideo, match="more bytes than the file"):
        read_clip(tmp_path / "clip.mp4", WHOLE)


def test_descriptions_that_are_not_there_leave_their_frames_out(tmp_path: Path, honest: Path) -> None:
    tree, index = index_of(honest)
    table = index.find(b"trak", b"mdia", b"minf", b"stbl", b"stsc")
    rows = np.frombuffer(table.content[8:], ">u4").reshape(-1, 3).copy()
    for wrong in (0, 2, 2**32 - 1):
        rows[:, 2] = wrong
        table.content = table.content[:8] + rows.tobytes()
        (tmp_path / "clip.mp4").write_bytes(written(tree))
        with pytest.raises(MovementsError):
            read_clip(tmp_path / "clip.mp4", WHOLE)


# --- honest files of unusual build


def test_sound_before_the_film(tmp_path: Path, honest: Path) -> None:
    sound = sound_clip(tmp_path / "sound.mp4")
    same_film(tmp_path, joined(sound, honest), honest)
    with pytest.raises(NoVideoTrack):
        read_clip(sound, WHOLE)


def test_the_depth_of_a_cinematic_film_is_a_second_track(tmp_path: Path, honest: Path) -> None:
    depth = numbered_clip(tmp_path / "depth.mp4", 30, 80, 60, codec="libx265")
    same_film(tmp_path, joined(honest, depth), honest)


def test_a_track_that_is_switched_off_comes_after_one_that_is_not(tmp_path: Path, honest: Path) -> None:
    other = numbered_clip(tmp_path / "other.mp4", 30, 80, 60)
    tree = joined(other, honest)
    header = tree.find(b"moov", b"trak", b"tkhd")
    header.content = header.content[:3] + bytes((header.content[3] & ~1,)) + header.content[4:]
    same_film(tmp_path, tree, honest)


def test_tracks_of_time_codes_and_of_data_are_passed_over(tmp_path: Path, honest: Path) -> None:
    for handler, entry in ((b"tmcd", b"tmcd"), (b"meta", b"mebx"), (b"text", b"tx3g")):
        other = numbered_clip(tmp_path / "other.mp4", 5)
        tree = joined(other, honest)
        track = tree.find(b"moov", b"trak", b"mdia")
        track.find(b"hdlr").content = bytes(8) + handler + bytes(13)
        description = track.find(b"minf", b"stbl", b"stsd")
        description.content = description.content.replace(b"avc1", entry)
        same_film(tmp_path, tree, honest)


@pytest.mark.parametrize(
    "how",
    [
        {"flags": "frag_every_frame+empty_moov+default_base_moof"},
        {"flags": "frag_keyframe+empty_moov", "options": {"g": "4"}},
        {"options": {"bf": "3", "b-adapt": "0", "g": "12"}, "sound": True},
        {"codec": "libx265", "options": {"x265-params": "open-gop=1:keyint=8:bframes=3:log-level=0"}},
        {"container": "mov", "sound": True},
    ],
    ids=["every frame", "fragments", "b-frames", "open gop", "mov"],
)
def test_every_frame_of_an_honest_file_is_the_right_one(tmp_path: Path, how: dict[str, object]) -> None:
    path = numbered_clip(tmp_path / "clip.mp4", **how)  # type: ignore[arg-type]
    clip = read_clip(path, WHOLE.model_copy(update={"frames": 30}))
    assert [read_number(frame) for frame in clip.frames] == list(clip.sampled) == list(range(30))


def test_what_an_edit_cuts_away_is_not_sampled(tmp_path: Path, honest: Path) -> None:
    tree, index = index_of(honest)
    track = index.find(b"trak")
    scale = struct.unpack_from(">I", track.find(b"mdia", b"mdhd").content, 12)[0]
    film = struct.unpack_from(">I", index.find(b"mvhd").content, 12)[0]
    start, ticks = 10 * scale // 30, 10 * film // 30
    track.find(b"edts", b"elst").content = bytes(4) + struct.pack(">IIiI", 1, ticks, start, 0x10000)
    path = tmp_path / "clip.mp4"
    path.write_bytes(written(tree))
    clip = read_clip(path, WHOLE)
    assert [read_number(frame) for frame in clip.frames] == [10, 12, 14, 17, 19]
    assert clip.frame_count == 10


def test_reading_leaves_no_file_open_and_none_behind(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", athlete_frames(12))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        read_clip(path, WHOLE)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert list(tmp_path.iterdir()) == [path]
