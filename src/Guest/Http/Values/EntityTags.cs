// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>Entity tags and lists of them (RFC 9110, 8.8.3, 13.1.1 and 13.1.2). A tag is given with its quotation marks: "abc" or W/"abc".</summary>
public static class EntityTags
{
    /// <summary>Whether <paramref name="text"/> is one entity tag, weak or strong.</summary>
    public static bool IsTag(ReadOnlySpan<byte> text) => text.Length > 0 && TagLength(text) == text.Length;

    /// <summary>Whether a tag is weak.</summary>
    public static bool IsWeak(ReadOnlySpan<byte> tag) => tag.StartsWith("W/"u8);

    /// <summary>The strong comparison of two tags: the same, and neither weak.</summary>
    public static bool StrongEquals(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => !IsWeak(left) && left.SequenceEqual(right);

    /// <summary>The weak comparison of two tags: the same but for W/.</summary>
    public static bool WeakEquals(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => Opaque(left).SequenceEqual(Opaque(right));

    /// <summary>Whether a list, or "*", holds <paramref name="tag"/> by the strong comparison, as If-Match asks. A malformed list holds nothing behind its flaw.</summary>
    public static bool StrongContains(ReadOnlySpan<byte> list, ReadOnlySpan<byte> tag) => Contains(list, tag, strong: true);

    /// <summary>Whether a list, or "*", holds <paramref name="tag"/> by the weak comparison, as If-None-Match asks. A malformed list holds nothing behind its flaw.</summary>
    public static bool WeakContains(ReadOnlySpan<byte> list, ReadOnlySpan<byte> tag) => Contains(list, tag, strong: false);

    private static bool Contains(ReadOnlySpan<byte> list, ReadOnlySpan<byte> tag, bool strong)
    {
        ReadOnlySpan<byte> rest = Ascii.Trim(list);
        if (rest.SequenceEqual("*"u8)) return true;
        while (rest.Length > 0)
        {
            if (rest[0] == ',' || Ascii.IsBlank(rest[0]))
            {
                rest = rest[1..];
                continue;
            }

            int length = TagLength(rest);
            if (length == 0) return false;
            ReadOnlySpan<byte> candidate = rest[..length];
            rest = rest[length..];
            if (rest.Length > 0 && rest[0] != ',' && !Ascii.IsBlank(rest[0])) return false;
            if (strong ? StrongEquals(candidate, tag) : WeakEquals(candidate, tag)) return true;
        }

        return false;
    }

    /// <summary>Bytes of the tag that <paramref name="text"/> begins with; 0 if it begins with none.</summary>
    private static int TagLength(ReadOnlySpan<byte> text)
    {
        int start = IsWeak(text) ? 2 : 0;
        if (text.Length < start + 2 || text[start] != '"') return 0;
        for (int i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '"') return i + 1;
            if (text[i] is <= 0x20 or 0x7F) return 0;
        }

        return 0;
    }

    private static ReadOnlySpan<byte> Opaque(ReadOnlySpan<byte> tag) => IsWeak(tag) ? tag[2..] : tag;
}
