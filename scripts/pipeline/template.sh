#!/usr/bin/env bash
# Writes cdk.out/Inference.template.json: the function with this commit's image and the live model.
#
# The parameter's value `default`, or its absence, stands for the repository's own model. It is published to the bucket of models like any
# other, unless that version is there already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${ENVIRONMENT:?"dev or prod"}" "${BUNDLE_PARAMETER:?"the parameter that says which model is live"}"
: "${MODELS_BUCKET:?"the bucket of models"}"
tag=$(scripts/pipeline/tag.sh)
tensorflow=$([[ ${WITH_TENSORFLOW:-0} == 1 ]] && echo true || echo false)

# environment NAME: make build/NAME, a virtual environment with the packages of requirements/NAME.txt.
environment() {
    python3 -m venv "build/$1"
    "build/$1/bin/python" -m pip --disable-pip-version-check install --quiet --require-hashes \
        --requirement "requirements/$1.txt"
}

# A parameter that is not there is no failure of this command, and says None: nobody has chosen another model yet.
bundle=$(aws ssm get-parameters --names "$BUNDLE_PARAMETER" --query 'Parameters[0].Value' --output text)
if [[ $bundle == default || $bundle == None ]]; then
    environment app
    # BlazePose's weights, out of a wheel that is pinned by hash: they are published beside the model.
    build/app/bin/python -m pip --disable-pip-version-check download --quiet --require-hashes --no-deps \
        --only-binary=:all: --platform manylinux_2_28_x86_64 --python-version 3.11 \
        --requirement requirements/pose.txt --dest build/pose-wheel
    build/app/bin/python -m model.pose.weights build/pose-wheel build/pose
    build/app/bin/python -m model.cli publish model/bundles/default "s3://$MODELS_BUCKET/models"
    bundle=s3://$MODELS_BUCKET/models/$(build/app/bin/python -c \
        'import json, sys; contract = json.load(sys.stdin); print(contract["name"] + "/" + contract["version"])' \
        <model/bundles/default/assets.extra/contract.json)
fi

environment infra
CDK_CONTEXT_JSON=$(
    build/infra/bin/python -c \
        'import json, sys; print(json.dumps(dict(zip(("environment", "image_tag", "bundle", "tensorflow"), sys.argv[1:], strict=True))))' \
        "$ENVIRONMENT" "$tag" "$bundle" "$tensorflow"
)
export CDK_CONTEXT_JSON
build/infra/bin/python -m infra.app
echo "image $tag, model $bundle"
