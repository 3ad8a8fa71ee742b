// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Http;

/// <summary>What the bytes that arrive next belong to.</summary>
internal enum InboundState : byte
{
    /// <summary>There is no connection.</summary>
    Closed,

    /// <summary>The head of a request, which is looked at once the response before it has been handed over.</summary>
    Head,

    /// <summary>The content of the current request.</summary>
    Body,

    /// <summary>Another protocol, after an upgrade.</summary>
    Raw,

    /// <summary>Nothing any more: they are thrown away, until the client has seen the end of our stream and closes (RFC 9112, 9.6).</summary>
    Linger,
}

/// <summary>
/// One connection: takes requests off the incoming stream one after the other, has them answered, and keeps the responses until they are acknowledged.
/// Requests may be pipelined; the next one is looked at once the response before it has been handed over and there is room for another.
/// The file at hand has the life of a connection; its other files have what arrives, what is sent, and the time limits.
/// </summary>
public sealed partial class HttpConnection
{
    private readonly ResponseQueue _queue;
    private HttpTransport? _transport;
    private InboundState _inbound;
    private bool _isAborted;
    private bool _isGone;
    private long _requests;

    internal HttpConnection(HttpServer server, int slot)
    {
        Server = server;
        Slot = slot;
        _queue = new ResponseQueue(server.Buffers);
        Response = new HttpResponse(this, _queue, server.Clock, slot);
    }

    /// <summary>The server it belongs to.</summary>
    public HttpServer Server { get; }

    /// <summary>Its index among the server's connections.</summary>
    public int Slot { get; }

    /// <summary>The peer's address.</summary>
    public Ipv4Address RemoteAddress => _transport is null ? default : _transport.RemoteAddress;

    /// <summary>The peer's port.</summary>
    public ushort RemotePort => _transport is null ? (ushort)0 : _transport.RemotePort;

    /// <summary>The response to the request that is being answered, or was last.</summary>
    internal HttpResponse Response { get; }

    private HttpLimits Limits => Server.Limits;

    /// <summary>The connection is open.</summary>
    public void Established(HttpTransport transport)
    {
        _transport = transport;
        _inbound = InboundState.Head;
        _isAborted = false;
        _isGone = false;
        _requests = 0;
        _scanner = default;
        _emptyLines = 0;
        _unconsumed = 0;
        _peerFinished = false;
        _offered = 0;
        _closes = false;
        _isFinished = false;
        _isStalled = false;
        ResetDeadline();
        Response.State = ResponseState.None;
        if (Server.ActiveConnections > Limits.MaxConnections && !Server.CloseSomeIdle()) Reject(RequestRejection.Overloaded, default);
        UpdateDeadline(progress: false);
    }

    /// <summary>The connection is no more.</summary>
    public void Closed()
    {
        if (_inbound == InboundState.Closed) return;
        _inbound = InboundState.Closed;
        _isGone = true;
        RequestBody? body = _body;
        _body = null;
        bool isAbandoned = Response.State is ResponseState.Pending or ResponseState.Streaming;
        body?.Aborted(Response);
        if (isAbandoned && !_isHandling) Server.Handler.Abandoned(Response);
        CloseLog();
        Response.Drop();
        _queue.Clear();
        if (_nesting == 0) Leave();
    }

    /// <summary>Closes it now where nothing is being done on it.</summary>
    internal void CloseIfIdle()
    {
        if (_inbound != InboundState.Head || !IsIdle || !_queue.IsEmpty || _scanner.IsUnderWay) return;
        BeginClose();
        UpdateDeadline(progress: false);
    }

    /// <summary>Closes it where it has been waiting for the first byte of a request, the next or the first of all, for <paramref name="time"/> nanoseconds or more.</summary>
    internal bool CloseIfIdleFor(long time)
    {
        bool waits = _timeout == TimeoutKind.Idle || _timeout == TimeoutKind.Header && _unconsumed == 0;
        if (_inbound != InboundState.Head || !waits || Server.Clock.Now - (_deadline - Limit(_timeout)) < time) return false;
        BeginClose();
        UpdateDeadline(progress: false);
        return true;
    }

    /// <summary>Cuts it off. The report of its closing may come at once or later; until then nothing is done any more.</summary>
    internal void Abort()
    {
        if (_inbound == InboundState.Closed || _isAborted) return;
        _isAborted = true;
        _inbound = InboundState.Linger;
        Server.Counters.Aborts++;
        _transport!.Abort();
    }

    /// <summary>Gives the object back, once none of its methods is running any more.</summary>
    private void Leave()
    {
        _isGone = false;
        _transport = null;
        Server.Close(this);
    }
}
