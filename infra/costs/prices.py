"""AWS' public list prices, without free allowances, discounts and taxes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

REGIONS = ("us-east-1", "eu-west-1")


@dataclass(frozen=True)
class Price:
    """One price.

    Attributes:
        name: what is paid for.
        unit: the unit that has this price.
        usd: US dollars by region.
        known: the year for which it was confirmed as the list price.
    """

    name: str
    unit: str
    usd: Mapping[str, float]
    known: str


def _price(name: str, unit: str, us: float, eu: float | None = None, *, known: str = "2026") -> Price:
    return Price(name, unit, dict(zip(REGIONS, (us, us if eu is None else eu), strict=True)), known)


PRICES: Mapping[str, Price] = {
    "lambda.gb_second": _price("Lambda, x86", "GB-second", 0.0000166667),
    "lambda.request": _price("Lambda", "request", 0.20e-6),
    "lambda.warm_gb_second": _price("Lambda, provisioned concurrency", "GB-second", 0.0000041667, known="2025"),
    "lambda.tmp_gb_second": _price("Lambda, /tmp beyond 512 MB", "GB-second", 0.0000000309, known="2025"),
    "states.transition": _price("Step Functions, standard", "transition", 0.025e-3, known="2025"),
    "states.express_request": _price("Step Functions, express", "request", 1.0e-6, known="2025"),
    "states.express_gb_second": _price("Step Functions, express", "GB-second", 0.0000166667, known="2025"),
    "xray.trace": _price("X-Ray", "trace", 5e-6, known="2025"),
    "s3.put": _price("S3 Standard, PUT or POST", "request", 0.005e-3, known="2025"),
    "s3.get": _price("S3 Standard, GET or HEAD", "request", 0.0004e-3, known="2025"),
    "s3.gb_month": _price("S3 Standard", "GB-month", 0.023, known="2025"),
    "cloudfront.request": _price("CloudFront, HTTPS", "request", 0.0100e-4, 0.0120e-4, known="2025"),
    "cloudfront.gb": _price("CloudFront, data out", "GB", 0.085, known="2025"),
    "cloudfront.function": _price("CloudFront function", "call", 0.10e-6, known="2025"),
    "waf.acl_month": _price("WAF, web ACL", "month", 5.0),
    "waf.rule_month": _price("WAF, rule", "month", 1.0),
    "waf.request": _price("WAF", "request", 0.60e-6),
    "alb.hour": _price("Application Load Balancer", "hour", 0.0225, 0.0252),
    "alb.lcu_hour": _price("Application Load Balancer, capacity", "LCU-hour", 0.008),
    "ec2.t3.micro": _price("EC2 t3.micro, Linux", "hour", 0.0104, 0.0114, known="2025"),
    "ec2.t3.small": _price("EC2 t3.small, Linux", "hour", 0.0208, 0.0228, known="2025"),
    "ec2.t3.medium": _price("EC2 t3.medium, Linux", "hour", 0.0416, 0.0456, known="2025"),
    "ebs.gb_month": _price("EBS gp3", "GB-month", 0.08, 0.088),
    "ipv4.hour": _price("Public IPv4 address", "hour", 0.005),
    "nat.hour": _price("NAT gateway", "hour", 0.045, 0.048),
    "nat.gb": _price("NAT gateway, data", "GB", 0.045, 0.048),
    "logs.gb": _price("CloudWatch Logs, ingestion", "GB", 0.50, 0.57, known="2025"),
    "cloudwatch.alarm_month": _price("CloudWatch alarm", "month", 0.10),
    "cloudwatch.dashboard_month": _price("CloudWatch dashboard", "month", 3.0),
    "cloudwatch.metric_month": _price("CloudWatch metric of our own", "month", 0.30),
    "ecr.gb_month": _price("ECR", "GB-month", 0.10, known="2025"),
    "codepipeline.minute": _price("CodePipeline V2", "minute of an action", 0.002, known="2025"),
    "codebuild.small": _price("CodeBuild, small", "minute", 0.005, known="2025"),
    "codebuild.medium": _price("CodeBuild, medium", "minute", 0.01, known="2025"),
    "codebuild.large": _price("CodeBuild, large", "minute", 0.02, known="2025"),
}
"""Prices by key, from AWS' pages and from price lists as others have quoted them; check those that matter to you."""


def read_prices(file: Path | None) -> Mapping[str, Price]:
    """The prices above, with those replaced that a JSON file gives.

    Args:
        file: holds `{"alb.hour": 0.02}`, or prices by region: `{"alb.hour": {"eu-west-1": 0.02}}`; None for no
            replacement.

    Raises:
        ValueError: the file is not such a JSON, or names an unknown key or region.
    """
    prices = dict(PRICES)
    if file is None:
        return prices
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise ValueError(f"{file} must hold an object of prices by key, not {type(given).__name__}")
    for key, value in given.items():
        known = prices.get(key) or _new(key)
        by_region: dict[str, Any] = value if isinstance(value, dict) else dict.fromkeys(REGIONS, value)
        for region, usd in by_region.items():
            if region not in REGIONS:
                raise ValueError(f"{file}: {key} names the region {region!r}; known are {', '.join(REGIONS)}")
            if isinstance(usd, bool) or not isinstance(usd, int | float) or usd < 0:
                raise ValueError(f"{file}: {key} must be a price in USD, not {usd!r}")
        prices[key] = replace(known, usd={**known.usd, **by_region}, known=file.name)
    return prices


def _new(key: str) -> Price:
    """A price that the table lacks: another type of instance is accepted, anything else is an error."""
    if not key.startswith("ec2."):
        raise ValueError(
            f"no price is called {key!r}; known are {', '.join(PRICES)}, and ec2.<type> for any other type"
        )
    return Price(f"EC2 {key.removeprefix('ec2.')}, Linux", "hour", {}, "")
