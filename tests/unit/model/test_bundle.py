from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from model.bundle import CONTRACT, GOLDEN, LITERT, MANIFEST, Bundle, Golden, digest_of, seal, write_goldens
from model.contract import MOVEMENTS, Contract
from model.errors import ModelUnavailable


@pytest.fixture
def bundle(tmp_path: Path, tiny_bundle: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))


class FakeS3:
    def __init__(self, directory: Path, prefix: str) -> None:
        self.objects = {
            f"{prefix}/{path.relative_to(directory).as_posix()}": path.read_bytes()
            for path in directory.rglob("*")
            if path.is_file()
        }
        self.asked: list[str] = []

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self.asked.append(Key)
        return {"Body": io.BytesIO(self.objects[Key])}


def test_a_sealed_bundle_opens_with_its_contract_and_flatbuffer(bundle: Path) -> None:
    loaded = Bundle.load(bundle)
    assert loaded.contract.labels == tuple(movement.label for movement in MOVEMENTS)
    assert loaded.litert_path == bundle / LITERT


@pytest.mark.parametrize("name", [CONTRACT, LITERT, "saved_model.pb"])
def test_one_changed_byte_anywhere_is_refused(bundle: Path, name: str) -> None:
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / name).write_bytes(data)
    with pytest.raises(ModelUnavailable, match="altered"):
        Bundle.load(bundle)


def test_a_missing_file_is_refused(bundle: Path) -> None:
    (bundle / LITERT).unlink()
    with pytest.raises(ModelUnavailable, match="lacks"):
        Bundle.load(bundle)


def test_a_file_that_the_manifest_does_not_name_is_refused(bundle: Path) -> None:
    (bundle / "assets.extra" / "extra.py").write_text("import os")
    with pytest.raises(ModelUnavailable, match="does not name"):
        Bundle.load(bundle)


def test_a_link_out_of_the_bundle_is_refused(bundle: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.tflite"
    shutil.move(bundle / LITERT, outside)
    (bundle / LITERT).symlink_to(outside)
    with pytest.raises(ModelUnavailable, match="lacks"):
        Bundle.load(bundle)


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "a\\b", "a//b", MANIFEST])
def test_a_manifest_that_names_a_path_outside_is_refused(bundle: Path, name: str) -> None:
    (bundle / MANIFEST).write_text(json.dumps({"files": {name: {"sha256": "0", "size": 1}}}))
    with pytest.raises(ModelUnavailable, match="not a file of a bundle"):
        Bundle.load(bundle)


@pytest.mark.parametrize("text", ["", "[]", '{"files": 3}', '{"files": {"a": {}}}', '{"files": {"a": "b"}}'])
def test_a_manifest_of_another_form_is_refused(bundle: Path, text: str) -> None:
    (bundle / MANIFEST).write_text(text)
    with pytest.raises(ModelUnavailable, match="manifest"):
        Bundle.load(bundle)


def test_a_folder_without_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no bundle"):
        Bundle.load(tmp_path)


def test_a_contract_of_a_newer_schema_is_refused(bundle: Path) -> None:
    contract = json.loads((bundle / CONTRACT).read_text())
    (bundle / CONTRACT).write_text(json.dumps({**contract, "schema_version": 2}))
    seal(bundle)
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        Bundle.load(bundle)


