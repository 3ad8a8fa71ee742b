// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>Why a tender refuses: which rule, about what, and the number that broke it.</summary>
public readonly ref struct Failure(TenderError error, ReadOnlySpan<byte> subject = default, ulong number = 0, int errno = 0)
{
    /// <summary>The rule that was broken.</summary>
    public TenderError Error { get; } = error;

    /// <summary>The file, option or device it is about; empty where the message says it all.</summary>
    public ReadOnlySpan<byte> Subject { get; } = subject;

    /// <summary>The number that the message quotes where it has a place for one.</summary>
    public ulong Number { get; } = number;

    /// <summary>Linux's error number, where a system call failed; else 0.</summary>
    public int Errno { get; } = errno;

    /// <summary>Writes "subject: message: system's reason" and a newline; what does not fit is cut.</summary>
    public void Describe(ref TextWriter writer)
    {
        if (Subject.Length > 0)
        {
            writer.Text(Subject);
            writer.Text(": "u8);
        }

        Fill(ref writer, TenderErrorText.Of(Error));
        if (Errno != 0)
        {
            writer.Text(": "u8);
            writer.Text(ErrnoText.Of(Errno));
            writer.Text(" (errno "u8);
            writer.Decimal((ulong)Errno);
            writer.Text(")"u8);
        }

        writer.Text("\n"u8);
    }

    /// <summary>'#' stands for the number in decimal, '$' for it in hexadecimal.</summary>
    private void Fill(ref TextWriter writer, ReadOnlySpan<byte> pattern)
    {
        for (int i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case (byte)'#': writer.Decimal(Number); break;
                case (byte)'$': writer.Hexadecimal(Number); break;
                default: writer.Text(pattern.Slice(i, 1)); break;
            }
        }
    }
}
