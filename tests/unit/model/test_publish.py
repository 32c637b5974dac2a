from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from moto import mock_aws
from typer.testing import CliRunner

from model.body.stream import BodyWatcher
from model.bundle import CONTRACT, LITERT, MANIFEST, PARTS, SAVED_MODEL, Bundle, Golden, digest_of, seal, write_goldens
from model.cli.commands import app
from model.defaults import DEFAULT_BUNDLE
from model.errors import ModelUnavailable
from model.parts.index import Index
from model.parts.parts import take_apart
from model.pose import weights
from model.publishing.publish import PublishError, find_version, publish, with_pose
from tests.clips import plain_clip

BUCKET = "movements-models"
MODELS = f"s3://{BUCKET}/models"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


@pytest.fixture
def bundle(tiny_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))


def address_of(bundle: Path) -> str:
    contract = Bundle.load(bundle).contract
    return f"{MODELS}/{contract.name}/{contract.version}"


def store_in_parts(bundle: Path) -> bytes:
    """Store the SavedModel of a bundle as parts; gives what it was."""
    graph = (bundle / SAVED_MODEL).read_bytes()
    (bundle / SAVED_MODEL).unlink()
    (bundle / PARTS[SAVED_MODEL]).write_bytes(take_apart(graph, [], Index((bundle / LITERT).read_bytes(), [])))
    seal(bundle)
    return graph


def alter(bundle: Path) -> None:
    """Make another bundle of the same name and version."""
    (bundle / "assets.extra/card.md").write_text("another card")
    seal(bundle)


def keys(s3: Any) -> set[str]:
    return {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())}


class Watched:
    """An S3 client that notes what is written, and can fail on the way.

    Attributes:
        written: the requests of `put_object`, in order, without bodies.
        fails_after: number of writes after which the connection breaks.
        before_write: called with the key before each write.
    """

    def __init__(self, s3: Any, *, fails_after: int | None = None) -> None:
        self.s3 = s3
        self.written: list[dict[str, Any]] = []
        self.fails_after = fails_after
        self.before_write: Any = lambda key: None

    def put_object(self, **request: Any) -> Any:
        if self.fails_after is not None and len(self.written) >= self.fails_after:
            raise EndpointConnectionError(endpoint_url="https://s3")
        self.before_write(request["Key"])
        answer = self.s3.put_object(**request)
        self.written.append({name: value for name, value in request.items() if name != "Body"})
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.s3, name)


def test_a_published_version_is_the_bundle_file_by_file(s3: Any, bundle: Path, tmp_path: Path) -> None:
    version = publish(bundle, MODELS, s3)
    assert version.uri == address_of(bundle)
    prefix = version.uri.removeprefix(f"s3://{BUCKET}/")
    files = {path.relative_to(bundle).as_posix(): path for path in bundle.rglob("*") if path.is_file()}
    assert keys(s3) == {f"{prefix}/{name}" for name in files}
    for name, path in files.items():
        assert s3.get_object(Bucket=BUCKET, Key=f"{prefix}/{name}")["Body"].read() == path.read_bytes()
    assert version.digest == f"sha256:{hashlib.sha256((bundle / MANIFEST).read_bytes()).hexdigest()}"
    assert (version.files, version.bytes) == (
        len(files) - 1,
        sum(path.stat().st_size for name, path in files.items() if name != MANIFEST),
    )
    assert Bundle.load(version.uri, cache=tmp_path / "cache", s3=s3).contract == Bundle.load(bundle).contract


def test_what_a_bundle_stores_in_parts_is_published_whole(s3: Any, bundle: Path, tmp_path: Path) -> None:
    graph = store_in_parts(bundle)
    before = (bundle / MANIFEST).read_bytes()
    published = publish(bundle, MODELS, s3)

    prefix = published.uri.removeprefix(f"s3://{BUCKET}/")
    names = {key.removeprefix(f"{prefix}/") for key in keys(s3)}
    assert SAVED_MODEL in names
    assert PARTS[SAVED_MODEL] not in names
    assert s3.get_object(Bucket=BUCKET, Key=f"{prefix}/{SAVED_MODEL}")["Body"].read() == graph
    read = Bundle.load(published.uri, cache=tmp_path / "cache", s3=s3)
    assert read.contract == Bundle.load(bundle).contract
    assert published.digest == digest_of((read.directory / MANIFEST).read_bytes())
    assert publish(bundle, MODELS, s3) == published
    assert (bundle / MANIFEST).read_bytes() == before


@pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)
def test_a_bundle_with_a_second_stream_is_published_with_the_weights_that_it_needs() -> None:
    bundle = Bundle.load(DEFAULT_BUNDLE)
    with with_pose(bundle, bundle.directory) as complete:
        published = Bundle.load(complete)
        folder = published.pose_folder
        assert folder is not None and published.contract == bundle.contract
        assert {path.name for path in folder.iterdir()} == {one.name for one in weights.everything()}
        assert BodyWatcher.of(published) is not None
        with with_pose(published, complete) as again:
            assert again == complete
    assert Bundle.load(DEFAULT_BUNDLE).pose_folder is None


