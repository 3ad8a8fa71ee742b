// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>What is sent.</summary>
public sealed partial class HttpConnection
{
    private long _offered;
    private bool _closes;
    private bool _isFinished;

    /// <summary>Writes the outgoing stream's bytes from <paramref name="offset"/> on, and returns how many were at hand.</summary>
    public int Supply(long offset, Span<byte> destination)
    {
        int supplied = _queue.Supply(offset, destination);
        if (supplied >= 0) return supplied;
        Abort();
        return 0;
    }

    /// <summary>The peer has everything below <paramref name="offset"/>.</summary>
    public void Acknowledged(long offset)
    {
        _nesting++;
        _queue.Acknowledge(offset);
        Response.Frame();
        _nesting--;
        if (!Settle()) return;
        if (Server.IsDraining) CloseIfIdle();
        UpdateDeadline(progress: true);
        if (_isStalled && IsIdle && _queue.CanBegin(Limits.MaxBufferedResponse)) _transport!.ResumeReceive();
    }

    /// <summary>The response has been handed over to its end.</summary>
    internal void ResponseSent()
    {
        if (_inbound == InboundState.Closed) return;
        Response.State = ResponseState.Sent;
        Server.Counters.CountResponse(Response.Status);
        if (!_isHandling) Server.Log?.Complete(Slot, Response.Status, Response.ContentLength);
        bool isBodyWanted = _inbound == InboundState.Body && _body is not null;
        if (Response.Closes && !isBodyWanted) BeginClose();
        if (_nesting > 0) return;
        if (!Settle()) return;
        UpdateDeadline(progress: true);
        if (_isStalled) _transport!.ResumeReceive();
    }

    /// <summary>Tells the transport of what was added to the stream, unless the end of the running call will.</summary>
    internal void OfferNew()
    {
        if (_nesting > 0 || _inbound == InboundState.Closed) return;
        Flush();
        UpdateDeadline(progress: false);
    }

    /// <summary>Bytes of a body that were not at hand are now.</summary>
    internal void ResumeSend()
    {
        if (_inbound != InboundState.Closed) _transport!.ResumeSend();
    }

    /// <summary>The <see cref="RequestBody"/> can take more.</summary>
    internal void ResumeBody()
    {
        if (_inbound != InboundState.Closed && _nesting == 0) _transport!.ResumeReceive();
    }

    /// <summary>Nothing more will be served: the stream ends after what is in it.</summary>
    private void BeginClose()
    {
        _inbound = InboundState.Linger;
        _body = null;
        _closes = true;
        if (_nesting == 0) Flush();
    }

    private void Flush()
    {
        if (_isAborted) return;
        long count = _queue.End - _offered;
        if (count > 0)
        {
            _offered = _queue.End;
            Server.Counters.BytesSent += count;
            _transport!.Offer(count);
        }

        if (!_closes || _isFinished || _inbound == InboundState.Closed) return;
        _isFinished = true;
        _transport!.Finish();
    }
}
