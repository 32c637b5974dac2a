#!/bin/sh
# Runs a program in an image's root filesystem as Lambda does: without privileges, on a filesystem that is read-only
# but for /tmp, with no device but the harmless ones. Called in mount and PID namespaces of its own:
#   unshare --mount --pid --fork --kill-child enter.sh ROOT SCRATCH USER GROUP DIRECTORY PROGRAM [ARGUMENT...]
set -eu
root=$1 scratch=$2 user=$3 group=$4 directory=$5
shift 5

mount --bind "$root" "$root"
mount --bind "$scratch" "$root/tmp"
mount -o remount,bind,nosuid,nodev "$root/tmp"
mount -t tmpfs -o mode=755,size=64k devices "$root/dev"
for device in null zero full random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mount -o remount,bind,ro "$root/dev"
mount -t proc -o nosuid,nodev,noexec processes "$root/proc"
mount -o remount,bind,ro "$root"

exec setpriv --no-new-privs unshare --root="$root" --wd="$directory" --setgid="$group" --setuid="$user" "$@"
