// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;

namespace Uaas.Service;

/// <summary>Reads boot arguments that are ports.</summary>
public static class PortArgument
{
    /// <summary>The port of <paramref name="key"/>, or <paramref name="instead"/> where there is no such argument. False, and said so on the log, when it is none.</summary>
    public static bool TryRead(BootArguments arguments, ReadOnlySpan<byte> key, ushort instead, out ushort port)
    {
        port = instead;
        if (!arguments.TryGet(key, out ReadOnlySpan<byte> text)) return true;
        if (ArgumentValue.TryParseNumber(text, ushort.MaxValue, out ulong number) && number != 0)
        {
            port = (ushort)number;
            return true;
        }

        Log line = Log.Error(stackalloc byte[Log.LineMax], "bad_argument"u8);
        line.Field(key, text);
        line.Hint("takes a port from 1 to 65535"u8);
        line.Write();
        return false;
    }
}
