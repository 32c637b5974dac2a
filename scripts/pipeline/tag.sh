#!/usr/bin/env bash
# Prints the tag of this commit's image: the commit, and whether TensorFlow is in it, since a tag's image never changes.
set -euo pipefail

commit=${CODEBUILD_RESOLVED_SOURCE_VERSION:?"the commit"}
if [[ ${WITH_TENSORFLOW:-0} == 1 ]]; then
    commit+=-tensorflow
fi
echo "$commit"
