"""What answers whole archives of clips: for operators, beside the function that visitors ask."""

from __future__ import annotations

import json

from aws_cdk import CfnOutput
from constructs import Construct

from infra.config import Context
from infra.constructs.archive_machine import PART_SECONDS, ArchiveMachine
from infra.constructs.image_function import Configuration, ImageFunction
from infra.constructs.permissions import exported, permit
from infra.names import ARCHIVE_HANDLER, Names
from infra.stacks.base import BaseStack
from infra.stacks.inference import bundle_variables
from infra.stacks.unit import UnitStack


class ArchiveStack(UnitStack):
    """The image in a third configuration, and the state machine that asks it for parts of an archive.

    It is a stack of its own, which only operators deploy: who may push to the followed branch gets no way to the
    archives. Its function has its own concurrency, so that an archive takes nothing from visitors; the alias of a
    function that is shared could not have that, since Lambda reserves for functions.
    """

    def __init__(self, scope: Construct, construct_id: str, *, context: Context, base: BaseStack) -> None:
        environment, names = context.environment, Names(context.environment)
        super().__init__(scope, construct_id, context=context, holds="answers to archives of clips")
        function = ImageFunction(
            self,
            "Archive",
            environment=environment,
            configuration=Configuration(
                name=names.archive_function,
                unit="archive",
                command=ARCHIVE_HANDLER,
                memory_mb=environment.tensorflow_memory_mb if context.tensorflow else environment.memory_mb,
                threads=environment.engine_threads,
                timeout_seconds=PART_SECONDS,
                reserved=environment.archive_concurrency,
            ),
            repository=base.repository,
            image_tag=context.image_tag,
            variables={
                # Nothing is uploaded to it; the name of a bucket is required, and this one it may not touch.
                "UPLOAD_BUCKET": context.archives[0],
                "ARCHIVES": json.dumps(context.archives),
                "DEADLINE_MARGIN_SECONDS": "10",
                **bundle_variables(context.bundle),
            },
        )
        permit(
            function.role,
            ["s3:GetObject", "s3:PutObject"],
            [f"arn:aws:s3:::{archive}/*" for archive in context.archives],
            because="The operator names clips and rows; it lists and deletes neither.",
        )
        permit(
            function.role,
            ["s3:GetObject"],
            [f"{exported(base.models)}/models/*"],
            because="Any model of this environment may be chosen for an archive.",
        )
        ArchiveMachine(
            self,
            "Machine",
            environment=environment,
            function_arn=function.alias.function_arn,
            archives=context.archives,
        )
        CfnOutput(self, "MachineName", value=names.archive_machine)
        CfnOutput(self, "ImageTag", value=context.image_tag)
        CfnOutput(self, "Bundle", value=context.bundle)
