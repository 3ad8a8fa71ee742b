// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;

namespace Uaas.Platform;

/// <summary>The end after a broken invariant: what, where, and a machine that stops.</summary>
internal static unsafe class Panic
{
    /// <summary>The exit status of a panic, as of Solo5's abort.</summary>
    internal const int ExitStatus = 255;

    private const int FramesShownMax = 16;

    private static bool s_panicking;

    // The core library's panics come here, with the frame they were called from.
    [RuntimeExport("uaas_panic")]
    private static void Report(char* message, nint length, nuint* frame)
    {
        if (s_panicking) Machine.Exit(ExitStatus);
        s_panicking = true;
        Span<byte> line = stackalloc byte[160];
        int count = Append(line, 0, "panic: "u8);
        for (int i = 0; i < length && count < line.Length - 1; i++) line[count++] = (byte)message[i];
        line[count++] = (byte)'\n';
        Machine.Write(line.Slice(0, count));
        WriteFrames(frame);
        Machine.Exit(ExitStatus);
    }

    /// <summary>Prints where each call was made, from <paramref name="frame"/> up. Each frame lies above the one before, on the stack; anything else ends the walk.</summary>
    internal static void WriteFrames(nuint* frame)
    {
        for (int i = 0; i < FramesShownMax && frame != null && ((nuint)frame & 7) == 0; i++)
        {
            if (frame >= Memory.StackTop || frame + 2 > Memory.StackTop) break;
            WriteAddress("  at "u8, frame[1] - 1); // in the call, not after it, where the next line of the source may begin
            nuint* next = (nuint*)frame[0];
            if (next <= frame) break;
            frame = next;
        }
    }

    /// <summary>Prints one line: a label, then an address in hexadecimal.</summary>
    internal static void WriteAddress(ReadOnlySpan<byte> label, nuint address)
    {
        Span<byte> line = stackalloc byte[64];
        int count = Append(line, 0, label);
        count = Append(line, count, "0x"u8);
        for (int shift = 60; shift >= 0; shift -= 4)
        {
            int digit = (int)(address >> shift) & 15;
            if (digit == 0 && shift != 0 && address >> shift == 0) continue;
            line[count++] = "0123456789abcdef"u8[digit];
        }

        line[count++] = (byte)'\n';
        Machine.Write(line.Slice(0, count));
    }

    private static int Append(Span<byte> line, int count, ReadOnlySpan<byte> text)
    {
        text.CopyTo(line.Slice(count));
        return count + text.Length;
    }
}
