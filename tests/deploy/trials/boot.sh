#!/bin/bash
# Boots the systemd of the root $1, in namespaces and in a control group $2 of its own; with the network of this machine.
set -e
if test "$3" != inside; then
    mount --make-rprivate /
    mount -t cgroup2 none "$1/mnt"
    mkdir -p "$1/mnt/$2"
    echo $$ > "$1/mnt/$2/cgroup.procs"
    umount "$1/mnt"
    exec unshare --mount --pid --fork --uts --ipc --cgroup --kill-child bash "$0" "$1" "$2" inside
fi
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t sysfs sysfs "$1/sys" -o ro
mount -t tmpfs tmpfs "$1/sys/fs/cgroup" -o mode=755 || true
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
mount -t tmpfs tmpfs "$1/run" -o mode=755
mount -t tmpfs tmpfs "$1/tmp" -o mode=1777
mount -t tmpfs tmpfs "$1/dev" -o mode=755
mkdir "$1/dev/shm" "$1/dev/pts"
for name in null zero full random urandom tty; do
    touch "$1/dev/$name"
    mount --bind "/dev/$name" "$1/dev/$name"
done
mount -t tmpfs tmpfs "$1/dev/shm" -o mode=1777
mount -t devpts devpts "$1/dev/pts" -o newinstance,ptmxmode=0666,mode=620
ln -s pts/ptmx "$1/dev/ptmx"
cd "$1"
pivot_root . mnt
umount -l /mnt
exec env -i container=trial PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/systemd/systemd --unit=multi-user.target --log-target=console --show-status=0
