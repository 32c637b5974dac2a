#!/bin/sh
# Makes a root filesystem with Python and pip, in place of the one that AWS publishes: `base.sh RELEASE TARGET.tar`.
#
# The packages come from the sources that this machine is set up for. Neither their addresses nor anything else of the
# machine stays in it.
set -eu
release=$1 target=$2

options=$(mktemp)
trap 'rm -f "$options"' EXIT
apt-config dump Acquire::http Acquire::https Acquire::Retries Acquire::Check-Valid-Until Acquire::Check-Date >"$options"

set --
for sources in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    if [ -s "$sources" ]; then set -- "$@" "$sources"; fi
done

# shellcheck disable=SC2016 # the shell of the hook expands $1
mmdebstrap --quiet --mode=root --variant=apt --include=python3,python3-pip,ca-certificates --aptopt="$options" \
    --customize-hook='rm -rf "$1"/etc/apt/sources.list* "$1"/etc/apt/apt.conf.d/99mmdebstrap' \
    --customize-hook='rm -f "$1"/etc/resolv.conf "$1"/etc/hostname' \
    --format=tar "$release" "$target" "$@"
