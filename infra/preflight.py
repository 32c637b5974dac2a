"""`python -m infra.preflight prod` asks an account what a first deployment there will meet, before anything is created.

A row for each thing that would stop a first deployment, or have it end without a page: what was found, and what to do.
Nothing is created or changed. Of what cannot be asked, for want of a permission, the row says so.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import ENVIRONMENTS, Context
from infra.constructs.load_balancer import CLOUDFRONT_PREFIX_LISTS, NAMED_ZONES_ONLY
from infra.constructs.network import ZONES
from infra.names import Names

WITHOUT_VPC_ORIGINS = frozenset(("use1-az3", "usw1-az2", "apne1-az3", "cac1-az3"))
"""Zones in which CloudFront reaches no origin (Amazon CloudFront, "Restrict access with VPC origins")."""

LEAST_UNRESERVED = 10
"""Executions at a time that an account must keep unreserved (AWS Lambda, "Configuring reserved concurrency")."""

VCPUS_QUOTA = "L-1216C47A"
"""Running On-Demand Standard instances, in virtual processors."""

BUILDS_QUOTA = "Concurrently running builds for Linux/Medium environment"

ROLLING_VCPUS = 2
"""Virtual processors of an instance of the page's servers; one more instance runs while one is replaced."""


class State(StrEnum):
    """How something stands."""

    GOOD = "good"
    STOPS = "stops"  # the deployment ends in a failure, or without a page
    LOOK = "look"  # it may, or cannot be asked


@dataclass(frozen=True)
class Finding:
    """One row: what was looked at, how it stands, what was found, and what to do."""

    about: str
    state: State
    found: str
    remedy: str = ""


