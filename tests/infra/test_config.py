"""What an operator may say, and what is answered to what is wrong."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from infra.config import ENVIRONMENTS, KEYS, UNBUILT_TAG, Context, Domain
from infra.names import Names
from tests.infra.conftest import EVERYTHING

ROOT = Path(__file__).parents[2]
DOMAIN = {key: value for key, value in EVERYTHING.items() if key.startswith("domain_")}


def test_who_says_nothing_gets_dev_without_domain_image_or_mail() -> None:
    context = Context.read({})
    assert context.environment.name == "dev"
    assert context.branch == "main"
    assert context.image_tag == UNBUILT_TAG
    assert context.bundle == "default"
    assert context.alarm_email is None
    assert context.domain is None


def test_an_empty_value_counts_as_none() -> None:
    assert Context.read(dict.fromkeys(KEYS, " ")) == Context.read({})


def test_everything_that_is_said_is_taken() -> None:
    context = Context.read(EVERYTHING)
    assert context.environment is ENVIRONMENTS["prod"]
    assert (context.repository, context.image_tag) == ("acme/movements", "0123abc")
    assert context.bundle == "s3://acme-models/models/squats/4"
    assert context.alarm_email == "ops@example.com"
    assert context.domain == Domain(
        name="movements.example.com",
        certificate_arn=EVERYTHING["domain_certificate"],
        edge_certificate_arn=EVERYTHING["domain_edge_certificate"],
        hosted_zone_id="Z0123456789ABC",
        zone_name="example.com",
        sign_in=True,
    )


def test_a_domain_needs_neither_a_zone_nor_sign_in() -> None:
    needed = ("domain_name", "domain_certificate", "domain_edge_certificate")
    domain = Context.read({key: EVERYTHING[key] for key in needed}).domain
    assert domain is not None
    assert (domain.hosted_zone_id, domain.zone_name, domain.sign_in) == (None, None, False)


@pytest.mark.parametrize("value", [True, "true", "True"])
def test_sign_in_is_understood_from_json_and_from_the_command_line(value: object) -> None:
    domain = Context.read({**DOMAIN, "sign_in": value}).domain
    assert domain is not None
    assert domain.sign_in


@pytest.mark.parametrize(
    "bundle",
    ["default", "s3://models/models/squats/1", "s3://my.models-2/a/b_c/1.0", f"s3://models/m/1@sha256:{'0a' * 32}"],
)
def test_a_bundle_is_the_default_one_or_an_address_in_s3(bundle: str) -> None:
    assert Context.read({"bundle": bundle}).bundle == bundle


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"environment": "staging"}, "environment must be one of hobby, dev, prod, not 'staging'"),
        ({"repository": "movements"}, "repository must be owner/name of a GitHub repository, not 'movements'"),
        ({"repository": "a/b/c"}, "repository must be owner/name of a GitHub repository, not 'a/b/c'"),
        ({"image_tag": "a tag"}, "image_tag must be the tag of an image, not 'a tag'"),
        ({"image_tag": "a" * 129}, "image_tag must be the tag of an image"),
        ({"image_tag": "sha256:0123"}, "image_tag must be the tag of an image"),
        ({"bundle": "squats"}, "bundle must be 'default' or s3://bucket/models/<name>/<version>, not 'squats'"),
        ({"bundle": "s3://models"}, "bundle must be 'default' or s3://"),
        ({"bundle": "s3://models/"}, "bundle must be 'default' or s3://"),
        ({"bundle": "s3://models/a/*"}, "bundle must be 'default' or s3://"),
        ({"bundle": "s3://models/m/1@sha256:0a"}, "the digest @sha256:… may follow the version"),
        ({"bundle": f"s3://models/m/1@md5:{'0a' * 32}"}, "bundle must be 'default' or s3://"),
        ({"bundle": "https://models/models/squats/1"}, "bundle must be 'default' or s3://"),
        ({"alarm_email": "ops"}, "alarm_email must be an address, not 'ops'"),
        ({"sign_in": "yes"}, "sign_in must be true or false, not 'yes'"),
        ({"tensorflow": "1"}, "tensorflow must be true or false, not '1'"),
        ({"zones": "eu-west-1a"}, "zones must name two or more zones of a region"),
        ({"zones": "eu-west-1a,eu-west-1a"}, "zones must name two or more zones of a region"),
        ({"zones": "eu-west-1a,us-east-1b"}, "zones must name two or more zones of a region"),
        ({"zones": "euw1-az1,euw1-az2"}, "zones must name two or more zones of a region"),
        ({"sign_in": "true"}, "sign_in needs a domain of your own"),
        ({"sign_in": "true", "environment": "hobby"}, "sign_in needs a load balancer, which hobby has not"),
        (
            {"domain_name": "example.com"},
            "a domain also needs domain_certificate, domain_edge_certificate",
        ),
        ({**DOMAIN, "domain_zone_name": ""}, "domain_zone_id and domain_zone_name belong together"),
        ({**DOMAIN, "domain_zone_id": ""}, "domain_zone_id and domain_zone_name belong together"),
        ({**DOMAIN, "domain_certificate": "mine"}, "domain_certificate must be the ARN of a certificate, not 'mine'"),
        (
            {**DOMAIN, "domain_edge_certificate": DOMAIN["domain_certificate"]},
            "domain_edge_certificate must be in us-east-1",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_and_what_is_expected(values: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Context.read(values)


def test_zones_are_named_in_any_number_from_two() -> None:
    assert Context.read({"zones": "us-east-1a, us-east-1c ,us-east-1f"}).zones == (
        "us-east-1a",
        "us-east-1c",
        "us-east-1f",
    )
    assert Context.read({}).zones == ()


def test_every_key_of_the_context_is_read() -> None:
    assert set(EVERYTHING) | {"branch", "archives"} == set(KEYS)
    assert set(json.loads((ROOT / "cdk.json").read_text())["context"]) <= set(KEYS)


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=list(ENVIRONMENTS))
def test_an_environment_is_consistent_in_itself(environment: object) -> None:
    assert dataclasses.is_dataclass(environment)
    values = dataclasses.asdict(environment)  # type: ignore[arg-type]
    assert values["provisioned_concurrency"] <= (values["reserved_concurrency"] or 0)
    assert 1 <= values["min_instances"] <= values["max_instances"]
    assert values["memory_mb"] >= 1769 * values["engine_threads"], "a thread needs a virtual CPU"


def test_no_two_environments_share_a_name() -> None:
    every = [Names(environment) for environment in ENVIRONMENTS.values()]
    for name in ("function", "pre_traffic_function", "image_repository", "bundle_parameter", "pipeline"):
        assert len({getattr(names, name) for names in every}) == len(every)
    assert len({names.stack("base") for names in every}) == len({names.log_group("page") for names in every}) == 3
