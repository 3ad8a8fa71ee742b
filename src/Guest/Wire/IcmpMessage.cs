// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>Kinds of ICMP message that we read or send.</summary>
public enum IcmpType : byte
{
    /// <summary>Answer to an echo.</summary>
    EchoReply = 0,

    /// <summary>A packet could not be delivered.</summary>
    DestinationUnreachable = 3,

    /// <summary>Echo.</summary>
    EchoRequest = 8,
}

/// <summary>Why a destination is unreachable (RFC 792, RFC 1122 3.2.2.1).</summary>
public enum IcmpUnreachableCode : byte
{
    /// <summary>No such protocol here.</summary>
    Protocol = 2,

    /// <summary>Nobody on this port.</summary>
    Port = 3,

    /// <summary>The packet is too large for a link and must not be cut (RFC 1191).</summary>
    FragmentationNeeded = 4,
}

/// <summary>An ICMP message (RFC 792).</summary>
public readonly ref struct IcmpMessage
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderSize = 8;

    private readonly ReadOnlySpan<byte> _bytes;

    private IcmpMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Kind.</summary>
    public IcmpType Type => (IcmpType)_bytes[0];

    /// <summary>Code; its meaning depends on the type.</summary>
    public byte Code => _bytes[1];

    /// <summary>The second word: identifier and sequence number of an echo.</summary>
    public uint Rest => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    /// <summary>MTU of the narrow link in a FragmentationNeeded message; 0 from a router older than RFC 1191.</summary>
    public ushort NextHopMtu => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);

    /// <summary>Echoed data, or the start of the packet that an error is about.</summary>
    public ReadOnlySpan<byte> Body => _bytes[HeaderSize..];

    /// <summary>Takes a message; false when it is short or its checksum is wrong.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out IcmpMessage message)
    {
        message = new IcmpMessage(bytes);
        return bytes.Length >= HeaderSize && InternetChecksum.IsValid(InternetChecksum.Sum(bytes));
    }

    /// <summary>Completes a message whose body is already in place after <see cref="HeaderSize"/> bytes.</summary>
    public static void Write(Span<byte> message, IcmpType type, byte code, uint rest)
    {
        BinaryPrimitives.WriteUInt32BigEndian(message, (uint)type << 24 | (uint)code << 16);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], rest);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Complete(InternetChecksum.Sum(message)));
    }
}
