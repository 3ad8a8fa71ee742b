// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Hvt;

/// <summary>Puts a trap that a guest reports as it halts into words.</summary>
internal static unsafe class TrapReport
{
    private const int StandardError = 2;

    /// <summary>Prints the trap's state: cr2, error code, rip, cs, rflags, rsp, ss.</summary>
    internal static void Print(ulong* state)
    {
        Span<byte> storage = stackalloc byte[256];
        TextWriter writer = new(storage);
        writer.Text(Identity.Name);
        writer.Text(": guest trapped: rip "u8);
        writer.Hexadecimal(state[2]);
        writer.Text(" address "u8);
        writer.Hexadecimal(state[0]);
        writer.Text(" error "u8);
        writer.Hexadecimal(state[1]);
        writer.Text(" rsp "u8);
        writer.Hexadecimal(state[5]);
        writer.Text(" rflags "u8);
        writer.Hexadecimal(state[4]);
        writer.Text("\n"u8);
        Tender.Write(StandardError, writer.Written);
    }
}
