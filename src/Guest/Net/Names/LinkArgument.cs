// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;

namespace Uaas.Net.Names;

/// <summary>Reads the boot argument <c>link=PORT:SERVICE:PORT</c>, several of which are separated by commas: a port of 127.0.0.1, and where it leads.</summary>
public static class LinkArgument
{
    /// <summary>Adds the links of <paramref name="text"/> to <paramref name="links"/>; false where one is malformed, linked twice, or too many.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, LinkTable links)
    {
        while (true)
        {
            int comma = text.IndexOf((byte)',');
            if (!TryParseOne(comma < 0 ? text : text[..comma], links)) return false;
            if (comma < 0) return true;
            text = text[(comma + 1)..];
        }
    }

    private static bool TryParseOne(ReadOnlySpan<byte> text, LinkTable links)
    {
        int first = text.IndexOf((byte)':');
        if (first < 0) return false;
        ReadOnlySpan<byte> rest = text[(first + 1)..];
        int second = rest.IndexOf((byte)':');
        if (second < 0) return false;
        return ArgumentValue.TryParseNumber(text[..first], ushort.MaxValue, out ulong port)
            && ArgumentValue.TryParseNumber(rest[(second + 1)..], ushort.MaxValue, out ulong targetPort)
            && links.TryAdd((ushort)port, rest[..second], (ushort)targetPort);
    }
}
