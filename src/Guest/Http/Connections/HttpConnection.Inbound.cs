// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>What arrives.</summary>
public sealed partial class HttpConnection
{
    /// <summary>Empty lines before a request line that are let pass: some old clients send one after a POST.</summary>
    private const int MaxEmptyLines = 4;

    /// <summary>Bytes of chunked content, framing included, that are looked at before a request is served whose content nobody wants.</summary>
    private const int MaxCheckedContent = 16 << 10;

    private HeadScanner _scanner;
    private int _emptyLines;
    private int _unconsumed;

    /// <summary>Whether a head waits for the response before it, or for room for its own.</summary>
    private bool _isStalled;

    private bool _peerFinished;
    private bool _isHandling;

    /// <summary>How many calls from outside are running: what they bring is sent by the outermost, and the object given back no earlier.</summary>
    private int _nesting;

    private RequestBody? _body;
    private BodyFraming _framing;
    private ChunkedReader _chunks;
    private long _bodyLeft;
    private long _bodyTaken;
    private bool _expectsContinue;
    private bool _keepsAlive;

    /// <summary>Whether no response is owed.</summary>
    private bool IsIdle => Response.State is ResponseState.None or ResponseState.Sent;

    /// <summary>Bytes arrived. Returns how many are consumed; the others come again.</summary>
    public int Receive(ReadOnlySpan<byte> data)
    {
        _nesting++;
        int before = _unconsumed;
        int consumed = 0;
        bool progress = false;
        while (consumed < data.Length)
        {
            int taken = ReceiveSome(data[consumed..]);
            if (taken == 0) break;
            consumed += taken;
            progress = true;
        }

        Server.Counters.BytesReceived += Math.Max(data.Length - before, 0);
        _unconsumed = data.Length - consumed;
        _nesting--;
        if (!Settle()) return data.Length;
        UpdateDeadline(progress && _inbound == InboundState.Body);
        return consumed;
    }

    /// <summary>The peer has sent its last byte.</summary>
    public void PeerFinished()
    {
        _peerFinished = true;
        _nesting++;
        if (_inbound == InboundState.Body)
        {
            Reject(RequestRejection.Incomplete, default);
        }
        else if (_inbound == InboundState.Raw)
        {
            RequestBody? body = _body;
            _body = null;
            _inbound = InboundState.Linger;
            body?.Completed(Response);
        }

        _nesting--;
        if (Settle()) UpdateDeadline(progress: false);
    }

    /// <summary>Ends a call from outside: sends what it brought, and closes where the time has come. False if the connection is gone.</summary>
    private bool Settle()
    {
        if (_nesting > 0) return true;
        if (!_isGone && _peerFinished && _inbound == InboundState.Head && IsIdle && !_isStalled) BeginClose();
        if (!_isGone) Flush();
        if (!_isGone) return true;
        Leave();
        return false;
    }

    private int ReceiveSome(ReadOnlySpan<byte> data) => _inbound switch
    {
        InboundState.Head => ReceiveHead(data),
        InboundState.Body => ReceiveBody(data),
        InboundState.Raw => _body is null ? 0 : Math.Min(Math.Max(_body.Receive(Response, data), 0), data.Length),
        _ => data.Length,
    };

    private int ReceiveHead(ReadOnlySpan<byte> data)
    {
        _isStalled = !IsIdle || !_queue.CanBegin(Limits.MaxBufferedResponse);
        if (_isStalled) return 0;
        if (data[0] == '\r' && data.Length > 1 && data[1] == '\n') return SkipEmptyLine(data);
        bool resumed = _scanner.IsUnderWay;
        HeadScanResult result = _scanner.Scan(data, Limits, Server.LineEnds, out RequestRejection rejection);
        if (result == HeadScanResult.Incomplete) return 0;
        if (result == HeadScanResult.Rejected) return Reject(rejection, data);
        if (resumed)
        {
            // The table of lines is shared and has been used by others since: find them again.
            _scanner = default;
            _scanner.Scan(data, Limits, Server.LineEnds, out _);
        }

        int length = _scanner.Length;
        ReadOnlySpan<ushort> lineEnds = Server.LineEnds.AsSpan(0, _scanner.LineCount);
        _scanner = default;
        _emptyLines = 0;
        ReadOnlySpan<byte> head = data[..length];
        rejection = RequestParser.Parse(head, lineEnds, Server.Head);
        if (rejection == RequestRejection.None && Server.Head.ContentLength > Limits.MaxBody) rejection = RequestRejection.BodyTooLarge;
        if (rejection == RequestRejection.None && IsCheckedFirst(Server.Head) && !TryCheckChunks(data[length..], out rejection)) return 0;
        if (rejection != RequestRejection.None) return Reject(rejection, data);
        Handle(head);
        return length;
    }

    // A client that waits for 100 (Continue) sends nothing before the answer.
    private bool IsCheckedFirst(RequestHead head) => head.Framing == BodyFraming.Chunked && !Server.Handler.TakesContent && !head.ExpectsContinue;

    /// <summary>Looks for what is wrong with chunks that nobody wants. False when the last of them has yet to come.</summary>
    private static bool TryCheckChunks(ReadOnlySpan<byte> data, out RequestRejection rejection)
    {
        rejection = RequestRejection.None;
        if (data.Length > MaxCheckedContent) data = data[..MaxCheckedContent];
        bool mayWait = data.Length < MaxCheckedContent;
        ChunkedReader reader = default;
        while (true)
        {
            switch (reader.Read(data, out int consumed, out int content))
            {
                case ChunkStep.Content:
                    reader.Take(content);
                    data = data[(consumed + content)..];
                    continue;
                case ChunkStep.NeedMore:
                    return !mayWait;
                case ChunkStep.Bad:
                    rejection = RequestRejection.BadChunk;
                    return true;
                case ChunkStep.TooLarge:
                    rejection = RequestRejection.ChunkOverhead;
                    return true;
                default:
                    return true;
            }
        }
    }

