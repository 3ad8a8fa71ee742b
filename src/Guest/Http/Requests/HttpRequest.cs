// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Http;

/// <summary>
/// A request whose head has been checked: a view over its bytes in the receive buffer. It lives as long as the call that it is given to;
/// a handler that answers later copies what it still needs.
/// </summary>
public readonly ref struct HttpRequest
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly RequestHead _head;
    private readonly HttpConnection? _connection;

    internal HttpRequest(ReadOnlySpan<byte> bytes, RequestHead head, HttpConnection? connection)
    {
        _bytes = bytes;
        _head = head;
        _connection = connection;
    }

    /// <summary>What the parser found.</summary>
    public RequestHead Head => _head;

    /// <summary>The bytes of the whole head.</summary>
    internal ReadOnlySpan<byte> HeadBytes => _bytes;

    /// <summary>The method.</summary>
    public HttpMethod Method => _head.Method;

    /// <summary>The method as it was written: a token.</summary>
    public ReadOnlySpan<byte> MethodText => _head.MethodText.Of(_bytes);

    /// <summary>The version.</summary>
    public HttpVersion Version => _head.Version;

    /// <summary>The request target as it was written: no blanks, no control characters.</summary>
    public ReadOnlySpan<byte> Target => _head.Target.Of(_bytes);

    /// <summary>How the target is written.</summary>
    public TargetForm TargetForm => _head.Form;

    /// <summary>The path of the target, still percent-encoded; "/" where an absolute target has none; "*" or the authority where the form says so.</summary>
    public ReadOnlySpan<byte> RawPath => _head.Path.Length == 0 ? "/"u8 : _head.Path.Of(_bytes);

    /// <summary>The query of the target, still percent-encoded, without its question mark.</summary>
    public ReadOnlySpan<byte> Query => _head.Query.Of(_bytes);

    /// <summary>Whether the target has a query, which may be empty.</summary>
    public bool HasQuery => _head.HasQuery;

    /// <summary>The host that the request is for, with its port if it has one; from an absolute target, or else the Host field. May be empty.</summary>
    public ReadOnlySpan<byte> Host => _head.Host.Of(_bytes);

    /// <summary>Whether the request has content, though it may be of no bytes.</summary>
    public bool HasBody => _head.Framing != BodyFraming.None;

    /// <summary>Bytes of content; -1 when it is chunked and nobody knows yet.</summary>
    public long ContentLength => _head.Framing == BodyFraming.Chunked ? -1 : _head.ContentLength;

    /// <summary>The client's address: the peer of the connection, so that of a proxy where there is one.</summary>
    public Ipv4Address RemoteAddress => _connection is null ? default : _connection.RemoteAddress;

    /// <summary>The client's port.</summary>
    public ushort RemotePort => _connection is null ? (ushort)0 : _connection.RemotePort;

    /// <summary>
    /// Decodes and normalises <see cref="RawPath"/>. When the result is not <see cref="RequestPathResult.Ok"/>, the request deserves a 400.
    /// The path is lent for the call to the handler; a second call gives the same.
    /// </summary>
    public RequestPathResult ReadPath(out RequestPath path) => RequestPath.Read(RawPath, _head.PathScratch, out path);

    /// <summary>Whether a field of this name is there.</summary>
    public bool Has(HeaderName name) => _head.Has(name);

    /// <summary>Whether a field of this name is there more than once. Lists may be; a repeated field that is no list is worth nothing.</summary>
    public bool IsRepeated(HeaderName name) => _head.IsRepeated(name);

    /// <summary>The value of the first field of this name; empty if there is none.</summary>
    public ReadOnlySpan<byte> Header(HeaderName name) => _head.First(name).Of(_bytes);

    /// <summary>The value of the only field of this name. False if there is none, or several that contradict each other.</summary>
    public bool TryGetSingle(HeaderName name, out ReadOnlySpan<byte> value)
    {
        value = Header(name);
        return _head.Has(name) && !_head.IsRepeated(name);
    }

    /// <summary>
    /// Goes through the values of all fields of this name, in order. <paramref name="cursor"/> starts at 0.
    /// </summary>
    public bool NextHeader(HeaderName name, ref int cursor, out ReadOnlySpan<byte> value)
    {
        while (_head.Has(name) && cursor < _head.LineCount)
        {
            ref HeaderLine line = ref _head.Lines[cursor++];
            if (line.Known != name) continue;
            value = line.Value.Of(_bytes);
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>How many field lines there are.</summary>
    public int HeaderCount => _head.LineCount;

    /// <summary>The name of a field line as it was written: a token.</summary>
    public ReadOnlySpan<byte> HeaderNameAt(int index) => _head.Lines[index].Name.Of(_bytes);

    /// <summary>The value of a field line: no control characters but tabs, no blanks around it.</summary>
    public ReadOnlySpan<byte> HeaderValueAt(int index) => _head.Lines[index].Value.Of(_bytes);

    /// <summary>
    /// The value of the first field with the name <paramref name="lowerName"/> (in small letters), for those that <see cref="HeaderName"/> lacks.
    /// </summary>
    public bool TryFind(ReadOnlySpan<byte> lowerName, out ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < _head.LineCount; i++)
        {
            if (!Ascii.EqualsIgnoreCase(HeaderNameAt(i), lowerName)) continue;
            value = HeaderValueAt(i);
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>
    /// Has the content of this request given to <paramref name="body"/> as it arrives, after this call to the handler returns; 100 (Continue) is sent
    /// where the client waits for it. Without this the content is read and thrown away, up to <see cref="HttpLimits.MaxDiscardedBody"/>.
    /// Nothing happens where there is no content.
    /// </summary>
    public void ReceiveBody(RequestBody body)
    {
        if (HasBody && _connection is not null) _connection.AcceptBody(body);
    }
}
