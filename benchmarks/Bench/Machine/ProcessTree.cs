// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Uaas.Bench.Machine;

/// <summary>A process of the machine, told from a later one of the same number by when it was started.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Parent">Its parent's.</param>
/// <param name="Name">The kernel's name of its program.</param>
/// <param name="StartTicks">When it was started.</param>
internal readonly record struct LivingProcess(int Id, int Parent, string Name, string StartTicks)
{
    /// <summary>Whether one of its words is this one; false where it has ended.</summary>
    internal bool HasWord(string word)
    {
        try
        {
            return File.ReadAllText($"/proc/{Id}/cmdline").Split('\0').Contains(word, StringComparer.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}

/// <summary>The processes below another, as /proc has them.</summary>
internal static class ProcessTree
{
    /// <summary>All processes that the given one has started, and those that they have.</summary>
    internal static List<LivingProcess> Below(int process)
    {
        ILookup<int, LivingProcess> children = All().ToLookup(living => living.Parent);
        var result = new List<LivingProcess>(children[process]);
        for (int i = 0; i < result.Count; i++)
            result.AddRange(children[result[i].Id]);
        return result;
    }

    /// <summary>All processes; one that has ended and was not asked for its code is none any more.</summary>
    internal static IEnumerable<LivingProcess> All()
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && Read(id) is { } living)
                yield return living;
        }
    }

    private static LivingProcess? Read(int id)
    {
        try
        {
            string line = File.ReadAllText($"/proc/{id}/stat");
            int start = line.IndexOf('(', StringComparison.Ordinal) + 1;
            int end = line.LastIndexOf(')');
            string[] fields = line[(end + 2)..].Split(' ');
            return fields[0] == "Z" ? null : new LivingProcess(id, int.Parse(fields[1], CultureInfo.InvariantCulture), line[start..end], fields[19]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
