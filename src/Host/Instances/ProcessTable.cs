// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;

namespace Uaas.Instances;

/// <summary>What /proc says of a process (proc(5)).</summary>
internal static class ProcessTable
{
    private const int UserTimeField = 11;
    private const int KernelTimeField = 12;
    private const int StartTimeField = 19;
    private const int TicksPerSecond = 100;

    /// <summary>When the process was started, in clock ticks since boot; null where there is none of that number.</summary>
    internal static ulong? StartTicks(int process) =>
        ReadFields(process) is { } fields ? ulong.Parse(fields[StartTimeField], CultureInfo.InvariantCulture) : null;

    /// <summary>What the process costs; null where it has ended.</summary>
    internal static InstanceStatistics? Statistics(int process)
    {
        if (ReadFields(process) is not { } fields || ProportionalSize(process) is not { } size)
            return null;
        long ticks = long.Parse(fields[UserTimeField], CultureInfo.InvariantCulture) + long.Parse(fields[KernelTimeField], CultureInfo.InvariantCulture);
        return new InstanceStatistics(size, TimeSpan.FromMilliseconds(ticks * 1000.0 / TicksPerSecond));
    }

    /// <summary>The fields of the process's status line after its name, which may itself contain anything.</summary>
    internal static string[]? ParseStatus(string line)
    {
        int nameEnd = line.LastIndexOf(')');
        if (nameEnd < 0)
            return null;
        string[] fields = line[(nameEnd + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > StartTimeField ? fields : null;
    }

    private static string[]? ReadFields(int process) => Read($"/proc/{process}/stat") is { } line ? ParseStatus(line) : null;

    private static long? ProportionalSize(int process)
    {
        const string label = "Pss:";
        foreach (string line in (Read($"/proc/{process}/smaps_rollup") ?? "").Split('\n'))
        {
            if (line.StartsWith(label, StringComparison.Ordinal))
                return 1024 * long.Parse(line[label.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }
        return null;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
