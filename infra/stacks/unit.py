"""What all stacks have in common."""

from __future__ import annotations

from aws_cdk import BootstraplessSynthesizer, Stack
from constructs import Construct

from infra.config import Context
from infra.names import PROJECT, Names


class UnitStack(Stack):
    """A unit of deployment of one environment, for any account and region, and without assets.

    Args:
        scope, construct_id: as for every construct; the stack is named after the environment and this id.
        context: the context of the synthesis.
        holds: its contents in a few words.
    """

    def __init__(self, scope: Construct, construct_id: str, *, context: Context, holds: str) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=Names(context.environment).stack(construct_id.lower()),
            description=f"{PROJECT.capitalize()} ({context.environment.name}): {holds}",
            synthesizer=BootstraplessSynthesizer(),
        )
