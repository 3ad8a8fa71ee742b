// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>The options of a segment, read once. What is absent has the value that means so.</summary>
public readonly ref struct TcpOptions
{
    private const byte EndOfList = 0;
    private const byte NoOperation = 1;
    private const byte MaximumSegmentSizeKind = 2;
    private const byte WindowScaleKind = 3;
    private const byte SackPermittedKind = 4;
    private const byte SackKind = 5;
    private const byte TimestampsKind = 8;

    private const int SackBlockSize = 8;

    // RFC 7323, appendix A: NOP, NOP, timestamps: how nearly every segment of an open connection begins its options.
    private const uint AlignedTimestamps = NoOperation << 24 | NoOperation << 16 | TimestampsKind << 8 | 10;

    private readonly ReadOnlySpan<byte> _sackBlocks;

    private TcpOptions(ushort maximumSegmentSize, sbyte windowScale, bool sackPermitted, bool hasTimestamps, uint timestamp, uint timestampEcho,
        ReadOnlySpan<byte> sackBlocks)
    {
        MaximumSegmentSize = maximumSegmentSize;
        WindowScale = windowScale;
        SackPermitted = sackPermitted;
        HasTimestamps = hasTimestamps;
        Timestamp = timestamp;
        TimestampEcho = timestampEcho;
        _sackBlocks = sackBlocks;
    }

    /// <summary>MSS option in bytes; 0 when absent.</summary>
    public ushort MaximumSegmentSize { get; }

    /// <summary>Window scale shift, 0 to 14 (RFC 7323, 2.3: more counts as 14); -1 when absent.</summary>
    public sbyte WindowScale { get; }

    /// <summary>Whether the sender understands SACK (RFC 2018).</summary>
    public bool SackPermitted { get; }

    /// <summary>Whether the timestamps option is there.</summary>
    public bool HasTimestamps { get; }

    /// <summary>TSval.</summary>
    public uint Timestamp { get; }

    /// <summary>TSecr.</summary>
    public uint TimestampEcho { get; }

    /// <summary>How many blocks were received out of order, as the SACK option says.</summary>
    public int SackBlockCount => _sackBlocks.Length / SackBlockSize;

    /// <summary>The first sequence number of a SACK block.</summary>
    public uint SackLeft(int index) => BinaryPrimitives.ReadUInt32BigEndian(_sackBlocks[(index * SackBlockSize)..]);

    /// <summary>The sequence number after a SACK block.</summary>
    public uint SackRight(int index) => BinaryPrimitives.ReadUInt32BigEndian(_sackBlocks[(index * SackBlockSize + 4)..]);

    /// <summary>Reads options; false when one has an impossible length (RFC 9293, MUST-7). Unknown options are skipped.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TcpOptions options)
    {
        if (bytes.Length == 12 && BinaryPrimitives.ReadUInt32BigEndian(bytes) == AlignedTimestamps)
        {
            options = new TcpOptions(0, -1, false, true, BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]), default);
            return true;
        }

        return TryParseEach(bytes, out options);
    }

    private static bool TryParseEach(ReadOnlySpan<byte> bytes, out TcpOptions options)
    {
        options = default;
        ushort maximumSegmentSize = 0;
        sbyte windowScale = -1;
        bool sackPermitted = false, hasTimestamps = false;
        uint timestamp = 0, timestampEcho = 0;
        ReadOnlySpan<byte> sackBlocks = default;

        while (bytes.Length > 0 && bytes[0] != EndOfList)
        {
            if (bytes[0] == NoOperation)
            {
                bytes = bytes[1..];
                continue;
            }

            if (bytes.Length < 2 || bytes[1] < 2 || bytes[1] > bytes.Length) return false;
            ReadOnlySpan<byte> value = bytes[2..bytes[1]];
            switch (bytes[0])
            {
                case MaximumSegmentSizeKind:
                    if (value.Length != 2) return false;
                    maximumSegmentSize = BinaryPrimitives.ReadUInt16BigEndian(value);
                    break;
                case WindowScaleKind:
                    if (value.Length != 1) return false;
                    windowScale = (sbyte)Math.Min((int)value[0], 14);
                    break;
                case SackPermittedKind:
                    if (value.Length != 0) return false;
                    sackPermitted = true;
                    break;
                case SackKind:
                    if (value.Length % SackBlockSize != 0) return false;
                    sackBlocks = value;
                    break;
                case TimestampsKind:
                    if (value.Length != 8) return false;
                    hasTimestamps = true;
                    timestamp = BinaryPrimitives.ReadUInt32BigEndian(value);
                    timestampEcho = BinaryPrimitives.ReadUInt32BigEndian(value[4..]);
                    break;
            }

            bytes = bytes[bytes[1]..];
        }

        options = new TcpOptions(maximumSegmentSize, windowScale, sackPermitted, hasTimestamps, timestamp, timestampEcho, sackBlocks);
        return true;
    }

    /// <summary>Bytes that <see cref="WriteSyn"/> writes.</summary>
    public static int SynSize(sbyte windowScale, bool sackPermitted, bool timestamps) =>
        4 + (windowScale >= 0 ? 4 : 0) + (sackPermitted ? 4 : 0) + (timestamps ? TimestampsSize : 0);

    /// <summary>Writes the options of a SYN, each padded to four bytes. A <paramref name="windowScale"/> of -1 leaves that one out.</summary>
    public static void WriteSyn(Span<byte> destination, ushort maximumSegmentSize, sbyte windowScale, bool sackPermitted, bool timestamps, uint timestamp,
        uint timestampEcho)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)MaximumSegmentSizeKind << 24 | 4u << 16 | maximumSegmentSize);
        destination = destination[4..];
        if (sackPermitted)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)NoOperation << 24 | (uint)NoOperation << 16 | (uint)SackPermittedKind << 8 | 2);
            destination = destination[4..];
        }

        if (windowScale >= 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)NoOperation << 24 | (uint)WindowScaleKind << 16 | 3u << 8 | (byte)windowScale);
            destination = destination[4..];
        }

        if (timestamps) WriteTimestamps(destination, timestamp, timestampEcho);
    }

    /// <summary>Bytes that <see cref="WriteTimestamps"/> writes.</summary>
    public const int TimestampsSize = 12;

    /// <summary>Writes the timestamps option, aligned.</summary>
    public static void WriteTimestamps(Span<byte> destination, uint timestamp, uint timestampEcho)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, AlignedTimestamps);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], timestampEcho);
    }

    /// <summary>Bytes of a SACK option with <paramref name="blocks"/> blocks, aligned; 0 for none.</summary>
    public static int SackSize(int blocks) => blocks == 0 ? 0 : 4 + blocks * SackBlockSize;

    /// <summary>Writes the head of a SACK option; its blocks follow with <see cref="WriteSackBlock"/>.</summary>
    public static void WriteSackHead(Span<byte> destination, int blocks) => BinaryPrimitives.WriteUInt32BigEndian(destination,
        (uint)NoOperation << 24 | (uint)NoOperation << 16 | (uint)SackKind << 8 | (uint)(2 + blocks * SackBlockSize));

    /// <summary>Writes block <paramref name="index"/> of a SACK option that begins at <paramref name="destination"/>.</summary>
    public static void WriteSackBlock(Span<byte> destination, int index, uint left, uint right)
    {
        Span<byte> block = destination.Slice(4 + index * SackBlockSize, SackBlockSize);
        BinaryPrimitives.WriteUInt32BigEndian(block, left);
        BinaryPrimitives.WriteUInt32BigEndian(block[4..], right);
    }
}
