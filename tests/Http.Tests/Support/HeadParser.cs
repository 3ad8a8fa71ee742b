// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text;

namespace Uaas.Http.Tests.Support;

/// <summary>Scanner and parser together, for a head that is all there.</summary>
internal sealed class HeadParser
{
    private readonly HttpLimits _limits;
    private readonly ushort[] _lineEnds;
    private byte[] _bytes = [];
    private int _length;

    public HeadParser(HttpLimits? limits = null)
    {
        _limits = limits ?? new HttpLimits();
        _lineEnds = new ushort[_limits.MaxHeaderCount + 1];
        Head = new RequestHead(_limits);
    }

    public RequestHead Head { get; }

    public HttpRequest Request => new(_bytes.AsSpan(0, _length), Head, null);

    public RequestRejection Parse(string text) => Parse(Encoding.Latin1.GetBytes(text));

    public RequestRejection Parse(byte[] bytes)
    {
        _bytes = bytes;
        HeadScanner scanner = default;
        HeadScanResult result = scanner.Scan(bytes, _limits, _lineEnds, out RequestRejection rejection);
        Assert.NotEqual(HeadScanResult.Incomplete, result);
        if (result == HeadScanResult.Rejected) return rejection;
        _length = scanner.Length;
        return RequestParser.Parse(bytes.AsSpan(0, _length), _lineEnds.AsSpan(0, scanner.LineCount), Head);
    }
}
