// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Imaging.Serving;

/// <summary>How a service makes and serves pictures.</summary>
public sealed class ImageSettings
{
    private const int LongestAge = 31_536_000;
    private const int MostQueued = 4096;

    private ImageLimits _limits = ImageLimits.Default;

    /// <summary>What URLs are signed by.</summary>
    public SigningKeys Keys { get; } = new();

    /// <summary>The bounds of a picture.</summary>
    public ref ImageLimits Limits => ref _limits;

    /// <summary>Seconds that a result may be kept by browsers and caches.</summary>
    public int MaxAge { get; private set; } = 3600;

    /// <summary>Whether who accepts WebP gets it, where the URL asks for no format.</summary>
    public bool PrefersWebP { get; private set; } = true;

    /// <summary>The quality, from 1 to 100, where the URL asks for none.</summary>
    public int Quality { get; private set; } = 80;

    /// <summary>Seconds for which a source of a linked service is not asked for again.</summary>
    public int SourceAge { get; private set; } = 60;

    /// <summary>Pictures that may wait to be made; one more is told 503.</summary>
    public int MaxQueue { get; private set; } = 64;

    /// <summary>Results kept at most, whatever their size.</summary>
    public int MaxResults { get; } = 4096;

    /// <summary>Reads settings as they lie in the content image: lines of a name, a blank and a value. False where one of them cannot be.</summary>
    public bool TryRead(ReadOnlySpan<byte> text)
    {
        while (text.Length != 0)
        {
            int end = text.IndexOf((byte)'\n');
            int blank = text.IndexOf((byte)' ');
            if (end < 0 || blank < 0 || blank > end || !TryReadLine(text[..blank], text[(blank + 1)..end])) return false;
            text = text[(end + 1)..];
        }

        return true;
    }

    private bool TryReadLine(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("key"u8)) return TryReadKey(value);
        if (!Digits.TryRead(value, out long number) || number > int.MaxValue) return false;
        if (name.SequenceEqual("unsigned"u8))
        {
            if (number != 0) Keys.AllowUnsigned();
            return true;
        }

        if (name.SequenceEqual("webp"u8)) PrefersWebP = number != 0;
        else if (name.SequenceEqual("max-age"u8)) MaxAge = (int)Math.Min(number, LongestAge);
        else if (name.SequenceEqual("source-age"u8)) SourceAge = (int)Math.Min(number, LongestAge);
        else if (name.SequenceEqual("quality"u8)) Quality = (int)Math.Clamp(number, 1, 100);
        else if (name.SequenceEqual("queue"u8)) MaxQueue = (int)Math.Clamp(number, 1, MostQueued);
        else if (name.SequenceEqual("max-pixels"u8)) _limits.MaxSourcePixels = number;
        else if (name.SequenceEqual("max-result-pixels"u8)) _limits.MaxResultPixels = number;
        else if (name.SequenceEqual("max-source"u8)) _limits.MaxSourceLength = number;
        else return false;
        return true;
    }

    private bool TryReadKey(ReadOnlySpan<byte> value)
    {
        int blank = value.IndexOf((byte)' ');
        Span<byte> key = stackalloc byte[SigningKeys.MaxLength];
        Span<byte> salt = stackalloc byte[SigningKeys.MaxLength];
        return blank >= 0 && TryReadHex(value[..blank], key, out int keyLength) && TryReadHex(value[(blank + 1)..], salt, out int saltLength)
            && Keys.TryAdd(key[..keyLength], salt[..saltLength]);
    }

    private static bool TryReadHex(ReadOnlySpan<byte> text, Span<byte> destination, out int length)
    {
        length = text.Length / 2;
        if (text.Length % 2 != 0 || length > destination.Length) return false;
        for (int i = 0; i < length; i++)
        {
            int high = Ascii.HexValue(text[2 * i]);
            int low = Ascii.HexValue(text[2 * i + 1]);
            if ((high | low) < 0) return false;
            destination[i] = (byte)(high << 4 | low);
        }

        return true;
    }
}
