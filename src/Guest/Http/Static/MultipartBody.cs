// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>
/// Several ranges of a file as multipart/byteranges (RFC 9110, 14.6). The headers of the parts are made up as they are read: nothing but the ranges is kept.
/// </summary>
internal sealed class MultipartBody(MultipartBodyPool pool) : ResponseBody
{
    /// <summary>Ranges at most; a client that asks for more is given everything.</summary>
    public const int MaxRanges = 16;

    /// <summary>Bytes of the boundary: the entity tag without its quotes, which the file can hardly contain, being made from its hash.</summary>
    public const int BoundaryLength = EntityTag.Length - 2;

    private const int MaxPartHead = 64 + BoundaryLength + MaxMediaType + 3 * Digits.MaxLength + 32;
    private const int MaxMediaType = 200;

    private readonly byte[] _boundary = new byte[BoundaryLength];
    private readonly byte[] _mediaType = new byte[MaxMediaType];
    private readonly ByteRange[] _ranges = new ByteRange[MaxRanges];

    /// <summary>Where each part, with its head, starts; then where the last line does.</summary>
    private readonly long[] _starts = new long[MaxRanges + 1];
    private readonly int[] _headLengths = new int[MaxRanges];
    private int _mediaTypeLength;
    private int _count;
    private ContentFile _file;

    /// <summary>The next one in the pool.</summary>
    public MultipartBody? Next { get; set; }

    public override long Length => _starts[_count] + LastLineLength;

    /// <summary>The boundary between the parts.</summary>
    public ReadOnlySpan<byte> Boundary => _boundary;

    private const int LastLineLength = 4 + BoundaryLength + 4;

    /// <summary>Says what is in it from now on.</summary>
    public void Set(ContentFile file, ReadOnlySpan<ByteRange> ranges, ReadOnlySpan<byte> mediaType, ReadOnlySpan<byte> tag)
    {
        _file = file;
        _count = ranges.Length;
        ranges.CopyTo(_ranges);
        mediaType.CopyTo(_mediaType);
        _mediaTypeLength = mediaType.Length;
        tag.Slice(1, BoundaryLength).CopyTo(_boundary);
        Span<byte> head = stackalloc byte[MaxPartHead];
        long start = 0;
        for (int i = 0; i < _count; i++)
        {
            _starts[i] = start;
            _headLengths[i] = WritePartHead(i, head);
            start += _headLengths[i] + _ranges[i].Length;
        }

        _starts[_count] = start;
    }

    public override int Read(long offset, Span<byte> destination)
    {
        int written = 0;
        int part = 0;
        while (part < _count && _starts[part + 1] <= offset)
        {
            part++;
        }

        for (; part < _count && written < destination.Length; part++)
        {
            int count = ReadPart(part, offset + written - _starts[part], destination.Slice(written));
            if (count < 0)
            {
                return count;
            }

            written += count;
        }

        if (written < destination.Length)
        {
            Span<byte> line = stackalloc byte[LastLineLength];
            "\r\n--"u8.CopyTo(line);
            _boundary.AsSpan().CopyTo(line.Slice(4));
            "--\r\n"u8.CopyTo(line.Slice(4 + BoundaryLength));
            written += Copy(line, offset + written - _starts[_count], destination.Slice(written));
        }

        return written;
    }

    public override void Release() => pool.Return(this);

    /// <summary>Reads from a part, head and bytes; returns how many were read, or -1.</summary>
    private int ReadPart(int part, long offset, Span<byte> destination)
    {
        int written = 0;
        int headLength = _headLengths[part];
        if (offset < headLength)
        {
            Span<byte> head = stackalloc byte[MaxPartHead];
            WritePartHead(part, head);
            written = Copy(head.Slice(0, headLength), offset, destination);
        }

        long inRange = offset + written - headLength;
        int wanted = (int)Math.Min(_ranges[part].Length - inRange, destination.Length - written);
        bool good = wanted == 0 || _file.Read(_ranges[part].Start + inRange, destination.Slice(written, wanted)) == ContentResult.Ok;
        return good ? written + wanted : -1;
    }

    private static int Copy(ReadOnlySpan<byte> source, long offset, Span<byte> destination)
    {
        int count = Math.Min(source.Length - (int)offset, destination.Length);
        source.Slice((int)offset, count).CopyTo(destination);
        return count;
    }

    private int WritePartHead(int part, Span<byte> head)
    {
        TextWriter writer = new(head);
        writer.Write("\r\n--"u8);
        writer.Write(_boundary);
        writer.Write("\r\nContent-Type: "u8);
        writer.Write(_mediaType.AsSpan(0, _mediaTypeLength));
        writer.Write("\r\nContent-Range: "u8);
        writer.WriteRange(_ranges[part], _file.Length);
        writer.Write("\r\n\r\n"u8);
        return writer.Length;
    }
}

/// <summary>Multipart bodies that are not in use. They are large, and few clients want them: there are never more than a few.</summary>
internal sealed class MultipartBodyPool
{
    /// <summary>Bodies at a time.</summary>
    public const int Capacity = 64;

    private MultipartBody? _first;
    private int _made;

    /// <summary>A body to be set; null when all are in use.</summary>
    public MultipartBody? TryTake()
    {
        if (_first == null && _made == Capacity) return null;
        if (_first == null) _made++;
        MultipartBody body = _first ?? new MultipartBody(this);
        _first = body.Next;
        body.Next = null;
        return body;
    }

    /// <summary>Takes a body back.</summary>
    public void Return(MultipartBody body)
    {
        body.Next = _first;
        _first = body;
    }
}
