"""`python -m infra.destroy dev` removes an environment whole, so that nothing of it costs money any more.

What makes a deletion by hand get stuck is done first: access logs are turned off, or they fill a bucket while it is
emptied; protections against deletion are taken away; buckets lose all versions, repositories all images. A log line
that was on its way arrives late: what fails is emptied and tried again. What the templates say is to be kept goes, too,
unless `--keep` names it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import boto3
from botocore.exceptions import ClientError, WaiterError

from infra.config import ENVIRONMENTS
from infra.names import PROJECT, Names

UNITS = ("archive", "inference", "pipeline", "watch", "web", "network", "base")
"""The stacks in the order in which they can go: the role that deletes the function's is in the pipeline's."""

KEEP = {"models": "the bucket of models", "images": "the function's images", "logs": "log lines and access logs"}
"""What may be kept, and costs money then."""

TRIES = 5
WAIT_SECONDS = 20.0
"""How often something is tried, and how long it is waited in between: access logs arrive within minutes."""

GONE = frozenset(
    {
        "LoadBalancerNotFound",
        "NoSuchBucket",
        "NoSuchUpload",
        "ParameterNotFound",
        "RepositoryNotFoundException",
        "ResourceNotFoundException",
    }
)
"""What services say of something that is not there."""

BUCKET, REPOSITORY, LOG_GROUP = "AWS::S3::Bucket", "AWS::ECR::Repository", "AWS::Logs::LogGroup"
BALANCER, USERS = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::Cognito::UserPool"


@contextmanager
def _unless_gone() -> Iterator[None]:
    """Pass over what is not there, or no longer; a permission that is missing must not look like that."""
    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        no_stack = told["Code"] == "ValidationError" and "does not exist" in told.get("Message", "")
        if told["Code"] not in GONE and not no_stack:
            raise


@dataclass(frozen=True)
class Part:
    """A resource of a stack."""

    stack: str
    logical: str
    kind: str
    name: str

    @property
    def role(self) -> str:
        """What of `KEEP` it is; empty if it is nothing that may be kept."""
        if self.kind == REPOSITORY:
            return "images"
        if self.kind == LOG_GROUP or (self.kind == BUCKET and self.logical.startswith("AccessLogs")):
            return "logs"
        return "models" if self.kind == BUCKET and self.logical.startswith("Models") else ""


class Destruction:
    """The end of an environment.

    Args:
        session: whose account and region it is in.
        environment: its name.
        keep: what of `KEEP` stays.
        say: told each step.
        wait: waits some seconds.
    """

    def __init__(
        self,
        session: boto3.Session,
        environment: str,
        *,
        keep: Sequence[str] = (),
        say: Callable[[str], object] = print,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._names = Names(ENVIRONMENTS[environment])
        self._keep = frozenset(keep)
        self._say, self._wait = say, wait
        self._formation = session.client("cloudformation")
        self._s3 = session.client("s3")
        self._ecr = session.client("ecr")
        self._logs = session.client("logs")
        self._balancers = session.client("elbv2")
        self._users = session.client("cognito-idp")
        self._parameters = session.client("ssm")
        self._tags = session.client("resourcegroupstaggingapi")
        self.parts = [part for unit in UNITS for part in self._parts(self._names.stack(unit))]

    def kept(self, part: Part) -> bool:
        """Whether it stays because the operator wants it to."""
        return part.role in self._keep

    def run(self) -> list[str]:
        """Remove everything; gives what is left though it should not be, by name."""
        self._quiet()
        for unit in UNITS:
            self._remove_stack(self._names.stack(unit))
        for part in self.parts:
            if part.kind in (BUCKET, REPOSITORY, LOG_GROUP) and not self.kept(part):
                self._insist(part)
        self._remove_the_rest()
        return self.left()

    def left(self) -> list[str]:
        """What still carries the environment's tags, but what is kept."""
        kept = {part.name for part in self.parts if self.kept(part)}
        filters = [
            {"Key": "project", "Values": [PROJECT]},
            {"Key": "environment", "Values": [self._names.environment.name]},
        ]
        pages = self._tags.get_paginator("get_resources").paginate(TagFilters=filters)
        found = [row["ResourceARN"] for page in pages for row in page["ResourceTagMappingList"]]
        return [arn for arn in found if not any(name in arn for name in kept)]

    def _parts(self, stack: str) -> Iterator[Part]:
        pages = self._formation.get_paginator("list_stack_resources").paginate(StackName=stack)
        with _unless_gone():
            for page in pages:
                for row in page["StackResourceSummaries"]:
                    yield Part(stack, row["LogicalResourceId"], row["ResourceType"], row.get("PhysicalResourceId", ""))

    def _quiet(self) -> None:
        """Turn off access logs and protections, everywhere, before anything is emptied."""
        for part in self.parts:
            with _unless_gone():
                if part.kind == BUCKET:
                    self._s3.put_bucket_logging(Bucket=part.name, BucketLoggingStatus={})
                elif part.kind == BALANCER:
                    off = {"access_logs.s3.enabled": "false", "deletion_protection.enabled": "false"}
                    attributes = [{"Key": key, "Value": value} for key, value in off.items()]
                    self._balancers.modify_load_balancer_attributes(LoadBalancerArn=part.name, Attributes=attributes)
                elif part.kind == USERS:
                    self._users.update_user_pool(UserPoolId=part.name, DeletionProtection="INACTIVE")

    def _remove_stack(self, stack: str) -> None:
        parts = [part for part in self.parts if part.stack == stack]
        if not parts:
            return
        self._say(f"{stack}: {len(parts)} resources")
        retained: list[str] = []
        for _ in range(TRIES):
            for part in parts:
                if not self.kept(part):
                    self._empty(part)
            self._formation.delete_stack(StackName=stack, **({"RetainResources": retained} if retained else {}))
            with suppress(WaiterError):
                self._formation.get_waiter("stack_delete_complete").wait(StackName=stack)
                return
            if self._status(stack) == "DELETE_FAILED":  # only then may something be left out
                retained = [part.logical for part in parts if self.kept(part)]
            self._say(f"{stack}: not yet")
            self._wait(WAIT_SECONDS)
        raise SystemExit(f"{stack} cannot be deleted: its events in CloudFormation say why. Run this again afterwards.")

    def _status(self, stack: str) -> str:
        found = []
        with _unless_gone():
            found = self._formation.describe_stacks(StackName=stack)["Stacks"]
        return str(found[0]["StackStatus"]) if found else "DELETE_COMPLETE"

    def _empty(self, part: Part) -> None:
        with _unless_gone():
            if part.kind == BUCKET:
                for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=part.name):
                    rows = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
                    named = [{"Key": row["Key"], "VersionId": row["VersionId"]} for row in rows]
                    if named:
                        self._s3.delete_objects(Bucket=part.name, Delete={"Objects": named, "Quiet": True})
                for page in self._s3.get_paginator("list_multipart_uploads").paginate(Bucket=part.name):
                    for row in page.get("Uploads", ()):
                        self._s3.abort_multipart_upload(Bucket=part.name, Key=row["Key"], UploadId=row["UploadId"])
            elif part.kind == REPOSITORY:
                for page in self._ecr.get_paginator("list_images").paginate(repositoryName=part.name):
                    if page["imageIds"]:
                        self._ecr.batch_delete_image(repositoryName=part.name, imageIds=page["imageIds"])

    def _insist(self, part: Part) -> None:
        """Delete what the template kept; a bucket that is filled once more while it goes is emptied again."""
        for attempt in range(TRIES):
            self._empty(part)
            try:
                if part.kind == BUCKET:
                    self._s3.delete_bucket(Bucket=part.name)
                elif part.kind == REPOSITORY:
                    self._ecr.delete_repository(repositoryName=part.name, force=True)
                else:
                    self._logs.delete_log_group(logGroupName=part.name)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in GONE:
                    return
                if attempt == TRIES - 1 or code not in ("BucketNotEmpty", "OperationAborted"):
                    raise
                self._wait(WAIT_SECONDS)
            else:
                self._say(f"{part.name}: deleted")
                return

    def _remove_the_rest(self) -> None:
        """What no stack has: the live model's parameter, and logs of functions that wrote once more as they went."""
        with _unless_gone():
            self._parameters.delete_parameter(Name=self._names.bundle_parameter)
        if "logs" not in self._keep:
            pages = self._logs.get_paginator("describe_log_groups").paginate(
                logGroupNamePrefix=self._names.log_group("")
            )
            for page in pages:
                for row in page["logGroups"]:
                    self._logs.delete_log_group(logGroupName=row["logGroupName"])


