#!/usr/bin/env bash
# Makes the release: its code, and its virtual environment from the revision's wheels (no network, every hash checked).
# All of it is owned by root, and the user that runs it can only read it.
# shellcheck source=scripts/hooks/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if ! id -u movements >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin movements
fi
usermod --append --groups movements nginx  # only this group can enter the folder of the page's socket
install -d -m 0755 /var/log/movements
install -m 0644 "$INCOMING/scripts/instance/logrotate.conf" /etc/logrotate.d/movements

# Releases with the same requirements and the same Python share an environment, so that most deployments, and every
# rollback, take seconds.
key=$({ "$PYTHON" -VV && cat "$INCOMING/requirements/web.txt"; } | sha256sum | cut -c 1-16)
environment=$ENVIRONMENTS/$key
if [[ ! -e $environment/complete ]]; then
    rm -rf "$environment"
    "$PYTHON" -m venv "$environment"
    PIP_CONFIG_FILE=/dev/null "$environment/bin/python" -m pip --isolated --disable-pip-version-check install --quiet \
        --no-cache-dir --no-index --find-links "$INCOMING/wheels" --no-deps --require-hashes --only-binary :all: \
        --requirement "$INCOMING/requirements/web.txt"
    # Dash names its scripts after their version and their time, which must not differ from server to server.
    find "$environment" -name '*.js*' -exec touch --no-dereference --date=@1000000000 {} +
    touch "$environment/complete"
fi

rm -rf "$RELEASE"
install -d -m 0755 "$RELEASE"
cp -R "$INCOMING/app" "$INCOMING/model" "$INCOMING/scripts" "$INCOMING/golden" "$INCOMING/RELEASE" "$RELEASE"
ln -s "../../environments/$key" "$RELEASE/venv"
ln -s "/run/movements/$DEPLOYMENT_ID/page.sock" "$RELEASE/page.sock"
"$RELEASE/venv/bin/python" -m compileall -q "$RELEASE/app" "$RELEASE/model"
chown -R root:root "$RELEASE"
chmod -R u=rwX,go=rX "$RELEASE"

nginx -q -t -c "$RELEASE/scripts/instance/nginx.conf"
echo "release $DEPLOYMENT_ID of commit $(cat "$RELEASE/RELEASE") with environment $key"
