"""The way of a commit to what people use: stages, what starts them, what each may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.config import ENVIRONMENTS
from infra.names import Names
from tests.infra.conftest import Resource, Synthesis, as_list, flat

BUILDSPEC: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "buildspec.yml").read_text())

INLINE_POLICY_CHARACTERS = 10_240
"""All inline policies of a role together, white space not counted (IAM and AWS STS quotas)."""


@pytest.fixture(params=["plain", "everything"])
def synthesis(request: pytest.FixtureRequest) -> Synthesis:
    found: Synthesis = request.getfixturevalue(request.param)
    return found


def stages(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    """The pipeline's stages by their names, in their order."""
    found = synthesis.properties("Pipeline", "AWS::CodePipeline::Pipeline")["Stages"]
    return {stage["Name"]: stage for stage in found}


def action(synthesis: Synthesis, stage: str) -> dict[str, Any]:
    """The one action of a stage."""
    (found,) = stages(synthesis)[stage]["Actions"]
    only: dict[str, Any] = found
    return only


def arn(service: str, rest: str) -> str:
    """An ARN of this account, as `flat` writes it."""
    region = "" if service == "iam" else "<AWS::Region>"
    return f"arn:<AWS::Partition>:{service}:{region}:<AWS::AccountId>:{rest}"


def logical_id(value: Any) -> str:
    """The resource in `Fn::GetAtt`."""
    return str(value["Fn::GetAtt"][0])


def statements(synthesis: Synthesis, role: str) -> Iterator[dict[str, Any]]:
    """What a role of the pipeline's stack may do."""
    for policy in synthesis.resources("Pipeline", "AWS::IAM::Policy").values():
        if {"Ref": role} in policy["Properties"]["Roles"]:
            yield from policy["Properties"]["PolicyDocument"]["Statement"]


def may(synthesis: Synthesis, role: str, what: str, where: str) -> bool:
    """Whether a role may do something to an ARN."""
    return any(
        fnmatchcase(what, allowed) and fnmatchcase(where, flat(resource))
        for statement in statements(synthesis, role)
        if statement["Effect"] == "Allow"
        for allowed in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    )


def actions_on(synthesis: Synthesis, role: str, service: str) -> dict[str, set[str]]:
    """The actions of a service that a role may do, by resource."""
    found: dict[str, set[str]] = {}
    for statement in statements(synthesis, role):
        for resource in as_list(statement["Resource"]):
            actions = {name for name in as_list(statement["Action"]) if name.startswith(f"{service}:")}
            if actions:
                found.setdefault(flat(resource), set()).update(actions)
    return found


def export_of(synthesis: Synthesis, stack: str, kind: str, name_part: str = "") -> set[str]:
    """Under which names a stack exports a type of its resources, as `flat` writes an import."""
    ids = [name for name in synthesis.resources(stack, kind) if name_part in name]
    assert len(ids) == 1
    return {
        f"<{output['Export']['Name']}>"
        for output in synthesis.templates[stack]["Outputs"].values()
        if "Export" in output and f'"{ids[0]}"' in json.dumps(output["Value"])
    }


def build_role(synthesis: Synthesis) -> str:
    return logical_id(synthesis.properties("Pipeline", "AWS::CodeBuild::Project")["ServiceRole"])


def inference_role(synthesis: Synthesis) -> str:
    return logical_id(action(synthesis, "Inference")["Configuration"]["RoleArn"])


def rule(synthesis: Synthesis, source: str) -> dict[str, Any]:
    """The rule about events of a source."""
    (found,) = [
        rule["Properties"]
        for rule in synthesis.resources("Pipeline", "AWS::Events::Rule").values()
        if rule["Properties"]["EventPattern"]["source"] == [source]
    ]
    properties: dict[str, Any] = found
    return properties


def warnings(synthesis: Synthesis) -> list[str]:
    metadata = json.loads((synthesis.folder / "Pipeline.metadata.json").read_text())
    return [entry["data"] for entries in metadata.values() for entry in entries if entry["type"] == "aws:cdk:warning"]


# --- stages


def test_a_commit_goes_through_build_function_and_page_in_this_order(synthesis: Synthesis) -> None:
    assert list(stages(synthesis)) == ["Source", "Build", "Inference", "App"]


def test_a_newer_commit_overtakes_one_that_waits(synthesis: Synthesis) -> None:
    pipeline = synthesis.properties("Pipeline", "AWS::CodePipeline::Pipeline")
    assert pipeline["PipelineType"] == "V2"
    assert pipeline["ExecutionMode"] == "SUPERSEDED"


