"""What outlives every deployment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.stacks.base import ARTIFACT_DAYS, KEPT_IMAGES
from tests.infra.conftest import Resource, Synthesis

BUCKETS = ("AccessLogs", "Models", "Artifacts")


@pytest.fixture(params=["plain", "everything"])
def synthesis(request: pytest.FixtureRequest) -> Synthesis:
    found: Synthesis = request.getfixturevalue(request.param)
    return found


def bucket(synthesis: Synthesis, construct: str) -> tuple[str, Resource]:
    """Logical id and resource of the bucket made by a construct."""
    buckets = synthesis.resources("Base", "AWS::S3::Bucket")
    ((name, resource),) = ((name, item) for name, item in buckets.items() if name.startswith(construct))
    return name, resource


def expiries(resource: Resource) -> list[int]:
    rules = resource["Properties"]["LifecycleConfiguration"]["Rules"]
    return [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule]


@pytest.mark.parametrize("construct", BUCKETS)
def test_a_bucket_is_private_encrypted_and_forgets_uploads_that_were_never_completed(
    construct: str, synthesis: Synthesis
) -> None:
    _, resource = bucket(synthesis, construct)
    properties = resource["Properties"]
    assert properties["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    (encryption,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    rules = properties["LifecycleConfiguration"]["Rules"]
    assert [rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] for rule in rules] == [1]


@pytest.mark.parametrize("construct", BUCKETS)
def test_a_bucket_refuses_plain_http_and_old_tls(construct: str, synthesis: Synthesis) -> None:
    name, _ = bucket(synthesis, construct)
    (policy,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in synthesis.resources("Base", "AWS::S3::BucketPolicy").values()
        if policy["Properties"]["Bucket"] == {"Ref": name}
    )
    refused = [json.dumps(statement["Condition"]) for statement in policy if statement["Effect"] == "Deny"]
    assert '{"Bool": {"aws:SecureTransport": "false"}}' in refused
    assert '{"NumericLessThan": {"s3:TlsVersion": 1.2}}' in refused


def test_models_are_versioned_and_never_expire(synthesis: Synthesis) -> None:
    _, models = bucket(synthesis, "Models")
    assert models["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert expiries(models) == []


def test_artifacts_and_access_logs_expire(plain: Synthesis, everything: Synthesis) -> None:
    for synthesis, days in ((plain, 14), (everything, 90)):
        assert expiries(bucket(synthesis, "Artifacts")[1]) == [ARTIFACT_DAYS]
        assert expiries(bucket(synthesis, "AccessLogs")[1]) == [days]


def test_who_reads_what_is_logged(synthesis: Synthesis) -> None:
    logs, _ = bucket(synthesis, "AccessLogs")
    for construct in ("Models", "Artifacts"):
        logging = bucket(synthesis, construct)[1]["Properties"]["LoggingConfiguration"]
        assert logging == {"DestinationBucketName": {"Ref": logs}, "LogFilePrefix": f"{construct.lower()}/"}


def test_prod_keeps_models_and_images_and_dev_leaves_nothing(plain: Synthesis, everything: Synthesis) -> None:
    ((_, kept),) = everything.resources("Base", "AWS::ECR::Repository").items()
    ((_, left),) = plain.resources("Base", "AWS::ECR::Repository").items()
    assert bucket(everything, "Models")[1]["DeletionPolicy"].startswith("Retain")
    assert bucket(plain, "Models")[1]["DeletionPolicy"] == "Delete"
    # An image repository has a fixed name: left behind by a creation that failed, it would block the next one.
    assert kept["DeletionPolicy"] == "RetainExceptOnCreate"
    assert not kept["Properties"].get("EmptyOnDelete", False)
    assert left["DeletionPolicy"] == "Delete"
    assert left["Properties"]["EmptyOnDelete"] is True


def test_an_image_is_scanned_never_replaced_and_among_the_newest(synthesis: Synthesis) -> None:
    repository = synthesis.properties("Base", "AWS::ECR::Repository")
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    (rule,) = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES}
    assert rule["action"] == {"type": "expire"}


def test_only_lambda_is_let_in_by_the_repository_itself(synthesis: Synthesis) -> None:
    policy = synthesis.properties("Base", "AWS::ECR::Repository")["RepositoryPolicyText"]
    for statement in policy["Statement"]:
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert set(statement["Action"]) <= {
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        }


def test_no_stack_owns_the_parameter_that_names_the_live_model(synthesis: Synthesis) -> None:
    """It is the operator's: an update of a stack that owned it could put the value of the template back."""
    assert [stack for stack in synthesis.templates if synthesis.resources(stack, "AWS::SSM::Parameter")] == []


def statements_of_topic(synthesis: Synthesis) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = synthesis.properties("Base", "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    return found


def test_the_topic_of_alarms_refuses_plain_http(synthesis: Synthesis) -> None:
    (refusal,) = (item for item in statements_of_topic(synthesis) if item["Effect"] == "Deny")
    assert refusal["Action"] == "sns:Publish"
    assert refusal["Principal"] == "*"
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_alarms_and_budgets_of_the_account_speak_on_the_topic(synthesis: Synthesis) -> None:
    (permission,) = (item for item in statements_of_topic(synthesis) if item["Effect"] == "Allow")
    assert permission["Principal"].keys() == {"Service"}
    assert set(permission["Principal"]["Service"]) == {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}
    assert permission["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_alarms_are_mailed_to_whom_the_context_names(plain: Synthesis, everything: Synthesis) -> None:
    kind = "AWS::SNS::Subscription"
    assert plain.resources("Base", kind) == {}
    subscription = everything.properties("Base", kind)
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")


def test_a_budget_speaks_at_four_fifths_and_when_the_forecast_exceeds_it(
    plain: Synthesis, everything: Synthesis
) -> None:
    for synthesis, name, amount in ((plain, "dev", 90), (everything, "prod", 200)):
        properties = synthesis.properties("Base", "AWS::Budgets::Budget")
        budget = properties["Budget"]
        assert budget["BudgetLimit"] == {"Amount": amount, "Unit": "USD"}
        assert f"user:environment${name}" in budget["CostFilters"]["TagKeyValue"]
        ((topic, _),) = synthesis.resources("Base", "AWS::SNS::Topic").items()
        told = [
            (notice["Notification"]["NotificationType"], notice["Notification"]["Threshold"], subscriber["Address"])
            for notice in properties["NotificationsWithSubscribers"]
            for subscriber in notice["Subscribers"]
        ]
        assert told == [("ACTUAL", 80, {"Ref": topic}), ("FORECASTED", 100, {"Ref": topic})]


def test_the_budget_counts_what_carries_the_tags_of_the_resources(synthesis: Synthesis) -> None:
    filters = synthesis.properties("Base", "AWS::Budgets::Budget")["Budget"]["CostFilters"]["TagKeyValue"]
    for construct in BUCKETS:
        tags = bucket(synthesis, construct)[1]["Properties"]["Tags"]
        assert set(filters) <= {f"user:{tag['Key']}${tag['Value']}" for tag in tags}