class Preflight:
    """The questions.

    Args:
        session: whose account and region the deployment goes to.
        context: what is to be deployed.
    """

    def __init__(self, session: boto3.Session, context: Context) -> None:
        self._session, self._context = session, context
        self._environment = context.environment
        self._region = str(session.region_name)

    def findings(self) -> Iterator[Finding]:
        """Every row, in the order in which a deployment would meet it."""
        questions: Sequence[tuple[str, Callable[[], Finding]]] = (
            ("region", self._asks_region),
            ("repository", self._asks_repository),
            ("zones", self._asks_zones),
            ("servers", self._asks_instances),
            ("processors", self._asks_vcpus),
            ("executions", self._asks_concurrency),
            ("builds", self._asks_builds),
            ("CloudFront", self._asks_cloudfront),
            ("connection", self._asks_connection),
            ("leftovers", self._asks_leftovers),
        )
        for about, ask in questions:
            try:
                yield ask()
            except (BotoCoreError, ClientError) as error:
                yield Finding(
                    about, State.LOOK, f"cannot be asked: {error}", "Ask with an administrator's credentials."
                )

    def _client(self, name: str, **more: Any) -> Any:
        return self._session.client(name, **more)

    def _asks_region(self) -> Finding:
        if self._region not in CLOUDFRONT_PREFIX_LISTS:
            remedy = "Add the id of CloudFront's prefix list to infra/constructs/load_balancer.py; the guide says how."
            return Finding("region", State.STOPS, f"{self._region} is not in the list of prefix lists", remedy)
        lists = self._client("ec2").describe_managed_prefix_lists(
            Filters=[{"Name": "prefix-list-name", "Values": ["com.amazonaws.global.cloudfront.origin-facing"]}]
        )["PrefixLists"]
        found = [row["PrefixListId"] for row in lists]
        wanted = CLOUDFRONT_PREFIX_LISTS[self._region]
        if found and wanted not in found:
            remedy = f"Write {found[0]} into infra/constructs/load_balancer.py."
            return Finding("region", State.STOPS, f"CloudFront's prefix list is {found[0]}, not {wanted}", remedy)
        return Finding("region", State.GOOD, self._region)

    def _asks_repository(self) -> Finding:
        if self._context.repository == Context(environment=self._environment).repository:
            remedy = "Write repository=owner/name into cdk.json."
            return Finding("repository", State.STOPS, "the pipeline follows none", remedy)
        return Finding("repository", State.GOOD, f"{self._context.repository}, {self._context.branch}")

    def _zones(self) -> list[dict[str, Any]]:
        """The zones that the network will be in."""
        zones = self._client("ec2").describe_availability_zones(
            Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
        )["AvailabilityZones"]
        named = {zone["ZoneName"]: zone for zone in zones}
        if self._context.zones:
            return [named[name] for name in self._context.zones if name in named]
        return [named[name] for name in sorted(named)][:ZONES]

    def _asks_zones(self) -> Finding:
        zones = self._zones()
        names = ", ".join(f"{zone['ZoneName']} ({zone['ZoneId']})" for zone in zones)
        missing = set(self._context.zones) - {zone["ZoneName"] for zone in zones}
        without = [zone["ZoneName"] for zone in zones if zone["ZoneId"] in WITHOUT_VPC_ORIGINS]
        remedy = "Name two others: -c zones=<name>,<name>."
        if missing:
            return Finding("zones", State.STOPS, f"this account has no zone {', '.join(sorted(missing))}", remedy)
        if without:
            return Finding("zones", State.STOPS, f"CloudFront reaches no origin in {', '.join(without)}", remedy)
        if len(zones) < ZONES:
            return Finding("zones", State.STOPS, f"only {names}; a load balancer needs two", remedy)
        if self._region in NAMED_ZONES_ONLY and not self._context.zones:
            return Finding("zones", State.STOPS, f"in {self._region} they must be named", remedy)
        return Finding("zones", State.GOOD, names)

    def _asks_instances(self) -> Finding:
        kind = self._environment.instance_type
        offered = {
            row["Location"]
            for row in self._client("ec2").describe_instance_type_offerings(
                LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": [kind]}]
            )["InstanceTypeOfferings"]
        }
        without = [zone["ZoneName"] for zone in self._zones() if zone["ZoneName"] not in offered]
        if without:
            remedy = "Name zones that have it: -c zones=<name>,<name>; or change instance_type in infra/config.py."
            return Finding("servers", State.STOPS, f"{kind} is not offered in {', '.join(without)}", remedy)
        return Finding("servers", State.GOOD, f"{kind} is offered in every zone")

    def _asks_vcpus(self) -> Finding:
        quotas = self._client("service-quotas")
        have = float(quotas.get_service_quota(ServiceCode="ec2", QuotaCode=VCPUS_QUOTA)["Quota"]["Value"])
        need = ROLLING_VCPUS * (self._environment.min_instances + 1)
        found = f"{have:g} virtual processors; while a server is replaced, {need} are needed"
        if have < need:
            remedy = "Raise the quota Running On-Demand Standard instances (Service Quotas, Amazon EC2)."
            return Finding("processors", State.STOPS, found, remedy)
        return Finding("processors", State.GOOD, found)

    def _asks_concurrency(self) -> Finding:
        limits = self._client("lambda").get_account_settings()["AccountLimit"]
        have, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
        reserved = self._environment.reserved_concurrency or 0
        if reserved and free - reserved < LEAST_UNRESERVED:
            remedy = "Raise the quota Concurrent executions (Service Quotas, AWS Lambda); or dev, which reserves none."
            found = f"{free} of {have} can be had, {reserved} are to be reserved, {LEAST_UNRESERVED} must stay"
            return Finding("executions", State.STOPS, found, remedy)
        if have <= LEAST_UNRESERVED:
            remedy = "Raise the quota Concurrent executions before many people come."
            return Finding("executions", State.LOOK, f"{have} clips at a time, as in a new account", remedy)
        return Finding("executions", State.GOOD, f"{have} at a time, {reserved} reserved")

    def _asks_builds(self) -> Finding:
        pages = self._client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="codebuild")
        rows = (row for page in pages for row in page["Quotas"])
        have = next((float(row["Value"]) for row in rows if row["QuotaName"] == BUILDS_QUOTA), None)
        remedy = f"Raise the quota {BUILDS_QUOTA} (Service Quotas, AWS CodeBuild)."
        if have is None:
            return Finding(
                "builds", State.LOOK, "the account has no number of its own; a new one may have none", remedy
            )
        if have < 1:
            return Finding("builds", State.STOPS, "none at a time, as in a new account", remedy)
        return Finding("builds", State.GOOD, f"{have:g} at a time")

    def _asks_cloudfront(self) -> Finding:
        """An account that is not verified cannot have a distribution, and only says so when it asks for one."""
        listed = self._client("cloudfront").list_distributions(MaxItems="1")["DistributionList"]
        if listed["Quantity"]:
            return Finding("CloudFront", State.GOOD, "the account has distributions")
        remedy = "If the creation of Web ends in 'account must be verified', have AWS' support verify it; deploy again."
        return Finding("CloudFront", State.LOOK, "no distribution yet: a new account may have to be verified", remedy)

    def _asks_connection(self) -> Finding:
        name = Names(self._environment).pipeline
        rows = self._client("codestar-connections").list_connections(ProviderTypeFilter="GitHub")["Connections"]
        state = next((row["ConnectionStatus"] for row in rows if row["ConnectionName"] == name), None)
        if state is None:
            return Finding("connection", State.GOOD, "the deployment makes it", "Approve it in the console afterwards.")
        if state != "AVAILABLE":
            remedy = "Console, Developer Tools, Connections: Update pending connection."
            return Finding("connection", State.STOPS, f"it is {state.lower()}: no push starts the pipeline", remedy)
        return Finding("connection", State.GOOD, "approved")

    def _asks_leftovers(self) -> Finding:
        """A repository that an earlier environment left would block the creation of this one's."""
        names = Names(self._environment)
        rows = self._client("cloudformation").describe_stacks()["Stacks"]
        if any(row["StackName"] == names.stack("base") for row in rows):
            return Finding("leftovers", State.GOOD, "the environment exists already")
        repositories = self._client("ecr").describe_repositories()["repositories"]
        if any(row["repositoryName"] == names.image_repository for row in repositories):
            remedy = f"python -m infra.destroy {self._environment.name}, or delete the repository."
            found = f"the repository {names.image_repository} is there without its stack"
            return Finding("leftovers", State.STOPS, found, remedy)
        return Finding("leftovers", State.GOOD, "none")


