// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;

namespace Uaas.Linux.Groups;

/// <summary>A directory of the control group file system.</summary>
/// <param name="Mount">Where the hierarchy is mounted.</param>
/// <param name="Own">The directory of this process's own group in it.</param>
public readonly record struct GroupPlace(string Mount, string Own);

/// <summary>Where control groups are on this machine (cgroups(7)), from what /proc says.</summary>
/// <param name="Memory">Version 1's hierarchy with the memory controller; null where there is none.</param>
/// <param name="Cpu">Version 1's hierarchy with the cpu controller; null where there is none.</param>
/// <param name="Unified">Version 2's hierarchy; null where it is not mounted.</param>
public sealed record GroupPlaces(GroupPlace? Memory, GroupPlace? Cpu, GroupPlace? Unified)
{
    private const int MountRootField = 3;
    private const int MountPointField = 4;

    /// <summary>Those of this process.</summary>
    public static GroupPlaces OfThisProcess()
    {
        try
        {
            return Parse(File.ReadAllLines("/proc/self/mountinfo"), File.ReadAllLines("/proc/self/cgroup"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A kernel without control groups.
            return new GroupPlaces(null, null, null);
        }
    }

    /// <summary>Reads the lines of /proc/self/mountinfo and of /proc/self/cgroup.</summary>
    internal static GroupPlaces Parse(IEnumerable<string> mounts, IEnumerable<string> memberships)
    {
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in memberships)
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length != 3)
                continue;
            foreach (string controller in parts[1].Split(','))
                own.TryAdd(controller, parts[2]);
        }
        GroupPlace? memory = null, cpu = null, unified = null;
        foreach (string line in mounts)
        {
            string[] sides = line.Split(" - ", 2);
            string[] fields = sides[0].Split(' ');
            string[] kind = sides.Length == 2 ? sides[1].Split(' ') : [];
            if (fields.Length <= MountPointField || kind.Length < 3)
                continue;
            if (kind[0] == "cgroup2")
                unified ??= Place(fields, own, "");
            string[] options = kind[0] == "cgroup" ? kind[2].Split(',') : [];
            if (Array.IndexOf(options, "memory") >= 0)
                memory ??= Place(fields, own, "memory");
            if (Array.IndexOf(options, "cpu") >= 0)
                cpu ??= Place(fields, own, "cpu");
        }
        return new GroupPlaces(memory, cpu, unified);
    }

    /// <summary>A container may see a part of the hierarchy alone: then the mount's root is the path of that part.</summary>
    private static GroupPlace? Place(string[] mount, Dictionary<string, string> own, string controller)
    {
        string point = mount[MountPointField].Replace("\\040", " ", StringComparison.Ordinal);
        if (!own.TryGetValue(controller, out string? path))
            return null;
        string root = mount[MountRootField].TrimEnd('/');
        bool isBelow = path.StartsWith(root + "/", StringComparison.Ordinal) && !path.Contains("/..", StringComparison.Ordinal);
        return new GroupPlace(point, isBelow ? Path.TrimEndingDirectorySeparator(point + path[root.Length..]) : point);
    }
}
