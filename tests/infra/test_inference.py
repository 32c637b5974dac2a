"""The function, what it may do, and how a new version of it takes over."""

from __future__ import annotations

import dataclasses
import fnmatch
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from app.services.uploads import new_key
from classify.responses import failure
from classify.settings import Reporter, Settings
from classify.telemetry import NAMESPACE, metrics
from infra.app import new_app
from infra.config import ENVIRONMENTS, Context
from infra.constructs.permissions import permit
from infra.names import LIVE, METRICS_NAMESPACE, Names
from infra.stacks.base import BaseStack
from infra.stacks.inference import InferenceStack
from infra.stacks.network import NetworkStack
from infra.stacks.web import WebStack
from model.answers.job import JobFiles
from model.defaults import WORKOUT_BYTES
from model.errors import ModelUnavailable
from tests.infra.conftest import EVERYTHING, Resource, Synthesis, as_list, flat

Template = dict[str, Any]
Synthesizer = Callable[..., Template]

FUNCTION = "AWS::Lambda::Function"
VERSION = "AWS::Lambda::Version"
ALARM = "AWS::CloudWatch::Alarm"


@pytest.fixture
def inference(tmp_path: Path) -> Synthesizer:
    """Synthesizes the stack with some values of the context, and some settings of dev, other than usual."""
    names = iter(range(100))

    def make(settings: dict[str, Any] | None = None, **values: str) -> Template:
        context = Context.read({"image_tag": "aaa", **values})
        context = dataclasses.replace(context, environment=dataclasses.replace(context.environment, **settings or {}))
        folder = tmp_path / str(next(names))
        app = new_app(outdir=str(folder))
        base = BaseStack(app, "Base", context=context)
        web = WebStack(app, "Web", context=context, base=base, network=NetworkStack(app, "Network", context=context))
        InferenceStack(app, "Inference", context=context, base=base, uploads=web.uploads)
        app.synth()
        template: Template = json.loads((folder / "Inference.template.json").read_text())
        return template

    return make


def of_kind(template: Template, kind: str) -> dict[str, Resource]:
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def version_of(template: Template, part: str = "Classify") -> str:
    """The logical id of a function's version: another one, another version."""
    (name,) = (name for name in of_kind(template, VERSION) if name.startswith(part))
    return name


def alias_of(template: Template, part: str = "Classify") -> tuple[str, Resource]:
    """Logical id and resource of a function's alias."""
    ((name, alias),) = (found for found in of_kind(template, "AWS::Lambda::Alias").items() if found[0].startswith(part))
    return name, alias


def of_image(synthesis: Synthesis, command: list[str] | None) -> tuple[str, dict[str, Any]]:
    ((name, resource),) = (
        (name, resource)
        for name, resource in synthesis.resources("Inference", FUNCTION).items()
        if resource["Properties"].get("PackageType") == "Image"
        and resource["Properties"].get("ImageConfig", {}).get("Command") == command
    )
    return name, resource["Properties"]


def classify(synthesis: Synthesis) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the function that answers clips."""
    return of_image(synthesis, None)


def workouts(synthesis: Synthesis) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the function that analyses workouts."""
    return of_image(synthesis, ["classify.workouts.handler"])


