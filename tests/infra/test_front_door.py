"""CloudFront: what it lets through, what it keeps, what it adds."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.infra.conftest import EVERYTHING, Synthesis

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""Policies of AWS' own, by their ids (Amazon CloudFront Developer Guide, "Use managed policies")."""


@pytest.fixture(params=("plain", "everything"))
def synthesis(request: pytest.FixtureRequest) -> Synthesis:
    found: Synthesis = request.getfixturevalue(request.param)
    return found


def distribution(synthesis: Synthesis) -> dict[str, Any]:
    config: dict[str, Any] = synthesis.properties("Web", "AWS::CloudFront::Distribution")["DistributionConfig"]
    return config


def behaviors(synthesis: Synthesis) -> list[dict[str, Any]]:
    config = distribution(synthesis)
    return [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", [])]


def at_viewer_request(synthesis: Synthesis, event: dict[str, Any]) -> dict[str, Any]:
    """What the function in the template makes of a viewer's request."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node, which runs the function, is not installed")
    code = synthesis.properties("Web", "AWS::CloudFront::Function")["FunctionCode"]
    program = f"{code}\nconsole.log(JSON.stringify(handler({json.dumps(event)})));"
    ended = subprocess.run([node, "--eval", program], capture_output=True, text=True, check=True)
    request: dict[str, Any] = json.loads(ended.stdout)
    return request


# --- what is kept


def test_no_error_is_kept(synthesis: Synthesis) -> None:
    """CloudFront keeps these for ten seconds where nothing else is said."""
    kept = {one["ErrorCode"]: one["ErrorCachingMinTTL"] for one in distribution(synthesis)["CustomErrorResponses"]}
    assert kept == dict.fromkeys((403, 404, 405, 414, 500, 501, 502, 503, 504), 0)
    assert all("ResponseCode" not in one for one in distribution(synthesis)["CustomErrorResponses"])


# --- the way in


def test_a_visitor_who_comes_over_plain_http_is_sent_to_https(synthesis: Synthesis) -> None:
    assert {behavior["ViewerProtocolPolicy"] for behavior in behaviors(synthesis)} == {"redirect-to-https"}


def test_with_a_domain_visitors_and_load_balancer_speak_tls_from_1_2(everything: Synthesis) -> None:
    config = distribution(everything)
    assert config["Aliases"] == [EVERYTHING["domain_name"]]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": EVERYTHING["domain_edge_certificate"],
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    endpoint = everything.properties("Web", "AWS::CloudFront::VpcOrigin")["VpcOriginEndpointConfig"]
    assert endpoint["OriginProtocolPolicy"] == "https-only"
    assert endpoint["OriginSSLProtocols"] == ["TLSv1.2"]


def test_the_one_leg_without_tls_has_a_reason_and_is_inside_the_network(plain: Synthesis) -> None:
    endpoint = plain.properties("Web", "AWS::CloudFront::VpcOrigin")["VpcOriginEndpointConfig"]
    (balancer,) = plain.resources("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert endpoint["OriginProtocolPolicy"] == "http-only"
    assert endpoint["Arn"] == {"Ref": balancer}
    metadata = json.loads((plain.folder / "Web.metadata.json").read_text())
    reasons = {
        rule: reason
        for entries in metadata.values()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for rule, reason in entry["data"].items()
    }
    (reason,) = [text for rule, text in reasons.items() if rule.endswith("AwsSolutions-CFR5")]
    assert "internal load balancer" in reason


def test_the_distribution_has_no_origin_but_the_load_balancer_in_the_network(synthesis: Synthesis) -> None:
    (origin,) = distribution(synthesis)["Origins"]
    (vpc_origin,) = synthesis.resources("Web", "AWS::CloudFront::VpcOrigin")
    assert origin["VpcOriginConfig"]["VpcOriginId"] == {"Fn::GetAtt": [vpc_origin, "Id"]}


def test_the_domain_leads_to_the_distribution_over_both_versions_of_ip(everything: Synthesis) -> None:
    (name,) = everything.resources("Web", "AWS::CloudFront::Distribution")
    records = [record["Properties"] for record in everything.resources("Web", "AWS::Route53::RecordSet").values()]
    assert {record["Type"] for record in records} == {"A", "AAAA"}
    for record in records:
        assert record["Name"] == f"{EVERYTHING['domain_name']}."
        assert record["HostedZoneId"] == EVERYTHING["domain_zone_id"]
        assert record["AliasTarget"]["DNSName"] == {"Fn::GetAtt": [name, "DomainName"]}
    assert distribution(everything)["IPV6Enabled"]


# --- the visitor's address


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7"])
def test_the_address_is_the_one_that_the_request_came_from_whatever_the_visitor_says(
    plain: Synthesis, address: str
) -> None:
    event = {
        "viewer": {"ip": address},
        "request": {
            "method": "POST",
            "uri": "/api/uploads",
            "headers": {
                "x-viewer-ip": {"value": "10.0.0.1", "multiValue": [{"value": "10.0.0.1"}, {"value": "10.0.0.2"}]},
                "accept": {"value": "*/*"},
            },
        },
    }
    request = at_viewer_request(plain, event)
    assert request == {
        **event["request"],
        "headers": {"x-viewer-ip": {"value": address}, "accept": {"value": "*/*"}},
    }


def test_no_request_goes_past_the_function_that_sets_the_address(synthesis: Synthesis) -> None:
    (name,) = synthesis.resources("Web", "AWS::CloudFront::Function")
    for behavior in behaviors(synthesis):
        assert behavior["FunctionAssociations"] == [
            {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": [name, "FunctionARN"]}}
        ]


def test_the_address_and_all_else_that_the_visitor_sent_reaches_the_page(
    plain: Synthesis, everything: Synthesis
) -> None:
    assert {behavior["OriginRequestPolicyId"] for behavior in behaviors(plain)} == {ALL_VIEWER_EXCEPT_HOST_HEADER}
    assert {behavior["OriginRequestPolicyId"] for behavior in behaviors(everything)} == {ALL_VIEWER}


# --- what is kept


def test_answers_are_not_kept_and_everything_may_be_asked(synthesis: Synthesis) -> None:
    default = distribution(synthesis)["DefaultCacheBehavior"]
    assert default["CachePolicyId"] == CACHING_DISABLED
    assert {"GET", "POST"} <= set(default["AllowedMethods"])


def test_files_are_kept_as_long_as_the_page_says_and_no_longer(plain: Synthesis) -> None:
    static = distribution(plain)["CacheBehaviors"]
    (name,) = plain.resources("Web", "AWS::CloudFront::CachePolicy")
    assert {behavior["PathPattern"] for behavior in static} == {"/assets/*", "/_dash-component-suites/*"}
    assert all(behavior["CachePolicyId"] == {"Ref": name} and behavior["Compress"] for behavior in static)
    policy = plain.properties("Web", "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)
    parts = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert parts["CookiesConfig"] == {"CookieBehavior": "none"}
    assert parts["QueryStringsConfig"] == {"QueryStringBehavior": "all"}, "the version of a file is in its query"


def test_where_visitors_sign_in_nothing_is_kept_for_it_may_carry_a_session(everything: Synthesis) -> None:
    assert "CacheBehaviors" not in distribution(everything)


# --- what is added


def test_every_answer_has_security_headers(synthesis: Synthesis) -> None:
    (name,) = synthesis.resources("Web", "AWS::CloudFront::ResponseHeadersPolicy")
    assert {json.dumps(behavior["ResponseHeadersPolicyId"]) for behavior in behaviors(synthesis)} == {
        json.dumps({"Ref": name})
    }
    policy = synthesis.properties("Web", "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    assert policy["SecurityHeadersConfig"] == {
        "StrictTransportSecurity": {"AccessControlMaxAgeSec": 31536000, "IncludeSubdomains": True, "Override": True},
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"FrameOption": "DENY", "Override": True},
        "ReferrerPolicy": {"ReferrerPolicy": "no-referrer", "Override": True},
    }


def test_two_environments_in_one_account_do_not_claim_the_same_names(plain: Synthesis, everything: Synthesis) -> None:
    """CloudFront's names are global, and CDK's own would be the same."""

    def names(synthesis: Synthesis) -> set[str]:
        web = synthesis.templates["Web"]["Resources"].values()
        return {json.dumps(value) for resource in web for value in _named(resource) if resource["Type"] in global_kinds}

    global_kinds = {
        "AWS::CloudFront::CachePolicy",
        "AWS::CloudFront::Function",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudFront::VpcOrigin",
    }
    assert len(names(plain)) == 4
    assert len(names(everything)) == 3
    assert not names(plain) & names(everything)


def _named(resource: dict[str, Any]) -> list[Any]:
    """The name of a resource, which its configuration may hold."""
    parts = [resource["Properties"], *resource["Properties"].values()]
    return [part["Name"] for part in parts if isinstance(part, dict) and "Name" in part]
