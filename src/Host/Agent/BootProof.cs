// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Instances;

namespace Uaas.Agent;

/// <summary>What shows that an instance is a booted guest, and not an ordinary process that answers in its place.</summary>
/// <param name="Monitor">What runs it: the monitor's program, as the kernel knows it, and its process.</param>
/// <param name="Kernel">What was booted.</param>
/// <param name="Devices">The devices that it has.</param>
/// <param name="BootLine">The first line that it printed; null for none.</param>
public sealed record BootProof(string Monitor, string Kernel, IReadOnlyList<string> Devices, string? BootLine)
{
    /// <summary>What shows it of an instance that runs.</summary>
    public static BootProof Of(NodeInstance instance, ServicePlan plan)
    {
        InstanceSpec spec = instance.Instance.Spec;
        int process = instance.Instance.Handle.Process;
        string program = File.ResolveLinkTarget($"/proc/{process}/exe", returnFinalTarget: false)?.Name ?? "an unknown program";
        string machine = program.StartsWith("qemu", System.StringComparison.Ordinal) ? $" -M {spec.Machine.ToString().ToLowerInvariant()}" : "";
        string[] devices =
        [
            .. spec.Networks.Select(network => $"net {network.Name} {network.EthernetAddress} {instance.Connection.Address}"),
            .. spec.Blocks.Select(block => $"block {block.Name}"),
        ];
        string? line = instance.Instance.Console.Tail().Select(line => line.Text).FirstOrDefault(text => text.Trim().Length > 0);
        return new BootProof($"{program}{machine}, process {process}, {spec.MemoryMebibytes} MiB", $"{Path.GetFileName(plan.Image)}, {plan.Kernel.Title}", devices, line);
    }

    /// <summary>All of it in a line.</summary>
    public override string ToString() =>
        $"{Monitor}; {Kernel}; {(Devices.Count == 0 ? "no devices" : string.Join(", ", Devices))}; {(BootLine is null ? "it printed nothing" : $"first line: {BootLine}")}";
}
