// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Uaas.Instances.Confinement;
using Uaas.Linux;

namespace Uaas.Instances;

/// <summary>Runs instances on one of our tenders; both take Solo5's command line.</summary>
public sealed class TenderDriver : IMonitorDriver
{
    /// <summary>The exit code that our tenders keep for their own errors.</summary>
    public const int MonitorErrorCode = 125;

    // What a guest writes to lanes counts as its tender's memory: eight rings of 1 MiB. The rest is the tender's own.
    private const int SptOverheadMebibytes = 4 + 9;

    private readonly string _tender;
    private readonly Func<Fingerprint> _fingerprint;

    private TenderDriver(string name, string tender, int overheadMebibytes, Func<Fingerprint> fingerprint)
    {
        Overhead = new MonitorOverhead(overheadMebibytes, HasOneThread: true);
        Name = name;
        _tender = tender;
        _fingerprint = fingerprint;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string ImageKind => Name;

    /// <inheritdoc/>
    public MonitorOverhead Overhead { get; }

    /// <summary>The driver of <c>spt</c>: a process closed in by seccomp. It needs nothing but Linux.</summary>
    /// <param name="tender">Path of the tender.</param>
    public static TenderDriver Spt(string tender) => new("spt", tender, SptOverheadMebibytes, () => new Fingerprint(true, "a process closed in by seccomp"));

    /// <summary>The driver of <c>hvt</c>: a virtual machine of KVM.</summary>
    /// <param name="tender">Path of the tender.</param>
    public static TenderDriver Hvt(string tender) => new("hvt", tender, 16, KvmDevice.Fingerprint);

    /// <inheritdoc/>
    public Fingerprint Fingerprint() =>
        File.Exists(_tender) ? _fingerprint() : new Fingerprint(false, $"{_tender} is not there", "build it: ./uaas build");

    /// <inheritdoc/>
    public IInstance Start(InstanceSpec spec) => ProcessInstance.Start(spec, _tender, CommandLine(spec), exit => InstanceExit.Of(exit, MonitorErrorCode));

    /// <inheritdoc/>
    public IInstance? Recover(InstanceSpec spec, InstanceHandle handle) => RecoveredInstance.Find(spec, handle);

    /// <summary>The tender's arguments for an instance.</summary>
    internal static List<string> CommandLine(InstanceSpec spec)
    {
        var line = new List<string> { $"--mem={spec.MemoryMebibytes}" };
        line.AddRange(spec.Confinement?.Options(withRoot: true) ?? []);
        foreach (NetworkAttachment network in spec.Networks)
        {
            line.Add($"--net:{network.Name}=@{network.Tap.DangerousGetHandle()}");
            line.Add($"--net-mac:{network.Name}={network.EthernetAddress}");
        }
        foreach (BlockAttachment block in spec.Blocks)
        {
            line.Add(block is { IsWritable: true, Inherited: { } volume } ? $"--block:{block.Name}=@{volume.DangerousGetHandle()}" : $"--block-ro:{block.Name}={block.Path}");
            line.Add($"--block-sector-size:{block.Name}={block.SectorSize}");
        }
        if (spec.Settings is { } settings)
            line.Add($"--settings=@{settings.DangerousGetHandle()}");
        for (int i = 0; i < spec.Lanes.Count; i++)
            line.Add($"--{(i == 0 ? "lanes" : "lane")}=@{spec.Lanes[i].DangerousGetHandle()}");
        line.Add("--");
        line.Add(spec.Image);
        line.AddRange(spec.Arguments);
        return line;
    }
}
