"""The lines of the bill, as amounts by price, for 1 000 clips and for a month.

Milliseconds are measured and amounts come from the templates; everything else is a named assumption.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.costs.inventory import Inventory
from infra.costs.prices import Price

CLIPS = 1000
"""Clips in the first table."""

HOURS = 730
"""Hours in a month."""

VCPU_MB = 1769
"""Memory with which a function has one virtual processor (AWS Lambda developer guide, "Configure memory")."""

FREE_TMP_GB = 0.5
"""How much of a function's `/tmp` costs nothing."""


@dataclass(frozen=True)
class Timing:
    """How long one way of answering takes.

    Attributes:
        warm_ms: a request to a running container.
        cold_ms: a request that starts a container. Lambda bills the start too: always for images, for others since
            August 2025 (AWS Compute Blog, "AWS Lambda standardizes billing for INIT Phase").
    """

    warm_ms: float
    cold_ms: float

    def mean_ms(self, cold_share: float) -> float:
        """The mean over all requests."""
        return (1 - cold_share) * self.warm_ms + cold_share * self.cold_ms


DECODE_MS, BODY_MS, PREDICT_MS, START_MS, PEAK_MIB = 36.0, 312.6, 18.3, 1040.0, 415
"""Measured for a filmed repetition of 854 x 480 pixels, the mean of nine: the default bundle under LiteRT, one thread,
an idle machine. The start imports the handler and loads the model in its worker."""

WORKOUT_SECONDS = {"480p30": 750.0, "1080p30": 1560.0}
"""Processor seconds that an hour of film takes, by its size, measured on one core by `movements workout`."""

FILM_GB = {"480p30": 0.9, "1080p30": 3.6}
"""An hour of film as phones record it: 2 and 8 Mbit a second."""

PIECE_HOURS, HOUR_STEPS = 1 / 6, 5
"""How long the pieces are in which a film is followed, and the transitions of the state machine beside theirs."""

THESIS = Timing(warm_ms=27_500, cold_ms=47_400)
"""The published thesis' way, measured on the same machine."""

THESIS_MEMORY_MB = 3008
"""The setting that its peak of 2484 MiB requires."""


@dataclass(frozen=True)
class Assumptions:
    """Values that were not measured; `--assume name=number` sets each.

    Attributes:
        fetch_ms: fetching a clip from S3, and Lambda's own part of a request.
        cold_share: share of requests for which a container starts.
        clip_mb: of one clip.
        requests: HTTP requests that a visitor's browser makes for one clip.
        page_mb: what CloudFront sends a visitor for one clip.
        log_kb: log lines of one clip, of function, page, load balancer and network.
        metrics: metrics that the function reports, by name and dimensions.
        idle_log_gb: log lines of a month without visitors.
        pushes: to the followed branch, in a month.
        build_minutes: one build with its tests.
        action_minutes: one action of the pipeline, on average.
        image_gb: what each further image adds to the registry, given that most layers are shared.
        stored_gb: models, artifacts and access logs.
        nat_gb: data that servers fetch through a NAT gateway in a month.
        film_mb_second: how fast the function fetches a film.
    """

    fetch_ms: float = 30
    cold_share: float = 0.02
    clip_mb: float = 5
    requests: float = 40
    page_mb: float = 2
    log_kb: float = 20
    metrics: float = 15
    idle_log_gb: float = 0.5
    pushes: float = 20
    build_minutes: float = 15
    action_minutes: float = 5
    image_gb: float = 0.1
    stored_gb: float = 1
    nat_gb: float = 2
    film_mb_second: float = 80


@dataclass(frozen=True)
class Line:
    """A line of a table.

    Attributes:
        name: what is paid for.
        formula: how it is computed, in words.
        parts: amount by price.
    """

    name: str
    formula: str
    parts: Mapping[str, float]

    def usd(self, prices: Mapping[str, Price], region: str) -> float:
        """The sum of amount times price.

        Raises:
            ValueError: there is no such price.
        """
        total = 0.0
        for key, amount in self.parts.items():
            if amount and (key not in prices or region not in prices[key].usd):
                raise ValueError(f"no price for {key} in {region}: give it with --prices, as {{{key!r}: USD}}")
            total += amount * prices[key].usd[region] if amount else 0.0
        return total


def timing(assumptions: Assumptions) -> Timing:
    """Our way of answering: fetch, decode, body, predict, and before that the start, if there is one."""
    warm = assumptions.fetch_ms + DECODE_MS + BODY_MS + PREDICT_MS
    return Timing(warm, START_MS + warm)


def computing(path: Timing, memory_mb: int, cold_share: float) -> Line:
    """The function's time for 1 000 clips."""
    gb_seconds = CLIPS * path.mean_ms(cold_share) / 1000 * memory_mb / 1024
    return Line("computing", "clips × mean seconds × memory", {"lambda.gb_second": gb_seconds, "lambda.request": CLIPS})


def per_clips(amounts: Inventory, assumptions: Assumptions) -> Iterator[Line]:
    """The costs of 1 000 clips."""
    requests, page_gb = CLIPS * assumptions.requests, CLIPS * assumptions.page_mb / 1000
    yield computing(timing(assumptions), amounts.memory_mb, assumptions.cold_share)
    yield Line(
        "uploads",
        "one POST, HEAD and GET, a day's storage",
        {"s3.put": CLIPS, "s3.get": 2 * CLIPS, "s3.gb_month": CLIPS * assumptions.clip_mb / 1000 / 30},
    )
    yield Line(
        "delivery",
        "requests and data: CloudFront, WAF, load balancer",
        {
            "cloudfront.request": requests,
            "cloudfront.function": requests,
            "cloudfront.gb": page_gb,
            "waf.request": requests * amounts.acls,
            "alb.lcu_hour": page_gb * amounts.balancers,
        },
    )
    yield Line(
        "log lines and traces",
        "GB of lines, a trace each",
        {"logs.gb": CLIPS * assumptions.log_kb / 1e6, "xray.trace": CLIPS},
    )


