// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Service;

/// <summary>Reads boot arguments that are numbers.</summary>
internal static class Numbers
{
    /// <summary>A number, or <paramref name="instead"/> where there is no such argument. False, and said so on the log, when it is out of bounds.</summary>
    internal static bool TryRead(BootArguments arguments, ReadOnlySpan<byte> key, int least, int most, int instead, out int value)
    {
        value = instead;
        if (!arguments.TryGet(key, out ReadOnlySpan<byte> text)) return true;
        if (ArgumentValue.TryParseNumber(text, (ulong)most, out ulong number) && number >= (ulong)least)
        {
            value = (int)number;
            return true;
        }

        Log line = Log.Error(stackalloc byte[Log.LineMax], "bad_argument"u8);
        line.Field(key, text);
        line.Field("least"u8, least);
        line.Field("most"u8, most);
        line.Write();
        return false;
    }
}
