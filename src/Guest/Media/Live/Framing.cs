// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Media.Flv;

namespace Uaas.Media.Live;

/// <summary>How packets are put on the wire.</summary>
public enum FramingKind : byte
{
    /// <summary>FLV tags.</summary>
    Flv,

    /// <summary>RTMP chunks with timestamps of 24 bits.</summary>
    Rtmp,

    /// <summary>RTMP chunks with extended timestamps.</summary>
    RtmpExtended,

    /// <summary>FLV tags, each a binary frame of WebSocket.</summary>
    WebSocket,
}

/// <summary>What of the stream is sent, and how.</summary>
/// <param name="kind">How packets are put on the wire.</param>
/// <param name="isLean">Whether pictures that no other needs are left out.</param>
public readonly struct WireForm(FramingKind kind, bool isLean)
{
    /// <summary>How packets are put on the wire.</summary>
    public FramingKind Kind { get; } = kind;

    /// <summary>Whether pictures that no other needs are left out.</summary>
    public bool IsLean { get; } = isLean;

    /// <summary>Whether it is the same as another.</summary>
    public bool Is(WireForm other) => Kind == other.Kind && IsLean == other.IsLean;
}

/// <summary>
/// The wire formats as functions of the shared packets. What a packet takes on the wire depends on its length alone, so that the offset of any packet
/// in any framing follows from the totals in its <see cref="MediaEntry"/>; headers are made up when they are sent, with the viewer's own timestamps.
/// </summary>
public static class Framing
{
    /// <summary>Bytes of a chunk's payload that we send (RTMP 1.0, 5.4.1).</summary>
    public const int ChunkSize = 65_536;

    /// <summary>The first timestamp that RTMP must extend (5.3.1.3).</summary>
    public const long ExtendedFrom = 0xFF_FFFF;

    /// <summary>The message stream that media goes on.</summary>
    public const int MessageStream = 1;

    private const int TagOverhead = FlvFormat.TagHeaderSize + FlvFormat.TagTrailerSize;
    private const int MaxHeaderSize = 24;

    /// <summary>Chunks that a body takes.</summary>
    public static int ChunksOf(int length) => length == 0 ? 1 : (length + ChunkSize - 1) / ChunkSize;

    /// <summary>Bytes of the WebSocket frame header before a body's tag (RFC 6455, 5.2).</summary>
    public static int FrameHeaderSize(int length) => (length + TagOverhead) switch { < 126 => 2, < 65_536 => 4, _ => 10 };

    /// <summary>Where a packet begins on a wire that has carried every packet before it.</summary>
    public static long OffsetOf(WireForm form, in MediaEntry entry)
    {
        ref readonly WireTotals before = ref form.IsLean ? ref entry.Lean : ref entry.All;
        return form.Kind switch
        {
            FramingKind.Flv => before.Bytes + TagOverhead * before.Packets,
            FramingKind.Rtmp => before.Bytes + 11 * before.Packets + before.Chunks,
            FramingKind.RtmpExtended => before.Bytes + 11 * before.Packets + 5 * before.Chunks,
            _ => before.Bytes + TagOverhead * before.Packets + before.FrameHeaders,
        };
    }

    /// <summary>
    /// Writes a packet's bytes on the wire from <paramref name="offset"/> (of the packet) on. Returns how many were written: fewer than there is room for
    /// only at the packet's end.
    /// </summary>
    public static int Read(FramingKind kind, MediaRing ring, in MediaEntry entry, uint timestamp, long offset, Span<byte> destination)
    {
        Span<byte> header = stackalloc byte[MaxHeaderSize];
        bool isRtmp = kind is FramingKind.Rtmp or FramingKind.RtmpExtended;
        int headerSize = isRtmp ? WriteMessageHeader(header, kind, in entry, timestamp) : WriteTagHeader(header, kind, in entry, timestamp);
        Piece piece = new(destination, offset);
        piece.Add(header[..headerSize]);
        int chunk = isRtmp ? ChunkSize : FlvFormat.MaxBodySize;
        for (int sent = 0; sent < entry.Length && !piece.IsFull; sent += chunk)
        {
            if (sent > 0) piece.Add(header[..WriteContinuation(header, kind, in entry, timestamp)]);
            piece.AddBody(ring, entry.Body + sent, Math.Min(chunk, entry.Length - sent));
        }

        if (isRtmp) return piece.Written;
        FlvFormat.WriteTagTrailer(header, entry.Length);
        piece.Add(header[..FlvFormat.TagTrailerSize]);
        return piece.Written;
    }

