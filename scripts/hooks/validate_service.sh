#!/usr/bin/env bash
# Asks the release again as a visitor would, through TLS, nginx, the page and the function. If the answer is right, stops
# the former release once it has answered its open requests, and removes old releases; if not, goes back to the former.
# shellcheck source=scripts/hooks/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

former=$(id_of "$BASE/former")

abandon() {
    echo "release $DEPLOYMENT_ID is not used; back to ${former:-the placeholder}. The page's last words:" >&2
    last_words
    serve "$former"
    retire "$DEPLOYMENT_ID"
}
trap '[[ $? -eq 0 ]] || abandon' EXIT

check_page https://127.0.0.1 "$SWITCH_SECONDS" "$former"

trap - EXIT  # from here on the release serves, even if stopping the others fails
retire_all_but "$DEPLOYMENT_ID"

find "$RELEASES" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %f\n' | sort -rn | tail -n "+$((KEPT_RELEASES + 1))" |
    while read -r _ release; do
        if [[ $release != "$DEPLOYMENT_ID" && $release != "$former" ]]; then
            rm -rf "${RELEASES:?}/$release" "/var/cache/movements/$release"
        fi
    done
for environment in "$ENVIRONMENTS"/*/; do
    if [[ -z $(find "$RELEASES" -mindepth 2 -maxdepth 2 -name venv -lname "*/$(basename "$environment")") ]]; then
        rm -rf "$environment"
    fi
done
rm -rf "$INCOMING/wheels"
echo "release $DEPLOYMENT_ID is validated"
