"""What an operator decides: the three environments, and the context of one synthesis."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EXAMPLE_REPOSITORY = "owner/repository"
"""The placeholder until the context names a repository; a pipeline that followed it would find nothing."""

UNBUILT_TAG = "unbuilt"
"""The placeholder until the context names an image's tag. No image has it, so nothing is deployed by accident."""

DEFAULT_BUNDLE = "default"
"""Stands for the repository's own model instead of an address in S3. The pipeline publishes that model and deploys its
address; without a setting, the function uses the copy in its image."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_BUNDLE = re.compile(r"s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[A-Za-z0-9._-]+)+(@sha256:[0-9a-f]{64})?")
_ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d[a-z]")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One complete system in an account and region. Several can share them: every name contains the environment's.

    Attributes:
        name: `hobby`, `dev` or `prod`.
        balanced: whether a load balancer with a firewall stands before a group of servers. Without, CloudFront asks the
            one server there is, and nobody signs in.
        own_metrics: whether the function reports times and outcomes as metrics, which cost more than a small server's
            disk; without them the log has them.
        memory_mb: of the function; 1769 MB is one virtual CPU.
        tensorflow_memory_mb: the same where the image has TensorFlow.
        engine_threads: threads of the function's engine.
        timeout_seconds: of the function; enough for the slowest clip that is accepted.
        reserved_concurrency: the most clips that are answered at the same time; None for what the account has. A new
            account runs ten functions at a time, and has none to reserve.
        workout_memory_mb: of the function that analyses whole workouts; new accounts may have 3008 MB.
        workout_threads: threads of its engine.
        archive_concurrency: the same for parts of archives; None for what the account has.
        provisioned_concurrency: how many containers are always kept warm, which costs money; 0 for none.
        canary: whether a new version answers one request in ten for five minutes before it answers all.
        nat_gateways: 0 puts the instances into public subnets that only the load balancer's rule opens; each
            gateway costs about 35 USD a month.
        instance_type: of the page's servers.
        min_instances, max_instances: of the page's group.
        log_days: how long log lines are kept; one of the periods that CloudWatch offers.
        requests_per_5_minutes: the most requests of one address; beyond that they are refused.
        monthly_budget_usd: spending of the tagged resources at which a mail is sent.
        keep_data: whether models, images and logs stay when their stack is deleted.
    """

    name: str
    balanced: bool = True
    own_metrics: bool = True
    memory_mb: int = 1769
    tensorflow_memory_mb: int = 3008
    engine_threads: int = 1
    timeout_seconds: int = 30
    workout_memory_mb: int = 3008
    workout_threads: int = 2
    reserved_concurrency: int | None
    archive_concurrency: int | None = None
    provisioned_concurrency: int = 0
    canary: bool
    nat_gateways: int
    instance_type: str = "t3.small"
    min_instances: int
    max_instances: int
    log_days: int
    requests_per_5_minutes: int
    monthly_budget_usd: int
    keep_data: bool


