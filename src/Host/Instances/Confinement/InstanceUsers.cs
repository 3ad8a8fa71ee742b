// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Uaas.Linux;

namespace Uaas.Instances.Confinement;

/// <summary>The users that instances are run as: numbers in a row that nobody else has.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many there are.</param>
public sealed record InstanceUsers(uint First, uint Count)
{
    /// <summary>The variable that names another first user.</summary>
    public const string Variable = "UAAS_FIRST_USER";

    // Above all that distributions and systemd give out to people, services and containers, below the foreign range of systemd-homed.
    private const uint DefaultFirst = 1_900_000_000;
    private const uint MostUsers = 65_536;
    private const uint EveryUser = uint.MaxValue;

    /// <summary>The user of the instance with that number, from 0; null where there are not so many.</summary>
    public uint? Of(int number) => (uint)number < Count ? First + (uint)number : null;

    /// <summary>The users that this process, which must be root of its user namespace, can give to instances; null where it has none but itself.</summary>
    /// <exception cref="UaasException">The first user that was asked for is none.</exception>
    public static InstanceUsers? Find()
    {
        uint? wanted = null;
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text)
            wanted = uint.TryParse(text, CultureInfo.InvariantCulture, out uint first) && first > 0 && first <= EveryUser - MostUsers ? first
                : throw new UaasException(Failure.Usage, $"{Variable}={text}: a user is a number from 1 to {EveryUser - MostUsers}");
        try
        {
            return Choose(File.ReadAllLines("/proc/self/uid_map"), File.ReadAllLines("/proc/self/gid_map"), wanted);
        }
        catch (IOException)
        {
            // A kernel without user namespaces has every user.
            return new InstanceUsers(wanted ?? DefaultFirst, MostUsers);
        }
    }

    /// <summary>Chooses from the users and groups that a user namespace maps (user_namespaces(7)): first inside, first outside, count.</summary>
    internal static InstanceUsers? Choose(IEnumerable<string> users, IEnumerable<string> groups, uint? wanted)
    {
        List<InstanceUsers> mapped = [.. Read(users)];
        List<InstanceUsers> mappedGroups = [.. Read(groups)];
        InstanceUsers asked = new(wanted ?? DefaultFirst, MostUsers);
        if (mapped.Exists(asked.IsWithin) && mappedGroups.Exists(asked.IsWithin))
            return asked;
        if (wanted is not null)
            return null;

        // What an ordinary user was given beside itself belongs to this namespace alone.
        return mapped.Where(range => range.First > 0 && mappedGroups.Exists(range.IsWithin)).OrderByDescending(range => range.Count).FirstOrDefault();
    }

    private bool IsWithin(InstanceUsers range) => First >= range.First && (ulong)First + Count <= (ulong)range.First + range.Count;

    private static IEnumerable<InstanceUsers> Read(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 3 && uint.TryParse(fields[0], CultureInfo.InvariantCulture, out uint first) && uint.TryParse(fields[2], CultureInfo.InvariantCulture, out uint count))
                yield return new InstanceUsers(first, count);
        }
    }
}
