"""A monthly budget that gives notice before it is spent."""

from __future__ import annotations

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.config import Environment
from infra.names import PROJECT


class Budget(Construct):
    """Notices when four fifths of the month's budget are spent, and when the forecast exceeds it.

    It counts resources with the tags `project` and `environment`, which must be active as cost allocation tags.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        subscriber = budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)
        budgets.CfnBudget(
            self,
            "Resource",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=environment.monthly_budget_usd, unit="USD"),
                cost_filters={
                    "TagKeyValue": [f"user:project${PROJECT}", f"user:environment${environment.name}"],
                },
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=kind,
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        )
