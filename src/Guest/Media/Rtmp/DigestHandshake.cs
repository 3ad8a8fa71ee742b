// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Crypto;

namespace Uaas.Media.Rtmp;

/// <summary>
/// The handshake with digests, of which RTMP's specification does not speak and which players from Flash 9 on begin: 32 bytes of C1, at a place that others of its
/// bytes tell, are an HMAC-SHA256 of the rest. Two layouts are in use. A server proves itself by a digest in S1, and by one of S2 that follows from the client's.
/// </summary>
internal static class DigestHandshake
{
    /// <summary>Bytes of C1, S1 and S2 each.</summary>
    public const int Size = 1536;

    private const int DigestSize = Sha256.Length;
    private const int VersionAt = 4;
    private const uint ServerVersion = 0x04_05_00_01;
    private const int HeaderSize = 8;
    private const int BlockSize = 764;
    private const int OffsetSize = 4;
    private const int Places = 728;

    private static ReadOnlySpan<byte> ClientKey => "Genuine Adobe Flash Player 001"u8;

    private static ReadOnlySpan<byte> ServerKey => "Genuine Adobe Flash Media Server 001"u8;

    private static ReadOnlySpan<byte> KeySuffix =>
    [
        0xF0, 0xEE, 0xC2, 0x4A, 0x80, 0x68, 0xBE, 0xE8, 0x2E, 0x00, 0xD0, 0xD1, 0x02, 0x9E, 0x7E, 0x57,
        0x6E, 0xEC, 0x5D, 0x2D, 0x29, 0x80, 0x6F, 0xAB, 0x93, 0xB8, 0xE6, 0x36, 0xCF, 0xEB, 0x31, 0xAE,
    ];

    /// <summary>Answers C1 by S1 and S2; false where it has no digest, which asks for the simple handshake.</summary>
    /// <param name="hello">C1.</param>
    /// <param name="seed">What the bytes without meaning are made from.</param>
    /// <param name="answer">Room for both.</param>
    public static bool TryAnswer(ReadOnlySpan<byte> hello, ulong seed, Span<byte> answer)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(hello[VersionAt..]) == 0) return false;
        int block = FindBlock(hello);
        if (block < 0) return false;
        Fill(answer, seed);
        Span<byte> first = answer[..Size];
        BinaryPrimitives.WriteUInt32BigEndian(first, 0);
        BinaryPrimitives.WriteUInt32BigEndian(first[VersionAt..], ServerVersion);
        int place = PlaceOf(first, block);
        HmacSha256.Compute(ServerKey, first[..place], first[(place + DigestSize)..], first.Slice(place, DigestSize));
        Sign(answer.Slice(Size, Size), hello.Slice(PlaceOf(hello, block), DigestSize));
        return true;
    }

    /// <summary>Ends S2 with what only a server that knows the key can make of the client's digest.</summary>
    private static void Sign(Span<byte> second, ReadOnlySpan<byte> clientDigest)
    {
        Span<byte> longKey = stackalloc byte[36 + DigestSize];
        ServerKey.CopyTo(longKey);
        KeySuffix.CopyTo(longKey[ServerKey.Length..]);
        Span<byte> key = stackalloc byte[DigestSize];
        HmacSha256.Compute(longKey, clientDigest, default, key);
        HmacSha256.Compute(key, second[..^DigestSize], default, second[^DigestSize..]);
    }

    /// <summary>Where the block with the digest begins: it is the first or the second. -1 where neither has one.</summary>
    private static int FindBlock(ReadOnlySpan<byte> hello)
    {
        Span<byte> digest = stackalloc byte[DigestSize];
        for (int block = HeaderSize; block <= HeaderSize + BlockSize; block += BlockSize)
        {
            int place = PlaceOf(hello, block);
            HmacSha256.Compute(ClientKey, hello[..place], hello[(place + DigestSize)..], digest);
            if (HmacSha256.AreEqual(digest, hello.Slice(place, DigestSize))) return block;
        }

        return -1;
    }

    /// <summary>A block begins with four bytes whose sum tells how far behind them its digest is.</summary>
    private static int PlaceOf(ReadOnlySpan<byte> message, int block) =>
        block + OffsetSize + (message[block] + message[block + 1] + message[block + 2] + message[block + 3]) % Places;

    private static void Fill(Span<byte> bytes, ulong seed)
    {
        // Nobody's secret: xorshift will do.
        ulong state = seed | 1;
        for (int i = 0; i + sizeof(ulong) <= bytes.Length; i += sizeof(ulong))
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[i..], state);
        }
    }
}
