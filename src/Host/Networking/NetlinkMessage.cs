// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Networking;

/// <summary>One message of a datagram from netlink: a header of 16 bytes (length, type, flags, sequence, port), then the payload, padded to 4.</summary>
internal readonly ref struct NetlinkMessage
{
    private const int SmallestErrorPayload = 4;

    private NetlinkMessage(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        Type = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        Sequence = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        Payload = payload;
    }

    internal ushort Type { get; }

    internal uint Sequence { get; }

    internal ReadOnlySpan<byte> Payload { get; }

    /// <summary>Takes the first message off <paramref name="rest"/>; false at the end, or where what is left is no message.</summary>
    internal static bool TryTake(ref ReadOnlySpan<byte> rest, out NetlinkMessage message)
    {
        message = default;
        if (rest.Length < NetlinkBatch.HeaderSize + SmallestErrorPayload)
            return false;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        if (length < NetlinkBatch.HeaderSize + SmallestErrorPayload || length > rest.Length)
            return false;
        message = new NetlinkMessage(rest, rest[NetlinkBatch.HeaderSize..(int)length]);
        rest = rest[Math.Min((int)(length + 3 & ~3u), rest.Length)..];
        return true;
    }
}