def main(arguments: Sequence[str] | None = None, *, session: boto3.Session | None = None) -> None:
    """Ask, remove, and say what is left."""
    parser = argparse.ArgumentParser(prog="python -m infra.destroy", description=__doc__)
    parser.add_argument("environment", choices=sorted(ENVIRONMENTS))
    parser.add_argument("--keep", action="append", default=[], choices=sorted(KEEP), help="what stays; may be repeated")
    parser.add_argument("--dry-run", action="store_true", help="say what would go, and end")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    given = parser.parse_args(arguments)
    destruction = Destruction(session or boto3.Session(), given.environment, keep=given.keep)
    for part in destruction.parts:
        if part.kind in (BUCKET, REPOSITORY, LOG_GROUP):
            sys.stdout.write(f"{'keeps' if destruction.kept(part) else 'deletes'} {part.kind} {part.name}\n")
    sys.stdout.write(f"{len({part.stack for part in destruction.parts})} stacks, {len(destruction.parts)} resources\n")
    if given.dry_run:
        return
    if not given.yes and input(f"Nothing of this comes back. Type {given.environment} to go on: ") != given.environment:
        sys.exit("Nothing was deleted.")
    left = destruction.run()
    if left:
        sys.exit("Still there, and perhaps not free:\n" + "\n".join(left))
    sys.stdout.write(f"Nothing of {given.environment} is left{' but what you kept' if given.keep else ''}.\n")


if __name__ == "__main__":
    main()
