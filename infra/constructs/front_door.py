"""CloudFront: where visitors arrive, over HTTPS, with or without a domain of the operator's own."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Aws, Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Context, Domain
from infra.names import Names

VIEWER_IP_HEADER = "x-viewer-ip"
"""The header with the visitor's address; `viewer_ip.js` sets it."""

READ_SECONDS = 60
"""How long CloudFront waits for an answer: twice a prediction's deadline."""

NOT_KEPT = (403, 404, 405, 414, 500, 501, 502, 503, 504)
"""Errors that CloudFront would keep for ten seconds: a page that is there again must not be missing any longer."""

STATIC_PATHS = ("/assets/*", "/_dash-component-suites/*")
"""Files that are the same for every visitor; their Cache-Control says how long they may be kept."""

_VIEWER_IP = Path(__file__).with_name("viewer_ip.js")


class FrontDoor(Construct):
    """A distribution whose only origin is the internal load balancer, or the one server, reached in its network.

    It passes everything on and caches only files that are the same for everybody. Where visitors sign in it caches
    nothing: the load balancer may renew a session in any answer, and a cached answer would give one visitor's session
    to the next.

    The page's own headers, such as its content security policy, stay unchanged. CloudFront adds others, also to answers
    that do not come from the page.

    Args:
        scope, construct_id: as for every construct.
        context: names the domain, if there is one.
        endpoint: the origin.
        secure: whether the origin has a certificate that CloudFront trusts.

    Attributes:
        distribution: the distribution.
        url: the page's address, without a trailing slash.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: Context,
        endpoint: cloudfront.VpcOriginEndpoint,
        secure: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        domain = context.domain
        # CloudFront is global, and the names that CDK would give are the same in every environment.
        self._name = f"{Names(context.environment).prefix}-{Aws.REGION}"
        self._headers = self._response_headers()
        self._viewer_ip = cloudfront.Function(
            self,
            "ViewerIp",
            function_name=f"{self._name}-viewer-ip",
            comment=f"Sets {VIEWER_IP_HEADER}",
            code=cloudfront.FunctionCode.from_file(file_path=str(_VIEWER_IP)),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        # The protocol of an origin in use cannot be changed, so each protocol has an origin of its own name.
        kind = "Https" if secure else "Http"
        self._origin = origins.VpcOrigin.with_vpc_origin(
            cloudfront.VpcOrigin(
                self,
                kind,
                endpoint=endpoint,
                vpc_origin_name=f"{self._name}-{kind.lower()}",
                protocol_policy=(
                    cloudfront.OriginProtocolPolicy.HTTPS_ONLY if secure else cloudfront.OriginProtocolPolicy.HTTP_ONLY
                ),
                origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            ),
            read_timeout=Duration.seconds(READ_SECONDS),
        )
        # With a domain, the load balancer's certificate and the address after the sign-in are for the name in Host.
        self._passed_on = (
            cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER
            if domain is None
            else cloudfront.OriginRequestPolicy.ALL_VIEWER
        )
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=self._name,
            default_behavior=self._behavior(
                cloudfront.CachePolicy.CACHING_DISABLED, cloudfront.AllowedMethods.ALLOW_ALL
            ),
            additional_behaviors=self._static() if domain is None or not domain.sign_in else None,
            domain_names=None if domain is None else [domain.name],
            certificate=(
                None
                if domain is None
                else acm.Certificate.from_certificate_arn(self, "Certificate", domain.edge_certificate_arn)
            ),
            minimum_protocol_version=None if domain is None else cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            enable_ipv6=True,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0)) for status in NOT_KEPT
            ],
        )
        name = self.distribution.distribution_domain_name if domain is None else domain.name
        self.url = f"https://{name}"
        if domain is not None:
            self._record(domain)
        self._acknowledge(domain, secure, context.environment.balanced)

    def _behavior(
        self, cache: cloudfront.ICachePolicy, methods: cloudfront.AllowedMethods
    ) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=self._origin,
            allowed_methods=methods,
            cache_policy=cache,
            compress=True,
            origin_request_policy=self._passed_on,
            response_headers_policy=self._headers,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            function_associations=[
                cloudfront.FunctionAssociation(
                    event_type=cloudfront.FunctionEventType.VIEWER_REQUEST, function=self._viewer_ip
                )
            ],
        )

    def _static(self) -> dict[str, cloudfront.BehaviorOptions]:
        """Files are cached for as long as their Cache-Control says, and not at all without one."""
        cache = cloudfront.CachePolicy(
            self,
            "Static",
            cache_policy_name=f"{self._name}-static",
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.days(365),
            query_string_behavior=cloudfront.CacheQueryStringBehavior.all(),
            enable_accept_encoding_gzip=True,
            enable_accept_encoding_brotli=True,
        )
        return {path: self._behavior(cache, cloudfront.AllowedMethods.ALLOW_GET_HEAD) for path in STATIC_PATHS}

    def _response_headers(self) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            response_headers_policy_name=f"{self._name}-security",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=True, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
            ),
        )

    def _record(self, domain: Domain) -> None:
        """Point the domain here, for both versions of IP, if its zone is in Route 53."""
        if domain.hosted_zone_id is None or domain.zone_name is None:
            return
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=domain.hosted_zone_id, zone_name=domain.zone_name
        )
        here = route53.RecordTarget.from_alias(targets.CloudFrontTarget(self.distribution))
        route53.ARecord(self, "Ipv4", zone=zone, record_name=f"{domain.name}.", target=here)
        route53.AaaaRecord(self, "Ipv6", zone=zone, record_name=f"{domain.name}.", target=here)

    def _acknowledge(self, domain: Domain | None, secure: bool, balanced: bool) -> None:
        acknowledge(self.distribution, "Anybody anywhere may show the page a clip.", "AwsSolutions-CFR1")
        acknowledge(
            self.distribution,
            "The firewall is at the load balancer, which only CloudFront reaches; one at CloudFront would need a stack "
            "in us-east-1."
            if balanced
            else "A firewall costs more than the server behind it; nginx there limits how much one address may ask.",
            "AwsSolutions-CFR2",
        )
        acknowledge(
            self.distribution,
            "CloudFront's standard log needs a bucket that honours ACLs. The load balancer and nginx log each request "
            f"that was not answered from the cache, with the visitor's address from {VIEWER_IP_HEADER}.",
            "AwsSolutions-CFR3",
        )
        if domain is None:
            acknowledge(
                self.distribution,
                "With CloudFront's own certificate, the lowest TLS version cannot be chosen; with a domain it is 1.2.",
                "AwsSolutions-CFR4",
            )
        if not secure:
            acknowledge(
                self.distribution,
                "Nobody signs a certificate for the name of an internal load balancer, or of a server. The requests go "
                "through CloudFront's interface in the same network, never over the internet; with a domain, the leg "
                "to a load balancer is TLS, too.",
                "AwsSolutions-CFR5",
            )
