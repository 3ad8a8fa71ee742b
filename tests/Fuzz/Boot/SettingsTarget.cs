// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Boot;

namespace Uaas.Fuzz.Boot;

/// <summary>The settings that a host gives: any bytes are a table or none, and of a table every name leads to a value that lies inside.</summary>
internal sealed class SettingsTarget : IFuzzTarget
{
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [.. "UAASENV1"u8, 16, 0, 0, 0, 0, 0, 0, 0],
        [.. "UAASENV1"u8, 26, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, .. "A1"u8],
        [.. "UAASENV1"u8, 43, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, .. "TOKENxyz"u8, 3, 0, 0, 0, 0, 0, 0, 0, .. "URL"u8],
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        if (!SettingsTable.TryRead(input, out SettingsTable table)) return;
        if (table.Count > SettingsTable.MaxCount || (table.Count == 0 && input.Length > 16 && input[12] != 0)) throw new InvalidOperationException("a count that is none");
        foreach (byte[] name in (byte[][])[[.. "A"u8], [.. "TOKEN"u8], [.. "URL"u8], []])
        {
            if (table.TryGet(name, out ReadOnlySpan<byte> value) && (name.Length == 0 || value.Length > input.Length || !input.Overlaps(value) && value.Length > 0))
                throw new InvalidOperationException("a value from elsewhere");
        }
    }
}
