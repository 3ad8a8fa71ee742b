// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.Linq;
using System.Net;

namespace Uaas.Configuration.Reading;

/// <summary>Reads the small values of a configuration. Null: it is none.</summary>
internal static class Values
{
    internal const string DurationForm = "a time like 500ms, 30s, 5m, 12h or 7d";
    internal const string BytesForm = "a size like 32MiB or 1GiB";

    private const int MaxLabel = 63;
    private const int MaxHost = 253;
    private const int MaxPath = 1024;

    /// <summary>"500ms", "30s", "5m", "12h", "7d"; at most ten years.</summary>
    internal static TimeSpan? Duration(string text)
    {
        const int maxDays = 3650;
        if (Split(text) is not ({ } number, { } unit))
            return null;
        double seconds = unit switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, "d" => 86_400, _ => double.NaN };
        return number * seconds <= maxDays * 86_400.0 ? TimeSpan.FromMilliseconds(Math.Round(number * seconds * 1000)) : null;
    }

    /// <summary>"4096", "16KiB", "32MiB", "1GiB", "2TiB".</summary>
    internal static long? Bytes(string text)
    {
        if (Split(text) is not ({ } number, { } unit))
            return null;
        int shift = unit switch { "" or "B" => 0, "KiB" => 10, "MiB" => 20, "GiB" => 30, "TiB" => 40, _ => -1 };
        return shift >= 0 && number <= (1L << 50) >> shift ? number << shift : null;
    }

    /// <summary>Cores: "2", "0.5", or thousandths of one: "250m".</summary>
    internal static int? Millicores(string text)
    {
        const int maxCores = 1024;
        bool isThousandths = text.EndsWith('m');
        if (!decimal.TryParse(isThousandths ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) || number > maxCores * 1000)
            return null;
        decimal millicores = isThousandths ? number : number * 1000;
        return millicores == Math.Floor(millicores) && millicores is >= 1 and <= maxCores * 1000 ? (int)millicores : null;
    }

    internal static int? Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    internal static int? Port(string text) => Count(text) is >= 1 and <= 65_535 and { } port ? port : null;

    /// <summary>Whether a text is a DNS label (RFC 1123, section 2.1) in lower case.</summary>
    internal static bool IsName(string text) =>
        text.Length is >= 1 and <= MaxLabel && text[0] != '-' && text[^1] != '-' && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>Whether a text can name a variable of an environment.</summary>
    internal static bool IsVariable(string text) =>
        text.Length is >= 1 and <= 128 && !char.IsAsciiDigit(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>Whether a text can be one word of a guest's command line.</summary>
    internal static bool IsWord(string text) => text.Length is >= 1 and <= 1024 && text.All(static c => c is > ' ' and <= '~');

    /// <summary>A host name in lower case, possibly with '*' for its first label; null when it is none.</summary>
    internal static string? Host(string text)
    {
        string host = text.ToLowerInvariant();
        string rest = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        return rest.Length is >= 1 and <= MaxHost && rest.Split('.').All(IsName) ? host : null;
    }

    /// <summary>A prefix of paths without the slash at its end; null when it is none.</summary>
    internal static string? RoutePath(string text)
    {
        bool isPath = text.Length is >= 1 and <= MaxPath && text[0] == '/' && text.All(static c => c is > ' ' and <= '~' && !"*?#{}\\%\"<>|^`".Contains(c, StringComparison.Ordinal));
        if (!isPath || text.Contains("//", StringComparison.Ordinal) || text.Split('/').Any(static segment => segment is "." or ".."))
            return null;
        return text.Length > 1 ? text.TrimEnd('/') : text;
    }

    /// <summary>"10.0.0.0/8", "10.1.2.3", either with ":443"; "any" is everywhere.</summary>
    internal static EgressRule? Egress(string text)
    {
        if (text == "any")
            return new EgressRule("0.0.0.0/0", null);
        string[] halves = text.Split(':');
        int? port = halves.Length == 2 ? Port(halves[1]) : null;
        if (halves.Length > 2 || (halves.Length == 2 && port is null))
            return null;
        string[] parts = halves[0].Split('/');
        int? length = parts.Length == 2 ? Count(parts[1]) : 32;
        if (parts.Length > 2 || length is not (>= 0 and <= 32) || parts[0].Split('.').Length != 4 || !IPAddress.TryParse(parts[0], out IPAddress? address))
            return null;
        uint bits = (uint)IPAddress.NetworkToHostOrder(BitConverter.ToInt32(address.GetAddressBytes()));
        uint mask = length == 0 ? 0 : uint.MaxValue << (32 - length.Value);
        uint network = bits & mask;
        return new EgressRule($"{network >> 24}.{(network >> 16) & 255}.{(network >> 8) & 255}.{network & 255}/{length}", port);
    }

    /// <summary>Digits and what follows them.</summary>
    private static (long? Number, string? Unit) Split(string text)
    {
        int digits = text.TakeWhile(char.IsAsciiDigit).Count();
        return long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && digits <= 15 ? (number, text[digits..].Trim()) : (null, null);
    }
}