def test_every_object_is_written_with_its_sha256_and_its_type_and_the_manifest_last(s3: Any, bundle: Path) -> None:
    client = Watched(s3)
    publish(bundle, f"{MODELS}/", client)
    assert all(request["ChecksumAlgorithm"] == "SHA256" and request["ChecksumSHA256"] for request in client.written)
    assert client.written[-1]["Key"].endswith(f"/{MANIFEST}")
    assert client.written[-1]["IfNoneMatch"] == "*"
    types = {request["Key"].rpartition("/")[2]: request["ContentType"] for request in client.written}
    assert types["contract.json"] == types[MANIFEST] == "application/json"
    assert types["saved_model.pb"] == "application/octet-stream"
    head = s3.head_object(Bucket=BUCKET, Key=client.written[0]["Key"], ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == client.written[0]["ChecksumSHA256"]


def test_publishing_the_same_content_again_writes_only_what_is_missing(s3: Any, bundle: Path) -> None:
    first = publish(bundle, MODELS, s3)
    lost = next(key for key in keys(s3) if key.endswith(CONTRACT))
    s3.delete_object(Bucket=BUCKET, Key=lost)
    client = Watched(s3)
    assert publish(bundle, MODELS, client) == first
    assert [request["Key"] for request in client.written] == [lost]


def test_a_version_that_exists_with_another_content_is_refused_and_untouched(s3: Any, bundle: Path) -> None:
    version = publish(bundle, MODELS, s3)
    alter(bundle)
    client = Watched(s3)
    with pytest.raises(PublishError, match="exists with another content, and versions never change"):
        publish(bundle, MODELS, client)
    assert client.written == []
    assert find_version(version.uri, s3) == version


def test_an_interrupted_upload_is_no_version_and_is_completed_by_the_next_one(s3: Any, bundle: Path) -> None:
    with pytest.raises(PublishError, match="S3 cannot be reached"):
        publish(bundle, MODELS, Watched(s3, fails_after=3))
    with pytest.raises(PublishError, match="There is no version"):
        find_version(address_of(bundle), s3)
    done = keys(s3)
    client = Watched(s3)
    version = publish(bundle, MODELS, client)
    assert len(done) == 3
    assert not done & {request["Key"] for request in client.written}
    assert find_version(version.uri, s3) == version


def test_what_an_interrupted_upload_of_another_content_left_is_replaced(s3: Any, bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(PublishError):
        publish(bundle, MODELS, Watched(s3, fails_after=len(json.loads((bundle / MANIFEST).read_text())["files"])))
    alter(bundle)
    version = publish(bundle, MODELS, s3)
    fetched = Bundle.load(version.uri, cache=tmp_path / "cache", s3=s3)
    assert (fetched.directory / "assets.extra/card.md").read_text() == "another card"


def test_of_two_who_publish_one_version_at_once_the_second_is_refused(s3: Any, bundle: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(bundle, tmp_path / "other"))
    alter(other)
    client = Watched(s3)

    def overtake(key: str) -> None:
        if key.endswith(MANIFEST):
            content = (other / MANIFEST).read_bytes()
            s3.put_object(Bucket=BUCKET, Key=key, Body=content)

    client.before_write = overtake
    with pytest.raises(PublishError, match="exists with another content"):
        publish(bundle, MODELS, client)


def test_an_object_that_does_not_read_back_as_it_was_written_is_no_version(s3: Any, bundle: Path) -> None:
    client = Watched(s3)
    original = client.s3.put_object

    class Careless:
        def put_object(self, **request: Any) -> Any:
            body = request["Body"].read()
            if request["Key"].endswith("saved_model.pb"):
                body = bytes(len(body))
                request["ChecksumSHA256"] = "A" * 43 + "="
            return original(**{**request, "Body": body})

        def __getattr__(self, name: str) -> Any:
            return getattr(s3, name)

    with pytest.raises(PublishError, match=r"saved_model.pb has another content"):
        publish(bundle, MODELS, Careless())
    assert not any(key.endswith(MANIFEST) for key in keys(s3))


def test_an_altered_bundle_is_not_published(s3: Any, bundle: Path) -> None:
    (bundle / "saved_model.pb").write_bytes(b"something else")
    with pytest.raises(ModelUnavailable, match="altered"):
        publish(bundle, MODELS, s3)
    assert keys(s3) == set()


def test_a_bundle_that_does_not_give_its_golden_probabilities_is_not_published(
    s3: Any, bundle: Path, tmp_path: Path
) -> None:
    clip = plain_clip(tmp_path / "red.mp4", (255, 0, 0))
    outputs = Bundle.load(bundle).contract.outputs
    write_goldens(bundle, [Golden(clip, (1 / outputs,) * outputs)])
    seal(bundle)
    with pytest.raises(ModelUnavailable, match="golden clip"):
        publish(bundle, MODELS, s3)
    assert keys(s3) == set()


@pytest.mark.parametrize(
    "address", ["models", "s3://bucket", "s3://bucket//models", "s3://Not A Bucket/models", "https://x/y"]
)
def test_an_address_that_is_not_one_in_s3_is_named(s3: Any, bundle: Path, address: str) -> None:
    with pytest.raises(ValueError, match="is not an address in S3"):
        publish(bundle, address, s3)
    with pytest.raises(ValueError, match="is not an address in S3"):
        find_version(address, s3)


@pytest.mark.parametrize("damage", ["missing", "shorter"])
def test_an_incomplete_version_is_not_found_and_its_file_is_named(s3: Any, bundle: Path, damage: str) -> None:
    version = publish(bundle, MODELS, s3)
    key = next(key for key in keys(s3) if key.endswith("saved_model.pb"))
    if damage == "missing":
        s3.delete_object(Bucket=BUCKET, Key=key)
    else:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"short")
    with pytest.raises(PublishError, match=r"not complete: saved_model.pb (is missing|has 5 bytes instead of)"):
        find_version(version.uri, s3)


def test_a_manifest_that_is_none_is_named(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"models/x/1/{MANIFEST}", Body=b'{"files": {"a": {"sha256": "1", "size": 2}}}')
    with pytest.raises(PublishError, match="is not the manifest of a bundle"):
        find_version(f"{MODELS}/x/1", s3)


class Refusing:
    """An S3 client whose every call fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> Any:
            raise self.error

        return call


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NoCredentialsError(), "there are no AWS credentials: sign in, or set AWS_PROFILE."),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject"), "access is denied; s3:GetObject"),
        (ClientError({"Error": {"Code": "403"}}, "HeadObject"), "access is denied; s3:GetObject"),
        (ClientError({"Error": {"Code": "ExpiredToken"}}, "GetObject"), "have expired: sign in again."),
        (EndpointConnectionError(endpoint_url="https://s3"), "S3 cannot be reached"),
        (ClientError({"Error": {"Code": "SlowDown", "Message": "Slow."}}, "GetObject"), "SlowDown.*[^.][.]$"),
    ],
)
def test_a_refusal_of_s3_is_one_sentence(bundle: Path, error: Exception, sentence: str) -> None:
    for attempt in (lambda: publish(bundle, MODELS, Refusing(error)), lambda: find_version(MODELS, Refusing(error))):
        with pytest.raises(PublishError, match=f"^s3://{BUCKET}/models.*{sentence}"):
            attempt()


def test_a_bucket_that_is_not_there_is_one_sentence(s3: Any, bundle: Path) -> None:
    with pytest.raises(PublishError, match="there is no such bucket"):
        publish(bundle, "s3://no-such-bucket/models", s3)


def test_publish_prints_the_address_and_activate_the_one_setting(s3: Any, bundle: Path) -> None:
    published = CliRunner().invoke(app, ["publish", str(bundle), MODELS])
    assert published.exit_code == 0, published.output
    assert address_of(bundle) in published.output
    assert hashlib.sha256((bundle / MANIFEST).read_bytes()).hexdigest() in published.output
    activated = CliRunner().invoke(app, ["activate", f"{address_of(bundle)}/"])
    assert activated.exit_code == 0, activated.output
    assert activated.stdout.strip() == f"BUNDLE={address_of(bundle)}"
    assert f"--name /movements/prod/bundle --value {address_of(bundle)} " in activated.stderr


def test_activate_accepts_the_digest_that_publish_printed_and_prints_a_setting_for_it(s3: Any, bundle: Path) -> None:
    published = CliRunner().invoke(app, ["publish", str(bundle), MODELS])
    digest = published.output.split("digest: ")[1].strip()
    activated = CliRunner().invoke(app, ["activate", address_of(bundle), "--digest", digest])
    assert activated.exit_code == 0, activated.output
    assert activated.stdout.split() == [f"BUNDLE={address_of(bundle)}", f"BUNDLE_DIGEST={digest}"]
    assert f"--value {address_of(bundle)}@{digest} " in activated.stderr


def test_activate_refuses_a_whole_version_with_another_digest(s3: Any, bundle: Path) -> None:
    digest = digest_of((bundle / MANIFEST).read_bytes())
    alter(bundle)
    publish(bundle, MODELS, s3)
    assert CliRunner().invoke(app, ["activate", address_of(bundle)]).exit_code == 0
    refused = CliRunner().invoke(app, ["activate", address_of(bundle), "--digest", digest])
    assert (refused.exit_code, f"not {digest}" in refused.output, refused.stdout) == (1, True, "")


def test_the_commands_exit_with_1_and_one_sentence(
    s3: Any, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments, sentence in (
        (["activate", f"{MODELS}/none/1"], "There is no version at"),
        (["activate", "models"], "is not an address in S3"),
        (["activate", f"{MODELS}/none/1", "--digest", "0a" * 32], "is not a digest"),
        (["publish", str(bundle), "s3://no-such-bucket/models"], "there is no such bucket"),
        (["publish", str(tmp_path), MODELS], "There is no bundle at"),
    ):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 1
        assert sentence in result.output
        assert "Traceback" not in result.output
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    result = CliRunner().invoke(app, ["activate", f"{MODELS}/none/1"])
    assert (result.exit_code, "credentials are incomplete" in result.output) == (1, True)
