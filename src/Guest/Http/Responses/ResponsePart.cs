// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>What the bytes of a <see cref="ResponsePart"/> are.</summary>
internal enum ResponsePartKind : byte
{
    /// <summary>Bytes of the response buffer.</summary>
    Buffered,

    /// <summary>A run of a <see cref="ResponseBody"/>.</summary>
    Body,

    /// <summary>A run of a <see cref="ResponseBody"/> as one chunk (RFC 9112, 7.1), its size line and closing CRLF made up when asked for.</summary>
    Chunk,

    /// <summary>The last chunk and an empty trailer section.</summary>
    LastChunk,

    /// <summary>The interim response 100 (Continue).</summary>
    Continue,
}

/// <summary>A piece of the outgoing stream, whose bytes can be had again until it is acknowledged.</summary>
internal struct ResponsePart
{
    /// <summary>Stream offset behind its last byte.</summary>
    public long End;

    /// <summary>Bytes it has in the stream.</summary>
    public long Length;

    /// <summary>Offset of its first byte in the body or in the response buffer.</summary>
    public long Source;

    /// <summary>Bytes of body in it.</summary>
    public long BodyLength;

    /// <summary>The body it reads from, or that ends with it.</summary>
    public ResponseBody? Body;

    /// <summary>What it is.</summary>
    public ResponsePartKind Kind;

    /// <summary>Whether the body is released with it.</summary>
    public bool EndsBody;

    /// <summary>Stream offset of its first byte.</summary>
    public readonly long Start => End - Length;

    /// <summary>Most bytes of a chunk; bounds its size line to eight digits and CRLF.</summary>
    public const long MaxChunk = 1 << 30;

    /// <summary>Bytes of "1F4" + CRLF before a chunk of <paramref name="length"/> bytes.</summary>
    public static int ChunkHeaderLength(long length)
    {
        int digits = 1;
        while (length >> (4 * digits) != 0) digits++;
        return digits + 2;
    }

    /// <summary>
    /// Writes the part's bytes from <paramref name="offset"/> (of the part) on; <paramref name="destination"/> does not reach past its end.
    /// Returns how many were at hand, or -1 when they cannot be had.
    /// </summary>
    public readonly int Read(long offset, Span<byte> destination, ReadOnlySpan<byte> buffer)
    {
        switch (Kind)
        {
            case ResponsePartKind.Body:
                return Body!.Read(Source + offset, destination);
            case ResponsePartKind.Chunk:
                return ReadChunk(offset, destination);
            default:
                ReadOnlySpan<byte> bytes = Kind switch
                {
                    ResponsePartKind.Buffered => buffer.Slice((int)Source, (int)Length),
                    ResponsePartKind.LastChunk => LastChunk,
                    _ => ContinueLine,
                };
                bytes.Slice((int)offset, destination.Length).CopyTo(destination);
                return destination.Length;
        }
    }

    /// <summary>The last chunk and an empty trailer section.</summary>
    public static ReadOnlySpan<byte> LastChunk => "0\r\n\r\n"u8;

    /// <summary>The interim response 100 (Continue).</summary>
    public static ReadOnlySpan<byte> ContinueLine => "HTTP/1.1 100 Continue\r\n\r\n"u8;

    private readonly int ReadChunk(long offset, Span<byte> destination)
    {
        Span<byte> frame = stackalloc byte[16];
        int header = ChunkHeaderLength(BodyLength);
        int written = 0;
        if (offset < header)
        {
            WriteChunkHeader(frame[..header], BodyLength);
            written = (int)Math.Min(header - offset, destination.Length);
            frame.Slice((int)offset, written).CopyTo(destination);
        }

        long inBody = offset + written - header;
        if (written < destination.Length && inBody < BodyLength)
        {
            int wanted = (int)Math.Min(BodyLength - inBody, destination.Length - written);
            int read = Body!.Read(Source + inBody, destination.Slice(written, wanted));
            if (read < wanted) return read < 0 ? read : written + read;
            written += read;
        }

        for (; written < destination.Length; written++)
        {
            destination[written] = offset + written == header + BodyLength ? (byte)'\r' : (byte)'\n';
        }

        return written;
    }

    private static void WriteChunkHeader(Span<byte> destination, long length)
    {
        for (int i = destination.Length - 3; i >= 0; i--, length >>= 4) destination[i] = "0123456789abcdef"u8[(int)(length & 15)];
        destination[^2] = (byte)'\r';
        destination[^1] = (byte)'\n';
    }
}
