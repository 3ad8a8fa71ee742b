// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Uaas.Instances.Confinement;

/// <summary>How an ordinary user comes by users of its own (subuid(5)): what people are told.</summary>
public static class SubordinateUsers
{
    private const long Count = 65_536;
    private const long First = 100_000;

    /// <summary>What to do on this machine.</summary>
    public static string Remedy => AreBarred ? "start it where it may gain privilege, which newuidmap(1) needs: without no_new_privs (NoNewPrivileges= of a unit, no-new-privileges of a container)"
        : Advise(Lines("/etc/subuid"), Lines("/etc/subgid"));

    /// <summary>Whether this process can start nothing that gains privilege, so that there are none to be had, whatever the files say.</summary>
    public static bool AreBarred => Bars(Lines("/proc/self/status"));

    /// <summary>The same, by the lines of a process's status (proc(5)).</summary>
    internal static bool Bars(IEnumerable<string> status) => status.Contains("NoNewPrivs:\t1");

    /// <summary>Two users must not share any: the numbers that are named are those after all that are given out.</summary>
    internal static string Advise(IEnumerable<string> users, IEnumerable<string> groups)
    {
        long first = users.Concat(groups).Select(End).Append(First).Max();
        string range = string.Create(CultureInfo.InvariantCulture, $"{first}-{first + Count - 1}");
        return $"apt-get install uidmap; and where /etc/subuid has no line for this user, sudo usermod --add-subuids {range} --add-subgids {range} $USER";
    }

    /// <summary>The number after those of a line: name, first, count.</summary>
    private static long End(string line) =>
        line.Split(':') is [_, var first, var count] && uint.TryParse(first, CultureInfo.InvariantCulture, out uint from) && uint.TryParse(count, CultureInfo.InvariantCulture, out uint many) ? (long)from + many : First;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
