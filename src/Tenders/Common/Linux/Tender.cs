// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime;

namespace Uaas.Tenders.Linux;

/// <summary>A tender's own voice: what it says to the person, and how it ends.</summary>
internal static unsafe class Tender
{
    /// <summary>The exit status of a tender that refuses or fails; a guest that ends chooses its own.</summary>
    internal const int RefusedStatus = Identity.RefusedStatus;

    /// <summary>The exit status of a guest that aborts or traps, as in Solo5.</summary>
    internal const int AbortStatus = 255;

    private const int StandardOutput = 1;
    private const int StandardError = 2;
    private const int MessageSize = 1024;

    /// <summary>Says why the tender refuses, and ends.</summary>
    [DoesNotReturn]
    internal static void Refuse(in Failure failure) => End(failure, RefusedStatus);

    /// <summary>Says why the tender refuses: the rule, what it is about, and what Linux returned.</summary>
    [DoesNotReturn]
    internal static void Refuse(TenderError error, ReadOnlySpan<byte> subject = default, ulong number = 0, long result = 0) =>
        Refuse(new Failure(error, subject, number, (int)-result));

    /// <summary>Says what a running guest did wrong, and ends with the status of an abort.</summary>
    [DoesNotReturn]
    internal static void Abort(TenderError error, ulong number = 0, long result = 0) => End(new Failure(error, default, number, (int)-result), AbortStatus);

    /// <summary>Ends the tender, and its guest with it.</summary>
    [DoesNotReturn]
    internal static void Exit(int status)
    {
        while (true) Kernel.Call(SystemCall.ExitGroup, status & 0xFF);
    }

    /// <summary>Writes all of a text to standard output.</summary>
    internal static void Print(ReadOnlySpan<byte> text) => Write(StandardOutput, text);

    /// <summary>Writes all of a text; a reader that is gone is not the tender's concern.</summary>
    internal static void Write(int descriptor, ReadOnlySpan<byte> text)
    {
        fixed (byte* first = text)
        {
            nint written = 0;
            while (written < text.Length)
            {
                long count = Kernel.Write(descriptor, first + written, text.Length - written);
                if (count == Kernel.Interrupted) continue;
                if (count <= 0) return;
                written += (nint)count;
            }
        }
    }

    [DoesNotReturn]
    private static void End(in Failure failure, int status)
    {
        Span<byte> storage = stackalloc byte[MessageSize];
        TextWriter writer = new(storage);
        writer.Text(Identity.Name);
        writer.Text(": "u8);
        failure.Describe(ref writer);
        Write(StandardError, writer.Written);
        Exit(status);
    }

    // The core library's panics: an invariant of the tender is broken.
    [RuntimeExport("uaas_panic")]
    private static void Panic(char* message, nint length, nuint* frame)
    {
        Span<byte> storage = stackalloc byte[MessageSize];
        TextWriter writer = new(storage);
        writer.Text(Identity.Name);
        writer.Text(": panic: "u8);
        Span<byte> character = stackalloc byte[1];
        for (nint i = 0; i < length; i++)
        {
            character[0] = (byte)message[i];
            writer.Text(character);
        }

        writer.Text(" at "u8);
        writer.Hexadecimal(frame[1] - 1);
        writer.Text("\n"u8);
        Write(StandardError, writer.Written);
        Exit(RefusedStatus);
    }
}
