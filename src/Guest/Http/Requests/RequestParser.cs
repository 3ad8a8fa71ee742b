// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>
/// Parses a complete request head, whose lines the <see cref="HeadScanner"/> has found, into a <see cref="RequestHead"/>, and checks all that RFC 9112 asks a server to check.
/// </summary>
public static class RequestParser
{
    /// <summary>Parses <paramref name="bytes"/>; <paramref name="lineEnds"/> are the offsets of the CR of each line.</summary>
    public static RequestRejection Parse(ReadOnlySpan<byte> bytes, ReadOnlySpan<ushort> lineEnds, RequestHead head)
    {
        head.Clear();
        RequestRejection rejection = ParseRequestLine(bytes[..lineEnds[0]], head);
        if (rejection != RequestRejection.None) return rejection;
        for (int i = 1; i < lineEnds.Length; i++)
        {
            rejection = ParseHeaderLine(bytes, lineEnds[i - 1] + 2, lineEnds[i], head);
            if (rejection != RequestRejection.None) return rejection;
        }

        rejection = CheckHost(bytes, head);
        if (rejection != RequestRejection.None) return rejection;
        rejection = FindFraming(bytes, head);
        if (rejection != RequestRejection.None) return rejection;
        FindPersistence(bytes, head);
        return CheckExpectation(bytes, head);
    }

    private static RequestRejection ParseRequestLine(ReadOnlySpan<byte> line, RequestHead head)
    {
        int methodLength = Ascii.TokenLength(line);
        if (methodLength == 0 || methodLength == line.Length || line[methodLength] != ' ') return RequestRejection.BadMethod;
        head.Method = HttpMethods.Find(line[..methodLength]);
        head.MethodText = new HeadSlice(0, methodLength);
        int targetStart = methodLength + 1;
        int targetLength = line[targetStart..].IndexOf((byte)' ');
        if (targetLength < 0) return RequestRejection.BadVersion;
        RequestRejection rejection = ParseVersion(line[(targetStart + targetLength + 1)..], head);
        if (rejection != RequestRejection.None) return rejection;
        head.Target = new HeadSlice(targetStart, targetLength);
        return TargetParser.Parse(line.Slice(targetStart, targetLength), targetStart, head);
    }

    private static RequestRejection ParseVersion(ReadOnlySpan<byte> text, RequestHead head)
    {
        head.Version = HttpVersion.Http11;
        if (text.SequenceEqual("HTTP/1.1"u8)) return RequestRejection.None;
        if (text.Length != 8 || !text.StartsWith("HTTP/"u8) || !Ascii.IsDigit(text[5]) || text[6] != '.' || !Ascii.IsDigit(text[7])) return RequestRejection.BadVersion;
        if (text[5] != '1') return RequestRejection.UnsupportedVersion;
        if (text[7] == '0') head.Version = HttpVersion.Http10;
        return RequestRejection.None;
    }

    /// <summary>Parses the field line from <paramref name="start"/> to its CR at <paramref name="end"/>, and adds it to the head.</summary>
    internal static RequestRejection ParseHeaderLine(ReadOnlySpan<byte> bytes, int start, int end, RequestHead head)
    {
        ReadOnlySpan<byte> line = bytes[start..end];
        int nameLength = Ascii.TokenLength(line);
        if (nameLength == 0) return Ascii.IsBlank(line[0]) ? RequestRejection.ObsoleteFolding : RequestRejection.BadHeaderName;
        if (nameLength == line.Length || line[nameLength] != ':') return RequestRejection.BadHeaderName;
        int valueStart = start + nameLength + 1;
        while (valueStart < end && Ascii.IsBlank(bytes[valueStart])) valueStart++;
        while (end > valueStart && Ascii.IsBlank(bytes[end - 1])) end--;
        head.Add(HeaderNames.Find(line[..nameLength]), new HeadSlice(start, nameLength), new HeadSlice(valueStart, end - valueStart));
        return RequestRejection.None;
    }

    /// <summary>RFC 9112, 3.2: exactly one Host in HTTP/1.1; an absolute target overrides its value.</summary>
    private static RequestRejection CheckHost(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        if (!head.Has(HeaderName.Host)) return head.Version == HttpVersion.Http11 ? RequestRejection.MissingHost : RequestRejection.None;
        HeadSlice host = head.First(HeaderName.Host);
        if (head.IsRepeated(HeaderName.Host) || !TargetParser.IsHost(host.Of(bytes), mayBeEmpty: true)) return RequestRejection.BadHost;
        if (head.Form is TargetForm.Origin or TargetForm.Asterisk) head.Host = host;
        return RequestRejection.None;
    }

    /// <summary>RFC 9112, 6.1 and 6.3, in their strictest reading: what two readers could understand differently is refused.</summary>
    private static RequestRejection FindFraming(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        if (head.Has(HeaderName.TransferEncoding))
        {
            if (head.Has(HeaderName.ContentLength) || head.Version == HttpVersion.Http10) return RequestRejection.AmbiguousFraming;
            head.Framing = BodyFraming.Chunked;
            return CheckTransferEncoding(bytes, head);
        }

        if (!head.Has(HeaderName.ContentLength)) return RequestRejection.None;
        if (head.IsRepeated(HeaderName.ContentLength)) return RequestRejection.BadContentLength;
        if (!Digits.TryRead(head.First(HeaderName.ContentLength).Of(bytes), out long length)) return RequestRejection.BadContentLength;
        head.Framing = BodyFraming.Length;
        head.ContentLength = length;
        return RequestRejection.None;
    }

    private static RequestRejection CheckTransferEncoding(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        int codings = 0;
        int chunked = 0;
        bool chunkedIsLast = false;
        HttpRequest request = new(bytes, head, null);
        for (int cursor = 0; request.NextHeader(HeaderName.TransferEncoding, ref cursor, out ReadOnlySpan<byte> value);)
        {
            ListReader list = new(value);
            while (list.TryNext(out ReadOnlySpan<byte> coding))
            {
                codings++;
                chunkedIsLast = Ascii.EqualsIgnoreCase(coding, "chunked"u8);
                if (chunkedIsLast) chunked++;
            }
        }

        if (!chunkedIsLast || chunked > 1) return RequestRejection.BadTransferEncoding;
        return codings > 1 ? RequestRejection.UnsupportedTransferEncoding : RequestRejection.None;
    }

    /// <summary>RFC 9112, 9.3.</summary>
    private static void FindPersistence(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        head.KeepAlive = head.Version == HttpVersion.Http11;
        if (!head.Has(HeaderName.Connection)) return;
        ConnectionOptions options = ConnectionOptions.None;
        HttpRequest request = new(bytes, head, null);
        for (int cursor = 0; request.NextHeader(HeaderName.Connection, ref cursor, out ReadOnlySpan<byte> value);)
        {
            options |= ConnectionOptionsReader.Read(value);
        }

        if ((options & ConnectionOptions.Close) != 0) head.KeepAlive = false;
        else if ((options & ConnectionOptions.KeepAlive) != 0) head.KeepAlive = true;
    }

    /// <summary>RFC 9110, 10.1.1. Clients of HTTP/1.0 cannot expect anything.</summary>
    private static RequestRejection CheckExpectation(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        if (!head.Has(HeaderName.Expect) || head.Version == HttpVersion.Http10) return RequestRejection.None;
        if (!Ascii.EqualsIgnoreCase(head.First(HeaderName.Expect).Of(bytes), "100-continue"u8)) return RequestRejection.UnsupportedExpectation;
        head.ExpectsContinue = head.Framing != BodyFraming.None;
        return RequestRejection.None;
    }
}
