"""Refuses requests before they reach a server: too many from one address, and known attacks."""

from __future__ import annotations

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.config import Environment
from infra.constructs.front_door import VIEWER_IP_HEADER
from infra.names import Names

WINDOW_SECONDS = 300
"""The window in which requests are counted."""


class Firewall(Construct):
    """Refuses addresses that ask too often, with 429, and requests on AWS' list of known bad inputs; allows the rest.

    AWS' common rule set is left out on purpose: it refuses bodies above 8 KB, and clips are larger.

    Args:
        scope, construct_id: as for every construct.
        environment: sets the limit of requests.
        resource_arn: the load balancer that it guards.

    Attributes:
        metric_name: the value of its dimension `WebACL` in CloudWatch.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, resource_arn: str) -> None:
        super().__init__(scope, construct_id)
        self.metric_name = f"{Names(environment).prefix}-page"
        acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow=waf.CfnWebACL.AllowActionProperty()),
            visibility_config=self._visible(self.metric_name),
            rules=[self._rate(environment.requests_per_5_minutes), self._known_bad_inputs()],
        )
        waf.CfnWebACLAssociation(self, "Association", resource_arn=resource_arn, web_acl_arn=acl.attr_arn)

    def _rate(self, limit: int) -> waf.CfnWebACL.RuleProperty:
        return waf.CfnWebACL.RuleProperty(
            name="TooManyRequests",
            priority=0,
            action=waf.CfnWebACL.RuleActionProperty(
                block=waf.CfnWebACL.BlockActionProperty(
                    custom_response=waf.CfnWebACL.CustomResponseProperty(response_code=429)
                )
            ),
            statement=waf.CfnWebACL.StatementProperty(
                rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                    limit=limit,
                    evaluation_window_sec=WINDOW_SECONDS,
                    aggregate_key_type="FORWARDED_IP",
                    forwarded_ip_config=waf.CfnWebACL.ForwardedIPConfigurationProperty(
                        header_name=VIEWER_IP_HEADER, fallback_behavior="MATCH"
                    ),
                )
            ),
            visibility_config=self._visible("TooManyRequests"),
        )

    def _known_bad_inputs(self) -> waf.CfnWebACL.RuleProperty:
        return waf.CfnWebACL.RuleProperty(
            name="KnownBadInputs",
            priority=1,
            override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
            statement=waf.CfnWebACL.StatementProperty(
                managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS", name="AWSManagedRulesKnownBadInputsRuleSet"
                )
            ),
            visibility_config=self._visible("KnownBadInputs"),
        )

    @staticmethod
    def _visible(metric_name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
        return waf.CfnWebACL.VisibilityConfigProperty(
            cloud_watch_metrics_enabled=True, metric_name=metric_name, sampled_requests_enabled=True
        )
