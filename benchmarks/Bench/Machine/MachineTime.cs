// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace Uaas.Bench.Machine;

/// <summary>
/// Processor time of the whole machine at one moment, split in two: what bystanders used (every process but the servers, the clients among
/// them), and the rest, which is the servers and the kernel on their behalf, interrupts included.
/// </summary>
/// <param name="Elapsed">Processor time that could have been used: wall-clock time times processors.</param>
/// <param name="Idle">Of it, unused or taken by the hypervisor for others.</param>
/// <param name="Bystanders">Of it, used by processes that are not servers.</param>
internal readonly record struct MachineTime(TimeSpan Elapsed, TimeSpan Idle, TimeSpan Bystanders)
{
    private const int TicksPerSecond = 100; // USER_HZ, part of the kernel's interface
    private const long KernelThreadFlag = 0x0020_0000;

    /// <summary>Processor time of the servers and of the kernel on their behalf between two moments.</summary>
    internal static TimeSpan OfServers(MachineTime from, MachineTime to) =>
        to.Elapsed - from.Elapsed - (to.Idle - from.Idle) - (to.Bystanders - from.Bystanders);

    /// <summary>Reads the clocks now.</summary>
    /// <param name="servers">The processes that are measured.</param>
    internal static MachineTime Now(IReadOnlySet<int> servers)
    {
        long bystanders = 0;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process) && !servers.Contains(process))
                bystanders += TicksOf(folder);
        }
        TimeSpan elapsed = Stopwatch.GetElapsedTime(0) * Environment.ProcessorCount;
        return new MachineTime(elapsed, FromTicks(IdleTicks(File.ReadAllText("/proc/stat"))), FromTicks(bystanders));
    }

    /// <summary>Processor time that a process has used, with that of its children that have ended.</summary>
    internal static TimeSpan OfProcess(int process) => FromTicks(TicksOf($"/proc/{process}"));

    /// <summary>Ticks that all processors together were idle, waiting for a disk, or taken away, from the text of /proc/stat.</summary>
    internal static long IdleTicks(string text)
    {
        // cpu user nice system idle iowait irq softirq steal guest guest_nice
        string[] words = text[..text.IndexOf('\n', StringComparison.Ordinal)].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Number(words[4]) + Number(words[5]) + Number(words[8]);
    }

    /// <summary>
    /// Ticks of a process and of its children that have ended, from the text of /proc/PID/stat. 0 for the kernel's own interrupt threads: what
    /// they do is work for the servers' packets.
    /// </summary>
    internal static long ProcessTicks(string text)
    {
        // The name may contain anything, even parentheses; the fields that follow the last one are numbers, the first of them being field 3.
        int end = text.LastIndexOf(')');
        string[] fields = text[(end + 2)..].Split(' ');
        bool isInterruptThread = (Number(fields[6]) & KernelThreadFlag) != 0 && text.Contains("(ksoftirqd/", StringComparison.Ordinal);
        return isInterruptThread ? 0 : Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
    }

    private static long TicksOf(string folder)
    {
        try
        {
            return ProcessTicks(File.ReadAllText(Path.Combine(folder, "stat")));
        }
        catch (IOException)
        {
            return 0; // it has ended since the folder was listed, and its time is its parent's now
        }
    }

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    private static TimeSpan FromTicks(long ticks) => TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
}
