// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Media.Flv;

/// <summary>What a tag carries; RTMP's messages have the same numbers.</summary>
public enum TagType : byte
{
    /// <summary>Sound.</summary>
    Audio = 8,

    /// <summary>Pictures.</summary>
    Video = 9,

    /// <summary>Data in AMF0, such as onMetaData.</summary>
    Script = 18,
}

/// <summary>The layout of an FLV file (Adobe, Video File Format Specification 10.1, annex E).</summary>
public static class FlvFormat
{
    /// <summary>Bytes of the file header with the size field that follows it.</summary>
    public const int FileHeaderSize = 13;

    /// <summary>Bytes before a tag's body.</summary>
    public const int TagHeaderSize = 11;

    /// <summary>Bytes behind a tag's body: the size of the tag.</summary>
    public const int TagTrailerSize = 4;

    /// <summary>Bytes of a body at most.</summary>
    public const int MaxBodySize = 0xFF_FFFF;

    /// <summary>Writes the file header.</summary>
    public static void WriteFileHeader(Span<byte> destination, bool hasAudio, bool hasVideo)
    {
        "FLV\x01"u8.CopyTo(destination);
        destination[4] = (byte)((hasAudio ? 4 : 0) | (hasVideo ? 1 : 0));
        BinaryPrimitives.WriteUInt32BigEndian(destination[5..], 9);
        BinaryPrimitives.WriteUInt32BigEndian(destination[9..], 0);
    }

    /// <summary>Writes what comes before a body.</summary>
    /// <param name="destination">Room of <see cref="TagHeaderSize"/>.</param>
    /// <param name="type">What the body is.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="timestamp">Milliseconds, of which FLV keeps 32 bits.</param>
    public static void WriteTagHeader(Span<byte> destination, TagType type, int length, uint timestamp)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination[7..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], timestamp << 8 | timestamp >> 24);
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)type << 24 | (uint)length);
    }

    /// <summary>Writes what comes behind a body.</summary>
    public static void WriteTagTrailer(Span<byte> destination, int length) =>
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)(length + TagHeaderSize));
}
