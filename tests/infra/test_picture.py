"""The picture of the system: it shows legibly what the templates have, and the committed one is today's."""

from __future__ import annotations

import copy
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from infra.picture.__main__ import main, picture
from infra.picture.labels import label
from infra.picture.layout import LINE_SIZE, TITLE_SIZE, Rect, arrange, text_width, texts
from infra.picture.model import System
from infra.picture.routes import lead
from infra.picture.system import read
from infra.templates import Templates, load
from tests.infra.conftest import Synthesis

COMMITTED = Path(__file__).parents[2] / "infra" / "system.svg"
SVG = "{http://www.w3.org/2000/svg}"
STACKS = {"Base", "Web", "Inference", "Pipeline"}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def allows(action: str, target: Any, *roles: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": target}
    return resource("IAM::Policy", Roles=[ref(role) for role in roles], PolicyDocument={"Statement": [statement]})


def action(category: str, provider: str, **configuration: Any) -> dict[str, Any]:
    return {"ActionTypeId": {"Category": category, "Provider": provider}, "Configuration": configuration}


TOPIC = {"Fn::ImportValue": "base:topic"}
LIVE = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":lambda:here:1:function:classify:live"]]}

SMALL: dict[str, dict[str, Any]] = {
    "Base": {
        "Resources": {
            "Topic": resource("SNS::Topic", DisplayName="ours"),
            "ModelsC55D3500": resource("S3::Bucket", VersioningConfiguration={"Status": "Enabled"}),
            "Live": resource("SSM::Parameter", Name="/movements/bundle", Value="default"),
        },
        "Outputs": {"T": {"Value": ref("Topic"), "Export": {"Name": "base:topic"}}},
    },
    "Web": {
        "Resources": {
            "Front": resource(
                "CloudFront::Distribution",
                DistributionConfig={
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
                    "Origins": [{"DomainName": "x", "VpcOriginConfig": {"VpcOriginId": ref("Origin")}}],
                },
            ),
            "Origin": resource("CloudFront::VpcOrigin", VpcOriginEndpointConfig={"Arn": ref("Balancer")}),
            "Balancer": resource("ElasticLoadBalancingV2::LoadBalancer", Scheme="internal"),
            "Listener": resource(
                "ElasticLoadBalancingV2::Listener",
                LoadBalancerArn=ref("Balancer"),
                Port=80,
                Protocol="HTTP",
                DefaultActions=[{"TargetGroupArn": ref("Targets"), "Type": "forward"}],
            ),
            "Targets": resource("ElasticLoadBalancingV2::TargetGroup", Port=443, Protocol="HTTPS"),
            "Servers": resource(
                "AutoScaling::AutoScalingGroup",
                MinSize="2",
                MaxSize="4",
                TargetGroupARNs=[ref("Targets")],
                LaunchTemplate={"LaunchTemplateId": ref("Launch")},
            ),
            "Launch": resource(
                "EC2::LaunchTemplate",
                LaunchTemplateData={
                    "InstanceType": "t3.small",
                    "IamInstanceProfile": {"Arn": {"Fn::GetAtt": ["Profile", "Arn"]}},
                },
            ),
            "Profile": resource("IAM::InstanceProfile", Roles=[ref("Role")]),
            "Role": resource("IAM::Role"),
            "MayAsk": allows("lambda:InvokeFunction", LIVE, "Role"),
            "MaySign": allows("s3:PutObject", {"Fn::GetAtt": ["Uploads4F6EB0FD", "Arn"]}, "Role"),
            "Uploads4F6EB0FD": resource(
                "S3::Bucket",
                CorsConfiguration={"CorsRules": [{"AllowedMethods": ["POST"]}]},
                LifecycleConfiguration={"Rules": [{"ExpirationInDays": 1}]},
            ),
            "AlarmsSlow": resource("CloudWatch::Alarm", AlarmActions=[TOPIC]),
            "AlarmsErrors": resource("CloudWatch::Alarm", AlarmActions=[TOPIC]),
        }
    },
    "Inference": {
        "Resources": {
            "ClassifyFunction": resource(
                "Lambda::Function",
                FunctionName="classify",
                MemorySize=1769,
                Timeout=30,
                Role={"Fn::GetAtt": ["Role", "Arn"]},
                Code={"ImageUri": "1.example/classify:abc123"},
            ),
            "Role": resource("IAM::Role"),
            "Live": resource("Lambda::Alias", Name="live", FunctionName=ref("ClassifyFunction")),
        }
    },
    "Pipeline": {
        "Resources": {
            "Pipeline": resource(
                "CodePipeline::Pipeline",
                Stages=[
                    {
                        "Name": "Source",
                        "Actions": [
                            action("Source", "CodeStarSourceConnection", FullRepositoryId="me/mine", BranchName="main")
                        ],
                    },
                    {"Name": "Inference", "Actions": [action("Deploy", "CloudFormation", StackName="m-inference")]},
                ],
            ),
            "Changed": resource(
                "Events::Rule",
                EventPattern={"detail": {"name": ["/movements/bundle"]}},
                Targets=[{"Arn": {"Fn::Join": ["", ["arn:", ref("Pipeline")]]}}],
            ),
        }
    },
}


