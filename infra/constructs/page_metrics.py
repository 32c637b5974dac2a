"""The metrics of the page in CloudWatch."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from infra.constructs.firewall import Firewall

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)


class PageMetrics:
    """The metrics of a load balancer, its servers and its firewall, which alarms and dashboard share.

    Args:
        balancer, target_group: the load balancer and the targets of its requests.
        group: the servers.
        firewall: the firewall in front of the load balancer.

    Attributes:
        requests: requests in five minutes, answered or not.
        own_errors: 5xx answers of the load balancer itself, in five minutes.
        errors: 5xx answers of the page, in five minutes.
        seconds: the time that the page took, 95th percentile in five minutes.
        healthy, unhealthy: servers, each minute.
        cpu: the servers' average in five minutes, in percent.
        blocked: requests that the firewall refused in five minutes.
    """

    def __init__(
        self,
        balancer: elbv2.ApplicationLoadBalancer,
        target_group: elbv2.ApplicationTargetGroup,
        group: autoscaling.IAutoScalingGroup,
        firewall: Firewall,
    ) -> None:
        self._balancer = {"LoadBalancer": balancer.load_balancer_full_name}
        self._servers = {**self._balancer, "TargetGroup": target_group.target_group_full_name}
        self.requests = self._of_balancer("RequestCount")
        self.own_errors = self._of_balancer("HTTPCode_ELB_5XX_Count")
        self.errors = self._of_servers("HTTPCode_Target_5XX_Count")
        self.seconds = self._of_servers("TargetResponseTime", "p95")
        # Both are counted per zone: the maximum is zero only if no zone has a server.
        self.healthy = self._of_servers("HealthyHostCount", "Maximum", MINUTE)
        self.unhealthy = self._of_servers("UnHealthyHostCount", "Maximum", MINUTE)
        self.cpu = cloudwatch.Metric(
            namespace="AWS/EC2",
            metric_name="CPUUtilization",
            dimensions_map={"AutoScalingGroupName": group.auto_scaling_group_name},
            statistic="Average",
            period=FIVE_MINUTES,
        )
        self.blocked = cloudwatch.Metric(
            namespace="AWS/WAFV2",
            metric_name="BlockedRequests",
            dimensions_map={"WebACL": firewall.metric_name, "Region": Aws.REGION, "Rule": "ALL"},
            statistic="Sum",
            period=FIVE_MINUTES,
        )

    def _of_balancer(self, name: str) -> cloudwatch.Metric:
        return _balancing(name, self._balancer, "Sum", FIVE_MINUTES)

    def _of_servers(self, name: str, statistic: str = "Sum", period: Duration = FIVE_MINUTES) -> cloudwatch.Metric:
        return _balancing(name, self._servers, statistic, period)


def _balancing(name: str, dimensions: dict[str, str], statistic: str, period: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/ApplicationELB",
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=period,
    )
