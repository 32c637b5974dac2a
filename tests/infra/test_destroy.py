"""The end of an environment, against moto: small stacks with what gets stuck in real ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra import destroy
from infra.config import ENVIRONMENTS
from infra.destroy import UNITS, Destruction
from infra.names import Names

REGION = "eu-west-1"
DEV = Names(ENVIRONMENTS["dev"])
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []})
TAGS = [{"Key": "project", "Value": "movements"}, {"Key": "environment", "Value": "dev"}]


def bucket(name: str, **more: Any) -> dict[str, Any]:
    versioned = {"BucketName": name, "VersioningConfiguration": {"Status": "Enabled"}, "Tags": TAGS}
    return {"Type": "AWS::S3::Bucket", "Properties": versioned, **more}


TEMPLATES: dict[str, dict[str, Any]] = {
    "base": {
        "AccessLogs1": bucket("access-logs"),
        "Models2": bucket("models", DeletionPolicy="Retain"),
        "Images3": {
            "Type": "AWS::ECR::Repository",
            "DeletionPolicy": "Retain",
            "Properties": {"RepositoryName": DEV.image_repository, "Tags": TAGS},
        },
    },
    "web": {
        "Uploads": bucket("uploads"),
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": DEV.log_group("page")}},
    },
    "inference": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}},
}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """An account in which an environment lives, and another one beside it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        made = boto3.Session(region_name=REGION)
        formation, s3 = made.client("cloudformation"), made.client("s3")
        for unit, resources in TEMPLATES.items():
            formation.create_stack(StackName=DEV.stack(unit), TemplateBody=json.dumps({"Resources": resources}))
        for name in ("access-logs", "models", "uploads"):
            for content in (b"one", b"two"):
                s3.put_object(Bucket=name, Key="a", Body=content)
            s3.delete_object(Bucket=name, Key="a")
            s3.put_object(Bucket=name, Key="b", Body=b"three")
            s3.create_multipart_upload(Bucket=name, Key="never-finished")
        made.client("ecr").put_image(repositoryName=DEV.image_repository, imageManifest=MANIFEST, imageTag="one")
        made.client("ssm").put_parameter(Name=DEV.bundle_parameter, Value="s3://models/models/m/1", Type="String")
        made.client("logs").create_log_group(logGroupName=DEV.log_group("written-as-it-went"))
        s3.create_bucket(Bucket="of-prod", CreateBucketConfiguration={"LocationConstraint": REGION})
        made.client("logs").create_log_group(logGroupName="/movements/prod/page")
        yield made


def run(session: boto3.Session, *keep: str) -> list[str]:
    return Destruction(session, "dev", keep=keep, say=lambda _: None, wait=lambda _: None).run()


def buckets(session: boto3.Session) -> set[str]:
    return {row["Name"] for row in session.client("s3").list_buckets()["Buckets"]}


def stacks(session: boto3.Session) -> list[str]:
    rows = session.client("cloudformation").list_stacks()["StackSummaries"]
    return [row["StackName"] for row in rows if row["StackStatus"] != "DELETE_COMPLETE"]


def groups(session: boto3.Session) -> set[str]:
    return {row["logGroupName"] for row in session.client("logs").describe_log_groups()["logGroups"]}


def test_nothing_of_an_environment_is_left_and_all_of_the_other(session: boto3.Session) -> None:
    assert run(session) == []
    assert stacks(session) == []
    assert buckets(session) == {"of-prod"}
    assert session.client("ecr").describe_repositories()["repositories"] == []
    assert session.client("ssm").describe_parameters()["Parameters"] == []
    assert groups(session) == {"/movements/prod/page"}


def test_what_the_operator_keeps_is_whole(session: boto3.Session) -> None:
    run(session, "models", "images", "logs")
    assert stacks(session) == []
    assert {"models", "access-logs", "of-prod"} <= buckets(session)
    assert "uploads" not in buckets(session)
    kept = session.client("s3").get_object(Bucket="models", Key="b")["Body"].read()
    assert kept == b"three"
    assert len(session.client("ecr").list_images(repositoryName=DEV.image_repository)["imageIds"]) == 1


def test_it_can_be_run_again_after_it_was_interrupted_and_where_nothing_is(session: boto3.Session) -> None:
    session.client("cloudformation").delete_stack(StackName=DEV.stack("inference"))
    assert run(session) == []
    assert run(session) == []


