"""The check that a new version must pass before it gets traffic."""

from __future__ import annotations

from pathlib import Path

from constructs import Construct

from infra.config import Environment
from infra.constructs.image_function import SYNCHRONOUS, ImageFunction
from infra.constructs.inline_function import InlineFunction
from infra.constructs.permissions import permit
from infra.names import Names

CODE = Path(__file__).with_name("pre_traffic_code.py")


class PreTraffic(InlineFunction):
    """What CodeDeploy invokes during a deployment of the function; it reports its result to CodeDeploy.

    CodeDeploy's event does not name the new version; the program reads it from its own environment.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, classify: ImageFunction
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            unit="pre-traffic",
            purpose="Ask new versions, tell CodeDeploy",
            code=CODE,
            variables={"VERSION_ARN": classify.version.function_arn},
            no_queue=SYNCHRONOUS,
            name=Names(environment).pre_traffic_function,
        )
        permit(
            self.role,
            ["lambda:InvokeFunction"],
            [f"{classify.function.function_arn}:*"],
            because="Any version of this one function: a permission for the new version alone would be made seconds "
            "before it is needed, and IAM takes longer to know it everywhere.",
        )
