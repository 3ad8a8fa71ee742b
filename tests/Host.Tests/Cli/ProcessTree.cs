// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Uaas.Host.Tests.Cli;

/// <summary>A process of the machine, told from a later one of the same number by when it was started.</summary>
internal readonly record struct KnownProcess(int Id, int Parent, string Name, string StartTime);

/// <summary>The processes below another, as /proc has them.</summary>
internal static class ProcessTree
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>All processes that the given one has started, and those that they have.</summary>
    internal static List<KnownProcess> Below(int process)
    {
        ILookup<int, KnownProcess> children = All().ToLookup(known => known.Parent);
        var result = new List<KnownProcess>(children[process]);
        for (int i = 0; i < result.Count; i++)
            result.AddRange(children[result[i].Id]);
        return result;
    }

    /// <summary>Those that are still there after a while that is more than enough for the kernel to remove them.</summary>
    internal static async Task<List<KnownProcess>> LeftAsync(IReadOnlyCollection<KnownProcess> processes)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (true)
        {
            List<KnownProcess> left = [.. All().Where(now => processes.Any(then => then.Id == now.Id && then.StartTime == now.StartTime))];
            if (left.Count == 0 || DateTime.UtcNow > end)
                return left;
            await Task.Delay(10);
        }
    }

    private static IEnumerable<KnownProcess> All()
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) && Read(id) is { } known)
                yield return known;
        }
    }

    private static KnownProcess? Read(int id)
    {
        try
        {
            string line = File.ReadAllText($"/proc/{id}/stat");
            int nameStart = line.IndexOf('(', StringComparison.Ordinal) + 1;
            int nameEnd = line.LastIndexOf(')');
            string[] fields = line[(nameEnd + 2)..].Split(' ');

            // A zombie is no process any more, only a code that waits to be asked for.
            return fields[0] == "Z" ? null : new KnownProcess(id, int.Parse(fields[1], CultureInfo.InvariantCulture), line[nameStart..nameEnd], fields[19]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
