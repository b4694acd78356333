#!/bin/bash
# What docs/operators-install.md has root type, in a new Debian whose root is $1 and in which the source stands in /source.
# Run by `unshare --mount`: the packages' certificates, names and /dev are this machine's.
set -e
mount --make-rprivate /
mount --bind /etc/ssl/certs "$1/etc/ssl/certs"
cp /etc/resolv.conf "$1/etc/resolv.conf"
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
chroot "$1" /bin/sh -ec '
export PATH=/opt/gateway/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /source
python3 -m venv /opt/gateway
pip -q wheel --no-deps -w dist contract/ client/ kit/ ./
pip -q install --find-links dist "eu-single-window-gateway[embedded]"
gateway init /etc/gateway
useradd --system gateway
cp /etc/gateway/gateway.service /etc/systemd/system/
'
