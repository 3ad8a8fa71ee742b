#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The first process of the test bed: runs each scenario's command, reports its status and output on the console, and ends the machine.
/bin/busybox mkdir -p /proc /sys /dev /usr/bin /sbin /tmp
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in irqbypass kvm kvm-amd tun; do insmod /$module.ko || echo "BED cannot load $module"; done
mkdir -p /dev/net
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
ip link set lo up
[ -c /dev/kvm ] || echo "BED no /dev/kvm"
for scenario in /scenarios/*; do
    timeout 30 sh "$scenario/run" >/tmp/output 2>&1 </dev/null
    echo "BED-RESULT ${scenario##*/} $? $(base64 -w 0 /tmp/output)"
done
echo "BED-END"
reboot -f
