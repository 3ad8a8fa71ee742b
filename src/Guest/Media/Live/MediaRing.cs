// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Flv;

namespace Uaas.Media.Live;

/// <summary>One packet in a <see cref="MediaRing"/>. The totals are of all packets before it since the ring was begun.</summary>
public struct MediaEntry
{
    /// <summary>Bytes of bodies before it, and so where its body begins.</summary>
    public long Body;

    /// <summary>Chunks that the packets before it take in RTMP.</summary>
    public long Chunks;

    /// <summary>Bytes of WebSocket frame headers before it, with each packet a frame.</summary>
    public long FrameHeaders;

    /// <summary>Milliseconds since the stream began.</summary>
    public long Timestamp;

    /// <summary>Bytes of its body.</summary>
    public int Length;

    /// <summary>What it is.</summary>
    public TagType Type;
}

/// <summary>
/// The latest packets of a stream, shared by all who play it: bodies in a ring of bytes, and an index of them. The oldest go when a new one needs the room.
/// </summary>
public sealed class MediaRing
{
    /// <summary>Packets kept at most.</summary>
    public const int MaxEntries = 4096;

    private readonly byte[] _bytes;
    private readonly MediaEntry[] _entries = new MediaEntry[MaxEntries];

    /// <summary>A ring of so many bytes.</summary>
    /// <param name="capacity">A power of two.</param>
    public MediaRing(int capacity) => _bytes = new byte[capacity];

    /// <summary>Bytes of bodies that it holds.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>Number of the oldest packet that is there.</summary>
    public long Tail { get; private set; }

    /// <summary>Number that the next packet gets.</summary>
    public long Head { get; private set; }

    /// <summary>The totals behind the newest packet.</summary>
    public MediaEntry End;

    /// <summary>A packet from <see cref="Tail"/> on; at <see cref="Head"/>, the totals behind the newest.</summary>
    public ref readonly MediaEntry this[long index] => ref index == Head ? ref End : ref _entries[(int)(index & (MaxEntries - 1))];

    /// <summary>Adds a packet, whose body is at most a quarter of the capacity.</summary>
    public void Append(TagType type, long timestamp, ReadOnlySpan<byte> body)
    {
        while (Head - Tail == MaxEntries || Tail < Head && End.Body + body.Length - this[Tail].Body > Capacity) Tail++;
        MediaEntry entry = End;
        entry.Timestamp = timestamp;
        entry.Length = body.Length;
        entry.Type = type;
        CopyIn(entry.Body, body);
        _entries[(int)(Head & (MaxEntries - 1))] = entry;
        Head++;
        End.Body += body.Length;
        End.Chunks += Framing.ChunksOf(body.Length);
        End.FrameHeaders += Framing.FrameHeaderSize(body.Length);
        End.Timestamp = timestamp;
    }

    /// <summary>Reads bytes of bodies by their position; they are there.</summary>
    public void Read(long position, Span<byte> destination)
    {
        int at = (int)(position & (Capacity - 1));
        int first = Math.Min(destination.Length, Capacity - at);
        _bytes.AsSpan(at, first).CopyTo(destination);
        _bytes.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    private void CopyIn(long position, ReadOnlySpan<byte> body)
    {
        int at = (int)(position & (Capacity - 1));
        int first = Math.Min(body.Length, Capacity - at);
        body[..first].CopyTo(_bytes.AsSpan(at));
        body[first..].CopyTo(_bytes);
    }
}
