# Shared by the hooks; sourced, never run.
#
#   /opt/movements/incoming         the revision, as CodeDeploy copied it
#   /opt/movements/environments/K   a virtual environment; K is a digest of its pinned requirements and its Python
#   /opt/movements/releases/ID      code of one deployment, with links to its environment (venv) and socket (page.sock)
#   /opt/movements/current          link to the release that serves; nginx connects to current/page.sock, so that
#                                   replacing this one link moves every further request, also after a reboot
#   /opt/movements/former           link to the release that served before
#   /etc/movements/deploy.env       AWS_REGION, PYTHON, START_SECONDS, SWITCH_SECONDS, KEPT_RELEASES: see user_data.sh
# shellcheck shell=bash disable=SC2034 # the hooks use the names below
set -euo pipefail
umask 022

readonly BASE=/opt/movements
readonly INCOMING=$BASE/incoming
readonly RELEASES=$BASE/releases
readonly ENVIRONMENTS=$BASE/environments
readonly CONFIG=/etc/movements
readonly NGINX_CONFIG=/etc/nginx/nginx.conf
readonly UNIT=/etc/systemd/system/movements@.service
readonly LOG=/var/log/movements/page.log

if [[ ! -r $CONFIG/deploy.env ]]; then
    echo "$CONFIG/deploy.env is absent: the instance's first start has not finished, see /var/log/cloud-init-output.log" >&2
    exit 1
fi
# shellcheck source=/dev/null
. "$CONFIG/deploy.env"
: "${AWS_REGION:?}" "${PYTHON:?}" "${START_SECONDS:?}" "${SWITCH_SECONDS:?}" "${KEPT_RELEASES:?}" "${DEPLOYMENT_ID:?}"

# The id names a folder and a unit. CodeDeploy's ids are d- and capitals.
if [[ ! $DEPLOYMENT_ID =~ ^[A-Za-z0-9-]+$ ]]; then
    echo "DEPLOYMENT_ID is not one of CodeDeploy's: $DEPLOYMENT_ID" >&2
    exit 1
fi
readonly RELEASE=$RELEASES/$DEPLOYMENT_ID

# No bare `return` in functions: in a trap it returns the status with which the script failed.

# id_of LINK: the deployment that a link names, or nothing.
id_of() {
    local target
    if target=$(readlink "$1"); then
        basename "$target"
    fi
}

# point LINK TARGET: replace a link in one step.
point() {
    ln -sfn "$2" "$1.new"
    mv -fT "$1.new" "$1"
}

# install_unit RELEASE: use this release's unit file for every further start of a release.
install_unit() {
    if ! cmp -s "$1/scripts/instance/movements@.service" "$UNIT"; then
        install -m 0644 "$1/scripts/instance/movements@.service" "$UNIT"
        systemctl daemon-reload
    fi
}

# use_nginx_config FILE: reload nginx with this configuration, unless it is in use already: a reload ends the load
# balancer's idle connections.
use_nginx_config() {
    if ! cmp -s "$1" "$NGINX_CONFIG"; then
        nginx -q -t -c "$1"
        install -m 0644 "$1" "$NGINX_CONFIG.new"
        mv -f "$NGINX_CONFIG.new" "$NGINX_CONFIG"
        systemctl reload nginx
    fi
}

# serve ID: send every further request to a release, now and after a reboot; without ID, to the placeholder.
serve() {
    if [[ -n ${1:-} ]]; then
        install_unit "$RELEASES/$1"
        systemctl enable --quiet "movements@$1"
        point "$BASE/current" "releases/$1"
        use_nginx_config "$RELEASES/$1/scripts/instance/nginx.conf"
    else
        rm -f "$BASE/current"
        use_nginx_config "$CONFIG/placeholder.conf"
    fi
}

# retire ID: stop a release's processes once they have answered their open requests.
retire() {
    systemctl disable --quiet --now "movements@$1"
}

# retire_all_but ID: retire every other release on this instance.
retire_all_but() {
    local release
    for release in "$RELEASES"/*/; do
        release=$(basename "$release")
        if [[ $release != "$1" && -d $RELEASES/$release ]]; then
            retire "$release"
        fi
    done
}

# last_words: copy the last log lines of the page's processes, without those about requests, to the deployment's log.
last_words() {
    grep -v '"logger": "app.requests"' "$LOG" | tail -n 60 >&2 || true
}

# launched FORMER: whether this deployment puts the group's release onto a server that Auto Scaling has just launched. CodeDeploy
# knows who began it; where it cannot be asked, a server without a former release counts as new.
launched() {
    local creator
    creator=$(aws deploy get-deployment --deployment-id "$DEPLOYMENT_ID" --region "$AWS_REGION" \
        --query deploymentInfo.creator --output text) || creator=
    [[ $creator == autoscaling || ( -z $creator && -z $1 ) ]]
}

# check_page ADDRESS SECONDS FORMER: wait until the page at this address has its model and answers with the right movement. On
# a server that was just launched it need only live: its release passed that test elsewhere, and if the function is what does
# not answer, refusing the server would only have another one launched, and refused, and so on.
check_page() {
    local asked=(--golden "$RELEASE/golden")
    if launched "$3"; then
        asked=(--alive)
    fi
    "$PYTHON" -I "$RELEASE/scripts/hooks/check_page.py" "$1" "${asked[@]}" --unit "movements@$DEPLOYMENT_ID" --seconds "$2"
}