def test_golden_clips_come_back_with_their_probabilities(bundle: Path, tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(b"clip")
    write_goldens(bundle, [Golden(clip, (0.2,) + (0.1,) * 8)])
    seal(bundle)
    (golden,) = Bundle.load(bundle).goldens
    assert golden == Golden(bundle / "assets.extra/golden/a.mp4", (0.2,) + (0.1,) * 8)


def test_a_golden_clip_with_another_number_of_probabilities_is_refused(bundle: Path) -> None:
    (bundle / GOLDEN).parent.mkdir()
    (bundle / GOLDEN).write_text('{"a.mp4": [0.5, 0.5]}')
    seal(bundle)
    with pytest.raises(ModelUnavailable, match="not 9"):
        Bundle.load(bundle)


def test_a_published_bundle_is_fetched_once_and_verified(bundle: Path, tmp_path: Path) -> None:
    s3 = FakeS3(bundle, "models/tiny/1")
    uri = "s3://models-bucket/models/tiny/1"
    first = Bundle.load(uri, cache=tmp_path / "cache", s3=s3)
    asked = len(s3.asked)
    second = Bundle.load(uri, cache=tmp_path / "cache", s3=s3)
    assert first == second
    assert s3.asked[asked:] == [f"models/tiny/1/{MANIFEST}"]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [first.directory.name]


def resealed(bundle: Path) -> str:
    """Alter a bundle and seal it again, so that it is whole; the digest that it had before."""
    before = digest_of((bundle / MANIFEST).read_bytes())
    (bundle / "assets.extra" / "card.md").write_text("by somebody else")
    seal(bundle)
    return before


def test_a_bundle_with_the_digest_that_is_expected_opens(bundle: Path, tmp_path: Path) -> None:
    digest = f"sha256:{hashlib.sha256((bundle / MANIFEST).read_bytes()).hexdigest()}"
    assert Bundle.load(bundle, digest=digest) == Bundle.load(bundle)
    s3 = FakeS3(bundle, "m")
    for _ in range(2):  # the second time from the cache
        assert Bundle.load("s3://b/m", digest=digest, cache=tmp_path / "cache", s3=s3).contract.name == "tiny"


def test_a_whole_bundle_with_another_digest_is_refused(bundle: Path) -> None:
    digest = resealed(bundle)
    Bundle.load(bundle)
    with pytest.raises(ModelUnavailable, match=f"not {digest}"):
        Bundle.load(bundle, digest=digest)


def test_of_a_version_in_s3_with_another_digest_only_the_manifest_is_read(bundle: Path, tmp_path: Path) -> None:
    digest = resealed(bundle)
    s3 = FakeS3(bundle, "m")
    with pytest.raises(ModelUnavailable, match=f"not {digest}"):
        Bundle.load("s3://b/m", digest=digest, cache=tmp_path / "cache", s3=s3)
    assert s3.asked == [f"m/{MANIFEST}"]
    assert not (tmp_path / "cache").exists()


def test_a_cached_version_that_was_replaced_in_s3_is_refused(bundle: Path, tmp_path: Path) -> None:
    digest = digest_of((bundle / MANIFEST).read_bytes())
    Bundle.load("s3://b/m", digest=digest, cache=tmp_path / "cache", s3=FakeS3(bundle, "m"))
    resealed(bundle)
    with pytest.raises(ModelUnavailable, match="has the digest"):
        Bundle.load("s3://b/m", digest=digest, cache=tmp_path / "cache", s3=FakeS3(bundle, "m"))


def test_an_altered_object_in_s3_is_refused_and_nothing_is_kept(bundle: Path, tmp_path: Path) -> None:
    s3 = FakeS3(bundle, "m")
    s3.objects[f"m/{LITERT}"] = b"x" * len(s3.objects[f"m/{LITERT}"])
    with pytest.raises(ModelUnavailable, match="altered"):
        Bundle.load("s3://b/m", cache=tmp_path / "cache", s3=s3)
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_object_longer_than_its_manifest_says_is_not_read_to_its_end(bundle: Path, tmp_path: Path) -> None:
    s3 = FakeS3(bundle, "m")
    s3.objects[f"m/{LITERT}"] += b"x"
    with pytest.raises(ModelUnavailable, match="larger"):
        Bundle.load("s3://b/m", cache=tmp_path / "cache", s3=s3)


def test_a_missing_object_in_s3_is_model_unavailable(bundle: Path, tmp_path: Path) -> None:
    s3 = FakeS3(bundle, "m")
    del s3.objects[f"m/{LITERT}"]
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        Bundle.load("s3://b/m", cache=tmp_path / "cache", s3=s3)


def test_a_plain_saved_model_is_served_with_a_given_contract(bundle: Path) -> None:
    contract = Contract.read(bundle / CONTRACT)
    assert Bundle.plain(bundle, contract).litert_path is None
    with pytest.raises(ModelUnavailable, match="not a SavedModel"):
        Bundle.plain(bundle / "variables", contract)
