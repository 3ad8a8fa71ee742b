// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Imaging;

/// <summary>What became of a URL.</summary>
public enum ImageUrlResult : byte
{
    /// <summary>It is good.</summary>
    Ok,

    /// <summary>It asks for no picture to be made.</summary>
    NotAnImageUrl,

    /// <summary>It is not signed, or not by one of the keys.</summary>
    BadSignature,

    /// <summary>An option has a name that there is not.</summary>
    UnknownOption,

    /// <summary>An option's value cannot be.</summary>
    BadOption,

    /// <summary>The format asked for cannot be written.</summary>
    BadFormat,

    /// <summary>The source's name is broken.</summary>
    BadSource,

    /// <summary>The source is elsewhere, where nothing is fetched from.</summary>
    ForeignSource,
}

/// <summary>
/// What a URL asks for. Two forms: imgproxy's, <c>/SIGNATURE/OPTION:ARGUMENT/…/plain/SOURCE@EXTENSION</c> (or the source in base 64 with <c>.EXTENSION</c>), and for
/// people, <c>/SOURCE?OPTION=ARGUMENT&amp;…</c>.
/// </summary>
public readonly ref struct ImageUrl
{
    /// <summary>Bytes of a source's name at most.</summary>
    public const int MaxSource = 2048;

    private const int SignatureText = 43; // 256 bits in base 64

    private ImageUrl(ImageUrlResult result, ReadOnlySpan<byte> culprit)
    {
        Result = result;
        Culprit = culprit;
    }

    private ImageUrl(ImageOptions options, ReadOnlySpan<byte> source, ushort port = 0)
    {
        Options = options;
        Source = source;
        LinkPort = port;
    }

    /// <summary>What became of it.</summary>
    public ImageUrlResult Result { get; }

    /// <summary>What in the URL is wrong, as it was written.</summary>
    public ReadOnlySpan<byte> Culprit { get; }

    /// <summary>What is to be done.</summary>
    public ImageOptions Options { get; }

    /// <summary>The path of the source in the content, without a slash at either end; of a linked service's, path and query, decoded once, with the slash before it.</summary>
    public ReadOnlySpan<byte> Source { get; }

    /// <summary>The port of 127.0.0.1 that the source is behind; 0 where it is in the content.</summary>
    public ushort LinkPort { get; }

    /// <summary>Reads a URL.</summary>
    /// <param name="path">Its path as it was sent.</param>
    /// <param name="query">Its query.</param>
    /// <param name="keys">What URLs must be signed by.</param>
    /// <param name="scratch"><see cref="MaxSource"/> bytes, in which the source's name lives.</param>
    public static ImageUrl Read(ReadOnlySpan<byte> path, ReadOnlySpan<byte> query, SigningKeys keys, Span<byte> scratch)
    {
        if (path.Length < 2 || path[0] != '/') return new ImageUrl(ImageUrlResult.NotAnImageUrl, default);
        int slash = path[1..].IndexOf((byte)'/');
        ReadOnlySpan<byte> first = slash < 0 ? path[1..] : path[1..(1 + slash)];
        bool isUnsigned = first.SequenceEqual("unsafe"u8) || first.SequenceEqual("insecure"u8) || first.SequenceEqual("_"u8);
        if (slash >= 0 && (isUnsigned || first.Length == SignatureText || path.IndexOf("/plain/"u8) > 0))
        {
            ReadOnlySpan<byte> signed = path[(1 + slash)..];
            bool isAllowed = isUnsigned ? keys.AllowsUnsigned : keys.Verify(first, signed);
            return isAllowed ? ReadOptions(signed[1..], scratch) : new ImageUrl(ImageUrlResult.BadSignature, first);
        }

        if (query.Length == 0) return new ImageUrl(ImageUrlResult.NotAnImageUrl, default);
        return keys.AllowsUnsigned ? ReadQuery(path[1..], query, scratch) : new ImageUrl(ImageUrlResult.BadSignature, default);
    }

    private static ImageUrl ReadOptions(ReadOnlySpan<byte> rest, Span<byte> scratch)
    {
        ImageOptions options = ImageOptions.None;
        while (true)
        {
            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> segment = slash < 0 ? rest : rest[..slash];
            if (segment.SequenceEqual("plain"u8) && slash >= 0) return ReadPlain(options, rest[(slash + 1)..], scratch);
            int colon = segment.IndexOf((byte)':');
            if (colon < 0) return ReadEncoded(options, rest, scratch);
            OptionResult result = OptionReader.Apply(ref options, segment[..colon], segment[(colon + 1)..]);
            if (result != OptionResult.Ok) return Refuse(result, segment);
            if (slash < 0) return new ImageUrl(ImageUrlResult.BadSource, default);
            rest = rest[(slash + 1)..];
        }
    }

    private static ImageUrl ReadPlain(ImageOptions options, ReadOnlySpan<byte> text, Span<byte> scratch)
    {
        int at = LastIndexOf(text, (byte)'@');
        ReadOnlySpan<byte> extension = at < 0 ? default : text[(at + 1)..];
        if (at >= 0) text = text[..at];
        return TryDecodePercent(text, scratch, out int length)
            ? Finish(options, scratch[..length], extension)
            : new ImageUrl(ImageUrlResult.BadSource, text);
    }

    private static ImageUrl ReadEncoded(ImageOptions options, ReadOnlySpan<byte> text, Span<byte> scratch)
    {
        int point = LastIndexOf(text, (byte)'.');
        ReadOnlySpan<byte> extension = point < 0 ? default : text[(point + 1)..];
        if (point >= 0) text = text[..point];
        return Base64Url.TryDecode(text, scratch, out int length)
            ? Finish(options, scratch[..length], extension)
            : new ImageUrl(ImageUrlResult.BadSource, text);
    }

    private static ImageUrl ReadQuery(ReadOnlySpan<byte> path, ReadOnlySpan<byte> query, Span<byte> scratch)
    {
        ImageOptions options = ImageOptions.None;
        while (query.Length != 0)
        {
            int end = query.IndexOf((byte)'&');
            ReadOnlySpan<byte> pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            int equals = pair.IndexOf((byte)'=');
            if (pair.Length == 0) continue;
            OptionResult result = OptionReader.Apply(ref options, equals < 0 ? pair : pair[..equals], equals < 0 ? default : pair[(equals + 1)..]);
            if (result != OptionResult.Ok) return Refuse(result, pair);
        }

        return TryDecodePercent(path, scratch, out int length) ? Finish(options, scratch[..length], default) : new ImageUrl(ImageUrlResult.BadSource, path);
    }

    private static ImageUrl Finish(ImageOptions options, ReadOnlySpan<byte> source, ReadOnlySpan<byte> extension)
    {
        if (extension.Length != 0)
        {
            if (!OptionReader.TryReadFormat(extension, out ImageFormat format)) return new ImageUrl(ImageUrlResult.BadFormat, extension);
            options.Format = format;
        }

        int scheme = source.IndexOf("://"u8);
        if (scheme >= 0 && Ascii.EqualsIgnoreCase(source[..scheme], "http"u8)) return FinishLinked(options, source[(scheme + 3)..]);
        if (scheme >= 0 && !source[..scheme].SequenceEqual("local"u8)) return new ImageUrl(ImageUrlResult.ForeignSource, default);
        if (scheme >= 0) source = source[(scheme + 3)..];
        while (source.Length != 0 && source[0] == '/') source = source[1..];
        return IsPath(source) ? new ImageUrl(options, source) : new ImageUrl(ImageUrlResult.BadSource, default);
    }

    // Of http URLs those alone that lead to this instance's own ports, behind which linked services are.
    private static ImageUrl FinishLinked(ImageOptions options, ReadOnlySpan<byte> rest)
    {
        int slash = rest.IndexOf((byte)'/');
        ReadOnlySpan<byte> authority = slash < 0 ? rest : rest[..slash];
        ReadOnlySpan<byte> target = slash < 0 ? "/"u8 : rest[slash..];
        int colon = authority.IndexOf((byte)':');
        ReadOnlySpan<byte> host = colon < 0 ? authority : authority[..colon];
        if (!host.SequenceEqual("127.0.0.1"u8) && !Ascii.EqualsIgnoreCase(host, "localhost"u8)) return new ImageUrl(ImageUrlResult.ForeignSource, default);
        long port = 80;
        if (colon >= 0 && (!Digits.TryRead(authority[(colon + 1)..], out port) || port is 0 or > ushort.MaxValue)) return new ImageUrl(ImageUrlResult.BadSource, authority);
        for (int i = 0; i < target.Length; i++)
        {
            if (target[i] is < 0x20 or 0x7F or (byte)'#') return new ImageUrl(ImageUrlResult.BadSource, default);
        }

        return new ImageUrl(options, target, (ushort)port);
    }

    private static ImageUrl Refuse(OptionResult result, ReadOnlySpan<byte> culprit) =>
        new(result == OptionResult.UnknownName ? ImageUrlResult.UnknownOption : ImageUrlResult.BadOption, culprit);

    // Segments between single slashes, none of which is "." or "..", and no control characters.
    private static bool IsPath(ReadOnlySpan<byte> path)
    {
        if (path.Length == 0) return false;
        int start = 0;
        for (int i = 0; i <= path.Length; i++)
        {
            if (i < path.Length && path[i] is < 0x20 or 0x7F) return false;
            if (i < path.Length && path[i] != '/') continue;
            ReadOnlySpan<byte> segment = path[start..i];
            if (segment.Length == 0 || segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8)) return false;
            start = i + 1;
        }

        return true;
    }

    private static bool TryDecodePercent(ReadOnlySpan<byte> text, Span<byte> destination, out int length)
    {
        length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte value = text[i];
            if (value == '%')
            {
                int high = i + 2 < text.Length ? Ascii.HexValue(text[i + 1]) : -1;
                int low = i + 2 < text.Length ? Ascii.HexValue(text[i + 2]) : -1;
                if ((high | low) < 0) return false;
                value = (byte)(high << 4 | low);
                i += 2;
            }

            if (length == destination.Length) return false;
            destination[length++] = value;
        }

        return true;
    }

    private static int LastIndexOf(ReadOnlySpan<byte> text, byte value)
    {
        for (int i = text.Length - 1; i >= 0; i--)
        {
            if (text[i] == value) return i;
        }

        return -1;
    }
}
