#!/usr/bin/env bash
# Prints what the last two days cost in the account of this shell, by service: cost.sh
#
# Cost Explorer is up to a day late: the figure of tonight stands in the log of tomorrow.
set -euo pipefail

aws ce get-cost-and-usage --time-period "Start=$(date -u -d '2 days ago' +%F),End=$(date -u -d tomorrow +%F)" \
    --granularity DAILY --metrics UnblendedCost --group-by Type=DIMENSION,Key=SERVICE --output text \
    --query 'ResultsByTime[].[TimePeriod.Start, Groups[].[Keys[0], Metrics.UnblendedCost.Amount]]'
