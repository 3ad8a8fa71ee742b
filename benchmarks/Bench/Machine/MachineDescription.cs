// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Uaas.Bench.Machine;

/// <summary>What the figures were measured on: without it they mean nothing.</summary>
internal static class MachineDescription
{
    /// <summary>Names and values.</summary>
    internal static IReadOnlyDictionary<string, string> Read(Processors processors) => new Dictionary<string, string>
    {
        ["date"] = DateTimeOffset.UtcNow.ToString("u", CultureInfo.InvariantCulture),
        ["processor"] = Value("/proc/cpuinfo", "model name") ?? "unknown",
        ["processors"] = processors.Count.ToString(CultureInfo.InvariantCulture),
        ["pinning"] = $"servers on {processors.Server}, clients on {processors.Client}",
        ["memory"] = Value("/proc/meminfo", "MemTotal") ?? "unknown",
        ["kernel"] = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        ["system"] = Value("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? "unknown",
        ["load before"] = File.ReadAllText("/proc/loadavg").Split(' ')[0],
        ["nginx"] = Programs.Run("nginx", "-v").Trim(),
        ["wrk"] = "1 thread, 30 connections where no other number is given",
        ["qemu"] = Programs.Run("qemu-system-x86_64", "--version").Split('\n')[0],
    };

    private static string? Value(string path, string key)
    {
        string? line = File.ReadLines(path).FirstOrDefault(text => text.StartsWith(key, StringComparison.Ordinal));
        return line?[(line.IndexOfAny([':', '=']) + 1)..].Trim();
    }
}