def test_the_pipeline_is_named_after_its_environment(plain: Synthesis, everything: Synthesis) -> None:
    names = [found.properties("Pipeline", "AWS::CodePipeline::Pipeline")["Name"] for found in (plain, everything)]
    assert names == ["movements-dev", "movements-prod"]


def test_artifacts_are_in_the_base_stacks_bucket_under_awss_own_key(synthesis: Synthesis) -> None:
    store = synthesis.properties("Pipeline", "AWS::CodePipeline::Pipeline")["ArtifactStore"]
    assert flat(store["Location"]) in export_of(synthesis, "Base", "AWS::S3::Bucket", "Artifacts")
    assert "EncryptionKey" not in store
    assert not synthesis.all("AWS::KMS::Key")


def test_the_pipeline_depends_on_the_page_and_nothing_depends_on_the_pipeline(synthesis: Synthesis) -> None:
    artifacts = json.loads((synthesis.folder / "manifest.json").read_text())["artifacts"]
    needs = {name: set(artifacts[name].get("dependencies", [])) for name in synthesis.templates}
    assert {"Base", "Web"} <= needs["Pipeline"]
    assert "Inference" not in needs["Pipeline"]
    assert not [name for name, others in needs.items() if "Pipeline" in others]


# --- source


def test_a_push_to_the_repositorys_branch_starts_the_pipeline(everything: Synthesis) -> None:
    source = action(everything, "Source")["Configuration"]
    assert source["FullRepositoryId"] == "acme/movements"
    assert source["BranchName"] == "main"
    assert source["DetectChanges"] is True


def test_the_connection_to_github_is_made_here_and_its_arn_told(synthesis: Synthesis) -> None:
    connection = synthesis.properties("Pipeline", "AWS::CodeStarConnections::Connection")
    assert connection["ProviderType"] == "GitHub"
    told = synthesis.templates["Pipeline"]["Outputs"]["ConnectionArn"]["Value"]
    assert told == action(synthesis, "Source")["Configuration"]["ConnectionArn"]


def test_the_build_gets_a_clone_with_executable_scripts(synthesis: Synthesis) -> None:
    configuration = action(synthesis, "Source")["Configuration"]
    assert configuration["OutputArtifactFormat"] == "CODEBUILD_CLONE_REF"
    connection = flat(configuration["ConnectionArn"])
    assert may(synthesis, build_role(synthesis), "codestar-connections:UseConnection", connection)


def test_without_a_repository_a_warning_says_what_to_set(plain: Synthesis, everything: Synthesis) -> None:
    (warning,) = warnings(plain)
    assert "-c repository=owner/name" in warning
    assert warnings(everything) == []


# --- build


def test_the_build_can_run_docker_for_an_hour(synthesis: Synthesis) -> None:
    project = synthesis.properties("Pipeline", "AWS::CodeBuild::Project")
    assert project["Environment"]["PrivilegedMode"] is True
    assert project["Environment"]["Image"] == "aws/codebuild/standard:7.0"
    assert project["Environment"]["Type"] == "LINUX_CONTAINER"
    assert project["TimeoutInMinutes"] == 60


def live_model(synthesis: Synthesis) -> str:
    """The parameter that names the live model, which no stack has."""
    variables = synthesis.properties("Pipeline", "AWS::CodeBuild::Project")["Environment"]["EnvironmentVariables"]
    (environment,) = (found["Value"] for found in variables if found["Name"] == "ENVIRONMENT")
    return Names(ENVIRONMENTS[environment]).bundle_parameter


def test_the_build_is_told_environment_repository_parameter_and_bucket(synthesis: Synthesis) -> None:
    project = synthesis.properties("Pipeline", "AWS::CodeBuild::Project")
    variables = {found["Name"]: found for found in project["Environment"]["EnvironmentVariables"]}
    assert {found["Type"] for found in variables.values()} == {"PLAINTEXT"}
    assert set(variables) == {
        "ENVIRONMENT", "IMAGE_REPOSITORY", "BUNDLE_PARAMETER", "MODELS_BUCKET", "WITH_TENSORFLOW"
    }  # fmt: skip
    assert f"movements-{variables['ENVIRONMENT']['Value']}" == action(synthesis, "Inference")["Configuration"][
        "StackName"
    ].removesuffix("-inference")
    address = json.dumps(variables["IMAGE_REPOSITORY"]["Value"])
    assert ".dkr.ecr." in address
    assert any(name.strip("<>") in address for name in export_of(synthesis, "Base", "AWS::ECR::Repository"))
    assert variables["BUNDLE_PARAMETER"]["Value"] == live_model(synthesis)
    assert flat(variables["MODELS_BUCKET"]["Value"]) in export_of(synthesis, "Base", "AWS::S3::Bucket", "Models")


