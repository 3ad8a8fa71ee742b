// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Crypto;

/// <summary>HMAC with SHA-256 (RFC 2104).</summary>
public static class HmacSha256
{
    private const byte InnerPad = 0x36;
    private const byte OuterPad = 0x5c;

    /// <summary>Writes the code of two pieces of a message, of <see cref="Sha256.Length"/> bytes.</summary>
    public static void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> destination)
    {
        Span<byte> pad = stackalloc byte[Sha256.BlockLength];
        Span<uint> state = stackalloc uint[8];
        Span<byte> block = stackalloc byte[Sha256.BlockLength];
        pad.Clear();
        if (key.Length > pad.Length) Sha256.Hash(key, pad);
        else key.CopyTo(pad);

        for (int i = 0; i < pad.Length; i++) pad[i] ^= InnerPad;
        Sha256 inner = new(state, block);
        inner.Append(pad);
        inner.Append(first);
        inner.Append(second);
        inner.Finish(destination);

        for (int i = 0; i < pad.Length; i++) pad[i] ^= InnerPad ^ OuterPad;
        Sha256 outer = new(state, block);
        outer.Append(pad);
        outer.Append(destination[..Sha256.Length]);
        outer.Finish(destination);
    }

    /// <summary>Whether two codes are the same, in a time that does not tell how far.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length) return false;
        int difference = 0;
        for (int i = 0; i < left.Length; i++) difference |= left[i] ^ right[i];
        return difference == 0;
    }
}
