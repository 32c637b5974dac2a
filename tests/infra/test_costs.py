"""The costs: templates, measured times and listed prices, by arithmetic that can be checked by hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.config import ENVIRONMENTS
from infra.costs.__main__ import assume, main
from infra.costs.formulas import (
    THESIS,
    THESIS_MEMORY_MB,
    Assumptions,
    Line,
    Timing,
    computing,
    per_archive,
    per_clips,
    per_hour,
    per_month,
    seconds_for,
)
from infra.costs.inventory import Inventory, count, unpriced
from infra.costs.prices import PRICES, REGIONS, read_prices
from infra.costs.report import report
from infra.templates import Templates, load
from tests.infra.conftest import Synthesis

AMOUNTS = Inventory(
    memory_mb=2048,
    workout_memory_mb=3538,
    workout_disk_mb=10_240,
    warm=0,
    instance_type="t3.small",
    instances=2,
    disk_gb=10,
    addresses=1,
    balancers=1,
    gateways=1,
    acls=1,
    rules=2,
    alarm_metrics=10,
    server_metrics=14,
    dashboards=1,
    kept_images=30,
    actions=4,
    machine="medium",
)


def usd(lines: list[Line], name: str, region: str = "us-east-1") -> float:
    (line,) = [line for line in lines if line.name == name]
    return line.usd(PRICES, region)


def month(amounts: Inventory = AMOUNTS) -> list[Line]:
    return list(per_month(amounts, Assumptions()))


def template(**resources: dict[str, Any]) -> Templates:
    return Templates({"Web": {"Resources": resources}}, {"Web": "web"})


# --- arithmetic, against numbers computed by hand


def test_a_thousand_clips_cost_memory_times_mean_time() -> None:
    # 0.9 x 100 ms + 0.1 x 600 ms = 150 ms; 1000 x 0.150 s x 2 GB = 300 GB-s at 16.6667 millionths.
    line = computing(Timing(warm_ms=100, cold_ms=600), memory_mb=2048, cold_share=0.1)
    assert line.usd(PRICES, "us-east-1") == pytest.approx(0.00500001 + 0.0002)


def test_ours_costs_about_a_cent_for_a_thousand_clips() -> None:
    # 30 + 36 + 312.6 + 18.3 = 396.9 ms, and 1040 ms more for one in fifty: 417.7 ms; x 1769/1024 GB = 0.721593 GB-s.
    lines = list(per_clips(replace(AMOUNTS, memory_mb=1769), Assumptions()))
    assert usd(lines, "computing") == pytest.approx(0.0122266, abs=1e-6)


def test_the_thesis_way_costs_hundreds_of_times_as_much() -> None:
    # 0.98 x 27.5 s + 0.02 x 47.4 s = 27.898 s; x 3008/1024 GB x 1000 = 81950.4 GB-s.
    line = computing(THESIS, THESIS_MEMORY_MB, 0.02)
    assert line.usd(PRICES, "eu-west-1") == pytest.approx(1.36604, abs=1e-4)


def test_uploads_cost_their_requests_and_a_day_of_storage() -> None:
    # 1000 POSTs 0.005; 2000 HEADs and GETs 0.0008; 5 GB for a thirtieth of a month at 0.023: 0.003833.
    assert usd(list(per_clips(AMOUNTS, Assumptions())), "uploads") == pytest.approx(0.009633, abs=1e-6)


def test_delivery_costs_requests_and_data_at_each_station() -> None:
    # 40 000 requests: CloudFront 0.04, its function 0.004, WAF 0.024; 2 GB: CloudFront 0.17, load balancer 0.016.
    assert usd(list(per_clips(AMOUNTS, Assumptions())), "delivery") == pytest.approx(0.254)


def test_an_hour_of_film_costs_fetching_and_processor_seconds() -> None:
    # 8 times 3600 MB at 80 MB a second: 360 s; 1560 s on two processors: 780 s; 1140 s x 3.455 GB x 16.67 millionths,
    # and 9.5 GB of disk x 0.0309 millionths.
    lines = list(per_hour(AMOUNTS, Assumptions(), "1080p30"))
    assert usd(lines, "computing") == pytest.approx(0.065646 + 0.000335, abs=1e-5)
    # 229 objects written, 1156 read, 3.6 GB for a thirtieth of a month at 0.023.
    assert usd(lines, "film and result") == pytest.approx(0.001145 + 0.000462 + 0.00276, abs=1e-5)
    # 11 transitions at 25 millionths, 9 traces at 5.
    assert usd(lines, "steps") == pytest.approx(0.00032)


def test_servers_cost_hours_disks_and_addresses() -> None:
    # 2 x 730 h x 0.0208 = 30.368; 2 x 10 GB x 0.08 = 1.6; 730 h x 0.005 = 3.65.
    assert usd(month(), "servers") == pytest.approx(35.618)
    # The same at 0.0228, 0.088 and 0.005.
    assert usd(month(), "servers", "eu-west-1") == pytest.approx(33.288 + 1.76 + 3.65)


def test_load_balancer_and_gateways_cost_730_hours_a_month() -> None:
    assert usd(month(), "load balancer") == pytest.approx(16.425)
    assert usd(month(), "NAT gateways") == pytest.approx(32.85 + 0.09)


def test_without_a_gateway_nothing_is_paid_for_its_data() -> None:
    assert usd(month(replace(AMOUNTS, gateways=0)), "NAT gateways") == 0


def test_firewall_and_watching_cost_by_the_piece() -> None:
    assert usd(month(), "firewall") == pytest.approx(5 + 2)
    # 10 alarms, a dashboard, 15 + 14 metrics, half a GB of lines.
    assert usd(month(), "watching") == pytest.approx(1 + 3 + 8.7 + 0.25)


def test_deployments_cost_by_the_push() -> None:
    # 20 pushes: 4 actions of 5 minutes at 0.002, and 15 minutes of building at 0.01.
    assert usd(month(), "deployments") == pytest.approx(0.8 + 3)


def test_a_warm_container_costs_all_the_month() -> None:
    assert "warm containers" not in {line.name for line in month()}
    # 1 x 2 GB x 730 h x 3600 s x 4.1667 millionths.
    assert usd(month(replace(AMOUNTS, warm=1)), "warm containers") == pytest.approx(21.90, abs=0.01)


# --- amounts are the templates'


def test_a_club_pays_twenty_dollars_a_month_at_most(hobby: Synthesis) -> None:
    amounts = count(load(hobby.folder))
    assert (amounts.instance_type, amounts.instances, amounts.disk_gb, amounts.addresses) == ("t3.micro", 1, 8, 1)
    assert (amounts.balancers, amounts.acls, amounts.gateways, amounts.dashboards) == (0, 0, 0, 0)
    assert (amounts.own_metrics, amounts.server_metrics) == (False, 0)
    assert unpriced(load(hobby.folder)) == []
    for region in ("us-east-1", "eu-west-1"):
        assert 10 < sum(line.usd(PRICES, region) for line in per_month(amounts, Assumptions())) <= 20


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_amounts_are_those_of_the_environment(name: str, plain: Synthesis, everything: Synthesis) -> None:
    synthesis = {"dev": plain, "prod": everything}[name]
    amounts, environment = count(load(synthesis.folder)), ENVIRONMENTS[name]
    assert amounts.memory_mb == (environment.memory_mb if name == "dev" else environment.tensorflow_memory_mb)
    assert amounts.workout_memory_mb == environment.workout_memory_mb
    assert amounts.workout_disk_mb == 10_240
    assert amounts.warm == environment.provisioned_concurrency
    assert (amounts.instance_type, amounts.instances) == (environment.instance_type, environment.min_instances)
    assert amounts.gateways == environment.nat_gateways
    # A gateway has an address; without one each server has.
    assert amounts.addresses == (environment.nat_gateways or environment.min_instances)
    assert amounts.alarm_metrics >= len(synthesis.all("AWS::CloudWatch::Alarm")) > 0
    assert amounts.dashboards == len(synthesis.all("AWS::CloudWatch::Dashboard")) > 0
    assert (amounts.balancers, amounts.acls) == (1, 1)
    assert amounts.actions >= 4
    assert f"codebuild.{amounts.machine}" in PRICES


@pytest.mark.parametrize("fixture", ["plain", "everything"])
def test_everything_in_the_templates_is_priced_or_free_for_a_reason(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    assert unpriced(load(request.getfixturevalue(fixture).folder)) == []


def test_a_resource_of_which_nobody_knows_the_price_is_not_counted_as_nothing() -> None:
    with pytest.raises(ValueError, match=r"AWS::RDS::DBInstance.*inventory\.py"):
        count(template(Database={"Type": "AWS::RDS::DBInstance", "Properties": {}}))


def test_an_endpoint_is_free_for_s3_and_paid_for_others() -> None:
    gateway = {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Gateway"}}
    interface = {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Interface"}}
    assert unpriced(template(S3=gateway)) == []
    assert unpriced(template(S3=gateway, Queue=interface)) == ["AWS::EC2::VPCEndpoint"]


def test_servers_in_public_subnets_have_an_address_each() -> None:
    group = {"MinSize": "3", "MaxSize": "4", "VPCZoneIdentifier": [{"Ref": "Net"}]}

    def addresses(public: bool) -> int:
        subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"MapPublicIpOnLaunch": public}}
        servers = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": group}
        return count(template(Net=subnet, Servers=servers)).addresses

    assert (addresses(True), addresses(False)) == (3, 0)


def test_an_alarm_on_a_formula_counts_each_of_its_metrics() -> None:
    metrics = [{"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}, {"Id": "c", "Expression": "a/b"}]
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": metrics}}
    assert count(template(Alarm=alarm)).alarm_metrics == 2


# --- prices


def test_every_price_holds_for_every_region() -> None:
    for key, price in PRICES.items():
        assert set(price.usd) == set(REGIONS), key
        assert min(price.usd.values()) > 0, key
        assert price.name and price.unit and re.fullmatch(r"20\d\d", price.known), key


def test_a_file_of_prices_takes_precedence(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"alb.hour": 1, "nat.hour": {"eu-west-1": 2}, "ec2.m7i.large": 3}))
    prices = read_prices(file)
    assert prices["alb.hour"].usd == {"us-east-1": 1, "eu-west-1": 1}
    assert prices["nat.hour"].usd == {**PRICES["nat.hour"].usd, "eu-west-1": 2}
    assert prices["ec2.m7i.large"].usd["us-east-1"] == 3
    assert prices["alb.hour"].known == "mine.json"
    assert prices["s3.put"] == PRICES["s3.put"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "must hold an object"),
        ('{"alb.hours": 1}', r"'alb\.hours'.*known are.*alb\.hour,"),
        ('{"alb.hour": {"mars-1": 1}}', "'mars-1'.*us-east-1, eu-west-1"),
        ('{"alb.hour": "dear"}', "alb.hour must be a price in USD, not 'dear'"),
        ('{"alb.hour": -1}', "not -1"),
        ('{"alb.hour": true}', "not True"),
    ],
)
def test_a_file_that_holds_no_prices_is_explained(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_prices(file)


def test_a_type_of_instance_without_a_price_is_named() -> None:
    with pytest.raises(ValueError, match=r"no price for ec2\.x9\.huge in us-east-1.*--prices"):
        usd(month(replace(AMOUNTS, instance_type="x9.huge")), "servers")


# --- assumptions


def test_an_assumption_can_be_replaced() -> None:
    assert assume(["pushes=50", "cold_share=0.1"]) == replace(Assumptions(), pushes=50, cold_share=0.1)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("pushs=5", "'pushs'; there are .*pushes"),
        ("pushes", "pushes must be a number"),
        ("pushes=many", "not 'many'"),
        ("pushes=-1", "zero or more"),
        ("pushes=nan", "zero or more"),
        ("cold_share=2", "at most 1"),
    ],
)
def test_an_assumption_that_makes_no_sense_is_explained(setting: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        assume([setting])


# --- the tables


def rows(text: str) -> dict[str, list[str]]:
    cells = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return {row[0].strip(): [cell.strip(" *") for cell in row[1:]] for row in cells}


def test_the_table_adds_up() -> None:
    text = report({"dev": AMOUNTS}, Assumptions(), PRICES, clips=3000)
    idle, busy = text.split("USD per month")
    idle, _, small = idle.partition("USD per hour of film, 480p30")
    of_small = rows(small.partition("USD")[0])
    hour = sum(float(of_small[name][1]) for name in ("computing", "film and result", "steps"))
    assert float(of_small["**together**"][1]) == pytest.approx(hour, abs=3e-4)
    thousand = sum(
        float(cells[1]) for name, cells in rows(idle).items() if name in {"computing", "uploads", "delivery"}
    )
    thousand += float(rows(idle)["log lines and traces"][1])
    assert float(rows(idle)["**together**"][1]) == pytest.approx(thousand, abs=3e-4)
    empty = float(rows(busy)["**together**"][1])
    assert float(rows(busy)["with 3000 clips"][1]) == pytest.approx(empty + 3 * thousand, abs=0.02)


def test_the_table_has_a_column_for_each_environment_and_region() -> None:
    text = report({"dev": AMOUNTS, "prod": replace(AMOUNTS, warm=1)}, Assumptions(), PRICES, clips=1000)
    assert rows(text)["USD per month"][1:] == ["dev, us-east-1", "dev, eu-west-1", "prod, us-east-1", "prod, eu-west-1"]
    assert rows(text)["warm containers"][1:] == ["–", "–", "21.90", "21.90"]


def test_an_archive_has_its_price_and_what_ends_it() -> None:
    text = report({"dev": AMOUNTS}, Assumptions(), PRICES, clips=1000)
    thousand = sum(line.usd(PRICES, "us-east-1") for line in per_archive(AMOUNTS, Assumptions()))
    million = rows(text)["1 000 000"]
    assert float(million[0]) == pytest.approx(1000 * thousand, abs=0.01)
    lambda_ends = ("11.6 h, ended by Lambda (10 at a time)", "7 min, ended by Lambda (1000 at a time)")
    assert (million[2], million[3]) == lambda_ends
    assert rows(text)["10 000"][2] == "7 min, ended by Lambda (10 at a time)"
    assert seconds_for(5500, 10_000, Assumptions()) == (2.0, "S3")
    slow = replace(Assumptions(), fetch_ms=3000)
    assert seconds_for(1000, 1000, slow) == (pytest.approx(3.39, abs=0.02), "Lambda")


def test_every_amount_and_every_price_is_shown_to_those_who_ask() -> None:
    short = report({"dev": AMOUNTS}, Assumptions(), PRICES, clips=1000)
    text = report({"dev": AMOUNTS}, Assumptions(), PRICES, clips=1000, sources=True)
    assert text.startswith(short)
    assert rows(text)["instance_type"] == ["t3.small"]
    assert rows(text)["NAT gateway (`nat.hour`)"] == ["hour", "0.045", "0.048", "2026"]
    assert "Lambda, x86 (`lambda.gb_second`)" in rows(text)
    assert not [name for name in rows(text) if "t3.micro" in name]


@pytest.mark.parametrize("arguments", [["--assume", "nonsense=1"], ["--prices", "no-such-file.json"]])
def test_the_command_explains_what_it_does_not_know(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert re.search("'nonsense'|no-such-file", capsys.readouterr().err)


def test_the_command_prints_both_environments(
    plain: Synthesis, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.costs.__main__.synthesize", lambda context: load(plain.folder))
    main(["--clips", "500"])
    printed = capsys.readouterr().out
    assert "dev, us-east-1 | dev, eu-west-1 | prod, us-east-1 | prod, eu-west-1" in printed
    assert "with 500 clips" in printed