def test_tensorflow_is_in_the_image_where_the_context_says_so(plain: Synthesis, everything: Synthesis) -> None:
    for synthesis, wanted in ((plain, "0"), (everything, "1")):
        project = synthesis.properties("Pipeline", "AWS::CodeBuild::Project")
        variables = {found["Name"]: found["Value"] for found in project["Environment"]["EnvironmentVariables"]}
        assert variables["WITH_TENSORFLOW"] == wanted


def test_the_build_pushes_to_this_repository_only_and_deletes_nothing(synthesis: Synthesis) -> None:
    allowed = actions_on(synthesis, build_role(synthesis), "ecr")
    assert allowed.pop("*") == {"ecr:GetAuthorizationToken"}
    ((repository, actions),) = allowed.items()
    assert repository in export_of(synthesis, "Base", "AWS::ECR::Repository")
    assert {"ecr:BatchGetImage", "ecr:PutImage"} <= actions
    assert not [name for name in actions if "Delete" in name or "*" in name]


def test_the_build_reads_one_parameter_and_writes_none(synthesis: Synthesis) -> None:
    ((parameter, actions),) = actions_on(synthesis, build_role(synthesis), "ssm").items()
    assert parameter == arn("ssm", f"parameter{live_model(synthesis)}")
    assert actions == {"ssm:GetParameters"}


def test_the_build_hands_on_artifacts_publishes_models_and_deletes_neither(synthesis: Synthesis) -> None:
    allowed = actions_on(synthesis, build_role(synthesis), "s3")
    artifacts, models = (export_of(synthesis, "Base", "AWS::S3::Bucket", name) for name in ("Artifacts", "Models"))
    assert {bucket.split("/")[0] for bucket in allowed} <= artifacts | models
    written = {name for name, actions in allowed.items() if "s3:PutObject" in actions and name.split("/")[0] in models}
    assert {name.split("/", 1)[1] for name in written} == {"models/*"}
    assert not [name for actions in allowed.values() for name in actions if "Delete" in name]


def test_the_build_writes_into_its_own_log_group_alone(synthesis: Synthesis) -> None:
    logs = synthesis.properties("Pipeline", "AWS::CodeBuild::Project")["LogsConfig"]["CloudWatchLogs"]
    group = logs["GroupName"]["Ref"]
    assert logs["Status"] == "ENABLED"
    assert synthesis.resources("Pipeline", "AWS::Logs::LogGroup")[group]["Properties"]["RetentionInDays"] in (14, 90)
    assert set(actions_on(synthesis, build_role(synthesis), "logs")) == {f"<{group}.Arn>"}


def test_what_the_build_hands_on_is_called_as_in_the_build_specification(synthesis: Synthesis) -> None:
    outputs = {artifact["Name"] for artifact in action(synthesis, "Build")["OutputArtifacts"]}
    assert outputs == set(BUILDSPEC["artifacts"]["secondary-artifacts"])


# --- function


def test_the_functions_stack_is_deployed_from_the_template_that_was_built(synthesis: Synthesis) -> None:
    configuration = action(synthesis, "Inference")["Configuration"]
    manifest = json.loads((synthesis.folder / "manifest.json").read_text())
    assert configuration["StackName"] == manifest["artifacts"]["Inference"]["properties"]["stackName"]
    artifact, _, template = configuration["TemplatePath"].partition("::")
    assert template in BUILDSPEC["artifacts"]["secondary-artifacts"][artifact]["files"]
    assert template == manifest["artifacts"]["Inference"]["properties"]["templateFile"]


def test_cloudformation_may_make_roles_for_the_function_but_not_name_them(synthesis: Synthesis) -> None:
    assert action(synthesis, "Inference")["Configuration"]["Capabilities"] == "CAPABILITY_IAM"
    named = [
        name
        for name, role in synthesis.resources("Inference", "AWS::IAM::Role").items()
        if "RoleName" in role["Properties"]
    ]
    assert named == []


