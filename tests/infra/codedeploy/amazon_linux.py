"""What an instance has that this machine has not: Amazon Linux's packages, as far as our scripts touch them.

Programs that exist here (nginx, openssl, useradd) are used as they are. A package that is none of Amazon Linux's, an
address that is not the one documented, a configuration that the agent of CloudWatch would refuse: each is an error.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.infra.codedeploy.namespace import PYTHON, ROOT

_PATHS = f"PYTHONDONTWRITEBYTECODE=1 PYTHONPATH={ROOT}"

_SYSTEMCTL = f"""#!/bin/sh
{_PATHS} exec {sys.executable} -m tests.infra.codedeploy.systemctl "$@"
"""

_DNF = r"""#!/bin/bash
# dnf install -y -q PACKAGE...
set -eu
[ "$1 $2 $3" = "install -y -q" ] || { echo "dnf: not modelled: $*" >&2; exit 1; }
shift 3
for package in "$@"; do
    case $package in
    nginx)
        id -u nginx >/dev/null 2>&1 || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin nginx
        cp /opt/packages/nginx.service /usr/lib/systemd/system/nginx.service ;;
    python3.12) ln -sf /opt/packages/python3.12 /usr/bin/python3.12 ;;
    amazon-cloudwatch-agent)
        mkdir -p /opt/aws/amazon-cloudwatch-agent/bin /opt/aws/amazon-cloudwatch-agent/etc
        ln -sf /opt/packages/amazon-cloudwatch-agent-ctl /opt/aws/amazon-cloudwatch-agent/bin/ ;;
    aws-cfn-bootstrap | diffutils | logrotate | openssl) ;;
    *) echo "No match for argument: $package" >&2; exit 1 ;;
    esac
done
"""

_CURL = r"""#!/bin/bash
# the only address that an instance asks
set -eu
for word in "$@"; do address=$word; done
[ "$address" = https://aws-codedeploy-eu-west-1.s3.eu-west-1.amazonaws.com/latestv2/install ] ||
    { echo "curl: (6) Could not resolve host: $address" >&2; exit 6; }
while [ "$1" != --output ]; do shift; done
cp /opt/packages/agent-installer "$2"
"""

_AWS = r"""#!/bin/bash
# who began a deployment
set -eu
[ "$1 $2 $3 ${5-} ${6-} ${7-} ${8-}" = \
    "deploy get-deployment --deployment-id --region eu-west-1 --query deploymentInfo.creator" ] ||
    { echo "aws: not modelled: $*" >&2; exit 252; }
cat /opt/packages/creator
"""

_INSTALLER = r"""#!/bin/bash
# INSTALLER auto
set -eu
[ "$1" = auto ]
mkdir -p /opt/codedeploy-agent/deployment-root
cat >/usr/lib/systemd/system/codedeploy-agent.service <<'EOF'
[Unit]
Description=AWS CodeDeploy Host Agent
[Service]
Type=forking
ExecStart=/bin/sh -c "sleep infinity & echo $! >/run/codedeploy-agent.pid"
PIDFile=/run/codedeploy-agent.pid
[Install]
WantedBy=multi-user.target
EOF
"""

_CLOUDWATCH = f"""#!/bin/bash
# -a fetch-config -m ec2 -s -c file:PATH
set -eu
[ "$1 $2 $3 $4 $5 $6" = "-a fetch-config -m ec2 -s -c" ]
{sys.executable} - "${{7#file:}}" <<'EOF'
import json, sys
text = json.load(open(sys.argv[1]))
for entry in text["logs"]["logs_collected"]["files"]["collect_list"]:
    assert entry.keys() == {{"file_path", "log_group_name", "log_stream_name"}}, entry
EOF
cp "${{7#file:}}" /opt/aws/amazon-cloudwatch-agent/etc/fetched.json
"""

# Of Fedora's package, which Amazon Linux takes.
_NGINX = """[Unit]
Description=The nginx HTTP and reverse proxy server
After=network-online.target remote-fs.target nss-lookup.target
Wants=network-online.target
[Service]
Type=forking
PIDFile=/run/nginx.pid
ExecStartPre=/usr/bin/rm -f /run/nginx.pid
ExecStartPre=/usr/sbin/nginx -t
ExecStart=/usr/sbin/nginx
ExecReload=/usr/sbin/nginx -s reload
KillSignal=SIGQUIT
TimeoutStopSec=5
KillMode=mixed
PrivateTmp=true
[Install]
WantedBy=multi-user.target
"""


def prepare() -> None:
    """Make this machine an instance before its first start; it must be one that is thrown away."""
    shelf = Path("/opt/packages")
    shelf.mkdir()
    python = PYTHON / "bin" / Path(sys.executable).resolve().name
    _program(shelf / "python3.12", f'#!/bin/sh\nexec {python} "$@"\n')
    _program(shelf / "agent-installer", _INSTALLER)
    _program(shelf / "amazon-cloudwatch-agent-ctl", _CLOUDWATCH)
    (shelf / "nginx.service").write_text(_NGINX)
    began("user")
    for name, text in (("systemctl", _SYSTEMCTL), ("dnf", _DNF), ("curl", _CURL), ("aws", _AWS)):
        _program(Path("/usr/bin") / name, text)


def began(by: str) -> None:
    """Say who begins the deployments from now on: `user`, `autoscaling`, or `codeDeployRollback`."""
    Path("/opt/packages/creator").write_text(f"{by}\n")


def _program(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(0o755)
