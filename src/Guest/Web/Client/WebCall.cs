// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Net.Tcp;

namespace Uaas.Web;

/// <summary>
/// One request to another service and its response. Add fields, <see cref="Send"/>, look at <see cref="Status"/>, read the content with
/// <see cref="MoreContent"/>. It ends with <see cref="End"/>, or with the request or job that began it; its connection is then kept for another call, if both sides want that.
/// </summary>
public sealed class WebCall
{
    private const int MaxInterim = 8;

    private readonly WebClient _client;
    private readonly CallHandler _handler;
    private readonly CallRequest _request;
    private readonly CallContent _content;
    private readonly ResponseHead _head;
    private readonly Operation _arrival = new();
    private readonly long _timeout;
    private TcpConnection? _connection;
    private CallState _state;
    private long _requestStart;
    private int _interim;
    private bool _isDialing;
    private bool _isDying;
    private bool _isFresh;
    private bool _isAnswering;

    internal WebCall(WebClient client, WebLimits limits)
    {
        _client = client;
        _handler = new CallHandler(this);
        _request = new CallRequest(limits.Http.MaxHeadSize + limits.MaxContent);
        _content = new CallContent(limits.MaxResponse / 2);
        _head = new ResponseHead(limits.Http);
        _timeout = limits.CallTimeout;
    }

    private enum CallState : byte
    {
        /// <summary>Nobody's.</summary>
        Free,

        /// <summary>The request is being written.</summary>
        Begun,

        /// <summary>The head of the response is waited for.</summary>
        Sent,

        /// <summary>The content of the response comes.</summary>
        Content,

        /// <summary>All of the response is there, or it failed.</summary>
        Done,
    }

    /// <summary>Why it failed, if it did: look when <see cref="Send"/> or <see cref="MoreContent"/> gave false.</summary>
    public CallFailure Failure { get; private set; }

    /// <summary>The status code of the response, 200 to 599.</summary>
    public int Status => _head.Status;

    /// <summary>The piece of content that <see cref="MoreContent"/> waited for.</summary>
    public ReadOnlySpan<byte> Content => _content.Current;

    /// <summary>How many field lines the response has.</summary>
    public int HeaderCount => _head.Fields.LineCount;

    /// <summary>The flow that began it.</summary>
    internal Flow? Flow { get; set; }

    /// <summary>The next call of the same flow.</summary>
    internal WebCall? NextOfFlow { get; set; }

    /// <summary>Whether it can be begun, on a connection that is open or on a new one.</summary>
    internal bool IsFree => _state == CallState.Free && !_isDialing && !_isDying;

    /// <summary>Whether it has a connection that is open.</summary>
    internal bool IsConnected => _connection is not null;

    /// <summary>Adds a field to the request. Host, Content-Length and Transfer-Encoding are the call's own.</summary>
    public void AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => _request.AddHeader(name, value);

    /// <summary>Sends the request, with this content, and waits for the head of the response; false where none came (<see cref="Failure"/>). Call it once.</summary>
    public WebWait Send(ReadOnlySpan<byte> content = default)
    {
        if (_state != CallState.Begun) return WebWait.Over(false);
        _request.Complete(content);
        if (!_request.IsGood)
        {
            Fail(CallFailure.BadRequest);
            return WebWait.Over(false);
        }

        _state = CallState.Sent;
        WebWait wait = _arrival.Begin();
        if (_connection is null) Dial();
        else Offer();
        return wait;
    }

    /// <summary>The value of the first field of the response named <paramref name="lowerName"/>, given in small letters.</summary>
    public bool TryHeader(ReadOnlySpan<byte> lowerName, out ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < HeaderCount; i++)
        {
            value = HeaderValueAt(i);
            if (Ascii.EqualsIgnoreCase(HeaderNameAt(i), lowerName)) return true;
        }

