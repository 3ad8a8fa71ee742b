// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using Uaas.Instances;

namespace Uaas.Agent;

/// <summary>What shows that an instance is a booted guest, and not an ordinary process that answers in its place.</summary>
/// <param name="Monitor">What runs it: the monitor's program, as the kernel knows it, and its process.</param>
/// <param name="Kernel">What was booted.</param>
/// <param name="Devices">The devices that it has.</param>
/// <param name="BootLine">What it said of its boot, or else the first line that it printed; null for none.</param>
public sealed record BootProof(string Monitor, string Kernel, IReadOnlyList<string> Devices, string? BootLine)
{
    // What a guest of ours says when its service listens.
    private const string Booted = "info ready ";

    /// <summary>What shows it of an instance that runs.</summary>
    public static BootProof Of(NodeInstance instance, ServicePlan plan) => Of(instance.Instance, Path.GetFileName(plan.Image), plan.Kernel.Title, instance.Connection.Address);

    /// <summary>What shows it of an instance that runs.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="image">The name of what was booted.</param>
    /// <param name="title">What kind of thing that is.</param>
    /// <param name="address">Its address.</param>
    internal static BootProof Of(IInstance instance, string image, string title, IPAddress address)
    {
        InstanceSpec spec = instance.Spec;
        int process = instance.Handle.Process;
        string program = File.ResolveLinkTarget($"/proc/{process}/exe", returnFinalTarget: false)?.Name ?? "an unknown program";
        string machine = program.StartsWith("qemu", System.StringComparison.Ordinal) ? $" -M {spec.Machine.ToString().ToLowerInvariant()}" : "";
        string[] devices =
        [
            .. spec.Networks.Select(network => $"net {network.Name} {network.EthernetAddress} {address}"),
            .. spec.Blocks.Select(block => $"block {block.Name}"),
        ];
        string[] lines = [.. instance.Console.Head().Select(line => line.Text).Where(text => text.Trim().Length > 0)];
        string? line = lines.FirstOrDefault(text => text.StartsWith(Booted, System.StringComparison.Ordinal)) ?? lines.FirstOrDefault();
        return new BootProof($"{program}{machine}, process {process}, {spec.MemoryMebibytes} MiB", $"{image}, {title}", devices, line);
    }

    /// <summary>All of it in a line.</summary>
    public override string ToString() =>
        $"{Monitor}; {Kernel}; {(Devices.Count == 0 ? "no devices" : string.Join(", ", Devices))}; {(BootLine is null ? "it printed nothing" : $"it said: {BootLine}")}";
}
