#!/usr/bin/env bash
# Makes room for the revision: nothing of an earlier one may be left where it is copied to.
# shellcheck source=scripts/hooks/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

rm -rf "$INCOMING"
install -d -m 0755 "$BASE" "$RELEASES" "$ENVIRONMENTS"
