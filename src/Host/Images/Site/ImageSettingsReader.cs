// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;

namespace Uaas.Host.Images.Site;

/// <summary>
/// Reads the key <c>images</c> of a site's configuration into what the <c>img</c> service reads: lines of a name, a blank and a value
/// (<c>docs/content-format.md</c>). Keys that URLs are signed by travel this way, so that they are on no command line.
/// </summary>
internal static class ImageSettingsReader
{
    private const int MaxKeys = 8;
    private const int MaxKeyLength = 128;
    private const uint LongestAge = 31_536_000;

    /// <summary>The lines; empty where the configuration has no such key.</summary>
    internal static string Read(YamlKeys site)
    {
        if (site.Mapping("images") is not { } keys)
        {
            return "";
        }

        StringBuilder lines = new();
        int count = 0;
        foreach (YamlKeys pair in keys.Mappings("keys"))
        {
            lines.Append(CultureInfo.InvariantCulture, $"key {Hex(pair, "key", isRequired: true)} {Hex(pair, "salt", isRequired: false)}\n");
            pair.Finish();
            if (++count > MaxKeys)
            {
                keys.Errors.Add(pair.Line, $"images.keys: there are more than {MaxKeys}");
            }
        }

        Add(lines, "unsigned", Truth(keys, "unsigned"));
        Add(lines, "webp", Truth(keys, "webp"));
        Add(lines, "max-age", Number(keys, "max-age", "a time up to a year, like 1h", 0, LongestAge, Seconds));
        Add(lines, "source-age", Number(keys, "source-age", "a time up to a year, like 1m", 0, LongestAge, Seconds));
        Add(lines, "quality", Number(keys, "quality", "a number from 1 to 100", 1, 100, SiteValues.Count));
        Add(lines, "max-pixels", Number(keys, "max-pixels", "a number from 1 to 1000000000", 1, 1_000_000_000, SiteValues.Count));
        Add(lines, "max-result-pixels", Number(keys, "max-result-pixels", "a number from 1 to 268000000", 1, 268_000_000, SiteValues.Count));
        Add(lines, "max-source", Number(keys, "max-source", "a size up to 1GB, like 64MB", 1, 1 << 30, SiteValues.Bytes));
        Add(lines, "queue", Number(keys, "queue", "a number from 1 to 4096", 1, 4096, SiteValues.Count));
        keys.Finish();
        return lines.ToString();
    }

    private static void Add(StringBuilder lines, string name, uint? value)
    {
        if (value is { } number)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{name} {number}\n");
        }
    }

    private static uint? Truth(YamlKeys keys, string key) => keys.Truth(key) is { } truth ? truth ? 1u : 0u : null;

    private static uint? Number(YamlKeys keys, string key, string wanted, uint least, uint most, Func<string, uint?> parse) =>
        keys.Value<uint>(key, wanted, text => parse(text) is { } number && number >= least && number <= most ? number : null);

    private static uint? Seconds(string text) =>
        SiteValues.Duration(text) is { } age && age.TotalSeconds <= LongestAge ? (uint)age.TotalSeconds : null;

    private static string Hex(YamlKeys keys, string key, bool isRequired)
    {
        string text = keys.Text(key) ?? "";
        bool isGood = text.Length % 2 == 0 && text.Length <= 2 * MaxKeyLength && text.All(char.IsAsciiHexDigit) && (text.Length > 0 || !isRequired);
        if (!isGood)
        {
            keys.Errors.Add(keys.Line, $"images.keys: {key} has to be {(isRequired ? "1" : "0")} to {MaxKeyLength} bytes as hexadecimal digits, in quotation marks");
        }

        return text;
    }
}
