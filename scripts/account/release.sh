#!/usr/bin/env bash
# Deploys a revision of the page, a folder as package_app.sh writes it, and ends as the deployment does: release.sh FOLDER
set -euo pipefail

folder=${1:?"usage: release.sh FOLDER"}
here=$(dirname "${BASH_SOURCE[0]}")
application=$("$here/resource.sh" web AWS::CodeDeploy::Application)
group=$("$here/resource.sh" web AWS::CodeDeploy::DeploymentGroup)
bucket=$("$here/resource.sh" base AWS::S3::Bucket Artifacts)
aws deploy push --application-name "$application" --source "$folder" --s3-location "s3://$bucket/account/page.zip" >/dev/null
deployment=$(aws deploy create-deployment --application-name "$application" --deployment-group-name "$group" \
    --s3-location "bucket=$bucket,key=account/page.zip,bundleType=zip" --query deploymentId --output text)
echo "deployment $deployment"
aws deploy wait deployment-successful --deployment-id "$deployment"