ENVIRONMENTS: Mapping[str, Environment] = {
    environment.name: environment
    for environment in (
        Environment(
            name="hobby",
            balanced=False,
            own_metrics=False,
            reserved_concurrency=None,
            canary=False,
            nat_gateways=0,
            instance_type="t3.micro",
            min_instances=1,
            max_instances=1,
            log_days=14,
            requests_per_5_minutes=500,
            monthly_budget_usd=30,
            keep_data=False,
        ),
        Environment(
            name="dev",
            reserved_concurrency=None,
            canary=False,
            nat_gateways=0,
            min_instances=1,
            max_instances=2,
            log_days=14,
            requests_per_5_minutes=500,
            monthly_budget_usd=90,
            keep_data=False,
        ),
        Environment(
            name="prod",
            reserved_concurrency=50,
            archive_concurrency=50,
            canary=True,
            nat_gateways=1,
            min_instances=2,
            max_instances=4,
            log_days=90,
            requests_per_5_minutes=1000,
            monthly_budget_usd=200,
            keep_data=True,
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain of the operator's own.

    Attributes:
        name: the address that people type, such as `movements.example.com`.
        certificate_arn: a certificate for it in the stacks' region, for the load balancer.
        edge_certificate_arn: a certificate for it in us-east-1, as CloudFront requires.
        hosted_zone_id: of the Route 53 zone that gets the record; None if the record is kept elsewhere.
        zone_name: of that zone, such as `example.com`.
        sign_in: whether visitors sign in as users of a Cognito pool.
    """

    name: str
    certificate_arn: str
    edge_certificate_arn: str
    hosted_zone_id: str | None = None
    zone_name: str | None = None
    sign_in: bool = False


@dataclass(frozen=True, kw_only=True)
class Context:
    """The settings of one synthesis, from `cdk.json`, `-c key=value` or the variable CDK_CONTEXT_JSON.

    Attributes:
        environment: context `environment`; `dev` by default.
        repository: context `repository`, the GitHub repository `owner/name` that the pipeline follows.
        branch: context `branch`.
        image_tag: context `image_tag`, the commit whose image the function runs. It is a literal in the template, so
            that each tag makes a version.
        bundle: context `bundle`, `default` or `s3://<models bucket>/models/<name>/<version>`, as `movements activate`
            prints it, with `@sha256:…` behind it where the function is to accept only what has that digest.
        tensorflow: context `tensorflow`; whether the image has TensorFlow, for a plain SavedModel without a flatbuffer.
            It is slower and takes more memory.
        archives: context `archives`, names of the buckets with archives of clips, and with the answers to them, with a
            comma between; without any there is no stack for archives.
        zones: context `zones`, names of at least two availability zones with a comma between; empty for the region's
            first two. CloudFront and `instance_type` may be missing in one of a region's zones.
        alarm_email: context `alarm_email`; None if nobody gets a mail.
        domain: contexts `domain_name`, `domain_certificate`, `domain_edge_certificate`, `domain_zone_id`,
            `domain_zone_name` and `sign_in`; None for CloudFront's own name.
    """

    environment: Environment
    repository: str = EXAMPLE_REPOSITORY
    branch: str = "main"
    image_tag: str = UNBUILT_TAG
    bundle: str = DEFAULT_BUNDLE
    tensorflow: bool = False
    archives: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    alarm_email: str | None = None
    domain: Domain | None = None

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Context:
        """Read the context from a mapping; an empty value counts as absent.

        Raises:
            ValueError: a value is invalid; the message names the key and what is expected.
        """
        text = {key: str(value).strip() for key, value in values.items() if str(value).strip()}
        name = text.get("environment", "dev")
        if name not in ENVIRONMENTS:
            raise ValueError(f"environment must be one of {', '.join(ENVIRONMENTS)}, not {name!r}")
        return cls(
            environment=ENVIRONMENTS[name],
            repository=_matching(
                text, "repository", _REPOSITORY, EXAMPLE_REPOSITORY, "owner/name of a GitHub repository"
            ),
            branch=text.get("branch", "main"),
            image_tag=_matching(text, "image_tag", _TAG, UNBUILT_TAG, "the tag of an image"),
            bundle=_bundle(text),
            tensorflow=_yes(text, "tensorflow"),
            archives=_archives(text),
            zones=_zones(text),
            alarm_email=_matching(text, "alarm_email", re.compile(r"[^@\s]+@[^@\s]+"), None, "an address"),
            domain=_domain(text, ENVIRONMENTS[name]),
        )


KEYS = (
    "environment",
    "repository",
    "branch",
    "image_tag",
    "bundle",
    "tensorflow",
    "archives",
    "zones",
    "alarm_email",
    "domain_name",
    "domain_certificate",
    "domain_edge_certificate",
    "domain_zone_id",
    "domain_zone_name",
    "sign_in",
)
"""Every key that `Context.read` reads."""


def _matching(text: dict[str, str], key: str, form: re.Pattern[str], default: Any, expected: str) -> Any:
    value = text.get(key, default)
    if value is not None and form.fullmatch(value) is None:
        raise ValueError(f"{key} must be {expected}, not {value!r}")
    return value


def _bundle(text: dict[str, str]) -> str:
    value = text.get("bundle", DEFAULT_BUNDLE)
    if value != DEFAULT_BUNDLE and _BUNDLE.fullmatch(value) is None:
        raise ValueError(
            f"bundle must be {DEFAULT_BUNDLE!r} or s3://bucket/models/<name>/<version>, not {value!r}; "
            "the digest @sha256:… may follow the version"
        )
    return value


def _yes(text: dict[str, str], key: str) -> bool:
    value = text.get(key, "false").lower()
    if value not in ("true", "false"):
        raise ValueError(f"{key} must be true or false, not {value!r}")
    return value == "true"


def _archives(text: dict[str, str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.get("archives", "").split(",") if name.strip())
    if not all(map(_BUCKET.fullmatch, names)):
        raise ValueError(f"archives must name buckets, as acme-films,acme-answers, not {text['archives']!r}")
    return names


def _zones(text: dict[str, str]) -> tuple[str, ...]:
    zones = tuple(zone.strip() for zone in text.get("zones", "").split(",") if zone.strip())
    regions = {zone[:-1] for zone in zones}
    if zones and (len(set(zones)) < 2 or len(regions) > 1 or not all(map(_ZONE.fullmatch, zones))):
        raise ValueError(
            f"zones must name two or more zones of a region, as eu-west-1a,eu-west-1b, not {text['zones']!r}"
        )
    return zones


def _domain(text: dict[str, str], environment: Environment) -> Domain | None:
    sign_in = _yes(text, "sign_in")
    if sign_in and not environment.balanced:
        raise ValueError(f"sign_in needs a load balancer, which {environment.name} has not")
    given = {key for key in text if key.startswith("domain_")}
    if not given:
        if sign_in:
            raise ValueError("sign_in needs a domain of your own: set domain_name and its certificates")
        return None
    missing = {"domain_name", "domain_certificate", "domain_edge_certificate"} - given
    if missing:
        raise ValueError(f"a domain also needs {', '.join(sorted(missing))}")
    if ("domain_zone_id" in given) != ("domain_zone_name" in given):
        raise ValueError("domain_zone_id and domain_zone_name belong together")
    certificate, edge = text["domain_certificate"], text["domain_edge_certificate"]
    for key, arn in (("domain_certificate", certificate), ("domain_edge_certificate", edge)):
        if not arn.startswith("arn:aws:acm:"):
            raise ValueError(f"{key} must be the ARN of a certificate, not {arn!r}")
    if not edge.startswith("arn:aws:acm:us-east-1:"):
        raise ValueError("domain_edge_certificate must be in us-east-1: CloudFront takes no other")
    return Domain(
        name=text["domain_name"],
        certificate_arn=certificate,
        edge_certificate_arn=edge,
        hosted_zone_id=text.get("domain_zone_id"),
        zone_name=text.get("domain_zone_name"),
        sign_in=sign_in,
    )