        value = default;
        return false;
    }

    /// <summary>The name of a field line of the response.</summary>
    public ReadOnlySpan<byte> HeaderNameAt(int index) => _head.Fields.Lines[index].Name.Of(_head.Bytes);

    /// <summary>The value of a field line of the response.</summary>
    public ReadOnlySpan<byte> HeaderValueAt(int index) => _head.Fields.Lines[index].Value.Of(_head.Bytes);

    /// <summary>
    /// Waits for the next piece of the response's content, which then is <see cref="Content"/>; false when there is none: all has come, unless <see cref="Failure"/> says
    /// otherwise. A piece has at most half of <see cref="WebLimits.MaxResponse"/> bytes.
    /// </summary>
    public WebWait MoreContent()
    {
        bool shows = _content.Next();
        if (_state == CallState.Content) _connection?.ResumeReceive();
        if (shows || _state != CallState.Content) return WebWait.Over(shows);
        Watch();
        return _arrival.Begin();
    }

    /// <summary>Ends the call: what has not come yet is not wanted.</summary>
    public void End()
    {
        if (_state == CallState.Free) return;
        Flow?.Remove(this);
        bool isKept = _state == CallState.Done && Failure == CallFailure.None && _head.KeepAlive && _connection is { CanOffer: true } connection
            && connection.AcknowledgedOffset == connection.Offered;
        _state = CallState.Free;
        _content.Clear();
        if (isKept) _connection!.SetTimer(long.MaxValue);
        else Drop();
    }

    internal void Begin(HttpMethod method, ReadOnlySpan<byte> target)
    {
        _state = CallState.Begun;
        Failure = CallFailure.None;
        _interim = 0;
        _isFresh = false;
        _isAnswering = false;
        _content.Clear();
        _request.Start(method, target, _client.HostField);
    }

    internal void Established(TcpConnection connection)
    {
        _isDialing = false;
        _connection = connection;
        if (_state == CallState.Sent) Offer();
        else Drop();
    }

    internal void CannotConnect(CallFailure failure)
    {
        _isDialing = false;
        if (_state == CallState.Sent) Fail(failure);
    }

    internal int Receive(ReadOnlySpan<byte> data)
    {
        int consumed = 0;
        _isAnswering = true;
        while (consumed < data.Length && _state == CallState.Sent)
        {
            int taken = ReceiveHead(data[consumed..]);
            if (taken == 0) return consumed;
            consumed += taken;
        }

        if (_state == CallState.Content && consumed < data.Length) consumed += ReceiveContent(data[consumed..]);
        if (_state is CallState.Sent or CallState.Content || consumed == data.Length) return consumed;

        // Bytes that no request of ours asked for.
        Drop();
        return data.Length;
    }

    internal int Supply(long offset, Span<byte> destination)
    {
        ReadOnlySpan<byte> rest = _request.Bytes[(int)(offset - _requestStart)..];
        int count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return count;
    }

    internal void PeerFinished()
    {
        if (_state == CallState.Content && _content.EndsWithConnection) Finish();
        if (_state is CallState.Free or CallState.Done) Drop();
        else if (!TryAgain()) Fail(CallFailure.Lost);
    }

    internal void TimerFired(TcpConnection connection)
    {
        if (_state is CallState.Sent or CallState.Content) Fail(CallFailure.TimedOut);

        // Nobody answers: it is not ours yet, and would go on trying.
        if (_connection is null) connection.Abort();
    }

    internal void Closed(TcpCloseReason reason)
    {
        _isDialing = false;
        _isDying = false;
        _connection = null;
        if (_state is not (CallState.Sent or CallState.Content) || TryAgain()) return;
        Fail(reason switch
        {
            TcpCloseReason.Refused => CallFailure.Refused,
            TcpCloseReason.TimedOut => CallFailure.TimedOut,
            _ => CallFailure.Lost,
        });
    }

    // A connection that was kept may have been closed by the other side in the moment that it was used again (RFC 9112, 9.3.1).
    private bool TryAgain()
    {
        if (_isFresh || _isAnswering || _state != CallState.Sent || !_request.IsIdempotent) return false;
        if (_connection is not null)
        {
            // Its report of having closed brings us here once more.
            Drop();
            return true;
        }

        Dial();
        return true;
    }

    private void Dial()
    {
        _isFresh = true;
        _isDialing = true;
        CallFailure failure = _client.Dial(_handler);
        if (failure == CallFailure.None) return;
        _isDialing = false;
        Fail(failure);
    }

    private void Offer()
    {
        _requestStart = _connection!.Offered;
        _connection.Offer(_request.Length);
        Watch();
    }

    /// <summary>Sets the time that the other side has.</summary>
    private void Watch() => _connection?.SetTimer(_client.Now + _timeout);

    private int ReceiveHead(ReadOnlySpan<byte> data)
    {
        HeadScanResult result = _head.Read(data, _request.IsHead, out int length);
        if (result == HeadScanResult.Incomplete) return 0;
        if (result == HeadScanResult.Rejected || _head.Status == 101 || (_head.Status < 200 && ++_interim > MaxInterim))
        {
            Fail(CallFailure.Malformed);
            return data.Length;
        }

        if (_head.Status < 200) return length;
        _state = CallState.Content;
        _connection!.SetTimer(long.MaxValue);
        _arrival.Complete(success: true);
        if (_content.Begin(_head) == ContentStep.Done) Finish();
        return length;
    }

    private int ReceiveContent(ReadOnlySpan<byte> data)
    {
        switch (_content.Take(data, out int consumed))
        {
            case ContentStep.Bad:
                Fail(CallFailure.Malformed);
                return data.Length;
            case ContentStep.Done:
                Finish();
                break;
        }

        Tell();
        return consumed;
    }

    /// <summary>All of the response is there.</summary>
    private void Finish()
    {
        _state = CallState.Done;
        _connection?.SetTimer(long.MaxValue);
        if (!_arrival.IsCompleted) Tell();
    }

    // The head is told by itself; what comes with it is shown when it is asked for.
    private void Tell()
    {
        if (_arrival.IsCompleted) return;
        bool shows = _content.Show();
        if (shows || _state == CallState.Done) _arrival.Complete(shows);
        _connection?.SetTimer(long.MaxValue);
    }

    private void Fail(CallFailure failure)
    {
        Failure = failure;
        _state = CallState.Done;
        Drop();
        _arrival.Complete(success: false);
    }

    private void Drop()
    {
        if (_connection is null || _isDying) return;
        _isDying = true;
        _connection.Abort();
    }
}
