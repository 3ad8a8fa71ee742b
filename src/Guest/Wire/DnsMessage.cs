// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>How a name server answered (RFC 1035, 4.1.1; the codes that a stub resolver tells apart).</summary>
public enum DnsCode : byte
{
    /// <summary>The name exists.</summary>
    Ok = 0,

    /// <summary>The server could not make out the query.</summary>
    FormatError = 1,

    /// <summary>The server has a problem of its own.</summary>
    ServerFailure = 2,

    /// <summary>There is no such name.</summary>
    NoSuchName = 3,

    /// <summary>The server does not want to answer.</summary>
    Refused = 5,
}

/// <summary>A DNS query for a name's IPv4 address, and what a stub resolver reads of the answer (RFC 1035, 4). Values, so that they outlive the frame.</summary>
public readonly struct DnsMessage
{
    /// <summary>UDP port of servers.</summary>
    public const ushort ServerPort = 53;

    /// <summary>Longest message without extensions, in bytes (RFC 1035, 4.2.1).</summary>
    public const int MaximumSize = 512;

    /// <summary>Longest name in text, without the last dot (RFC 1035, 3.1: 255 bytes with lengths and root).</summary>
    public const int MaximumName = 253;

    private const int HeaderSize = 12;
    private const int QuestionTail = 4;
    private const int RecordTail = 10;
    private const int MaximumLabel = 63;
    private const int MaximumRecords = 16;
    private const ushort TypeA = 1;
    private const ushort ClassInternet = 1;
    private const ushort RecursionDesired = 0x0100;
    private const ushort Response = 0x8000;
    private const ushort OpcodeMask = 0x7800;
    private const ushort Truncated = 0x0200;
    private const ushort CodeMask = 0x000F;
    private const byte PointerMask = 0xC0;

    /// <summary>How the server answered. <see cref="DnsCode.Ok"/> with <see cref="Address"/> 0.0.0.0 says: a name without an IPv4 address.</summary>
    public DnsCode Code { get; private init; }

    /// <summary>The first address of the answer; 0.0.0.0 for none.</summary>
    public Ipv4Address Address { get; private init; }

    /// <summary>
    /// Writes a query for the IPv4 address of a name. Returns its length, at most <see cref="MaximumSize"/>; 0 when the name is none.
    /// </summary>
    /// <param name="destination">At least <see cref="MaximumSize"/> bytes.</param>
    /// <param name="id">What the answer is recognised by.</param>
    /// <param name="name">The name, in text; a last dot is passed over.</param>
    public static int WriteQuery(Span<byte> destination, ushort id, ReadOnlySpan<byte> name)
    {
        if (!IsName(name)) return 0;
        if (name[^1] == (byte)'.') name = name[..^1];
        destination[..HeaderSize].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination, id);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], RecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], 1);
        int at = HeaderSize;
        while (true)
        {
            int dot = name.IndexOf((byte)'.');
            ReadOnlySpan<byte> label = dot < 0 ? name : name[..dot];
            destination[at++] = (byte)label.Length;
            label.CopyTo(destination[at..]);
            at += label.Length;
            if (dot < 0) break;
            name = name[(dot + 1)..];
        }

        destination[at++] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(destination[at..], TypeA);
        BinaryPrimitives.WriteUInt16BigEndian(destination[(at + 2)..], ClassInternet);
        return at + QuestionTail;
    }

    /// <summary>Whether this can be asked for: not empty nor too long, with no empty label nor one over 63 bytes, all of it printable ASCII.</summary>
    public static bool IsName(ReadOnlySpan<byte> name)
    {
        if (!name.IsEmpty && name[^1] == (byte)'.') name = name[..^1];
        if (name.IsEmpty || name.Length > MaximumName) return false;
        while (true)
        {
            int dot = name.IndexOf((byte)'.');
            if (!IsLabel(dot < 0 ? name : name[..dot])) return false;
            if (dot < 0) return true;
            name = name[(dot + 1)..];
        }
    }

    /// <summary>
    /// Reads the answer to <paramref name="query"/>; false when it is none, or is malformed, or cut short. The question must come back as it was asked:
    /// that, and the id, is what a stranger would have to guess (RFC 5452, 9.1).
    /// </summary>
    public static bool TryParseReply(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> query, out DnsMessage reply)
    {
        reply = default;
        if (bytes.Length < query.Length || bytes.Length > MaximumSize) return false;
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if ((flags & Response) == 0 || (flags & OpcodeMask) != 0 || (flags & Truncated) != 0) return false;
        if (!bytes[..2].SequenceEqual(query[..2]) || BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) != 1) return false;
        if (!bytes[HeaderSize..query.Length].SequenceEqual(query[HeaderSize..])) return false;
        int records = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        if (!TryFindAddress(bytes, query.Length, records, out Ipv4Address address)) return false;
        DnsCode code = (DnsCode)(flags & CodeMask);
        reply = new DnsMessage { Code = code, Address = code == DnsCode.Ok ? address : default };
        return true;
    }

    /// <summary>
    /// The first address among the answers. Aliases before it are passed over: the server has followed them (RFC 1035, 3.6.2), and it is the one asked whom
    /// we trust to.
    /// </summary>
    private static bool TryFindAddress(ReadOnlySpan<byte> bytes, int at, int records, out Ipv4Address address)
    {
        address = default;
        if (records > MaximumRecords) return false;
        for (int i = 0; i < records; i++)
        {
            if (!TrySkipName(bytes, ref at) || at + RecordTail > bytes.Length) return false;
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
            ushort recordClass = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 8)..]);
            at += RecordTail;
            if (at + length > bytes.Length) return false;
            if (type == TypeA && recordClass == ClassInternet)
            {
                if (length != Ipv4Address.Size) return false;
                address = new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]));
                return true;
            }

            at += length;
        }

        return true;
    }

    /// <summary>Passes over a name: labels up to the root or a pointer, which ends it (RFC 1035, 4.1.4).</summary>
    private static bool TrySkipName(ReadOnlySpan<byte> bytes, ref int at)
    {
        while (at < bytes.Length)
        {
            byte length = bytes[at];
            if ((length & PointerMask) == PointerMask)
            {
                at += 2;
                return at <= bytes.Length;
            }

            if ((length & PointerMask) != 0) return false;
            at += 1 + length;
            if (length == 0) return at <= bytes.Length;
        }

        return false;
    }

    private static bool IsLabel(ReadOnlySpan<byte> label)
    {
        if (label.IsEmpty || label.Length > MaximumLabel) return false;
        foreach (byte character in label)
        {
            if (character is <= (byte)' ' or > (byte)'~') return false;
        }

        return true;
    }
}
