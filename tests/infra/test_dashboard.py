"""The figures that an operator sees, and the alarms about the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from classify import telemetry
from infra.names import METRICS_NAMESPACE
from model.errors import ModelUnavailable, NotFound
from tests.infra.conftest import Synthesis

TIMES = {"fetch": 1.0, "decode": 2.0, "predict": 3.0, "total": 6.0}

Figure = tuple[str, str, frozenset[tuple[str, str]]]
"""A metric: namespace, name, dimensions."""


@pytest.fixture(params=("plain", "everything"))
def synthesis(request: pytest.FixtureRequest) -> Synthesis:
    found: Synthesis = request.getfixturevalue(request.param)
    return found


def widgets(synthesis: Synthesis) -> list[dict[str, Any]]:
    """The dashboard's graphs, with `<Name>` for what the template fills in."""
    parts = synthesis.properties("Watch", "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else f"<{next(iter(part))}>" for part in parts)
    found: list[dict[str, Any]] = json.loads(text)["widgets"]
    return found


def drawn(synthesis: Synthesis) -> dict[Figure, list[str]]:
    """What the dashboard draws, and with which statistics."""
    figures: dict[Figure, list[str]] = {}
    for widget in widgets(synthesis):
        for namespace, name, *rest in widget["properties"]["metrics"]:
            *dimensions, options = rest
            pairs = frozenset(zip(dimensions[::2], dimensions[1::2], strict=True))
            figures.setdefault((namespace, name, pairs), []).append(options.get("stat", "Average"))
    return figures


def reported(text: str, function: str) -> set[Figure]:
    """The metrics in what a function printed, under the name that it has in AWS."""
    found: set[Figure] = set()
    for line in text.splitlines():
        entry = json.loads(line)
        for directive in entry.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in directive["Metrics"]:
                for dimensions in directive["Dimensions"]:
                    named = {key: entry[key] for key in dimensions}
                    named |= {key: function for key in named if key in ("service", "function_name")}
                    found.add((directive["Namespace"], metric["Name"], frozenset(named.items())))
    return found


class Context:
    function_name = "classify"


def test_the_dashboard_draws_what_the_function_reports(
    synthesis: Synthesis, capsys: pytest.CaptureFixture[str]
) -> None:
    (function,) = {
        value
        for namespace, _, dimensions in drawn(synthesis)
        if namespace == "AWS/Lambda"
        for name, value in dimensions
        if name == "FunctionName"
    }
    metrics: Metrics = telemetry.metrics
    telemetry.record_answer(TIMES)
    telemetry.record_error(NotFound("There is no such upload."))
    telemetry.record_error(ModelUnavailable())
    metrics.provider.add_cold_start_metric(Context())  # type: ignore[arg-type]
    metrics.flush_metrics()
    printed = capsys.readouterr().out
    own = {figure for figure in drawn(synthesis) if figure[0] == METRICS_NAMESPACE}
    assert len(own) == 8
    assert own <= reported(printed, function)


def test_times_are_drawn_with_their_median_and_their_95th_percentile(synthesis: Synthesis) -> None:
    times = {name: stats for (_, name, _), stats in drawn(synthesis).items() if name.lower() in TIMES}
    assert set(times) == {step.capitalize() for step in TIMES}
    assert all(stats == ["p50", "p95"] for stats in times.values())


def test_the_dashboard_shows_function_load_balancer_servers_and_firewall(synthesis: Synthesis) -> None:
    assert {namespace for namespace, _, _ in drawn(synthesis)} == {
        METRICS_NAMESPACE,
        "AWS/ApplicationELB",
        "AWS/EC2",
        "AWS/Lambda",
        "AWS/WAFV2",
    }


def test_graphs_fill_the_dashboard_without_covering_each_other(synthesis: Synthesis) -> None:
    places = [(widget["x"], widget["y"], widget["width"], widget["height"]) for widget in widgets(synthesis)]
    cells = [(x + dx, y + dy) for x, y, width, height in places for dx in range(width) for dy in range(height)]
    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _ in cells)


def test_the_operator_is_told_where_the_dashboard_is(synthesis: Synthesis) -> None:
    name = synthesis.properties("Watch", "AWS::CloudWatch::Dashboard")["DashboardName"]
    address = synthesis.templates["Watch"]["Outputs"]["DashboardAddress"]["Value"]
    assert json.dumps(address).endswith(f'#dashboards:name={name}"]]}}')


def test_the_page_has_an_alarm_for_servers_errors_slowness_and_refusals(synthesis: Synthesis) -> None:
    alarms = [alarm["Properties"] for alarm in synthesis.resources("Watch", "AWS::CloudWatch::Alarm").values()]
    assert {alarm["MetricName"] for alarm in alarms} == {
        "BlockedRequests",
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_Target_5XX_Count",
        "HealthyHostCount",
        "TargetResponseTime",
        "UnHealthyHostCount",
    }
    for alarm in alarms:
        assert alarm["TreatMissingData"] == "notBreaching", "a page that nobody visits is not broken"
        assert alarm["AlarmDescription"].endswith(".")


def test_an_alarm_watches_what_the_firewall_counts(synthesis: Synthesis) -> None:
    acl = synthesis.properties("Web", "AWS::WAFv2::WebACL")
    alarms = [alarm["Properties"] for alarm in synthesis.resources("Watch", "AWS::CloudWatch::Alarm").values()]
    (alarm,) = [alarm for alarm in alarms if alarm["MetricName"] == "BlockedRequests"]
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
    assert acl["VisibilityConfig"]["CloudWatchMetricsEnabled"]
    assert dimensions == {
        "WebACL": acl["VisibilityConfig"]["MetricName"],
        "Rule": "ALL",
        "Region": {"Ref": "AWS::Region"},
    }
