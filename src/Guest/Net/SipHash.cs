// SPDX-License-Identifier: Apache-2.0

using System.Numerics;

namespace Uaas.Net;

/// <summary>
/// SipHash-2-4 (Aumasson and Bernstein, 2012) over messages of two 64-bit words: a keyed function whose results tell an observer nothing about others.
/// Initial sequence numbers, SYN cookies, port choice and hash tables rest on it.
/// </summary>
public readonly struct SipHash(ulong key0, ulong key1)
{
    private const ulong MessageLengthBlock = 16UL << 56;

    private readonly ulong _key0 = key0;
    private readonly ulong _key1 = key1;

    /// <summary>The hash of the 16-byte message that is <paramref name="first"/>, then <paramref name="second"/>, little-endian.</summary>
    public ulong Hash(ulong first, ulong second)
    {
        ulong v0 = _key0 ^ 0x736f6d6570736575;
        ulong v1 = _key1 ^ 0x646f72616e646f6d;
        ulong v2 = _key0 ^ 0x6c7967656e657261;
        ulong v3 = _key1 ^ 0x7465646279746573;
        Compress(first, ref v0, ref v1, ref v2, ref v3);
        Compress(second, ref v0, ref v1, ref v2, ref v3);
        Compress(MessageLengthBlock, ref v0, ref v1, ref v2, ref v3);
        v2 ^= 0xFF;
        for (int i = 0; i < 4; i++) Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Compress(ulong word, ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