def test_a_deployment_that_failed_is_replaced_only_where_no_data_is_kept(
    plain: Synthesis, everything: Synthesis
) -> None:
    assert action(plain, "Inference")["Configuration"]["ActionMode"] == "REPLACE_ON_FAILURE"
    assert action(everything, "Inference")["Configuration"]["ActionMode"] == "CREATE_UPDATE"


def test_a_function_that_cannot_be_deployed_goes_back_to_the_last_one_that_could(synthesis: Synthesis) -> None:
    assert stages(synthesis)["Inference"]["OnFailure"] == {"Result": "ROLLBACK"}


ROLE = "role/{stack}-{id}-1A2B3C4D5E6F"
NEEDED: dict[str, list[tuple[str, str, str]]] = {
    "AWS::Lambda::Function": [
        (
            "lambda",
            "function:{name}",
            "CreateFunction DeleteFunction GetFunction TagResource UpdateFunctionCode UpdateFunctionConfiguration "
            "PutFunctionConcurrency DeleteFunctionConcurrency",
        )
    ],
    "AWS::Lambda::Version": [
        ("lambda", "function:{name}", "PublishVersion GetFunctionConfiguration"),
        ("lambda", "function:{name}:7", "DeleteFunction GetFunctionConfiguration"),
    ],
    "AWS::Lambda::Alias": [
        ("lambda", "function:{name}", "CreateAlias DeleteAlias GetAlias UpdateAlias"),
        ("lambda", "function:{name}:live", "PutProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig"),
        ("codedeploy", "deploymentgroup:{stack}-Application-1A2B/{stack}-Group-3C4D", "CreateDeployment GetDeployment"),
        ("codedeploy", "deploymentconfig:CodeDeployDefault.LambdaAllAtOnce", "GetDeploymentConfig"),
        ("codedeploy", "deploymentconfig:CodeDeployDefault.LambdaCanary10Percent5Minutes", "GetDeploymentConfig"),
    ],
    "AWS::IAM::Role": [("iam", ROLE, "CreateRole DeleteRole GetRole TagRole UpdateAssumeRolePolicy PassRole")],
    "AWS::IAM::Policy": [("iam", ROLE, "PutRolePolicy GetRolePolicy DeleteRolePolicy")],
    "AWS::Logs::LogGroup": [
        ("logs", "log-group:{name}", "CreateLogGroup DeleteLogGroup PutRetentionPolicy TagResource"),
        ("logs", "log-group:{name}:*", "CreateLogGroup DeleteLogGroup PutRetentionPolicy"),
    ],
    "AWS::CloudWatch::Alarm": [
        ("cloudwatch", "alarm:{name}", "PutMetricAlarm DeleteAlarms DescribeAlarms TagResource")
    ],
    "AWS::StepFunctions::StateMachine": [
        (
            "states",
            "stateMachine:{name}",
            "CreateStateMachine DeleteStateMachine DescribeStateMachine ListTagsForResource TagResource UntagResource "
            "UpdateStateMachine",
        )
    ],
    "AWS::CodeDeploy::Application": [
        ("codedeploy", "application:{stack}-{id}-1A2B", "CreateApplication GetApplication DeleteApplication")
    ],
    "AWS::CodeDeploy::DeploymentGroup": [
        (
            "codedeploy",
            "deploymentgroup:{stack}-Application-1A2B/{stack}-{id}-3C4D",
            "CreateDeploymentGroup GetDeploymentGroup UpdateDeploymentGroup DeleteDeploymentGroup",
        )
    ],
}
"""What CloudFormation does to a type of resource: service, resource in its ARN, actions (registry of AWS' types)."""


_NAMES = ("FunctionName", "LogGroupName", "AlarmName", "StateMachineName")


def name_in(synthesis: Synthesis, properties: dict[str, Any]) -> str:
    """What a resource of the function's stack is called, as far as the template says so."""
    value = next((properties[key] for key in _NAMES if key in properties), "")
    text = flat(value)
    for name, function in synthesis.resources("Inference", "AWS::Lambda::Function").items():
        text = text.replace(f"<{name}>", function["Properties"]["FunctionName"])
    return text


def test_cloudformation_may_make_change_and_delete_all_of_the_functions_stack(synthesis: Synthesis) -> None:
    role, stack = inference_role(synthesis), action(synthesis, "Inference")["Configuration"]["StackName"]
    resources: dict[str, Resource] = synthesis.templates["Inference"]["Resources"]
    missing = [
        f"{service}:{name} on {where}"
        for logical, resource in resources.items()
        for service, form, names in NEEDED[resource["Type"]]
        for name in names.split()
        for where in [form.format(stack=stack, id=logical, name=name_in(synthesis, resource.get("Properties", {})))]
        if not may(synthesis, role, f"{service}:{name}", arn(service, where))
    ]
    assert missing == []


