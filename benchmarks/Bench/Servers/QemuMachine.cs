// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Globalization;
using Uaas.Networking;

namespace Uaas.Bench.Servers;

/// <summary>What ours and the Linux microVM have in common on QEMU: the microvm machine on QEMU's own translator, and one virtio network device on a held tap.</summary>
internal static class QemuMachine
{
    /// <summary>The program.</summary>
    internal const string Program = "qemu-system-x86_64";

    /// <summary>The arguments that both get.</summary>
    /// <param name="machine">The machine and its properties.</param>
    /// <param name="memory">Memory in MiB.</param>
    /// <param name="link">The instance's link.</param>
    internal static IEnumerable<string> Common(string machine, int memory, InstanceLink link) =>
    [
        "-M", machine,
        "-accel", "tcg",
        "-cpu", "max",
        "-m", memory.ToString(CultureInfo.InvariantCulture),
        "-nodefaults", "-no-user-config", "-no-reboot",
        "-display", "none",
        "-serial", "stdio",
        "-global", "virtio-mmio.force-legacy=false",
        "-netdev", $"tap,id=net0,fd={link.Tap.Descriptor.DangerousGetHandle()}",
        "-device", $"virtio-net-device,netdev=net0,mac={link.EthernetAddress}",
    ];
}
