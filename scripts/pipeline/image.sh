#!/usr/bin/env bash
# Tests the commit, then builds and pushes the function's image, named after it: image.sh
#
# The repository's tags never change, and only a commit that passed its tests has one. If the image exists already, as on
# a retry or when another model goes live, nothing is left to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${IMAGE_REPOSITORY:?"the address of the repository of images"}"
registry=${IMAGE_REPOSITORY%%/*}
with_tensorflow=${WITH_TENSORFLOW:-0}
image=$IMAGE_REPOSITORY:$(scripts/pipeline/tag.sh)

# The system that .ci/run expects; CodeBuild's own has neither its browser nor its package names.
system=public.ecr.aws/docker/library/debian:bookworm

# A missing image is no failure of this command: a failure means permissions or network, and ends the build.
found=$(aws ecr batch-get-image --repository-name "${IMAGE_REPOSITORY#*/}" --image-ids "imageTag=${image##*:}" \
    --query 'length(images)' --output text)
if [[ $found != 0 ]]; then
    echo "$image was tested and pushed before"
    exit 0
fi

# Privileged, because the tests build an image and deploy to a server of their own, with namespaces and mounts.
# TESTED=1: somebody else has run them for this commit.
[[ ${TESTED:-0} == 1 ]] || docker run --rm --privileged --volume "$PWD:/source" --workdir /source "$system" .ci/run

docker build --provenance=false --build-arg "WITH_TENSORFLOW=$with_tensorflow" --tag "$image" .
aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
docker push "$image"
