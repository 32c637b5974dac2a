"""The role with which CloudFormation deploys the function's stack."""

from __future__ import annotations

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.config import Environment
from infra.constructs.permissions import arn, permit
from infra.names import Names


class InferenceRole(iam.Role):
    """May create, change and delete what is in that stack, and nothing else.

    The actions are those that CloudFormation's registry lists for the stack's types of resources, without those for
    properties that are not used (VPC, layers, code signing, managed policies).

    Args:
        scope, construct_id: as for every construct.
        environment: the environment of the stack.
        repository: the repository of the function's images.
        boundary: the policy without which it may create no role.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        repository: ecr.IRepository,
        boundary: iam.IManagedPolicy,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            assumed_by=iam.ServicePrincipal("cloudformation.amazonaws.com"),
            description="Deploy the function's stack",
        )
        self._names = Names(environment)
        self._permit_functions()
        permit(
            self,
            ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy"],
            [repository.repository_arn],
        )
        self._permit_roles(boundary)
        self._permit_logs_and_alarms()
        self._permit_canary()
        permit(
            self,
            [
                "states:CreateStateMachine",
                "states:DeleteStateMachine",
                "states:DescribeStateMachine",
                "states:ListTagsForResource",
                "states:TagResource",
                "states:UntagResource",
                "states:UpdateStateMachine",
            ],
            [arn(self, "states", "stateMachine", self._names.workouts_machine)],
        )

    def _permit_functions(self) -> None:
        functions = [
            arn(self, "lambda", "function", name)
            for name in (self._names.function, self._names.workouts_function, self._names.pre_traffic_function)
        ]
        permit(
            self,
            [
                "lambda:CreateAlias",
                "lambda:CreateFunction",
                "lambda:DeleteAlias",
                "lambda:DeleteFunction",
                "lambda:DeleteFunctionConcurrency",
                "lambda:DeleteProvisionedConcurrencyConfig",
                "lambda:GetAlias",
                "lambda:GetFunction",
                "lambda:GetFunctionCodeSigningConfig",
                "lambda:GetFunctionConcurrency",
                "lambda:GetFunctionConfiguration",
                "lambda:GetFunctionRecursionConfig",
                "lambda:GetFunctionScalingConfig",
                "lambda:GetProvisionedConcurrencyConfig",
                "lambda:GetRuntimeManagementConfig",
                "lambda:ListTags",
                "lambda:ListVersionsByFunction",
                "lambda:PublishVersion",
                "lambda:PutFunctionConcurrency",
                "lambda:PutFunctionRecursionConfig",
                "lambda:PutProvisionedConcurrencyConfig",
                "lambda:PutRuntimeManagementConfig",
                "lambda:TagResource",
                "lambda:UntagResource",
                "lambda:UpdateAlias",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ],
            [*functions, *(f"{function}:*" for function in functions)],
            because="Versions and aliases of these three functions, of which each deployment makes new ones.",
        )

    def _permit_roles(self, boundary: iam.IManagedPolicy) -> None:
        roles = arn(self, "iam", "role", f"{self._names.stack('inference')}-*", region="")
        reason = "CloudFormation names the stack's roles itself; each name begins with the stack's."
        permit(
            self,
            [
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListRolePolicies",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ],
            [roles],
            because=reason,
        )
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:CreateRole", "iam:PutRolePolicy"],
                resources=[roles],
                conditions={"StringEquals": {"iam:PermissionsBoundary": boundary.managed_policy_arn}},
            )
        )
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[roles],
                conditions={
                    "StringEquals": {
                        "iam:PassedToService": [
                            "lambda.amazonaws.com",
                            "codedeploy.amazonaws.com",
                            "states.amazonaws.com",
                        ]
                    }
                },
            )
        )

    def _permit_logs_and_alarms(self) -> None:
        permit(
            self,
            [
                "logs:CreateLogGroup",
                "logs:DeleteLogGroup",
                "logs:DeleteRetentionPolicy",
                "logs:GetDataProtectionPolicy",
                "logs:ListTagsForResource",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource",
            ],
            [
                arn(self, "logs", "log-group", f"{self._names.log_group(unit)}{end}")
                for unit in ("classify", "workouts", "pre-traffic")
                for end in ("", ":*")
            ],
            because="A log group's ARN ends in a star where its streams are meant.",
        )
        permit(
            self,
            ["logs:DescribeIndexPolicies", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"],
            ["*"],
            because="CloudWatch Logs lists only for those who may list all of the account; it shows no lines.",
        )
        permit(
            self,
            [
                "cloudwatch:DeleteAlarms",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:PutMetricAlarm",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource",
            ],
            [
                arn(self, "cloudwatch", "alarm", f"{name}-*")
                for name in (self._names.function, self._names.workouts_machine)
            ],
            because="The alarms about a function have its name in front, and those of a version its number behind.",
        )
        permit(
            self,
            ["cloudwatch:DescribeAlarms"],
            [arn(self, "cloudwatch", "alarm", "*")],
            because="CloudWatch lists alarms by name only for those who may list all of the account.",
        )

    def _permit_canary(self) -> None:
        stack = self._names.stack("inference")
        permit(
            self,
            [
                "codedeploy:CreateApplication",
                "codedeploy:CreateDeployment",
                "codedeploy:CreateDeploymentGroup",
                "codedeploy:DeleteApplication",
                "codedeploy:DeleteDeploymentGroup",
                "codedeploy:GetApplication",
                "codedeploy:GetApplicationRevision",
                "codedeploy:GetDeployment",
                "codedeploy:GetDeploymentGroup",
                "codedeploy:ListTagsForResource",
                "codedeploy:RegisterApplicationRevision",
                "codedeploy:TagResource",
                "codedeploy:UntagResource",
                "codedeploy:UpdateApplication",
                "codedeploy:UpdateDeploymentGroup",
            ],
            [
                arn(self, "codedeploy", "application", f"{stack}-*"),
                arn(self, "codedeploy", "deploymentgroup", f"{stack}-*/*"),
            ],
            because="CloudFormation names application and group itself; each name begins with the stack's.",
        )
        permit(
            self,
            ["codedeploy:StopDeployment"],
            ["*"],
            because="CodeDeploy knows no resource on which it could be allowed (Service Authorization Reference).",
        )
        permit(
            self,
            ["codedeploy:GetDeploymentConfig"],
            [arn(self, "codedeploy", "deploymentconfig", "CodeDeployDefault.Lambda*")],
            because="AWS' own speeds of a deployment, which are read and never changed.",
        )
