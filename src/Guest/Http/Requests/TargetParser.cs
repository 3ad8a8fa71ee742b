// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>
/// Takes a request target apart (RFC 9112, 3.2). Bytes above 0x7F and the few visible marks that RFC 3986 leaves out are let through, as other servers do;
/// a fragment is not.
/// </summary>
internal static class TargetParser
{
    /// <summary>Parses a target that begins at <paramref name="offset"/> of the head.</summary>
    public static RequestRejection Parse(ReadOnlySpan<byte> target, int offset, RequestHead head)
    {
        if (head.Method == HttpMethod.Connect)
        {
            head.Form = TargetForm.Authority;
            head.Path = head.Target;
            return IsHost(target, mayBeEmpty: false) ? RequestRejection.UnsupportedMethod : RequestRejection.BadTarget;
        }

        if (target.Length > 0 && target[0] == '/')
        {
            head.Form = TargetForm.Origin;
            return ParsePath(target, offset, head);
        }

        if (target.SequenceEqual("*"u8))
        {
            head.Form = TargetForm.Asterisk;
            head.Path = head.Target;
            return head.Method == HttpMethod.Options ? RequestRejection.None : RequestRejection.BadTarget;
        }

        head.Form = TargetForm.Absolute;
        return ParseAbsolute(target, offset, head);
    }

    /// <summary>"http://host:port/path?query".</summary>
    private static RequestRejection ParseAbsolute(ReadOnlySpan<byte> target, int offset, RequestHead head)
    {
        int schemeLength = target.IndexOf("://"u8);
        if (schemeLength < 0 || !IsScheme(target[..schemeLength])) return RequestRejection.BadTarget;
        int hostStart = schemeLength + 3;
        int hostEnd = hostStart;
        while (hostEnd < target.Length && target[hostEnd] != '/' && target[hostEnd] != '?') hostEnd++;
        if (!IsHost(target[hostStart..hostEnd], mayBeEmpty: false)) return RequestRejection.BadTarget;
        head.Host = new HeadSlice(offset + hostStart, hostEnd - hostStart);
        return ParsePath(target[hostEnd..], offset + hostEnd, head);
    }

    private static bool IsScheme(ReadOnlySpan<byte> scheme) => Ascii.EqualsIgnoreCase(scheme, "http"u8) || Ascii.EqualsIgnoreCase(scheme, "https"u8);

    private static RequestRejection ParsePath(ReadOnlySpan<byte> text, int offset, RequestHead head)
    {
        int pathLength = text.Length;
        for (int i = 0; i < text.Length; i++)
        {
            byte value = text[i];
            if (value > '?') continue;
            if (value is (byte)'#' or (byte)'\t') return RequestRejection.BadTarget;
            if (value == '?' && pathLength == text.Length && !head.HasQuery)
            {
                pathLength = i;
                head.HasQuery = true;
                head.Query = new HeadSlice(offset + i + 1, text.Length - i - 1);
            }
        }

        head.Path = new HeadSlice(offset, pathLength);
        return RequestRejection.None;
    }

    /// <summary>Whether <paramref name="text"/> is a host with or without a port (RFC 3986, 3.2.2 and 3.2.3), and no user information.</summary>
    public static bool IsHost(ReadOnlySpan<byte> text, bool mayBeEmpty)
    {
        int end = 0;
        if (text.Length > 0 && text[0] == '[')
        {
            end = text.IndexOf((byte)']') + 1;
            if (end < 4) return false;
            for (int i = 1; i < end - 1; i++)
            {
                if (Ascii.HexValue(text[i]) < 0 && text[i] is not ((byte)':' or (byte)'.')) return false;
            }
        }
        else
        {
            while (end < text.Length && IsNameCharacter(text[end])) end++;
            if (end == 0 && !(mayBeEmpty && text.Length == 0)) return false;
        }

        if (end == text.Length) return true;
        if (text[end] != ':' || text.Length - end > 6) return false;
        for (int i = end + 1; i < text.Length; i++)
        {
            if (!Ascii.IsDigit(text[i])) return false;
        }

        return true;
    }

    /// <summary>Whether a byte may stand in a registered name: unreserved, sub-delims, or a percent sign.</summary>
    private static bool IsNameCharacter(byte value) =>
        Ascii.IsDigit(value) || (uint)((value | 0x20) - 'a') <= 25 ||
        value is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~' or (byte)'%' or (byte)'!' or (byte)'$' or (byte)'&' or (byte)'\'' or (byte)'(' or (byte)')'
            or (byte)'*' or (byte)'+' or (byte)',' or (byte)';' or (byte)'=';
}
