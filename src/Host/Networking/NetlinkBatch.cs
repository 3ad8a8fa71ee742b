// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net;
using System.Runtime.InteropServices;

namespace Uaas.Networking;

/// <summary>Messages encoded for one send to the kernel (netlink(7)): what a batch of any of its families is made with.</summary>
internal abstract class NetlinkBatch
{
    internal const int HeaderSize = 16;

    private const ushort Request = 0x001;
    private const ushort Acknowledge = 0x004;

    private readonly byte[] _buffer;
    private readonly string?[] _descriptions;
    private readonly Stack<int> _nested = new();
    private readonly uint _firstSequence;
    private int _length;
    private int _messageStart;

    /// <summary>An empty batch.</summary>
    /// <param name="firstSequence">Sequence number of its first message; the others follow.</param>
    /// <param name="capacity">Most bytes of all its messages.</param>
    private protected NetlinkBatch(uint firstSequence, int capacity)
    {
        _firstSequence = firstSequence;
        _buffer = new byte[capacity];
        _descriptions = new string?[capacity / HeaderSize];
    }

    /// <summary>What to send.</summary>
    internal ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>How many messages it holds.</summary>
    internal int Count { get; private set; }

    /// <summary>How many of them the kernel answers.</summary>
    internal int Answers { get; private set; }

    /// <summary>Words for the message of that sequence number; null where it is not of this batch, or wants no answer.</summary>
    internal string? Describe(uint sequence) => sequence - _firstSequence < Count ? _descriptions[sequence - _firstSequence] : null;

    /// <summary>Begins a message. It wants an answer where it has a description, by which a refusal is told.</summary>
    private protected void Begin(ushort type, ushort flags, string? description)
    {
        _messageStart = _length;
        Span<byte> header = Append(HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)(Request | (description is null ? 0 : Acknowledge) | flags));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], _firstSequence + (uint)Count);
        _descriptions[Count] = description;
        Answers += description is null ? 0 : 1;
    }

    private protected void End()
    {
        MemoryMarshal.Write(_buffer.AsSpan(_messageStart), _length - _messageStart);
        Count++;
    }

    /// <summary>Begins an attribute that is made of attributes.</summary>
    private protected void BeginNested(int type)
    {
        _nested.Push(_length);
        BinaryPrimitives.WriteUInt16LittleEndian(Append(4)[2..], (ushort)type);
    }

    private protected void EndNested()
    {
        int start = _nested.Pop();
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(start), (ushort)(_length - start));
    }

    private protected void Attribute(ushort type, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Attribute(type, bytes);
    }

    private protected void Attribute(ushort type, IPAddress value)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (!value.TryWriteBytes(bytes, out int written) || written != 4)
            throw new ArgumentException("not an IPv4 address", nameof(value));
        Attribute(type, bytes);
    }

    /// <summary>Attributes are 4-byte aligned; their length counts their header and not the padding.</summary>
    private protected void Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> bytes = Append(4 + (value.Length + 3 & ~3));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], type);
        value.CopyTo(bytes[4..]);
    }

    private protected Span<byte> Append(int count)
    {
        Span<byte> bytes = _buffer.AsSpan(_length, count);
        _length += count;
        return bytes;
    }
}
