// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Flv;

namespace Uaas.Media.Live;

/// <summary>What a run of packets takes on the wire, whatever the framing: totals since the ring was begun.</summary>
public struct WireTotals
{
    /// <summary>Bytes of bodies.</summary>
    public long Bytes;

    /// <summary>Packets.</summary>
    public long Packets;

    /// <summary>Chunks that they take in RTMP.</summary>
    public long Chunks;

    /// <summary>Bytes of WebSocket frame headers, with each packet a frame.</summary>
    public long FrameHeaders;

    /// <summary>Counts one more packet.</summary>
    internal void Add(int length)
    {
        Bytes += length;
        Packets++;
        Chunks += Framing.ChunksOf(length);
        FrameHeaders += Framing.FrameHeaderSize(length);
    }
}

/// <summary>One packet in a <see cref="MediaRing"/>.</summary>
public struct MediaEntry
{
    /// <summary>All packets before it.</summary>
    public WireTotals All;

    /// <summary>Those before it that a lean viewer gets too: without pictures that no other needs.</summary>
    public WireTotals Lean;

    /// <summary>Milliseconds since the stream began.</summary>
    public long Timestamp;

    /// <summary>Bytes of its body.</summary>
    public int Length;

    /// <summary>What it is.</summary>
    public TagType Type;

    /// <summary>Whether it is a picture that no other needs.</summary>
    public bool IsDisposable;

    /// <summary>Where its body begins among all bodies.</summary>
    public readonly long Body => All.Bytes;
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
    public void Append(TagType type, long timestamp, ReadOnlySpan<byte> body, bool isDisposable = false)
    {
        while (Head - Tail == MaxEntries || Tail < Head && End.Body + body.Length - this[Tail].Body > Capacity) Tail++;
        MediaEntry entry = End;
        entry.Timestamp = timestamp;
        entry.Length = body.Length;
        entry.Type = type;
        entry.IsDisposable = isDisposable;
        CopyIn(entry.Body, body);
        _entries[(int)(Head & (MaxEntries - 1))] = entry;
        Head++;
        End.All.Add(body.Length);
        if (!isDisposable) End.Lean.Add(body.Length);
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
