// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Tenders.Tests.EndToEnd;

namespace Uaas.KvmBed;

/// <summary>A script for the bed, and what must come of it.</summary>
internal sealed record BedScenario(string Name, int Status, string Expected, Func<string, string> Script, IReadOnlyDictionary<string, byte[]> Files);

/// <summary>All that runs in the bed: every scenario of hvt, those of spt with guests, and networks on taps.</summary>
internal static class BedScenarios
{
    private const string Net = """
        set -e
        tunctl -t tap0 >/dev/null
        ip address add 10.9.0.1/24 dev tap0
        ip link set tap0 up
        touch /tmp/guest
        uaas-PLATFORM --mem=4 --net:service=tap0 --net-mac:service=02:00:00:00:00:17 /images/netecho.PLATFORM >/tmp/guest 2>&1 &
        tender=$!
        for i in 1 2 3 4 5 6 7 8 9 10; do grep -q ready /tmp/guest && break; sleep 0.2; done
        arp -s 10.9.0.2 02:00:00:00:00:17
        before=$(cat /sys/class/net/tap0/statistics/rx_packets)
        nc -w 1 10.9.0.2 80 </dev/null || true
        ping -c 2 -W 1 10.9.0.2 >/dev/null || true
        after=$(cat /sys/class/net/tap0/statistics/rx_packets)
        kill -TERM $tender
        status=0
        wait $tender || status=$?
        cat /tmp/guest
        [ $((after - before)) -ge 3 ] && echo echoed
        tunctl -d tap0 >/dev/null
        exit $status
        """;

    private const string QemuNet = """
        set -e
        tunctl -t tap0 >/dev/null
        ip address add 10.9.0.1/24 dev tap0
        ip link set tap0 up
        touch /tmp/guest
        mkfifo /tmp/keys
        QEMU -netdev tap,id=n0,ifname=tap0,script=no,downscript=no,vnet_hdr=on -device virtio-net-device,netdev=n0,mac=02:00:00:00:00:17 -kernel /images/netecho.pvh </tmp/keys >/tmp/guest 2>&1 &
        monitor=$!
        exec 3>/tmp/keys
        for i in 1 2 3 4 5 6 7 8 9 10; do grep -q ready /tmp/guest && break; sleep 0.2; done
        arp -s 10.9.0.2 02:00:00:00:00:17
        before=$(cat /sys/class/net/tap0/statistics/rx_packets)
        nc -w 1 10.9.0.2 80 </dev/null || true
        ping -c 3 -W 1 10.9.0.2 >/dev/null || true
        after=$(cat /sys/class/net/tap0/statistics/rx_packets)
        printf '\004' >&3
        status=0
        wait $monitor || status=$?
        cat /tmp/guest
        [ $((after - before)) -ge 3 ] && echo echoed
        tunctl -d tap0 >/dev/null
        exit $status
        """;

    private const string QemuCommand = "qemu-system-x86_64 -M microvm,acpi=off,pit=off,pic=off,rtc=off -accel kvm -cpu host -m 24 -nodefaults -no-user-config -display none"
        + " -no-reboot -serial stdio -device isa-debug-exit,iobase=0x501,iosize=1 -global virtio-mmio.force-legacy=false";

    internal static IReadOnlyList<BedScenario> All { get; } =
    [
        .. Scenarios.Hvt.Select(s => Of(s, "hvt: ")),
        .. Scenarios.Spt.Where(s => !s.Name.StartsWith("bad kernel", StringComparison.Ordinal)).Select(s => Of(s, "spt: ")),
        NetOn("hvt"),
        NetOn("spt"),
        SiteScenarios.OnTender("hvt"),
        SiteScenarios.OnTender("spt"),
        SiteScenarios.OnQemu(QemuCommand, QemuStatus(0)),
        VideoScenarios.OnTender("hvt"),
        VideoScenarios.OnTender("spt"),
        VideoScenarios.OnQemu(QemuCommand.Replace("-m 24", "-m 80", StringComparison.Ordinal), QemuStatus(0)),
        PictureScenarios.SameAsOnSpt("img", 64),
        PictureScenarios.SameAsOnSpt("combined", 192),
        NodeScenarios.OnTender("spt", 45),
        NodeScenarios.OnTender("hvt", 48),
        OnQemu("hello", "", 0, "hello from a unikernel in C#"),
        OnQemu("clock", "", 0, "the clock never goes back"),
        OnQemu("faults", "execute-data", 255, "panic: execution of a page that holds no code"),
        OnQemu("faults", "write-code", 255, "panic: write to a page that is read only"),
        OnQemu("faults", "stack-overflow", 255, "panic: stack overflow"),
        new("qemu: a disk and an entropy device", QemuStatus(0), "write the last block: ok\n", _ =>
            "dd if=/dev/zero of=/tmp/disk bs=1024 count=256 2>/dev/null\n"
            + $"exec {QemuCommand} -kernel /images/disk.pvh -drive if=none,id=d0,format=raw,file=/tmp/disk -device virtio-blk-device,drive=d0 -device virtio-rng-device\n",
            new Dictionary<string, byte[]>()),
        new("qemu: frames pass a tap with offload", QemuStatus(7), "offload\nready\ntrusted\nstopped\nechoed\n",
            _ => QemuNet.Replace("QEMU", QemuCommand, StringComparison.Ordinal), new Dictionary<string, byte[]>()),
    ];

    /// <summary>A guest on QEMU with KVM, by the command line of docs/qemu.md.</summary>
    private static BedScenario OnQemu(string guest, string words, int status, string expected) => new(
        $"qemu: {guest} {words}",
        QemuStatus(status),
        expected,
        _ => $"exec {QemuCommand} -kernel /images/{guest}.pvh -append '{words}'\n",
        new Dictionary<string, byte[]>());

    /// <summary>What QEMU makes of a guest's status.</summary>
    private static int QemuStatus(int status) => status == 255 ? 255 : 3 + 2 * status;

    private static BedScenario Of(Scenario scenario, string prefix) => new(
        prefix + scenario.Name,
        scenario.Status,
        scenario.Expected,
        folder => $"exec uaas-{scenario.Platform} {string.Join(' ', scenario.ArgumentsIn(folder, "/images").Select(Quote))}\n",
        scenario.Files);

    private static BedScenario NetOn(string platform) =>
        new($"{platform}: frames pass a tap with offload", 7, "offload\nready\ntrusted\nstopped\nechoed\n", _ => Net.Replace("PLATFORM", platform, StringComparison.Ordinal), new Dictionary<string, byte[]>());

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
