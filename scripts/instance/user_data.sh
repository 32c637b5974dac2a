# The first start of an instance (Amazon Linux 2023), after lines that CDK puts before it:
#   #!/bin/bash
#   export AWS_REGION=... ENVIRONMENT=... LOG_GROUP=... CLASSIFIER_FUNCTION=... UPLOAD_BUCKET=...
#   export WORKOUTS_MACHINE=...
# It installs nginx first, so that the load balancer finds a healthy instance and visitors a page that tells them to wait;
# then what takes longer; and last CodeDeploy's agent, which deploys as soon as it runs. It may be run again.
# shellcheck shell=bash
set -euo pipefail
umask 022
: "${AWS_REGION:?}" "${ENVIRONMENT:?}" "${LOG_GROUP:?}" "${CLASSIFIER_FUNCTION:?}" "${UPLOAD_BUCKET:?}"
: "${WORKOUTS_MACHINE:?}"
export HOME="${HOME:-/root}"
config=/etc/movements

# A package repository or a bucket may be unreachable just after the network came up.
insist() {
    local attempt
    for attempt in 1 2 3 4 5; do
        "$@" && return
        sleep $((attempt * 5))
    done
    "$@"
}

# --- settings of the page and of its deployments

install -d -m 0755 "$config" "$config/errors" /var/log/movements
install -d -m 0700 "$config/tls"
install -m 0600 /dev/stdin "$config/page.env" <<EOF
CLASSIFIER_FUNCTION=$CLASSIFIER_FUNCTION
UPLOAD_BUCKET=$UPLOAD_BUCKET
WORKOUTS_MACHINE=$WORKOUTS_MACHINE
AWS_DEFAULT_REGION=$AWS_REGION
EOF
install -m 0644 /dev/stdin "$config/deploy.env" <<EOF
AWS_REGION=$AWS_REGION
PYTHON=/usr/bin/python3.12
# how long a new release may take until its model answers: a function may have to start
START_SECONDS=90
# the same behind nginx, where visitors wait already
SWITCH_SECONDS=10
KEPT_RELEASES=3
EOF

# --- nginx, which answers for the page until there is one

insist dnf install -y -q aws-cfn-bootstrap nginx openssl
if [[ ! -s $config/tls/key.pem ]]; then
    # The load balancer does not verify the certificate: it knows its targets by their addresses.
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3650 \
        -subj "/CN=movements-$ENVIRONMENT" -keyout "$config/tls/key.pem" -out "$config/tls/certificate.pem")
fi
cat >"$config/errors/not-ready.json" <<'EOF'
{"error":{"code":"model_unavailable","message":"The model is not ready.","hint":"Try again in a minute."}}
EOF
cat >"$config/errors/not-ready.html" <<'EOF'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="15">
<title>Movements: not ready yet</title>
<style>
:root { color-scheme: light dark; --paper: #fbfaf8; --ink: #1c1b19; --quiet: #5d5a54 }
@media (prefers-color-scheme: dark) { :root { --paper: #17181a; --ink: #ececea; --quiet: #a3a29d } }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1.5rem; box-sizing: border-box;
  background: var(--paper); color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif }
main { max-width: 28rem } h1 { font-size: 1.5rem; margin: 0 0 .5rem } p { margin: 0; color: var(--quiet) }
</style>
<main>
<h1>The model is not ready yet</h1>
<p>It is being started. This page looks again every 15 seconds.</p>
</main>
</html>
EOF
cat >"$config/placeholder.conf" <<'EOF'
user nginx;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log error;
events { worker_connections 512; }
http {
    server_tokens off;
    access_log off;
    map $http_accept $not_ready { default not-ready.json; "~text/html" not-ready.html; }
    server {
        listen 443 ssl default_server;
        listen 80 default_server;
        ssl_certificate /etc/movements/tls/certificate.pem;
        ssl_certificate_key /etc/movements/tls/key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        error_page 503 /errors/$not_ready;
        location / { return 503; }
        location = /health/live { default_type application/json; return 200 '{"status":"waiting"}'; }
        location /errors/ {
            internal;
            root /etc/movements;
            types { text/html html; application/json json; }
            charset utf-8;
            add_header Retry-After 15 always;
            add_header Cache-Control no-store always;
            add_header X-Content-Type-Options nosniff always;
            add_header Strict-Transport-Security max-age=31536000 always;
            add_header Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'" always;
        }
    }
}
EOF
if [[ ! -e /opt/movements/current ]]; then
    install -m 0644 "$config/placeholder.conf" /etc/nginx/nginx.conf
fi
systemctl enable --now nginx

# --- logs, to CloudWatch

insist dnf install -y -q python3.12 amazon-cloudwatch-agent logrotate diffutils
agent=/opt/aws/amazon-cloudwatch-agent
stream() {
    printf '{"file_path":"%s","log_group_name":"%s","log_stream_name":"{instance_id}/%s"}' "$1" "$LOG_GROUP" "$2"
}
cat >"$agent/etc/movements.json" <<EOF
{"logs": {"logs_collected": {"files": {"collect_list": [
$(stream /var/log/movements/page.log page),
$(stream /var/log/nginx/access.log nginx-access),
$(stream /var/log/nginx/error.log nginx-error),
$(stream /opt/codedeploy-agent/deployment-root/deployment-logs/codedeploy-agent-deployments.log deployments),
$(stream /var/log/cloud-init-output.log first-start)
]}}}}
EOF
"$agent/bin/amazon-cloudwatch-agent-ctl" -a fetch-config -m ec2 -s -c "file:$agent/etc/movements.json"

# --- deployments

# Agent 2 brings all that it needs. Version 1 is a Ruby program whose installer knows Ruby up to 3.2, and ends without a
# word on a newer one: what it has to say is in a log of its own, shown here so that it reaches the stream first-start.
agents=https://aws-codedeploy-$AWS_REGION.s3.$AWS_REGION.amazonaws.com
install_agent() {
    local installer status=0 log=/tmp/codedeploy-agent.update.log
    installer=$(mktemp -p /root)
    curl --silent --show-error --fail --location --output "$installer" "$agents/$1" || status=$?
    chmod 0700 "$installer"
    if ((status == 0)); then ${2:-} "$installer" auto || status=$?; fi
    rm -f "$installer"
    if [[ -s $log ]]; then cat "$log"; fi
    rm -f "$log"
    return "$status"
}
if ! install_agent latestv2/install; then
    echo "CodeDeploy's agent 2 could not be installed: version 1 is."
    insist dnf install -y -q ruby3.2
    insist install_agent latest/install ruby3.2
fi
systemctl enable --now codedeploy-agent
# Without an agent no release comes: better no server, and a creation that fails, than one that waits for ever.
systemctl is-active --quiet codedeploy-agent