def test_cloudformation_may_look_at_the_image_it_deploys(synthesis: Synthesis) -> None:
    ((repository, actions),) = actions_on(synthesis, inference_role(synthesis), "ecr").items()
    assert repository in export_of(synthesis, "Base", "AWS::ECR::Repository")
    assert {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"} <= actions
    assert "ecr:SetRepositoryPolicy" not in actions


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("lambda:UpdateFunctionCode", arn("lambda", "function:another")),
        ("iam:PutRolePolicy", arn("iam", "role/movements-dev-web-ServersRole-1A2B")),
        ("iam:PutRolePolicy", arn("iam", "role/movements-dev-pipeline-InferenceRole-1A2B")),
        ("iam:AttachRolePolicy", arn("iam", "role/movements-dev-inference-ClassifyRole-1A2B")),
        ("logs:DeleteLogGroup", arn("logs", "log-group:/movements/dev/page")),
        ("cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:movements-dev-page")),
        ("codedeploy:CreateDeployment", arn("codedeploy", "deploymentgroup:movements-dev-web-A/movements-dev-web-G")),
        ("s3:GetObject", "arn:<AWS::Partition>:s3:::anything"),
    ],
)
def test_cloudformation_may_touch_nothing_beside_the_functions_stack(plain: Synthesis, what: str, where: str) -> None:
    assert not may(plain, inference_role(plain), what, where)


def test_cloudformation_makes_no_role_and_no_permission_beyond_the_boundary(synthesis: Synthesis) -> None:
    role = inference_role(synthesis)
    (boundary,) = synthesis.resources("Pipeline", "AWS::IAM::ManagedPolicy")
    making = [
        statement
        for statement in statements(synthesis, role)
        if {"iam:CreateRole", "iam:PutRolePolicy"} & set(as_list(statement["Action"]))
    ]
    assert making
    for statement in making:
        assert statement["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": {"Ref": boundary}}}
    forbidden = ("PermissionsBoundary", "PolicyVersion", "AttachRolePolicy", "CreatePolicy")
    for statement in statements(synthesis, role):
        assert not [name for name in as_list(statement["Action"]) if any(part in name for part in forbidden)]


def test_the_boundary_lets_nobody_change_or_assume_a_role(synthesis: Synthesis) -> None:
    policy = synthesis.properties("Pipeline", "AWS::IAM::ManagedPolicy")["PolicyDocument"]
    names = {name for statement in policy["Statement"] for name in as_list(statement["Action"])}
    assert {name.split(":")[0] for name in names} == {"cloudwatch", "codedeploy", "lambda", "logs", "s3", "xray"}
    assert not [name for name in names if "*" in name]


def test_roles_go_to_those_services_only_that_the_stack_has(synthesis: Synthesis) -> None:
    (passing,) = [
        statement
        for statement in statements(synthesis, inference_role(synthesis))
        if "iam:PassRole" in as_list(statement["Action"])
    ]
    assert as_list(passing["Action"]) == ["iam:PassRole"]
    services = passing["Condition"]["StringEquals"]["iam:PassedToService"]
    wanted = {
        principal
        for role in synthesis.resources("Inference", "AWS::IAM::Role").values()
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        for principal in as_list(statement["Principal"]["Service"])
    }
    assert set(services) == wanted == {"lambda.amazonaws.com", "codedeploy.amazonaws.com", "states.amazonaws.com"}


# --- page


def test_a_server_alone_that_fails_is_a_failed_deployment(hobby: Synthesis) -> None:
    assert action(hobby, "App")["ActionTypeId"]["Provider"] == "CodeDeploy"


def test_the_page_is_deployed_to_its_servers(synthesis: Synthesis) -> None:
    app, asks = stages(synthesis)["App"]["Actions"]
    assert app["ActionTypeId"]["Provider"] == "CodeDeploy"
    assert [artifact["Name"] for artifact in app["InputArtifacts"]] == ["App"]
    group = flat(app["Configuration"]["DeploymentGroupName"])
    assert group in export_of(synthesis, "Web", "AWS::CodeDeploy::DeploymentGroup")
    application = flat(app["Configuration"]["ApplicationName"])
    assert application in export_of(synthesis, "Web", "AWS::CodeDeploy::Application")
    assert asks["ActionTypeId"]["Provider"] == "Lambda"
    assert asks["RunOrder"] > app["RunOrder"]
    assert asks["InputArtifacts"] == app["InputArtifacts"]
    assert flat(asks["Configuration"]["FunctionName"]) in export_of(synthesis, "Watch", "AWS::Lambda::Function")


