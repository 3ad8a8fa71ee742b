// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;

namespace Uaas.Front.Links;

/// <summary>Packets of each instance's link, from the kernel's own counts: no guest is woken for them.</summary>
internal static class LinkTraffic
{
    private const string RoutesFile = "/proc/net/route";
    private const string DevicesFile = "/proc/net/dev";
    private const int ReceivedPackets = 1;
    private const int SentPackets = 9;

    /// <summary>An instance's address as the key of the counts.</summary>
    internal static uint Key(IPAddress address) => BitConverter.ToUInt32(address.GetAddressBytes());

    /// <summary>Packets that have passed so far, in both directions, by the instance's address.</summary>
    internal static IReadOnlyDictionary<uint, long> Read()
    {
        try
        {
            return Combine(File.ReadAllLines(RoutesFile), File.ReadAllLines(DevicesFile));
        }
        catch (IOException)
        {
            return new Dictionary<uint, long>();
        }
    }

    /// <summary>Puts together which link leads to which address, and how many packets each link has seen.</summary>
    internal static Dictionary<uint, long> Combine(IReadOnlyList<string> routes, IReadOnlyList<string> devices)
    {
        var packets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string line in devices)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string[] counts = colon < 0 ? [] : line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (counts.Length > SentPackets && long.TryParse(counts[ReceivedPackets], out long received) && long.TryParse(counts[SentPackets], out long sent))
                packets[line[..colon].Trim()] = received + sent;
        }
        var result = new Dictionary<uint, long>();
        foreach (string line in routes)
        {
            // The address is a number of the machine's own byte order, as it lies in memory.
            string[] words = line.Split('\t');
            if (words.Length > 1 && packets.TryGetValue(words[0].Trim(), out long count) && uint.TryParse(words[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint address))
                result[address] = count;
        }
        return result;
    }
}
