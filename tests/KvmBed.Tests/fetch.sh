#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fetches what the KVM test bed and the tests of foreign guests boot: Debian's cloud kernel, with its modules, and a static busybox. Nothing is installed; about 28 MB are
# downloaded, once, to the folder given or ~/.cache/uaas-kvm-bed.
set -eu
bed=${1:-${UAAS_KVM_BED:-${XDG_CACHE_HOME:-$HOME/.cache}/uaas-kvm-bed}}
complete=$bed/complete-with-network
[ -e "$complete" ] && exit 0
mkdir -p "$bed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$kernel" ] || { echo "fetch.sh: apt knows no linux-image-cloud-amd64; run apt-get update" >&2; exit 1; }
apt-get -q download "$kernel" busybox-static
for package in *.deb; do dpkg-deb -x "$package" tree; done
cp tree/boot/vmlinuz-* "$bed/vmlinuz"
cp tree/bin/busybox "$bed/busybox"
for module in irqbypass kvm kvm-amd tun virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net; do
    find tree/lib/modules -name "$module.ko" -exec cp {} "$bed/" \;
    [ -e "$bed/$module.ko" ] || { echo "fetch.sh: $kernel has no module $module" >&2; exit 1; }
done
touch "$complete"