@pytest.fixture
def small() -> dict[str, dict[str, Any]]:
    return copy.deepcopy(SMALL)


def templates(of: dict[str, dict[str, Any]]) -> Templates:
    return Templates(of, {name: f"m-{name.lower()}" for name in of})


def system(of: dict[str, dict[str, Any]]) -> System:
    return read(templates(of))


def titles(of: System) -> set[str]:
    return {node.title for node in of.nodes}


def arrows(of: System) -> set[tuple[str, str, str]]:
    names = {node.id: node.title for node in of.nodes} | {name: name for name in of.stacks}
    return {(names[edge.start], edge.label, names[edge.end]) for edge in of.edges}


@pytest.fixture(params=["small", "plain", "everything"])
def every(request: pytest.FixtureRequest) -> Templates:
    found = request.getfixturevalue(request.param)
    return load(found.folder) if isinstance(found, Synthesis) else templates(found)


def passes(segment: tuple[float, float, float, float], rect: Rect) -> bool:
    """Whether a straight part of an arrow touches a rectangle."""
    x1, y1, x2, y2 = segment
    return min(x1, x2) <= rect.right and max(x1, x2) >= rect.x and min(y1, y2) <= rect.bottom and max(y1, y2) >= rect.y


# --- what is in it


def test_a_request_can_be_followed_from_people_to_the_function(small: dict[str, dict[str, Any]]) -> None:
    assert {
        ("People", "HTTPS", "CloudFront"),
        ("CloudFront", "inside", "Load balancer"),
        ("Load balancer", "HTTPS", "Page’s servers"),
        ("Page’s servers", "invokes", "Alias"),
        ("Alias", "", "Classify function"),
        ("People", "the clip", "Uploads"),
        ("Page’s servers", "signs", "Uploads"),
    } <= arrows(system(small))


def test_a_push_can_be_followed_to_what_it_deploys(small: dict[str, dict[str, Any]]) -> None:
    assert {
        ("GitHub", "push", "Source"),
        ("Source", "", "Inference"),
        ("Inference", "deploys", "Inference"),
        ("Live model", "starts", "Source"),
    } <= arrows(system(small))


def test_the_alarms_of_a_stack_are_counted_and_named_and_lead_to_their_topic(small: dict[str, dict[str, Any]]) -> None:
    found = system(small)
    (alarms,) = [node for node in found.nodes if node.id == "Web/alarms"]
    assert (alarms.title, alarms.lines) == ("2 alarms", ("slow, errors",))
    assert ("2 alarms", "", "Alarm topic") in arrows(found)


def test_a_pipeline_tells_its_failures_and_is_not_started_by_them(small: dict[str, dict[str, Any]]) -> None:
    before = arrows(system(small))
    small["Pipeline"]["Resources"]["Failed"] = resource(
        "Events::Rule",
        EventPattern={"detail": {"pipeline": [ref("Pipeline")], "state": ["FAILED"]}},
        Targets=[{"Arn": TOPIC, "InputTransformer": {"InputTemplate": {"Fn::Join": ["", [ref("Pipeline")]]}}}],
    )
    assert arrows(system(small)) - before == {("Pipeline", "", "Alarm topic")}


def test_a_removed_resource_takes_its_box_and_its_arrows_with_it(small: dict[str, dict[str, Any]]) -> None:
    del small["Web"]["Resources"]["Uploads4F6EB0FD"]
    found = system(small)
    assert "Uploads" not in titles(found)
    assert "Uploads" not in {end for arrow in arrows(found) for end in arrow}


