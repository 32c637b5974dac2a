#!/usr/bin/env bash
# Stops what an interrupted deployment left running, but never the release that serves: the next one replaces it.
# CodeDeploy runs this script from the revision that was deployed last, and runs none on the first deployment.
# shellcheck source=scripts/hooks/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

retire_all_but "$(id_of "$BASE/current")"
