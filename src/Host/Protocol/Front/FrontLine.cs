// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using System.Text;

namespace Uaas.Protocol.Front;

/// <summary>One line of the front protocol (docs/front-protocol.md): a kind, and words of the form key=value. Checked when it is read.</summary>
public sealed class FrontLine
{
    /// <summary>The longest line in bytes, with its end.</summary>
    public const int MaxLength = 4096;

    /// <summary>The version of the protocol.</summary>
    public const int Version = 1;

    private readonly Dictionary<string, string> _values;

    private FrontLine(string kind, Dictionary<string, string> values)
    {
        Kind = kind;
        _values = values;
    }

    /// <summary>The first word.</summary>
    public string Kind { get; }

    /// <summary>Reads a line without its end.</summary>
    /// <exception cref="FormatException">It is not of the protocol's form.</exception>
    public static FrontLine Parse(ReadOnlySpan<byte> line)
    {
        string text = Encoding.UTF8.GetString(line);
        string[] words = text.Split(' ');
        var values = new Dictionary<string, string>(words.Length - 1, StringComparer.Ordinal);
        foreach (string word in words.AsSpan(1))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? word : word[..equals];
            if (key.Length == 0 || !values.TryAdd(key, equals < 0 ? "" : Decode(word[(equals + 1)..])))
                throw new FormatException($"'{word}' is not key=value, or the key is there twice");
        }
        return words[0].Length == 0 ? throw new FormatException("a line without a kind") : new FrontLine(words[0], values);
    }

    /// <summary>A value that the kind requires.</summary>
    /// <exception cref="FormatException">It is not there.</exception>
    public string Text(string key) => _values.TryGetValue(key, out string? value) ? value : throw new FormatException($"{Kind} lacks {key}=");

    /// <summary>A value that may be left out.</summary>
    public string? OptionalText(string key) => _values.GetValueOrDefault(key);

    /// <summary>A number from 0 that the kind requires.</summary>
    /// <exception cref="FormatException">It is not there, or no such number.</exception>
    public long Number(string key) =>
        long.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : throw new FormatException($"{Kind}: {key}={Text(key)} is no number");

    /// <summary>The same, within the numbers that count things.</summary>
    /// <exception cref="FormatException">It is not there, or no such number.</exception>
    public int Count(string key) => Number(key) is <= int.MaxValue and var value ? (int)value : throw new FormatException($"{Kind}: {key} is too large");

    /// <summary>An address with a port that the kind requires.</summary>
    /// <exception cref="FormatException">It is not there, or no such address.</exception>
    public IPEndPoint Address(string key) => IPEndPoint.TryParse(Text(key), out IPEndPoint? value) ? value : throw new FormatException($"{Kind}: {key}={Text(key)} is no address");

    /// <summary>A line with its end.</summary>
    /// <param name="kind">Its first word.</param>
    /// <param name="values">Its other words.</param>
    public static byte[] Write(string kind, params ReadOnlySpan<(string Key, object Value)> values)
    {
        var text = new StringBuilder(kind);
        foreach ((string key, object value) in values)
            text.Append(' ').Append(key).Append('=').Append(Encode(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    private static string Encode(string value)
    {
        if (value.AsSpan().IndexOfAnyInRange('\0', ' ') < 0 && !value.Contains('%', StringComparison.Ordinal) && !value.Contains('\x7f', StringComparison.Ordinal))
            return value;
        var result = new StringBuilder();
        foreach (char character in value)
            _ = character is <= ' ' or '%' or '\x7f' ? result.Append(CultureInfo.InvariantCulture, $"%{(int)character:X2}") : result.Append(character);
        return result.ToString();
    }

    private static string Decode(string value) => value.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(value) : value;
}
