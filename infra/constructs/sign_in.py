"""The sign-in, where only users of a Cognito pool may use the page."""

from __future__ import annotations

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_elasticloadbalancingv2_actions as actions
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Environment
from infra.names import Names

SESSION_HOURS = 12
"""Hours after which a visitor signs in again."""


class SignIn(Construct):
    """A pool of users whom an operator invites by mail. They sign in with a password and a one-time code.

    Args:
        scope, construct_id: as for every construct.
        environment: decides whether users outlive their stack.
        domain_name: the domain of the page.
        target_group: the target of requests after the sign-in.

    Attributes:
        action: the listener's action for each request.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        domain_name: str,
        target_group: elbv2.IApplicationTargetGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        pool = cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
                temp_password_validity=Duration.days(3),
            ),
            deletion_protection=environment.keep_data,
            removal_policy=RemovalPolicy.RETAIN if environment.keep_data else RemovalPolicy.DESTROY,
        )
        acknowledge(
            pool,
            "Threat protection is billed by user and month. Only an operator adds users, and a stolen password opens "
            "nothing without the one-time code.",
            "AwsSolutions-COG3",
            "AwsSolutions-COG8",
        )
        client = pool.add_client(
            "LoadBalancer",
            generate_secret=True,
            prevent_user_existence_errors=True,
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID],
                callback_urls=[f"https://{domain_name}/oauth2/idpresponse"],
            ),
        )
        # It must be unique in a region, over all accounts.
        prefix = f"{Names(environment).prefix}-{Aws.ACCOUNT_ID}"
        self.action = actions.AuthenticateCognitoAction(
            user_pool=pool,
            user_pool_client=client,
            user_pool_domain=pool.add_domain(
                "Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=prefix)
            ),
            session_timeout=Duration.hours(SESSION_HOURS),
            next=elbv2.ListenerAction.forward([target_group]),
        )
