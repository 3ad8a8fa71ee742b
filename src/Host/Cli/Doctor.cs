// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Instances;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>Whether a monitor works on this machine.</summary>
/// <param name="Monitor">Its key.</param>
/// <param name="Title">What it is.</param>
/// <param name="Usable">Whether it works, at a speed worth having.</param>
/// <param name="BootMilliseconds">From the start of a tiny guest to its end, the median of a few; null where it did not get there.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to install or change; null where nothing is to be done.</param>
internal sealed record MonitorReport(string Monitor, string Title, bool Usable, double? BootMilliseconds, string Detail, string? Remedy);

/// <summary>What <c>uaas doctor</c> found.</summary>
/// <param name="Monitors">The monitors, the preferred ones first.</param>
/// <param name="Chosen">Key of the one that <c>--vmm auto</c> takes; null where none works.</param>
/// <param name="Privilege">What a node lacks here, in words; null where nothing is lacking.</param>
/// <param name="PrivilegeRemedy">What to do about it.</param>
/// <param name="Isolation">What closes instances in here, beside their monitors.</param>
internal sealed record DoctorReport(IReadOnlyList<MonitorReport> Monitors, string? Chosen, string? Privilege, string? PrivilegeRemedy, IReadOnlyList<IsolationReport> Isolation);

/// <summary>Finds out which monitors work here, by booting a tiny guest on each.</summary>
/// <param name="locations">Where the guest and the tenders are.</param>
/// <param name="createDriver">The driver of a monitor.</param>
/// <param name="probeKvm">Finds out whether /dev/kvm is any use.</param>
internal sealed class Doctor(Locations locations, Func<Monitor, IMonitorDriver> createDriver, Func<KvmProbe> probeKvm)
{
    internal const string GuestName = "hello";

    private const int Boots = 3;
    private const int GuestMemoryMebibytes = 16;

    private static readonly TimeSpan BootWithin = TimeSpan.FromSeconds(10);

    private KvmProbe? _kvm;

    /// <summary>The doctor of this machine.</summary>
    internal static Doctor ForThisMachine(Locations locations) => new(locations, monitor => monitor.CreateDriver(locations), KvmProbe.Run);

    /// <summary>What rules a monitor out without booting a guest on it; null where nothing does.</summary>
    internal MonitorReport? FindObstacle(Monitor monitor)
    {
        Fingerprint offer = createDriver(monitor).Fingerprint();
        if (!offer.Possible)
            return Unusable(monitor, offer.Detail, offer.Remedy);
        return monitor.NeedsKvm && (_kvm ??= probeKvm()) is { Verdict: not KvmVerdict.Usable } kvm
            ? Unusable(monitor, kvm.Detail, "run on a machine, or in a virtual machine, with hardware virtualisation; here, use spt")
            : null;
    }

    /// <summary>Examines one monitor.</summary>
    internal async Task<MonitorReport> ExamineAsync(Monitor monitor)
    {
        if (FindObstacle(monitor) is { } obstacle)
            return obstacle;
        IMonitorDriver driver = createDriver(monitor);
        string image = locations.Image(GuestName, driver.ImageKind);
        if (!File.Exists(image))
            return Unusable(monitor, $"there is no guest to try it with ({image})", "build it: ./uaas build");
        return await BootAsync(monitor, driver, image).ConfigureAwait(false);
    }

    /// <summary>Examines every monitor.</summary>
    internal async Task<DoctorReport> ExamineAllAsync()
    {
        var reports = new List<MonitorReport>();
        foreach (Monitor monitor in Monitor.ByPreference)
            reports.Add(await ExamineAsync(monitor).ConfigureAwait(false));
        UaasException? lacking = NodeLauncher.FindLackingPrivilege();
        return new DoctorReport(reports, reports.FirstOrDefault(report => report.Usable)?.Monitor, lacking?.Message, lacking?.Remedy, IsolationReport.OfThisMachine());
    }

    private async Task<MonitorReport> BootAsync(Monitor monitor, IMonitorDriver driver, string image)
    {
        string found = _kvm is { } kvm && monitor.NeedsKvm ? kvm.Detail : driver.Fingerprint().Detail;
        var times = new List<double>();
        try
        {
            for (int i = 0; i < Boots; i++)
            {
                if (await BootOnceAsync(driver, image, times).ConfigureAwait(false) is { } failure)
                    return Unusable(monitor, failure, "see docs/cli.md, \"When a monitor does not work\"");
            }
        }
        catch (UaasException e)
        {
            return Unusable(monitor, e.Message, e.Remedy);
        }
        times.Sort();
        return new MonitorReport(monitor.Key, monitor.Title, true, Math.Round(times[Boots / 2], 2), found, null);
    }

    /// <summary>Boots the guest and adds its time; returns what went wrong, or null.</summary>
    private static async Task<string?> BootOnceAsync(IMonitorDriver driver, string image, List<double> times)
    {
        long start = Stopwatch.GetTimestamp();
        using IInstance instance = driver.Start(new InstanceSpec { Name = GuestName, Image = image, MemoryMebibytes = GuestMemoryMebibytes });
        Task<InstanceExit> ended = instance.WaitAsync();
        if (await Task.WhenAny(ended, Task.Delay(BootWithin)).ConfigureAwait(false) != ended)
            return $"a tiny guest did not end within {BootWithin.TotalSeconds} s";
        times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        InstanceExit exit = await ended.ConfigureAwait(false);
        if (exit is { Cause: ExitCause.Guest, Code: 0 })
            return null;
        string lastLine = instance.Console.Tail() is { Count: > 0 } lines ? $": {lines[^1].Text}" : "";
        return $"a tiny guest did not run to its end; {exit.Meaning}{lastLine}";
    }

    private static MonitorReport Unusable(Monitor monitor, string detail, string? remedy) => new(monitor.Key, monitor.Title, false, null, detail, remedy);
}
