// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Wire;

namespace Uaas.Web;

/// <summary>
/// A request to a route. Its head has been checked (RFC 9112); its path is decoded and normal. All that it gives is lent until the handler's task is done. Spans
/// cannot be kept across an <c>await</c>: ask for them again behind it.
/// </summary>
public sealed class WebRequest
{
    private readonly WebExchange _exchange;
    private readonly IncomingContent _content;
    private readonly RequestHead _head;
    private readonly byte[] _bytes;
    private readonly byte[] _path;
    private readonly TextSlice[] _values = new TextSlice[RoutePattern.MaxParameters];
    private readonly FormFields _query = new();
    private readonly FormFields _form = new();
    private readonly int _maxContent;
    private int _length;
    private int _pathLength;
    private Route? _route;

    internal WebRequest(WebExchange exchange, IncomingContent content, WebLimits limits)
    {
        _exchange = exchange;
        _content = content;
        _head = new RequestHead(limits.Http);
        _bytes = new byte[limits.Http.MaxHeadSize];
        _path = new byte[limits.Http.MaxRequestLine];
        _maxContent = limits.MaxContent;
        _query.Reserve(limits.Http.MaxRequestLine);
    }

    /// <summary>The method.</summary>
    public HttpMethod Method => _head.Method;

    /// <summary>The path: percent-decoded once, without empty and dot segments, beginning with a slash.</summary>
    public ReadOnlySpan<byte> Path => _path.AsSpan(0, _pathLength);

    /// <summary>The request target as the client wrote it, with path and query still encoded.</summary>
    public ReadOnlySpan<byte> Target => Head.Target;

    /// <summary>The query as the client wrote it, without its question mark; empty if there is none.</summary>
    public ReadOnlySpan<byte> RawQuery => Head.Query;

    /// <summary>The host that the request is for, with its port if it has one.</summary>
    public ReadOnlySpan<byte> Host => Head.Host;

    /// <summary>The address that the connection comes from: a proxy's, where there is one.</summary>
    public Ipv4Address RemoteAddress { get; private set; }

    /// <summary>How many field lines the head has.</summary>
    public int HeaderCount => _head.LineCount;

    /// <summary>
    /// The content: all of it; or, for a route that streams, the piece that <see cref="MoreContent"/> waited for. Empty where there is none.
    /// </summary>
    public ReadOnlySpan<byte> Content => _content.Current;

    /// <summary>Whether all of the content has come.</summary>
    public bool IsContentComplete => _content.IsComplete;

    /// <summary>Bytes that the code of this request can still `new` (<see cref="WebLimits.RequestMemory"/>).</summary>
    public long AvailableMemory => _exchange.AvailableMemory;

    private HttpRequest Head => new(_bytes.AsSpan(0, _length), _head, null);

    /// <summary>What a parameter of the route's pattern stands for: "42" for "id" where "/items/{id}" took /items/42. Empty if the pattern has none of that name.</summary>
    public ReadOnlySpan<byte> Route(ReadOnlySpan<byte> name)
    {
        int index = _route is null ? -1 : _route.Pattern.Find(name);
        return index < 0 ? default : _values[index].Of(Path);
    }

    /// <summary>The value of the first query field of that name, decoded (WHATWG URL, 5.1). Fields behind the thirty-second are not seen.</summary>
    public bool TryQuery(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value) => _query.TryFind(RawQuery, name, out value);

    /// <summary>The value of the first field of that name of form content (application/x-www-form-urlencoded), decoded; for routes that take content whole.</summary>
    public bool TryForm(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        _form.Reserve(_maxContent);
        return _form.TryFind(_content.Current, name, out value);
    }

    /// <summary>The value of the first field of this name; empty if there is none.</summary>
    public ReadOnlySpan<byte> Header(HeaderName name) => Head.Header(name);

    /// <summary>The value of the first field named <paramref name="lowerName"/>, given in small letters.</summary>
    public bool TryHeader(ReadOnlySpan<byte> lowerName, out ReadOnlySpan<byte> value) => Head.TryFind(lowerName, out value);

    /// <summary>The name of a field line, as the client wrote it.</summary>
    public ReadOnlySpan<byte> HeaderNameAt(int index) => Head.HeaderNameAt(index);

    /// <summary>The value of a field line.</summary>
    public ReadOnlySpan<byte> HeaderValueAt(int index) => Head.HeaderValueAt(index);

    /// <summary>
    /// For a route that streams: waits for the next piece of content, which then is <see cref="Content"/>; false when there is none, because all has come, or the
    /// client is gone: <see cref="IsContentComplete"/> tells which. A piece has at most half of <see cref="WebLimits.MaxResponse"/> bytes, so it fits a stream that was flushed.
    /// </summary>
    public WebWait MoreContent() => _content.Next();

    /// <summary>Keeps what the handler may ask for; the originals are lent for the call alone.</summary>
    internal void Take(in HttpRequest request, in RequestPath path, Route route, ReadOnlySpan<TextSlice> values)
    {
        _head.CopyFrom(request.Head);
        request.HeadBytes.CopyTo(_bytes);
        _length = request.HeadBytes.Length;
        path.Bytes.CopyTo(_path);
        _pathLength = path.Bytes.Length;
        values.CopyTo(_values);
        RemoteAddress = request.RemoteAddress;
        _route = route;
        _query.Clear();
        _form.Clear();
    }

    /// <summary>Has the route's handler answer.</summary>
    internal WebTask Handle(WebResponse response) => _route!.Handler(this, response);
}
