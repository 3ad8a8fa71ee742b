// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Uaas.Host.Images.Site;

/// <summary>Reads the small values of a configuration. Null: it is none.</summary>
internal static class SiteValues
{
    /// <summary>"500ms", "30s", "5m", "12h", "30d", "1y" (of 365 days).</summary>
    internal static TimeSpan? Duration(string text)
    {
        int digits = LeadingDigits(text);
        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > 100_000_000)
        {
            return null;
        }

        return text[digits..].Trim() switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            "d" when number <= 365_000 => TimeSpan.FromDays(number),
            "y" when number <= 1000 => TimeSpan.FromDays(365 * number),
            _ => null,
        };
    }

    /// <summary>A time that a server waits: 1 ms to 24 days, in milliseconds.</summary>
    internal static uint? Timeout(string text) =>
        Duration(text) is { } duration && duration.TotalMilliseconds is >= 1 and <= int.MaxValue ? (uint)duration.TotalMilliseconds : null;

    /// <summary>"4096", "16KiB", "1MiB", "1GiB".</summary>
    internal static uint? Bytes(string text)
    {
        int digits = LeadingDigits(text);
        if (!uint.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
        {
            return null;
        }

        ulong? bytes = text[digits..].Trim() switch
        {
            "" or "B" => number,
            "KiB" => (ulong)number << 10,
            "MiB" => (ulong)number << 20,
            "GiB" => (ulong)number << 30,
            _ => null,
        };
        return bytes is >= 1 and <= int.MaxValue ? (uint)bytes : null;
    }

    internal static uint? Count(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number is >= 1 and <= int.MaxValue ? number : null;

    /// <summary>Whether text may be the value of a field: visible ASCII with blanks between.</summary>
    internal static bool IsFieldValue(string text) => text.All(static c => c is >= ' ' and <= '~') && text.Trim() == text;

    /// <summary>Whether text may be the name of a field (RFC 9110, section 5.6.2).</summary>
    internal static bool IsToken(string text) =>
        text.Length != 0 && text.All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));

    /// <summary>Whether text may be a media type with its parameters.</summary>
    internal static bool IsMediaType(string text)
    {
        string[] halves = text.Split(';')[0].TrimEnd().Split('/');
        return halves.Length == 2 && IsToken(halves[0]) && IsToken(halves[1]) && IsFieldValue(text) && text.Length <= Content.ContentFormat.MaxMediaTypeLength - 20;
    }

    /// <summary>Whether text is an origin as browsers send it: scheme, host and port alone.</summary>
    internal static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && text == uri.GetLeftPart(UriPartial.Authority);

    private static int LeadingDigits(string text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
        {
            digits++;
        }

        return digits;
    }
}