@pytest.mark.parametrize(
    ("client", "call"),
    [
        ("_formation", "get_paginator"),
        ("_s3", "put_bucket_logging"),
        ("_s3", "get_paginator"),
        ("_ecr", "get_paginator"),
        ("_parameters", "delete_parameter"),
    ],
)
def test_a_permission_that_is_missing_is_not_taken_for_something_that_is_gone(
    session: boto3.Session, monkeypatch: pytest.MonkeyPatch, client: str, call: str
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, call)

    destruction = Destruction(session, "dev", say=lambda _: None, wait=lambda _: None)
    monkeypatch.setattr(getattr(destruction, client), call, denied)
    with pytest.raises(ClientError, match="AccessDenied"):
        if client == "_formation":
            list(destruction._parts(DEV.stack("base")))
        else:
            destruction.run()


def test_logs_are_off_before_anything_is_emptied(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = session.client("s3")
    grant = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}}
    s3.put_bucket_acl(
        Bucket="access-logs",
        AccessControlPolicy={
            "Owner": s3.get_bucket_acl(Bucket="access-logs")["Owner"],
            "Grants": [{**grant, "Permission": "WRITE"}, {**grant, "Permission": "READ_ACP"}],
        },
    )
    logging = {"LoggingEnabled": {"TargetBucket": "access-logs", "TargetPrefix": "uploads/"}}
    s3.put_bucket_logging(Bucket="uploads", BucketLoggingStatus=logging)
    emptied: list[bool] = []
    empty = Destruction._empty

    def watched(self: Destruction, part: destroy.Part) -> None:
        with_logs = "uploads" in buckets(session) and "LoggingEnabled" in s3.get_bucket_logging(Bucket="uploads")
        emptied.append(with_logs)
        empty(self, part)

    monkeypatch.setattr(Destruction, "_empty", watched)
    assert run(session) == []
    assert emptied
    assert not any(emptied)


def test_a_bucket_that_is_filled_while_it_goes_is_emptied_again(session: boto3.Session) -> None:
    late = iter([True, True])

    def arrives(_: float) -> None:
        return None

    destruction = Destruction(session, "dev", say=lambda _: None, wait=arrives)
    empty = destruction._empty

    def filled(part: destroy.Part) -> None:
        empty(part)
        if part.name == "models" and next(late, False):
            session.client("s3").put_object(Bucket="models", Key="late", Body=b"a line of the log")

    destruction._empty = filled  # type: ignore[method-assign]
    assert destruction.run() == []
    assert "models" not in buckets(session)


def test_nothing_goes_unless_the_operator_says_so_in_full(
    session: boto3.Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    destroy.main(["dev", "--dry-run", "--keep", "models"], session=session)
    said = capsys.readouterr().out
    assert "keeps AWS::S3::Bucket models" in said
    assert "deletes AWS::S3::Bucket uploads" in said
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    with pytest.raises(SystemExit, match="Nothing was deleted"):
        destroy.main(["dev"], session=session)
    assert "uploads" in buckets(session)
    monkeypatch.setattr("builtins.input", lambda _: "dev")
    destroy.main(["dev"], session=session)
    assert "Nothing of dev is left." in capsys.readouterr().out
    assert buckets(session) == {"of-prod"}


def test_every_stack_is_removed_after_those_that_need_it() -> None:
    assert UNITS == ("archive", "inference", "pipeline", "watch", "web", "network", "base")


def test_a_stack_that_cannot_go_is_said_by_its_name(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    destruction = Destruction(session, "dev", say=lambda _: None, wait=lambda _: None)

    def refused(**_: object) -> None:
        return None

    monkeypatch.setattr(destruction._formation, "delete_stack", refused)
    monkeypatch.setattr(destruction._formation, "get_waiter", lambda _: _Never())
    with pytest.raises(SystemExit, match="movements-dev-inference cannot be deleted"):
        destruction.run()
    with pytest.raises(ClientError):
        session.client("s3").head_bucket(Bucket="nothing-else")


class _Never:
    def wait(self, **_: object) -> None:
        from botocore.exceptions import WaiterError

        raise WaiterError("stack_delete_complete", "max attempts exceeded", {})