MANY = (10_000, 1_000_000)
"""Clips of an archive that are answered at once."""

AT_A_TIME = {"a new account": 10, "the usual quota": 1000}
"""Executions of functions at the same time (AWS Lambda quotas)."""

S3_GETS, GETS_A_CLIP = 5500, 2
"""Reads of one prefix in a second (Amazon S3 user guide, "Optimizing performance"), and what a clip takes of them."""


PART_CLIPS, EXPRESS_GB = 20, 0.0625
"""Clips that a step of an archive's state machine answers, and the memory that it is billed for (in pieces of 64 MB, by
Step Functions' pricing)."""


def per_archive(amounts: Inventory, assumptions: Assumptions) -> Iterator[Line]:
    """The costs of 1 000 clips that are in S3 already, and that nobody looks at on a page."""
    yield from (line for line in per_clips(amounts, assumptions) if line.name not in ("delivery", "uploads"))
    parts = CLIPS / PART_CLIPS
    seconds = CLIPS * timing(assumptions).mean_ms(assumptions.cold_share) / 1000
    yield Line("reading, rows", "HEAD and GET of a clip, PUT of a part's rows", {
        "s3.get": 2 * CLIPS, "s3.put": parts,
    })  # fmt: skip
    yield Line("steps", "a request of a part, its time", {
        "states.express_request": parts, "states.express_gb_second": seconds * EXPRESS_GB,
    })  # fmt: skip


def seconds_for(clips: int, at_a_time: int, assumptions: Assumptions) -> tuple[float, str]:
    """How long so many clips take at the least, and what it is that ends it: `Lambda` or `S3`."""
    by_functions = at_a_time / (timing(assumptions).mean_ms(assumptions.cold_share) / 1000)
    by_reading = S3_GETS / GETS_A_CLIP
    return clips / min(by_functions, by_reading), "Lambda" if by_functions <= by_reading else "S3"


def per_hour(amounts: Inventory, assumptions: Assumptions, size: str) -> Iterator[Line]:
    """The costs of an hour of film that is analysed as a workout.

    A function with several processors is assumed to need the same processor seconds, and the time for as many more.
    """
    fetches = 2 + 1 / PIECE_HOURS  # by every piece, before they are cut and after they were followed
    fetching = fetches * FILM_GB[size] * 1000 / max(assumptions.film_mb_second, 1e-9)
    seconds = fetching + WORKOUT_SECONDS[size] / max(amounts.workout_memory_mb / VCPU_MB, 1.0)
    yield Line(
        "computing",
        "fetching, and processor seconds; memory and /tmp",
        {
            "lambda.gb_second": seconds * amounts.workout_memory_mb / 1024,
            "lambda.tmp_gb_second": seconds * max(0.0, amounts.workout_disk_mb / 1024 - FREE_TMP_GB),
            "lambda.request": fetches,
        },
    )
    yield Line(
        "film and result",
        "one POST, a day's storage, progress every five seconds",
        {
            "s3.put": 1 + seconds / 5,
            "s3.get": 2 * fetches + seconds,
            "s3.gb_month": FILM_GB[size] / 30,
        },
    )
    yield Line("steps", "transitions, a trace each", {
        "states.transition": HOUR_STEPS + 1 / PIECE_HOURS, "xray.trace": 1 + fetches,
    })  # fmt: skip


def per_month(amounts: Inventory, assumptions: Assumptions) -> Iterator[Line]:
    """The costs of a month without clips."""
    yield Line(
        "servers",
        "least number × hours, disks, public addresses",
        {
            f"ec2.{amounts.instance_type}": amounts.instances * HOURS,
            "ebs.gb_month": amounts.instances * amounts.disk_gb,
            "ipv4.hour": amounts.addresses * HOURS,
        },
    )
    yield Line("load balancer", "hours", {"alb.hour": amounts.balancers * HOURS})
    yield Line(
        "NAT gateways",
        "hours, data",
        {"nat.hour": amounts.gateways * HOURS, "nat.gb": assumptions.nat_gb if amounts.gateways else 0},
    )
    yield Line("firewall", "web ACL, rules", {"waf.acl_month": amounts.acls, "waf.rule_month": amounts.rules})
    yield Line(
        "watching",
        "alarms, dashboards, metrics, log lines",
        {
            "cloudwatch.alarm_month": amounts.alarm_metrics,
            "cloudwatch.dashboard_month": amounts.dashboards,
            "cloudwatch.metric_month": assumptions.metrics * amounts.own_metrics + amounts.server_metrics,
            "logs.gb": assumptions.idle_log_gb,
        },
    )
    kept = min(amounts.kept_images, assumptions.pushes)
    yield Line(
        "storage",
        "images kept × what each adds, S3",
        {"ecr.gb_month": kept * assumptions.image_gb, "s3.gb_month": assumptions.stored_gb},
    )
    yield Line(
        "deployments",
        "pushes × (actions × minutes, build minutes)",
        {
            "codepipeline.minute": assumptions.pushes * amounts.actions * assumptions.action_minutes,
            f"codebuild.{amounts.machine}": assumptions.pushes * assumptions.build_minutes,
        },
    )
    if amounts.warm:
        gb_seconds = amounts.warm * amounts.memory_mb / 1024 * HOURS * 3600
        yield Line("warm containers", "number × memory × seconds", {"lambda.warm_gb_second": gb_seconds})
