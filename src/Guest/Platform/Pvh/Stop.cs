// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;

namespace Uaas.Platform.Pvh;

/// <summary>The end of a machine that cannot go on, with a message that says what to do.</summary>
internal static class Stop
{
    /// <summary>The exit status: the machine is not what the guest needs.</summary>
    internal const int ExitStatus = 78; // EX_CONFIG of sysexits.h

    internal static void WithMessage(ReadOnlySpan<byte> message)
    {
        WriteLine(message);
        Machine.Exit(ExitStatus);
    }

    /// <summary>Prints a line of the platform's own.</summary>
    internal static void WriteLine(ReadOnlySpan<byte> message)
    {
        LineBuilder line = new(stackalloc byte[200]);
        line.Append("pvh: "u8);
        line.Append(message);
        line.EndLine();
        Machine.Write(line.Text);
    }
}
