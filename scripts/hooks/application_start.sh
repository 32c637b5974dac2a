#!/usr/bin/env bash
# Starts the release beside the one that serves, asks it for a prediction on its own socket, and only then moves the
# requests to it; on a server that was just launched, the release need only live. A release that does not answer is stopped before any request reaches it, and the other goes on.
# shellcheck source=scripts/hooks/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

former=$(id_of "$BASE/current")

abandon() {
    echo "release $DEPLOYMENT_ID is not used; ${former:-the placeholder} serves. The page's last words:" >&2
    last_words
    serve "$former"
    retire "$DEPLOYMENT_ID"
}
trap '[[ $? -eq 0 ]] || abandon' EXIT

if [[ -n $former ]]; then
    point "$BASE/former" "releases/$former"
else
    rm -f "$BASE/former"
fi
install_unit "$RELEASE"
systemctl start "movements@$DEPLOYMENT_ID"
check_page "unix:/run/movements/$DEPLOYMENT_ID/page.sock" "$START_SECONDS" "$former"
serve "$DEPLOYMENT_ID"
echo "release $DEPLOYMENT_ID serves"