    /// <summary>Writes a whole packet of at most one chunk, at time 0, and returns its size. <paramref name="kind"/> is FLV or RTMP.</summary>
    public static int Write(FramingKind kind, TagType type, ReadOnlySpan<byte> body, Span<byte> destination)
    {
        MediaEntry entry = new() { Type = type, Length = body.Length };
        bool isRtmp = kind == FramingKind.Rtmp;
        int size = isRtmp ? WriteMessageHeader(destination, kind, in entry, 0) : WriteTagHeader(destination, kind, in entry, 0);
        body.CopyTo(destination[size..]);
        size += body.Length;
        if (isRtmp) return size;
        FlvFormat.WriteTagTrailer(destination[size..], body.Length);
        return size + FlvFormat.TagTrailerSize;
    }

    private static int WriteTagHeader(Span<byte> header, FramingKind kind, in MediaEntry entry, uint timestamp)
    {
        int frame = 0;
        if (kind == FramingKind.WebSocket)
        {
            int payload = entry.Length + TagOverhead;
            frame = FrameHeaderSize(entry.Length);
            WriteFrameHeader(header, payload);
        }

        FlvFormat.WriteTagHeader(header[frame..], entry.Type, entry.Length, timestamp);
        return frame + FlvFormat.TagHeaderSize;
    }

    /// <summary>Writes the header of a whole binary frame of WebSocket and returns its size.</summary>
    public static int WriteFrameHeader(Span<byte> header, int payload)
    {
        const byte FinalBinary = 0x82;
        header[0] = FinalBinary;
        if (payload < 126)
        {
            header[1] = (byte)payload;
            return 2;
        }

        if (payload < 65_536)
        {
            header[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)payload);
            return 4;
        }

        header[1] = 127;
        BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)payload);
        return 10;
    }

    /// <summary>A chunk basic header, a message header of type 0, and the extended timestamp where there is one.</summary>
    private static int WriteMessageHeader(Span<byte> header, FramingKind kind, in MediaEntry entry, uint timestamp)
    {
        bool isExtended = kind == FramingKind.RtmpExtended;
        uint field = isExtended ? (uint)ExtendedFrom : timestamp;
        header[0] = ChunkStreamOf(entry.Type);
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], field << 8);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)entry.Length << 8 | (uint)entry.Type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], MessageStream);
        if (!isExtended) return 12;
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], timestamp);
        return 16;
    }

    private static int WriteContinuation(Span<byte> header, FramingKind kind, in MediaEntry entry, uint timestamp)
    {
        const byte Type3 = 0xC0;
        header[0] = (byte)(Type3 | ChunkStreamOf(entry.Type));
        if (kind == FramingKind.Rtmp) return 1;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], timestamp);
        return 5;
    }

    private static byte ChunkStreamOf(TagType type) => type switch { TagType.Audio => 4, TagType.Video => 6, _ => 5 };

    /// <summary>Takes a run of bytes piece by piece and keeps those from an offset on, as far as there is room.</summary>
    private ref struct Piece(Span<byte> destination, long skip)
    {
        private readonly Span<byte> _destination = destination;
        private long _skip = skip;

        public int Written { get; private set; }

        public readonly bool IsFull => Written == _destination.Length;

        public void Add(scoped ReadOnlySpan<byte> bytes)
        {
            if (!TryPlace(bytes.Length, out int from, out int count)) return;
            bytes.Slice(from, count).CopyTo(_destination[Written..]);
            Written += count;
        }

        public void AddBody(MediaRing ring, long position, int length)
        {
            if (!TryPlace(length, out int from, out int count)) return;
            ring.Read(position + from, _destination.Slice(Written, count));
            Written += count;
        }

        private bool TryPlace(int length, out int from, out int count)
        {
            from = (int)Math.Min(_skip, length);
            _skip -= from;
            count = Math.Min(length - from, _destination.Length - Written);
            return count > 0;
        }
    }
}
