#!/usr/bin/env bash
# Removes what an earlier revision left where CodeDeploy copies the new one to.
# shellcheck source=scripts/hooks/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

rm -rf "$INCOMING"
install -d -m 0755 "$BASE" "$RELEASES" "$ENVIRONMENTS"
