#!/usr/bin/env bash
# Ends what an interrupted deployment left running; never the release that serves, which the next one replaces itself.
# CodeDeploy runs the script of the revision that was deployed last, and nothing on the first deployment.
# shellcheck source=scripts/hooks/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

retire_all_but "$(id_of "$BASE/current")"
