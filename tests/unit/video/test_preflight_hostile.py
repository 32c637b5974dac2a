"""Files made to hurt: whatever the bytes, the answer is a probe or one of our errors, after little work."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.contract import Limits
from model.errors import MovementsError
from model.video import preflight
from tests.clips import box, numbered_clip

QUICK = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = st.sampled_from(
    [b"ftyp", b"moov", b"mvhd", b"trak", b"tkhd", b"mdia", b"mdhd", b"hdlr", b"minf", b"stbl", b"stsd", b"stsz"]
    + [b"stts", b"ctts", b"avc1", b"mp4v", b"esds", b"mvex", b"trex", b"moof", b"traf", b"tfhd", b"trun", b"mdat"]
)
EXTREMES = st.sampled_from([0, 1, 7, 8, 15, 16, 2**16, 2**31 - 1, 2**31, 2**32 - 1])


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A plain file, a fragmented one, and one of MPEG-4 with sound."""
    folder = tmp_path_factory.mktemp("originals")
    return [
        numbered_clip(folder / "plain.mp4", 5).read_bytes(),
        numbered_clip(folder / "pieces.mp4", 5, flags="frag_keyframe+empty_moov").read_bytes(),
        numbered_clip(folder / "old.mp4", 5, codec="mpeg4", sound=True).read_bytes(),
    ]


def judged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    start = time.thread_time()
    try:
        probe = preflight(path, Limits())
    except MovementsError as error:
        assert error.message and error.hint
    else:
        assert probe.frames >= 3 and 0 < probe.seconds <= 60 and probe.width * probe.height <= 4096 * 2304
    assert time.thread_time() - start < 2, "no file makes the processor work for seconds"


@QUICK
@given(data=st.data())
def test_changed_bytes_give_a_probe_or_an_error_of_ours(
    tmp_path: Path, originals: list[bytes], data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(originals)))
    moov = content.index(b"moov")
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, 40) | st.integers(moov - 4, min(moov + 1500, len(content) - 5)))
        if data.draw(st.booleans()):
            struct.pack_into(">I", content, place, data.draw(EXTREMES))
        else:
            content[place] = data.draw(st.integers(0, 255))
    judged(tmp_path / "clip.mp4", bytes(content))


@QUICK
@given(data=st.data())
def test_cut_files_give_a_probe_or_an_error_of_ours(
    tmp_path: Path, originals: list[bytes], data: st.DataObject
) -> None:
    content = data.draw(st.sampled_from(originals))
    first = data.draw(st.sampled_from([0, 0, 0, 32]))
    judged(tmp_path / "clip.mp4", content[first : data.draw(st.integers(0, len(content)))])


@QUICK
@given(content=st.binary(max_size=400))
def test_random_bytes_give_an_error_of_ours(tmp_path: Path, content: bytes) -> None:
    judged(tmp_path / "clip.mp4", content)


TREES = st.recursive(
    st.builds(box, KINDS, st.binary(max_size=120)),
    lambda inner: st.builds(lambda kind, parts: box(kind, *parts), KINDS, st.lists(inner, max_size=6)),
    max_leaves=30,
)


@QUICK
@given(trees=st.lists(TREES, max_size=6))
def test_boxes_in_any_order_give_an_error_of_ours(tmp_path: Path, trees: list[bytes]) -> None:
    judged(tmp_path / "clip.mp4", box(b"ftyp", b"isom", bytes(4)) + b"".join(trees))


def test_tables_of_millions_of_rows_are_not_walked(tmp_path: Path) -> None:
    rows = 3_000_000
    table = box(b"stts", bytes(4), struct.pack(">I", rows), bytes(8 * rows))
    path = numbered_clip(tmp_path / "clip.mp4", 5)
    content = bytearray(path.read_bytes())
    grown = content.index(b"stts") - 4  # the index is the end of the file: every box around the table grows with it
    (length,) = struct.unpack_from(">I", content, grown)
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        place = content.index(kind) - 4
        struct.pack_into(">I", content, place, struct.unpack_from(">I", content, place)[0] + len(table) - length)
    content[grown : grown + length] = table
    path.write_bytes(content)
    with pytest.raises(MovementsError, match="entries"):
        preflight(path, Limits())