def test_only_codedeploy_sets_the_page_back(synthesis: Synthesis) -> None:
    # Two would be one too many: a deployment is refused while another one to the group is under way.
    assert "OnFailure" not in stages(synthesis)["App"]
    group = synthesis.properties("Web", "AWS::CodeDeploy::DeploymentGroup")
    assert group["AutoRollbackConfiguration"]["Enabled"] is True
    assert "DEPLOYMENT_FAILURE" in group["AutoRollbackConfiguration"]["Events"]


def test_the_pages_servers_do_not_see_what_else_is_in_the_bucket_of_artifacts(synthesis: Synthesis) -> None:
    for policy in synthesis.resources("Web", "AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert not [name for name in as_list(statement["Action"]) if name.startswith("s3:List")]


# --- roles


def test_each_action_has_a_role_that_only_the_pipeline_takes_on(synthesis: Synthesis) -> None:
    pipeline = synthesis.properties("Pipeline", "AWS::CodePipeline::Pipeline")["RoleArn"]
    roles = synthesis.resources("Pipeline", "AWS::IAM::Role")
    actions = [one for stage in stages(synthesis).values() for one in stage["Actions"]]
    taken = [logical_id(one["RoleArn"]) for one in actions]
    assert len(set(taken)) == len(taken)
    for role in taken:
        (trust,) = roles[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"AWS": pipeline}


def test_inline_policies_are_as_small_as_iam_wants_them(synthesis: Synthesis) -> None:
    for role in synthesis.resources("Pipeline", "AWS::IAM::Role"):
        characters = sum(len(json.dumps(statement, separators=(",", ":"))) for statement in statements(synthesis, role))
        assert characters < INLINE_POLICY_CHARACTERS, role


# --- events


def test_another_live_model_starts_the_pipeline(synthesis: Synthesis) -> None:
    changed = rule(synthesis, "aws.ssm")
    pattern = changed["EventPattern"]
    assert pattern["detail-type"] == ["Parameter Store Change"]
    assert pattern["detail"]["operation"] == ["Create", "Update", "Delete"]
    assert pattern["detail"]["name"] == [live_model(synthesis)]
    (target,) = changed["Targets"]
    (pipeline,) = synthesis.resources("Pipeline", "AWS::CodePipeline::Pipeline")
    assert flat(target["Arn"]) == arn("codepipeline", f"<{pipeline}>")
    allowed = list(statements(synthesis, logical_id(target["RoleArn"])))
    assert [(found["Action"], flat(found["Resource"])) for found in allowed] == [
        ("codepipeline:StartPipelineExecution", flat(target["Arn"]))
    ]


def test_a_stage_that_fails_is_told_to_the_topic_of_alarms(synthesis: Synthesis) -> None:
    failed = rule(synthesis, "aws.codepipeline")
    pattern = failed["EventPattern"]
    (pipeline,) = synthesis.resources("Pipeline", "AWS::CodePipeline::Pipeline")
    assert pattern["detail-type"] == ["CodePipeline Stage Execution State Change"]
    assert pattern["detail"] == {"pipeline": [{"Ref": pipeline}], "state": ["FAILED"]}
    (target,) = failed["Targets"]
    assert flat(target["Arn"]) in export_of(synthesis, "Base", "AWS::SNS::Topic")
    allowed = list(statements(synthesis, logical_id(target["RoleArn"])))
    assert [(found["Action"], flat(found["Resource"])) for found in allowed] == [("sns:Publish", flat(target["Arn"]))]


def test_the_message_says_which_stage_failed_and_where_to_look(synthesis: Synthesis) -> None:
    transformer = rule(synthesis, "aws.codepipeline")["Targets"][0]["InputTransformer"]
    (stage,) = [name for name, path in transformer["InputPathsMap"].items() if path == "$.detail.stage"]
    text = json.loads(flat(transformer["InputTemplate"]))
    assert f"stage <{stage}> failed" in text
    assert flat(synthesis.templates["Pipeline"]["Outputs"]["PipelineAddress"]["Value"]) in text
