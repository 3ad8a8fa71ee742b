// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Uaas.Networking;

/// <summary>How a name server answers (RFC 1035, 4.1.1).</summary>
public enum NameCode : byte
{
    /// <summary>The name exists; it need not have an address of the kind asked for.</summary>
    Ok = 0,

    /// <summary>The question cannot be made out.</summary>
    FormatError = 1,

    /// <summary>There is no answer now.</summary>
    ServerFailure = 2,

    /// <summary>There is no such name.</summary>
    NoSuchName = 3,

    /// <summary>A kind of request that this server does not know.</summary>
    NotImplemented = 4,

    /// <summary>Whoever asks may not know.</summary>
    Refused = 5,
}

/// <summary>A question to a name server, checked (RFC 1035, 4.1).</summary>
internal sealed class NameQuery
{
    /// <summary>Longest message over UDP, in bytes.</summary>
    internal const int MaxSize = 512;

    private const int HeaderSize = 12;
    private const int AddressRecordSize = 16;
    private const int MaxLabel = 63;
    private const int MaxName = 255;
    private const ushort TypeA = 1;
    private const ushort ClassInternet = 1;
    private const byte ResponseBit = 0x80;
    private const byte OpcodeMask = 0x78;
    private const byte RecursionDesired = 0x01;
    private const byte Authoritative = 0x04;

    private readonly byte[] _head;

    private NameQuery(byte[] head, string name, bool wantsAddress)
    {
        _head = head;
        Name = name;
        WantsAddress = wantsAddress;
    }

    /// <summary>The name in lower case, without the last dot.</summary>
    internal string Name { get; }

    /// <summary>Whether it asks for IPv4 addresses; other kinds have none here.</summary>
    internal bool WantsAddress { get; }

    /// <summary>What tells one question of an asker from another.</summary>
    internal ushort Id => BinaryPrimitives.ReadUInt16BigEndian(_head);

    /// <summary>
    /// Reads a question. Where it is none, <paramref name="refusal"/> is the answer to send; null for what is not to be answered at all (an answer,
    /// which answered would go on for ever, or less than a header).
    /// </summary>
    internal static bool TryParse(ReadOnlySpan<byte> message, [NotNullWhen(true)] out NameQuery? query, out byte[]? refusal)
    {
        query = null;
        refusal = null;
        if (message.Length < HeaderSize || (message[2] & ResponseBit) != 0)
            return false;
        if ((message[2] & OpcodeMask) != 0)
        {
            refusal = Head(message[..HeaderSize], NameCode.NotImplemented, answers: 0);
            return false;
        }
        if (message.Length > MaxSize || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1 || !TryReadName(message, out string name, out int end) || end + 4 > message.Length)
        {
            refusal = Head(message[..HeaderSize], NameCode.FormatError, answers: 0);
            return false;
        }
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(message[end..]);
        ushort kind = BinaryPrimitives.ReadUInt16BigEndian(message[(end + 2)..]);
        query = new NameQuery(message[..(end + 4)].ToArray(), name, type == TypeA && kind == ClassInternet);
        return true;
    }

    /// <summary>The answer: a code, and an address where there is one. It is not to be kept: the next may be another.</summary>
    internal byte[] Answer(NameCode code, IPAddress? address)
    {
        bool hasAddress = code == NameCode.Ok && address is not null && WantsAddress;
        byte[] head = Head(_head, code, hasAddress ? 1 : 0);
        if (!hasAddress)
            return head;
        byte[] answer = new byte[head.Length + AddressRecordSize];
        head.CopyTo(answer, 0);
        ReadOnlySpan<byte> record = [0xC0, HeaderSize, 0, (byte)TypeA, 0, (byte)ClassInternet, 0, 0, 0, 0, 0, 4];
        record.CopyTo(answer.AsSpan(head.Length));
        address!.TryWriteBytes(answer.AsSpan(head.Length + record.Length), out _);
        return answer;
    }

    private static byte[] Head(ReadOnlySpan<byte> question, NameCode code, int answers)
    {
        byte[] head = question.ToArray();
        head[2] = (byte)(ResponseBit | Authoritative | (question[2] & RecursionDesired));
        head[3] = (byte)code;
        head.AsSpan(4, HeaderSize - 4).Clear();
        head[5] = (byte)(question.Length > HeaderSize ? 1 : 0);
        head[7] = (byte)answers;
        return head;
    }

    private static bool TryReadName(ReadOnlySpan<byte> message, out string name, out int end)
    {
        var text = new StringBuilder();
        name = "";
        end = HeaderSize;
        while (end < message.Length && message[end] != 0)
        {
            int length = message[end];
            if (length > MaxLabel || end + 1 + length >= message.Length || text.Length + length > MaxName)
                return false;
            if (text.Length > 0)
                text.Append('.');
            foreach (byte character in message.Slice(end + 1, length))
            {
                if (character is <= (byte)' ' or > (byte)'~' or (byte)'.')
                    return false;
                text.Append(char.ToLowerInvariant((char)character));
            }
            end += 1 + length;
        }
        name = text.ToString();
        end++;
        return end <= message.Length;
    }
}
