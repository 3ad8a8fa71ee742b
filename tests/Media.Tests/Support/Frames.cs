// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using Uaas.Media.Flv;

namespace Uaas.Media.Tests.Support;

/// <summary>WebSocket frames as a client sends and reads them (RFC 6455, 5.2), without the code under test.</summary>
internal static class Frames
{
    private static readonly byte[] s_mask = [1, 2, 3, 200];

    internal static byte[] Masked(byte first, ReadOnlySpan<byte> payload)
    {
        byte[] masked = payload.ToArray();
        for (int i = 0; i < masked.Length; i++) masked[i] ^= s_mask[i % 4];
        byte[] length = payload.Length < 126 ? [(byte)(0x80 | payload.Length)] : [0xFE, (byte)(payload.Length >> 8), (byte)payload.Length];
        return [first, .. length, .. s_mask, .. masked];
    }

    internal static List<(byte First, byte[] Payload)> ReadAll(ReadOnlySpan<byte> bytes)
    {
        List<(byte, byte[])> frames = [];
        while (!bytes.IsEmpty)
        {
            (int size, int length) = bytes[1] switch
            {
                126 => (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
                127 => (10, (int)BinaryPrimitives.ReadUInt64BigEndian(bytes[2..])),
                _ => (2, bytes[1]),
            };
            frames.Add((bytes[0], bytes.Slice(size, length).ToArray()));
            bytes = bytes[(size + length)..];
        }

        return frames;
    }
}

/// <summary>Writes FLV files, without the code under test.</summary>
internal static class FlvFile
{
    internal static byte[] Write(IEnumerable<(TagType Type, uint Time, byte[] Body)> tags) =>
    [
        .. "FLV\x01\x05\0\0\0\x09\0\0\0\0"u8,
        .. tags.SelectMany(tag => (byte[])
        [
            (byte)tag.Type, .. Big(tag.Body.Length, 3), .. Big((int)(tag.Time & 0xFFFFFF), 3), (byte)(tag.Time >> 24), 0, 0, 0, .. tag.Body, .. Big(tag.Body.Length + 11, 4),
        ]),
    ];

    private static IEnumerable<byte> Big(int value, int size) => Enumerable.Range(0, size).Select(i => (byte)(value >> 8 * (size - 1 - i)));
}