    private int SkipEmptyLine(ReadOnlySpan<byte> data)
    {
        _scanner = default;
        return ++_emptyLines > MaxEmptyLines ? Reject(RequestRejection.TooManyEmptyLines, data) : 2;
    }

    private void Handle(ReadOnlySpan<byte> bytes)
    {
        RequestHead head = Server.Head;
        _requests++;
        Server.Counters.Requests++;
        bool isLast = Server.IsDraining || _requests == Limits.MaxRequestsPerConnection;
        _keepsAlive = head.KeepAlive && !isLast;
        _expectsContinue = head.ExpectsContinue;
        _framing = head.Framing;
        _bodyLeft = head.ContentLength;
        _bodyTaken = 0;
        _body = null;
        _chunks = default;
        if (_framing == BodyFraming.Length && _bodyLeft == 0) _expectsContinue = false;
        if (_framing != BodyFraming.None) _inbound = InboundState.Body;

        // Until a handler asks for the content: whoever waits for 100 (Continue) may send it or not, and nobody wants to read very much of it in vain.
        bool closes = !_keepsAlive || _expectsContinue || _bodyLeft > Limits.MaxDiscardedBody;
        Response.Reset(head.Method == HttpMethod.Head, head.Version, closes);
        HttpRequest request = new(bytes, head, this);
        _isHandling = true;
        Server.Handler.Handle(in request, Response);
        _isHandling = false;
        if (_isGone) return;
        LogRequest(in request);
        if (_inbound == InboundState.Body && _framing == BodyFraming.Length && _bodyLeft == 0) CompleteBody();
    }

    /// <summary>The current request's content is wanted.</summary>
    internal void AcceptBody(RequestBody body)
    {
        if (!_isHandling || _inbound != InboundState.Body) return;
        _body = body;
        if (Response.State != ResponseState.Pending) return;
        Response.SetCloses(!_keepsAlive);
        if (!_expectsContinue) return;
        _expectsContinue = false;
        _queue.AddContinue();
    }

    /// <summary>From now on all that arrives goes to <paramref name="incoming"/>.</summary>
    internal void Takeover(RequestBody incoming)
    {
        _body = incoming;
        _inbound = InboundState.Raw;
    }

    private int ReceiveBody(ReadOnlySpan<byte> data)
    {
        if (_framing == BodyFraming.Chunked) return ReceiveChunks(data);
        int taken = TakeContent(data[..(int)Math.Min(_bodyLeft, data.Length)]);
        _bodyLeft -= taken;
        if (_bodyLeft == 0) CompleteBody();
        return taken;
    }

    private int ReceiveChunks(ReadOnlySpan<byte> data)
    {
        switch (_chunks.Read(data, out int consumed, out int content))
        {
            case ChunkStep.Content:
                if (_bodyTaken + content > Limits.MaxBody) return Reject(RequestRejection.BodyTooLarge, data);
                int taken = TakeContent(data.Slice(consumed, content));
                _chunks.Take(taken);
                return _inbound == InboundState.Linger ? data.Length : consumed + taken;
            case ChunkStep.Done:
                CompleteBody();
                return consumed;
            case ChunkStep.Bad:
                return Reject(RequestRejection.BadChunk, data);
            case ChunkStep.TooLarge:
                return Reject(RequestRejection.ChunkOverhead, data);
            default:
                return consumed;
        }
    }

    /// <summary>Gives content to whoever wants it, or throws it away while that is cheaper than a new connection.</summary>
    private int TakeContent(ReadOnlySpan<byte> content)
    {
        int taken = content.Length;
        if (_body is not null) taken = Math.Min(Math.Max(_body.Receive(Response, content), 0), taken);
        _bodyTaken += taken;
        if (_body is null && _bodyTaken > Limits.MaxDiscardedBody && _inbound == InboundState.Body) GiveUpBody();
        return taken;
    }

    /// <summary>There is more content than is worth throwing away: nothing behind it will be served.</summary>
    private void GiveUpBody()
    {
        _inbound = InboundState.Linger;
        if (Response.State == ResponseState.Sent) BeginClose();
        else Response.CloseAfter();
    }

    private void CompleteBody()
    {
        if (_inbound != InboundState.Body) return;
        RequestBody? body = _body;
        _body = null;
        _inbound = InboundState.Head;
        body?.Completed(Response);
        if (_inbound == InboundState.Head && Response.State == ResponseState.Sent && Response.Closes) BeginClose();
    }

    /// <summary>Answers a request that is not to be served, and closes. All that arrived is thrown away.</summary>
    private int Reject(RequestRejection rejection, ReadOnlySpan<byte> data)
    {
        RequestBody? body = _body;
        _body = null;
        bool isAnswered = Response.State is ResponseState.Streaming || _inbound == InboundState.Body && Response.State == ResponseState.Sent;
        bool wasPending = Response.State == ResponseState.Pending;
        _inbound = InboundState.Linger;
        Server.Counters.RejectedRequests++;
        if (rejection == RequestRejection.TimedOut) Server.Counters.Timeouts++;
        if (rejection == RequestRejection.Overloaded) Server.Counters.OverloadedConnections++;
        body?.Aborted(Response);
        if (wasPending) Server.Handler.Abandoned(Response);
        if (_isGone) return data.Length;
        if (isAnswered)
        {
            if (Response.State == ResponseState.Sent) BeginClose();
            else Abort();
            return data.Length;
        }

        Response.Reject(RequestRejections.Status(rejection));
        LogRejected(data);
        return data.Length;
    }
}