def pre_traffic(synthesis: Synthesis) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the function that CodeDeploy asks."""
    ((name, resource),) = (
        (name, resource)
        for name, resource in synthesis.resources("Inference", FUNCTION).items()
        if resource["Properties"].get("PackageType") != "Image"
    )
    return name, resource["Properties"]


def allowed(synthesis: Synthesis, role: str) -> dict[str, set[str]]:
    """What a role may do: the resources of each action."""
    found: dict[str, set[str]] = {}
    for policy in synthesis.resources("Inference", "AWS::IAM::Policy").values():
        if {"Ref": role} not in policy["Properties"]["Roles"]:
            continue
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            actions, resources = statement["Action"], statement["Resource"]
            for action in actions if isinstance(actions, list) else [actions]:
                entries = resources if isinstance(resources, list) else [resources]
                found.setdefault(action, set()).update(map(flat, entries))
    return found


def role_of(properties: dict[str, Any]) -> str:
    role: str = properties["Role"]["Fn::GetAtt"][0]
    return role


def export(synthesis: Synthesis, stack: str, kind: str, construct: str) -> str:
    """The export with the ARN of the resource made by a construct of another stack."""
    (logical_id,) = (name for name in synthesis.resources(stack, kind) if name.startswith(construct))
    (name,) = (
        output["Export"]["Name"]
        for output in synthesis.templates[stack]["Outputs"].values()
        if output["Value"] == {"Fn::GetAtt": [logical_id, "Arn"]}
    )
    return f"<{name}>"


def imports(value: Any) -> set[str]:
    """Everything in a template that other stacks export."""
    if isinstance(value, dict):
        own = {value["Fn::ImportValue"]} if "Fn::ImportValue" in value else set()
        return own.union(*map(imports, value.values()))
    if isinstance(value, list):
        return set().union(*map(imports, value))
    return set()


# The function


def test_the_function_runs_the_image_with_the_tag_that_the_synthesis_was_given(everything: Synthesis) -> None:
    _, properties = classify(everything)
    assert flat(properties["Code"]["ImageUri"]).endswith(":0123abc")
    assert properties["Architectures"] == ["x86_64"]


def test_the_environment_decides_size_time_and_how_many_at_once(plain: Synthesis, everything: Synthesis) -> None:
    for synthesis, name in ((plain, "dev"), (everything, "prod")):
        _, properties = classify(synthesis)
        environment = ENVIRONMENTS[name]
        assert properties["FunctionName"] == f"movements-{name}-classify"
        with_tensorflow = synthesis is everything
        assert properties["MemorySize"] == (
            environment.tensorflow_memory_mb if with_tensorflow else environment.memory_mb
        )
        assert properties["Timeout"] == environment.timeout_seconds
        assert properties.get("ReservedConcurrentExecutions") == environment.reserved_concurrency
        assert "EphemeralStorage" not in properties


def test_a_new_account_of_which_nothing_can_be_reserved_takes_dev(plain: Synthesis, everything: Synthesis) -> None:
    """A new account runs ten functions at a time, and all ten must stay unreserved."""
    functions = plain.resources("Inference", "AWS::Lambda::Function").values()
    assert all("ReservedConcurrentExecutions" not in function["Properties"] for function in functions)
    alarms = plain.resources("Inference", "AWS::CloudWatch::Alarm").items()
    (throttles,) = [alarm["Properties"] for name, alarm in alarms if "Throttles" in name]
    assert "account's concurrency" in throttles["AlarmDescription"]
    assert not any("Busy" in name for name, _ in alarms)
    assert any("Busy" in name for name in everything.resources("Inference", "AWS::CloudWatch::Alarm"))


def test_without_a_model_in_s3_it_is_where_the_image_says(plain: Synthesis) -> None:
    _, properties = classify(plain)
    assert "BUNDLE" not in properties["Environment"]["Variables"]


def test_the_function_accepts_the_settings_it_is_given(everything: Synthesis, monkeypatch: pytest.MonkeyPatch) -> None:
    _, properties = classify(everything)
    variables = properties["Environment"]["Variables"]
    assert "Uploads" in flat(variables["UPLOAD_BUCKET"])
    for name, value in variables.items():
        monkeypatch.setenv(name, "uploads" if name == "UPLOAD_BUCKET" else value)
    settings = Settings()
    assert settings.bundle == EVERYTHING["bundle"]
    assert settings.threads == ENVIRONMENTS["prod"].engine_threads
    assert Reporter().service == "movements-prod-classify"
    assert {name.lower() for name in variables} - set(Settings.model_fields) == {"powertools_service_name"}


def test_a_model_with_a_digest_is_given_to_the_function_as_two_settings(inference: Synthesizer) -> None:
    digest = f"sha256:{'0a' * 32}"
    functions = of_kind(inference(bundle=f"s3://models/models/squats/1@{digest}"), "AWS::Lambda::Function").values()
    variables, others = (
        variables
        for function in functions
        if "BUNDLE" in (variables := function["Properties"].get("Environment", {}).get("Variables", {}))
    )
    for given in (variables, others):
        assert (given["BUNDLE"], given["BUNDLE_DIGEST"]) == ("s3://models/models/squats/1", digest)
    Settings(upload_bucket="uploads", bundle=variables["BUNDLE"], bundle_digest=variables["BUNDLE_DIGEST"])


def test_each_function_logs_as_json_into_a_group_that_forgets(plain: Synthesis, everything: Synthesis) -> None:
    for synthesis, environment, days in ((plain, "dev", 14), (everything, "prod", 90)):
        groups = synthesis.resources("Inference", "AWS::Logs::LogGroup")
        for unit, (_, properties) in (
            ("classify", classify(synthesis)),
            ("workouts", workouts(synthesis)),
            ("pre-traffic", pre_traffic(synthesis)),
        ):
            assert properties["LoggingConfig"]["LogFormat"] == "JSON"
            group = groups[properties["LoggingConfig"]["LogGroup"]["Ref"]]
            assert group["Properties"]["LogGroupName"] == f"/movements/{environment}/{unit}"
            assert group["Properties"]["RetentionInDays"] == days


def test_logs_of_prod_outlive_their_stack_but_not_a_failed_creation(everything: Synthesis, plain: Synthesis) -> None:
    for synthesis, policy in ((everything, "RetainExceptOnCreate"), (plain, "Delete")):
        groups = synthesis.resources("Inference", "AWS::Logs::LogGroup").values()
        assert {group["DeletionPolicy"] for group in groups} == {policy}


def test_a_number_of_days_that_cloudwatch_does_not_know_is_refused(inference: Synthesizer) -> None:
    with pytest.raises(ValueError, match=r"log_days must be one of .*, not 15"):
        inference({"log_days": 15})


# What it may do


def test_the_function_may_read_and_delete_uploads_read_models_and_report_nothing_else(plain: Synthesis) -> None:
    _, properties = classify(plain)
    uploads = export(plain, "Web", "AWS::S3::Bucket", "Uploads")
    models = export(plain, "Base", "AWS::S3::Bucket", "Models")
    log = f"<{properties['LoggingConfig']['LogGroup']['Ref']}.Arn>"
    assert allowed(plain, role_of(properties)) == {
        "s3:GetObject": {f"{uploads}/uploads/*", f"{models}/models/*"},
        "s3:DeleteObject": {f"{uploads}/uploads/*"},
        "logs:CreateLogStream": {log},
        "logs:PutLogEvents": {log},
        "xray:PutTraceSegments": {"*"},
        "xray:PutTelemetryRecords": {"*"},
    }


def test_what_analyses_workouts_may_also_keep_what_is_known_of_them(plain: Synthesis) -> None:
    uploads = export(plain, "Web", "AWS::S3::Bucket", "Uploads")
    of_clips, of_workouts = (allowed(plain, role_of(found(plain)[1])) for found in (classify, workouts))
    more = {action: resources - of_clips.get(action, set()) for action, resources in of_workouts.items()}
    kept = {f"{uploads}/workouts/*"}
    assert dict.fromkeys(("s3:GetObject", "s3:PutObject", "s3:DeleteObject"), kept) == {
        action: resources for action, resources in more.items() if action.startswith("s3:")
    }


def test_keys_of_workouts_are_where_page_and_function_may_keep_them() -> None:
    files = JobFiles.of_upload(new_key())
    keys = files.everything(3)
    assert keys[0] == files.film and len(keys) == len(set(keys)) == 11
    assert all(key.startswith("workouts/") for key in keys[1:])


def test_the_page_puts_uploads_where_the_function_may_read_them() -> None:
    assert new_key().startswith("uploads/")


def test_a_model_in_a_bucket_of_somebody_elses_cannot_be_read(everything: Synthesis) -> None:
    assert EVERYTHING["bundle"].startswith("s3://acme-models/")
    readable = allowed(everything, role_of(classify(everything)[1]))["s3:GetObject"]
    assert not [name for name in readable if "acme" in name]
    assert len(readable) == 2


def test_every_role_is_within_the_boundary_that_the_pipeline_makes(everything: Synthesis) -> None:
    made = everything.properties("Pipeline", "AWS::IAM::ManagedPolicy")
    named = flat(made["ManagedPolicyName"])
    for name, role in everything.resources("Inference", "AWS::IAM::Role").items():
        assert flat(role["Properties"]["PermissionsBoundary"]).endswith(f":policy/{named}"), name


def test_nothing_that_a_role_needs_is_outside_the_boundary(everything: Synthesis) -> None:
    boundary = everything.properties("Pipeline", "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    within = [
        (action, flat(resource))
        for statement in boundary
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]
    for role in everything.resources("Inference", "AWS::IAM::Role"):
        for action, resources in allowed(everything, role).items():
            for resource in resources:
                assert [
                    form
                    for may, form in within
                    if may == action and fnmatch.fnmatchcase(real(everything, resource), form)
                ], f"{role} needs {action} on {resource}"


def real(synthesis: Synthesis, resource: str) -> str:
    """An ARN as it will be, of what the template only refers to."""
    arn = "arn:<AWS::Partition>:{}:<AWS::Region>:<AWS::AccountId>:{}"
    for name, function in synthesis.resources("Inference", "AWS::Lambda::Function").items():
        resource = resource.replace(
            f"<{name}.Arn>", arn.format("lambda", f"function:{function['Properties']['FunctionName']}")
        )
    for name, alias in synthesis.resources("Inference", "AWS::Lambda::Alias").items():
        of = synthesis.resources("Inference", FUNCTION)[alias["Properties"]["FunctionName"]["Ref"]]
        resource = resource.replace(
            f"<{name}>", arn.format("lambda", f"function:{of['Properties']['FunctionName']}:live")
        )
    for name, group in synthesis.resources("Inference", "AWS::Logs::LogGroup").items():
        resource = resource.replace(
            f"<{name}.Arn>", arn.format("logs", f"log-group:{group['Properties']['LogGroupName']}:*")
        )
    for kind in ("Application", "DeploymentGroup"):
        for name in synthesis.resources("Inference", f"AWS::CodeDeploy::{kind}"):
            resource = resource.replace(f"<{name}>", f"movements-prod-inference-{name}-1A2B")
    return resource


def test_no_role_has_a_policy_made_by_somebody_else(everything: Synthesis) -> None:
    roles = everything.resources("Inference", "AWS::IAM::Role")
    assert len(roles) == 5
    for name, role in roles.items():
        assert "ManagedPolicyArns" not in role["Properties"], name


def test_tag_model_and_domain_change_nothing_of_what_is_imported(plain: Synthesis, everything: Synthesis) -> None:
    """The pipeline deploys this stack alone: what it imports must have been exported before."""
    dev, prod = (imports(synthesis.templates["Inference"]) for synthesis in (plain, everything))
    assert {name.replace("movements-dev-", "movements-prod-") for name in dev} == prod
    assert len(dev) >= 4


@pytest.mark.parametrize(
    ("resource", "reason"),
    [("arn:aws:s3:::models/*", None), ("arn:aws:s3:::models/card.md", "There is no star, so this explains nothing.")],
)
def test_a_star_needs_a_reason_and_a_reason_a_star(resource: str, reason: str | None) -> None:
    role = iam.Role(Stack(), "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    with pytest.raises(ValueError, match="needs a reason if, and only if, it has a star"):
        permit(role, ["s3:GetObject"], [resource], because=reason)


# Versions


def test_the_same_context_makes_the_same_version(inference: Synthesizer) -> None:
    assert version_of(inference()) == version_of(inference())


def test_every_tag_model_and_setting_makes_a_version_of_its_own(inference: Synthesizer) -> None:
    made = [
        inference(),
        inference(image_tag="bbb"),
        inference(bundle="s3://models/models/squats/1"),
        inference(bundle="s3://models/models/squats/2"),
        inference({"memory_mb": 3008}),
        inference({"engine_threads": 2}),
        inference({"timeout_seconds": 20}),
    ]
    assert len({version_of(template) for template in made}) == len(made)


def test_what_no_version_holds_makes_none(inference: Synthesizer) -> None:
    """Lambda refuses to publish a version that is no different from the last one, and the update would fail."""
    assert version_of(inference()) == version_of(inference({"reserved_concurrency": 7, "canary": True}))


def test_versions_stay_when_a_newer_one_comes_but_not_when_their_deployment_failed(plain: Synthesis) -> None:
    for version in plain.resources("Inference", VERSION).values():
        assert version["UpdateReplacePolicy"] == "Retain"
        assert version["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_alias_live_leads_to_the_version(plain: Synthesis) -> None:
    template = plain.templates["Inference"]
    for part in ("Classify", "Workouts"):
        alias = alias_of(template, part)[1]["Properties"]
        assert alias["Name"] == LIVE == "live"
        assert alias["FunctionVersion"] == {"Fn::GetAtt": [version_of(template, part), "Version"]}
        assert "ProvisionedConcurrencyConfig" not in alias


def test_containers_are_kept_warm_when_the_environment_says_so(inference: Synthesizer) -> None:
    _, alias = alias_of(inference({"provisioned_concurrency": 2}))
    assert alias["Properties"]["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}


# Whole workouts


def test_workouts_are_analysed_by_the_same_image_with_more_time_memory_and_disk(everything: Synthesis) -> None:
    _, properties = workouts(everything)
    environment = ENVIRONMENTS["prod"]
    assert properties["Code"] == classify(everything)[1]["Code"]
    assert (properties["MemorySize"], properties["Timeout"]) == (environment.workout_memory_mb, 900)
    assert properties["EphemeralStorage"]["Size"] * 2**20 > WORKOUT_BYTES
    assert properties["Environment"]["Variables"]["THREADS"] == str(environment.workout_threads)
    assert "ReservedConcurrentExecutions" not in properties


def test_the_state_machine_asks_the_live_workouts_function_alone(everything: Synthesis) -> None:
    machine = everything.properties("Inference", "AWS::StepFunctions::StateMachine")
    assert machine["StateMachineName"] == Names(ENVIRONMENTS["prod"]).workouts_machine
    alias, _ = alias_of(everything.templates["Inference"], "Workouts")
    states = machine["Definition"]["States"]
    tasks = [states["Begin"], states["Pieces"]["ItemProcessor"]["States"]["Follow"], states["Finish"]]
    assert [task["Parameters"]["FunctionName"] for task in tasks] == [{"Ref": alias}] * 3
    assert allowed(everything, machine["RoleArn"]["Fn::GetAtt"][0])["lambda:InvokeFunction"] == {f"<{alias}>"}
    assert machine["TracingConfiguration"] == {"Enabled": True}


def test_a_workout_that_came_to_nothing_through_us_rings(everything: Synthesis) -> None:
    watched = {
        alarm["Properties"]["MetricName"]
        for alarm in everything.resources("Inference", ALARM).values()
        if alarm["Properties"]["Namespace"] == "AWS/States"
    }
    assert watched == {"ExecutionsFailed", "ExecutionsTimedOut"}


# Deployment


def test_prod_tries_a_new_version_with_one_request_in_ten_and_dev_does_not(
    plain: Synthesis, everything: Synthesis
) -> None:
    kind = "AWS::CodeDeploy::DeploymentGroup"
    ways = [synthesis.properties("Inference", kind)["DeploymentConfigName"] for synthesis in (plain, everything)]
    assert ways == ["CodeDeployDefault.LambdaAllAtOnce", "CodeDeployDefault.LambdaCanary10Percent5Minutes"]


def test_the_alias_moves_through_codedeploy_after_the_new_version_was_asked(everything: Synthesis) -> None:
    _, alias = alias_of(everything.templates["Inference"])
    ((group, _),) = everything.resources("Inference", "AWS::CodeDeploy::DeploymentGroup").items()
    update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert update["DeploymentGroupName"] == {"Ref": group}
    assert update["BeforeAllowTrafficHook"] == {"Ref": pre_traffic(everything)[0]}


def test_a_failure_a_stop_and_an_alarm_of_the_new_version_set_the_alias_back(everything: Synthesis) -> None:
    group = everything.properties("Inference", "AWS::CodeDeploy::DeploymentGroup")
    assert group["AutoRollbackConfiguration"] == {
        "Enabled": True,
        "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"],
    }
    assert group["AlarmConfiguration"]["Enabled"] is True
    alarms = everything.resources("Inference", ALARM)
    watched = [alarms[alarm["Name"]["Ref"]]["Properties"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert {alarm["MetricName"] for alarm in watched} == {"Errors", "FailedOfVersion"}
    version = f"<{version_of(everything.templates['Inference'])}.Version>"
    for alarm in watched:
        assert version in [flat(dimension["Value"]) for dimension in alarm["Dimensions"]]
        # With a name of its own, the alarm of a faulty version that is live does not stop the one that mends it.
        assert flat(alarm["AlarmName"]).endswith(version)
        # Within the canary's five minutes there must be several looks.
        assert alarm["Period"] == 60


def test_codedeploy_may_move_this_alias_ask_the_hook_and_read_alarms_before_the_alias_is_moved(
    everything: Synthesis,
) -> None:
    _, alias = alias_of(everything.templates["Inference"])
    group = everything.properties("Inference", "AWS::CodeDeploy::DeploymentGroup")
    role = group["ServiceRoleArn"]["Fn::GetAtt"][0]
    function, hook = f"<{classify(everything)[0]}.Arn>", f"<{pre_traffic(everything)[0]}.Arn>"
    of_function = {function, f"{function}:*"}
    assert allowed(everything, role) == {
        "lambda:GetAlias": of_function,
        "lambda:UpdateAlias": of_function,
        "lambda:GetProvisionedConcurrencyConfig": of_function,
        "lambda:InvokeFunction": {hook},
        "cloudwatch:DescribeAlarms": {"arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*"},
    }
    (policy,) = (
        name
        for name, resource in everything.resources("Inference", "AWS::IAM::Policy").items()
        if {"Ref": role} in resource["Properties"]["Roles"]
    )
    assert policy in alias["DependsOn"]


def test_the_hook_is_told_the_new_version_and_may_ask_versions_of_this_function_only(everything: Synthesis) -> None:
    _, properties = pre_traffic(everything)
    version = version_of(everything.templates["Inference"])
    assert properties["Environment"]["Variables"] == {"VERSION_ARN": {"Ref": version}}
    may = allowed(everything, role_of(properties))
    assert may["lambda:InvokeFunction"] == {f"<{classify(everything)[0]}.Arn>:*"}
    ((group, resource),) = everything.resources("Inference", "AWS::CodeDeploy::DeploymentGroup").items()
    application = resource["Properties"]["ApplicationName"]["Ref"]
    assert may["codedeploy:PutLifecycleEventHookExecutionStatus"] == {
        f"arn:<AWS::Partition>:codedeploy:<AWS::Region>:<AWS::AccountId>:deploymentgroup:<{application}>/<{group}>"
    }


def test_the_hook_has_the_name_that_codedeploy_expects(plain: Synthesis) -> None:
    _, properties = pre_traffic(plain)
    assert properties["FunctionName"] == "CodeDeployHook_movements-dev-classify"


# Alarms


@pytest.mark.parametrize(
    ("metric", "statistic", "threshold"),
    [
        ("Errors", "Sum", 1),
        ("Failed", "Sum", 1),
        ("Throttles", "Sum", 1),
        ("Duration", "p95", 24_000),
        ("ConcurrentExecutions", "Maximum", 40),
    ],
)
def test_an_alarm_watches_the_whole_function(
    metric: str, statistic: str, threshold: float, everything: Synthesis
) -> None:
    whole = [
        {"Name": "FunctionName", "Value": {"Ref": classify(everything)[0]}},
        {"Name": "service", "Value": "movements-prod-classify"},
    ]
    (alarm,) = (
        alarm["Properties"]
        for alarm in everything.resources("Inference", ALARM).values()
        if alarm["Properties"]["MetricName"] == metric and alarm["Properties"]["Dimensions"][0] in whole
    )
    assert len(alarm["Dimensions"]) == 1
    assert alarm.get("Statistic", alarm.get("ExtendedStatistic")) == statistic
    assert alarm["Threshold"] == threshold
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_alarms_explain_themselves_and_silence_is_none(everything: Synthesis) -> None:
    alarms = everything.resources("Inference", ALARM)
    assert len(alarms) == 9
    for name, alarm in alarms.items():
        assert alarm["Properties"]["TreatMissingData"] == "notBreaching", name
        assert len(alarm["Properties"]["AlarmDescription"].split()) > 5, name


def test_the_function_reports_the_metrics_that_alarms_watch(
    everything: Synthesis, capsys: pytest.CaptureFixture[str]
) -> None:
    assert METRICS_NAMESPACE == NAMESPACE
    failure(ModelUnavailable(), "a request")
    metrics.flush_metrics()
    blobs = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    reported = {
        (group["Namespace"], metric["Name"], tuple(sorted(keys)))
        for blob in blobs
        for group in blob["_aws"]["CloudWatchMetrics"]
        for metric in group["Metrics"]
        for keys in group["Dimensions"]
    }
    watched = {
        (
            alarm["Properties"]["Namespace"],
            alarm["Properties"]["MetricName"],
            tuple(sorted(dimension["Name"] for dimension in alarm["Properties"]["Dimensions"])),
        )
        for alarm in everything.resources("Inference", ALARM).values()
        if not alarm["Properties"]["Namespace"].startswith("AWS/")
    }
    assert len(watched) == 2
    assert watched <= reported


# Outputs


def test_the_outputs_say_what_is_live(everything: Synthesis) -> None:
    outputs = {name: output["Value"] for name, output in everything.templates["Inference"]["Outputs"].items()}
    alias, _ = alias_of(everything.templates["Inference"])
    assert outputs == {
        "FunctionName": {"Ref": classify(everything)[0]},
        "LiveAlias": {"Ref": alias},
        "ImageTag": EVERYTHING["image_tag"],
        "LiveBundle": EVERYTHING["bundle"],
    }


def test_the_function_has_the_name_that_others_rely_on(plain: Synthesis) -> None:
    assert classify(plain)[1]["FunctionName"] == Names(ENVIRONMENTS["dev"]).function
