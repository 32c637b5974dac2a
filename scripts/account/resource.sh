#!/usr/bin/env bash
# Prints the physical name of a resource of a stack, the first whose logical name begins as told: resource.sh STACK TYPE [BEGINNING]
set -euo pipefail

: "${ENVIRONMENT:?"hobby, dev or prod"}"
aws cloudformation describe-stack-resources --stack-name "movements-$ENVIRONMENT-$1" --output text --query \
    "StackResources[?ResourceType=='$2' && starts_with(LogicalResourceId, '${3:-}')] | [0].PhysicalResourceId"