def test_an_added_resource_comes_with_its_box_and_its_arrows(small: dict[str, dict[str, Any]]) -> None:
    assert "Firewall (WAF)" not in titles(system(small))
    small["Web"]["Resources"] |= {
        "Acl": resource("WAFv2::WebACL", Rules=[{"Statement": {"RateBasedStatement": {"Limit": 700}}}]),
        "Link": resource("WAFv2::WebACLAssociation", WebACLArn=ref("Acl"), ResourceArn=ref("Balancer")),
    }
    found = system(small)
    (firewall,) = [node for node in found.nodes if node.title == "Firewall (WAF)"]
    assert firewall.lines == ("700 in 5 min per address",)
    assert ("Firewall (WAF)", "filters", "Load balancer") in arrows(found)


def test_a_resource_that_nobody_has_thought_of_finds_a_free_place(small: dict[str, dict[str, Any]]) -> None:
    for number in range(7):
        small["Inference"]["Resources"][f"Spare{number}"] = resource("S3::Bucket")
    drawn = arrange(system(small))
    assert {f"Inference/Spare{number}" for number in range(7)} <= set(drawn.boxes)
    assert not [pair for pair in combinations(drawn.boxes.values(), 2) if pair[0].rect.overlaps(pair[1].rect)]


def test_a_permission_that_is_withdrawn_takes_its_arrow_with_it(small: dict[str, dict[str, Any]]) -> None:
    del small["Web"]["Resources"]["MayAsk"]
    assert not [arrow for arrow in arrows(system(small)) if "invokes" in arrow]


def test_a_permission_that_is_refused_is_no_arrow(small: dict[str, dict[str, Any]]) -> None:
    small["Web"]["Resources"]["MayAsk"]["Properties"]["PolicyDocument"]["Statement"][0]["Effect"] = "Deny"
    assert not [arrow for arrow in arrows(system(small)) if "invokes" in arrow]


@pytest.mark.parametrize(
    ("stack", "name", "change", "expected"),
    [
        ("Inference", "ClassifyFunction", {"MemorySize": 3008, "Timeout": 60}, "3008 MB, 60 s"),
        ("Inference", "ClassifyFunction", {"ReservedConcurrentExecutions": 7}, "7 at a time"),
        ("Inference", "ClassifyFunction", {"Code": {"ImageUri": "1.example/classify:def456"}}, "image def456"),
        ("Web", "Servers", {"MinSize": "3", "MaxSize": "3"}, "3 × t3.small"),
        (
            "Web",
            "Uploads4F6EB0FD",
            {"LifecycleConfiguration": {"Rules": [{"ExpirationInDays": 5}]}},
            "gone after 5 days",
        ),
        ("Base", "Live", {"Value": "s3://a/models/b/1"}, "= s3://a/models/b/1"),
    ],
)
def test_the_figures_are_the_templates(
    small: dict[str, dict[str, Any]], stack: str, name: str, change: dict[str, Any], expected: str
) -> None:
    def lines() -> tuple[str, ...]:
        (node,) = [node for node in system(small).nodes if node.id == f"{stack}/{name}"]
        return node.lines

    assert expected not in lines()
    small[stack]["Resources"][name]["Properties"] |= change
    assert expected in lines()


def test_the_network_of_a_stack_is_told_in_its_heading(small: dict[str, dict[str, Any]]) -> None:
    small["Web"]["Resources"] |= {
        "Vpc": resource("EC2::VPC"),
        **{f"Net{zone}": resource("EC2::Subnet", AvailabilityZone=zone) for zone in ("a", "b")},
        "Nat": resource("EC2::NatGateway"),
        "Log": resource("Logs::LogGroup", RetentionInDays=14),
    }
    assert system(small).stacks["Web"] == ("m-web", "own network in 2 zones, 1 NAT gateway, log lines kept 14 days")


# --- how it looks


def test_each_stack_has_a_frame_around_its_boxes_and_frames_keep_apart(every: Templates) -> None:
    found = arrange(read(every))
    assert set(found.groups) == STACKS
    for box in found.boxes.values():
        for name, group in found.groups.items():
            inside = box.rect.x > group.rect.x and box.rect.right < group.rect.right
            inside = inside and box.rect.y > group.heading.bottom and box.rect.bottom < group.rect.bottom
            assert inside if name == box.node.group else not box.rect.overlaps(group.rect), (box.node.id, name)
    for one, other in combinations(found.groups.values(), 2):
        assert not one.rect.overlaps(other.rect), (one.name, other.name)


