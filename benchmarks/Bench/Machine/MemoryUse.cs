// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;

namespace Uaas.Bench.Machine;

/// <summary>Memory of one process, in KiB.</summary>
/// <param name="Resident">Pages in memory, shared ones in full.</param>
/// <param name="Proportional">Pages in memory, shared ones divided among their users (PSS).</param>
/// <param name="Anonymous">Of the proportional size, what no file stands behind.</param>
/// <param name="PageTables">The kernel's page tables for it.</param>
internal readonly record struct MemoryUse(long Resident, long Proportional, long Anonymous, long PageTables)
{
    /// <summary>What a process uses now.</summary>
    /// <exception cref="IOException">It has ended.</exception>
    internal static MemoryUse Of(int process)
    {
        string rollup = File.ReadAllText($"/proc/{process}/smaps_rollup");
        string status = File.ReadAllText($"/proc/{process}/status");
        return new MemoryUse(Field(rollup, "Rss:"), Field(rollup, "Pss:"), Field(rollup, "Pss_Anon:"), Field(status, "VmPTE:"));
    }

    /// <summary>Memory that could be handed out without swapping, in KiB.</summary>
    internal static long Available() => Field(File.ReadAllText("/proc/meminfo"), "MemAvailable:");

    /// <summary>The number after a key at the start of a line.</summary>
    internal static long Field(string text, string key)
    {
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(key, StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> value = line[key.Length..].Trim();
            int end = value.IndexOf(' ');
            return long.Parse(end < 0 ? value : value[..end], CultureInfo.InvariantCulture);
        }
        throw new InvalidDataException($"the kernel does not tell {key}");
    }
}