def table(findings: Sequence[Finding]) -> str:
    """The rows as text."""
    width = max(len(row.about) for row in findings)
    lines = []
    for row in findings:
        lines.append(f"{row.state:<5}  {row.about:<{width}}  {row.found}")
        if row.remedy and row.state is not State.GOOD:
            lines.append(f"{'':5}  {'':{width}}  -> {row.remedy}")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None, *, session: boto3.Session | None = None) -> None:
    """Print the table; exit with 1 if something stops the deployment."""
    parser = argparse.ArgumentParser(prog="python -m infra.preflight", description=__doc__)
    parser.add_argument("environment", choices=sorted(ENVIRONMENTS))
    parser.add_argument("-c", "--context", action="append", default=[], metavar="KEY=VALUE", help="as for cdk deploy")
    given = parser.parse_args(arguments)
    values = dict(setting.partition("=")[::2] for setting in given.context)
    try:
        context = Context.read({**_settings(), **values, "environment": given.environment})
    except ValueError as error:
        parser.error(str(error))
    findings = list(Preflight(session or boto3.Session(), context).findings())
    sys.stdout.write(table(findings))
    if any(row.state is State.STOPS for row in findings):
        sys.exit(1)


def _settings() -> dict[str, Any]:
    """The context in cdk.json, as `cdk deploy` reads it."""
    text = (Path(__file__).parents[1] / "cdk.json").read_text(encoding="utf-8")
    settings: dict[str, Any] = json.loads(text)["context"]
    return settings


if __name__ == "__main__":
    main()