def test_boxes_do_not_overlap_and_lie_in_the_picture(every: Templates) -> None:
    found = arrange(read(every))
    paper = Rect(0, 0, found.width, found.height)
    for one, other in combinations(found.boxes.values(), 2):
        assert not one.rect.grown(5).overlaps(other.rect), (one.node.id, other.node.id)
    for box in found.boxes.values():
        assert box.rect.x >= 0 and box.rect.y >= 0, box.node.id
        assert box.rect.right <= paper.right and box.rect.bottom <= paper.bottom, box.node.id


def test_words_fit_into_their_boxes(every: Templates) -> None:
    for box in arrange(read(every)).boxes.values():
        for number, (text, x, foot) in enumerate(texts(box)):
            size, bold = (TITLE_SIZE, True) if number == 0 else (LINE_SIZE, False)
            assert x + text_width(text, size, bold=bold) <= box.rect.right, text
            assert box.rect.y < foot - size * 0.7 and foot + size * 0.2 < box.rect.bottom, text


def test_arrows_start_and_end_at_their_boxes_and_pass_through_no_other(every: Templates) -> None:
    found = read(every)
    places = arrange(found)
    rects = {name: box.rect for name, box in places.boxes.items()}
    frames = {name: group.rect for name, group in places.groups.items()}
    for route in lead(found, places):
        start, end = ((rects | frames)[name] for name in (route.edge.start, route.edge.end))
        segments = list(route.segments())
        assert passes(segments[0], start) and passes(segments[-1], end), route.edge
        for x1, y1, x2, y2 in segments:
            assert x1 == x2 or y1 == y2, route.edge
        for name, rect in rects.items():
            touching = [segment for segment in segments if passes(segment, rect)]
            allowed = {route.edge.start: [segments[0]], route.edge.end: [segments[-1]]}.get(name, [])
            assert touching == allowed, (route.edge, name)


def test_words_at_arrows_cover_neither_boxes_nor_each_other(every: Templates) -> None:
    found = read(every)
    places = arrange(found)
    words = label(lead(found, places), places)
    assert [word.text for word in words] == [edge.label for edge in found.edges if edge.label]
    for one, other in combinations(words, 2):
        assert not one.rect.overlaps(other.rect), (one.text, other.text)
    for word in words:
        assert not [box.node.id for box in places.boxes.values() if box.rect.overlaps(word.rect)], word.text


def test_it_is_an_svg_that_says_what_it_shows(every: Templates) -> None:
    root = ElementTree.fromstring(picture(every))
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert (root.findtext(f"{SVG}title") or "").strip()
    description = root.findtext(f"{SVG}desc") or ""
    for node in read(every).nodes:
        assert node.title in description, node.id
    identities = {element.get("id") for element in root.iter(f"{SVG}g")}
    assert identities >= STACKS
    assert "prefers-color-scheme: dark" in (root.findtext(f"{SVG}style") or "")


def test_names_that_xml_would_read_as_markup_are_escaped(small: dict[str, dict[str, Any]]) -> None:
    small["Base"]["Resources"]["Live"]["Properties"]["Value"] = "<b>&"
    root = ElementTree.fromstring(picture(templates(small)))
    assert "= <b>&" in {text.text for text in root.iter(f"{SVG}text")}


# --- the committed one


def test_the_committed_picture_is_the_one_of_todays_templates(plain: Synthesis) -> None:
    drawn = picture(load(plain.folder))
    assert COMMITTED.read_text(encoding="utf-8") == drawn, "run: python -m infra.picture --out infra/system.svg"


def test_it_is_written_to_the_named_file(
    small: dict[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.picture.__main__.synthesize", lambda context: templates(small))
    main(["--out", str(tmp_path / "system.svg")])
    assert ElementTree.parse(tmp_path / "system.svg").getroot().tag == f"{SVG}svg"


def test_without_a_file_it_is_printed(
    small: dict[str, dict[str, Any]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(
        "infra.picture.__main__.synthesize", lambda context: asked.append(context.environment.name) or templates(small)
    )
    main(["--environment", "prod"])
    assert asked == ["prod"]
    assert capsys.readouterr().out.startswith("<svg")
