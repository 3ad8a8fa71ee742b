// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Live;

/// <summary>Reads a query: "a=b&amp;c=d". Values are taken as they are written; those that are asked for need no percent-encoding.</summary>
public static class QueryText
{
    /// <summary>The value of the first pair of that name; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name)
    {
        while (!query.IsEmpty)
        {
            int end = query.IndexOf((byte)'&');
            ReadOnlySpan<byte> pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name)) return pair[(name.Length + 1)..];
        }

        return default;
    }

    /// <summary>Whether a viewer asks to catch up when it is behind: latency=low.</summary>
    public static bool AsksToCatchUp(ReadOnlySpan<byte> query) => Find(query, "latency"u8).SequenceEqual("low"u8);
}
