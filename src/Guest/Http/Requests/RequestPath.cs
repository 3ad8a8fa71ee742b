// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>What became of a path.</summary>
public enum RequestPathResult : byte
{
    /// <summary>It is good.</summary>
    Ok,

    /// <summary>It does not begin with a slash.</summary>
    NotAbsolute,

    /// <summary>A percent sign without two hexadecimal digits behind it.</summary>
    BadEncoding,

    /// <summary>An encoded slash. It is part of a segment (RFC 3986, 2.2), which no file's name can be; decoding it would make two segments of one.</summary>
    EncodedSlash,

    /// <summary>A NUL or another control character, encoded or not.</summary>
    ControlCharacter,

    /// <summary>Dot segments that climb above the root.</summary>
    AboveRoot,

    /// <summary>Longer than the room that it was to be decoded into.</summary>
    TooLong,
}

/// <summary>
/// The path of a request, percent-decoded once and normalised: it begins with a slash, has no segment that is empty, "." or "..", no control character,
/// and ends with a slash where the client's did (or ended with a dot segment). Bytes above 0x7F are as the client sent them.
/// </summary>
public readonly ref struct RequestPath
{
    private RequestPath(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>The path.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Whether it ends with a slash, so names a directory.</summary>
    public bool IsDirectory => Bytes[^1] == '/';

    /// <summary>Reads an encoded path, which has neither query nor fragment. The path lives in <paramref name="raw"/> or in <paramref name="scratch"/>.</summary>
    public static RequestPathResult Read(ReadOnlySpan<byte> raw, Span<byte> scratch, out RequestPath path)
    {
        path = new RequestPath("/"u8);
        if (raw.Length == 0 || raw[0] != '/') return RequestPathResult.NotAbsolute;
        if (IsPlain(raw))
        {
            path = new RequestPath(raw);
            return RequestPathResult.Ok;
        }

        RequestPathResult result = Decode(raw, scratch, out int decoded);
        if (result != RequestPathResult.Ok) return result;
        result = Normalise(scratch[..decoded], out int length);
        if (result == RequestPathResult.Ok) path = new RequestPath(scratch[..length]);
        return result;
    }

    /// <summary>Whether nothing need be done: no percent sign, no control character, no segment that begins with a dot or is empty.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> raw)
    {
        byte before = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            byte value = raw[i];
            if (value is < 0x20 or (byte)'%' or 0x7F) return false;
            if (before == '/' && value is (byte)'/' or (byte)'.') return false;
            before = value;
        }

        return true;
    }

    private static RequestPathResult Decode(ReadOnlySpan<byte> raw, Span<byte> scratch, out int length)
    {
        length = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            byte value = raw[i];
            if (value == '%')
            {
                if (raw.Length - i < 3) return RequestPathResult.BadEncoding;
                int high = Ascii.HexValue(raw[i + 1]);
                int low = Ascii.HexValue(raw[i + 2]);
                if ((high | low) < 0) return RequestPathResult.BadEncoding;
                value = (byte)(high << 4 | low);
                if (value == '/') return RequestPathResult.EncodedSlash;
                i += 2;
            }

            if (value is < 0x20 or 0x7F) return RequestPathResult.ControlCharacter;
            if (length == scratch.Length) return RequestPathResult.TooLong;
            scratch[length++] = value;
        }

        return RequestPathResult.Ok;
    }

    /// <summary>Removes empty and dot segments in place (RFC 3986, 5.2.4, but climbing above the root is an error here).</summary>
    private static RequestPathResult Normalise(Span<byte> path, out int length)
    {
        length = 1;
        int start = 1;
        while (start <= path.Length)
        {
            int end = start;
            while (end < path.Length && path[end] != '/') end++;
            ReadOnlySpan<byte> segment = path[start..end];
            bool last = end == path.Length;
            if (segment.SequenceEqual(".."u8))
            {
                if (length == 1) return RequestPathResult.AboveRoot;
                do length--; while (path[length - 1] != '/');
            }
            else if (segment.Length > 0 && !segment.SequenceEqual("."u8))
            {
                segment.CopyTo(path[length..]);
                length += segment.Length;
                if (!last) path[length++] = (byte)'/';
            }

            start = end + 1;
        }

        return RequestPathResult.Ok;
    }
}
