// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Http;

namespace Uaas.Fuzz.Http;

/// <summary>
/// Request heads. What is accepted, written again in its plainest form, is understood the same; what is found lies inside the head; and a head that comes in
/// pieces ends as the whole does.
/// </summary>
internal sealed class HttpHeadTarget : IFuzzTarget
{
    private static readonly HttpLimits Limits = new() { MaxRequestLine = 300, MaxHeadSize = 2000, MaxHeaderCount = 12 };

    private readonly ushort[] _lineEnds = new ushort[Limits.MaxHeaderCount + 1];
    private readonly RequestHead _head = new(Limits);
    private readonly RequestHead _again = new(Limits);
    private readonly byte[] _copy = new byte[4000];

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        "GET /a/b%20c?d=e HTTP/1.0\r\nConnection: keep-alive, Upgrade\r\nUser-Agent: x (y)\r\n\r\n"u8.ToArray(),
        "POST http://h:80/p?q HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n"u8.ToArray(),
        "OPTIONS * HTTP/1.1\r\nHost:\r\nTransfer-Encoding: gzip, chunked\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(),
        "CONNECT a.b:443 HTTP/1.1\r\nhOsT: a.b\r\nX-Y:\tz \t\r\nIf-None-Match: \"a\", W/\"b\"\r\n\r\n"u8.ToArray(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        HeadScanner scanner = default;
        HeadScanResult result = scanner.Scan(input, Limits, _lineEnds, out RequestRejection rejection);
        CheckPieces(input, result, rejection, scanner.Length);
        if (result != HeadScanResult.Complete || scanner.LineCount == 0) return;
        ReadOnlySpan<byte> bytes = input[..scanner.Length];
        rejection = RequestParser.Parse(bytes, _lineEnds.AsSpan(0, scanner.LineCount), _head);
        HttpCheck.Holds(rejection == RequestRejection.None || (int)RequestRejections.Status(rejection) >= 400, "a rejection has its status");
        if (rejection != RequestRejection.None) return;
        HttpRequest request = new(bytes, _head, null);
        HttpCheck.Holds(!request.Target.ContainsAnyInRange((byte)0, (byte)0x20), "a target has no blanks and no control characters");
        HttpCheck.Holds(request.Version == HttpVersion.Http10 || request.Has(HeaderName.Host), "HTTP/1.1 has a Host");
        HttpCheck.Holds(_head.Framing != BodyFraming.Chunked || !request.Has(HeaderName.ContentLength), "framing has one source");
        CheckWrittenAgain(in request);
    }

    private void CheckPieces(ReadOnlySpan<byte> input, HeadScanResult expected, RequestRejection expectedRejection, int expectedLength)
    {
        HeadScanner scanner = default;
        HeadScanResult result = HeadScanResult.Incomplete;
        RequestRejection rejection = RequestRejection.None;
        for (int length = 1; length <= input.Length && result == HeadScanResult.Incomplete; length += 1 + length / 7)
        {
            result = scanner.Scan(input[..length], Limits, _lineEnds, out rejection);
        }

        if (result == HeadScanResult.Incomplete) result = scanner.Scan(input, Limits, _lineEnds, out rejection);
        HttpCheck.Holds(result == expected && rejection == expectedRejection, "pieces end as the whole");
        HttpCheck.Holds(result != HeadScanResult.Complete || scanner.Length == expectedLength, "pieces end where the whole does");
        new HeadScanner().Scan(input, Limits, _lineEnds, out _);
    }

    private void CheckWrittenAgain(in HttpRequest request)
    {
        int length = 0;
        Append(request.MethodText, ref length);
        Append(" "u8, ref length);
        Append(request.Target, ref length);
        Append(request.Version == HttpVersion.Http10 ? " HTTP/1.0\r\n"u8 : " HTTP/1.1\r\n"u8, ref length);
        for (int i = 0; i < request.HeaderCount; i++)
        {
            Append(request.HeaderNameAt(i), ref length);
            Append(":"u8, ref length);
            Append(request.HeaderValueAt(i), ref length);
            Append("\r\n"u8, ref length);
        }

        Append("\r\n"u8, ref length);
        ReadOnlySpan<byte> written = _copy.AsSpan(0, length);
        HeadScanner scanner = default;
        HttpCheck.Holds(scanner.Scan(written, Limits, _lineEnds, out _) == HeadScanResult.Complete && scanner.Length == length, "what was accepted is accepted again");
        HttpCheck.Holds(RequestParser.Parse(written, _lineEnds.AsSpan(0, scanner.LineCount), _again) == RequestRejection.None, "what was accepted is accepted again");
        HttpRequest again = new(written, _again, null);
        bool same = again.Method == request.Method && again.Host.SequenceEqual(request.Host) && again.RawPath.SequenceEqual(request.RawPath) &&
            again.Query.SequenceEqual(request.Query) && again.HeaderCount == request.HeaderCount && again.ContentLength == request.ContentLength &&
            _again.Framing == _head.Framing && _again.KeepAlive == _head.KeepAlive && _again.ExpectsContinue == _head.ExpectsContinue;
        HttpCheck.Holds(same, "what was accepted is understood the same again");
    }

    private void Append(ReadOnlySpan<byte> bytes, ref int length)
    {
        bytes.CopyTo(_copy.AsSpan(length));
        length += bytes.Length;
    }
}
