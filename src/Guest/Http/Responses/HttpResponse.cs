// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>How far a response has come.</summary>
public enum ResponseState : byte
{
    /// <summary>There is no request.</summary>
    None,

    /// <summary>The handler has yet to send it.</summary>
    Pending,

    /// <summary>The head is on its way, content follows by <see cref="HttpResponse.Produced"/>.</summary>
    Streaming,

    /// <summary>All of it has been handed over.</summary>
    Sent,
}

/// <summary>
/// The response to one request. In order: <see cref="Start"/>, any fields, then one of the sending calls, of which each completes the head and begins
/// the content. Date, Content-Length, Transfer-Encoding and Connection are written by the server. A response that has been sent, or whose connection
/// is gone, takes no more: what is given to it then is released at once.
/// </summary>
public sealed class HttpResponse
{
    private readonly HttpConnection _connection;
    private readonly ResponseQueue _queue;
    private readonly HttpClock _clock;
    private byte[] _buffer = [];
    private int _headStart;
    private int _position;
    private int _limit;
    private bool _overflowed;
    private bool _chunked;
    private bool _ending;
    private ResponseBody? _stream;
    private long _framed;

    internal HttpResponse(HttpConnection connection, ResponseQueue queue, HttpClock clock, int slot)
    {
        _connection = connection;
        _queue = queue;
        _clock = clock;
        Slot = slot;
    }

    /// <summary>Which of the server's connections this belongs to, from 0 up to all limits of connections together: an index for a handler's own tables.</summary>
    public int Slot { get; }

    /// <summary>How far it has come.</summary>
    public ResponseState State { get; internal set; }

    /// <summary>The status it was last started with.</summary>
    public HttpStatus Status { get; private set; }

    /// <summary>Whether the request was HEAD, so that content is described but not sent. The sending calls see to that themselves.</summary>
    public bool IsHead { get; internal set; }

    /// <summary>The version of the request.</summary>
    public HttpVersion Version { get; internal set; }

    /// <summary>Bytes of content produced for a stream so far.</summary>
    public long ProducedLength { get; private set; }

    /// <summary>Bytes of content handed over: for the log and the counters.</summary>
    internal long ContentLength { get; private set; }

    /// <summary>Whether the connection closes after this response.</summary>
    public bool Closes { get; private set; }

    /// <summary>Makes the object ready for the next request.</summary>
    internal void Reset(bool isHead, HttpVersion version, bool closes)
    {
        State = ResponseState.Pending;
        IsHead = isHead;
        Version = version;
        Closes = closes;
        ContentLength = 0;
        ProducedLength = 0;
        _framed = 0;
        _limit = 0;
        _position = 0;
        _overflowed = false;
        _chunked = false;
    }

    /// <summary>Closes the connection after this response. Call it before sending.</summary>
    public void CloseAfter() => Closes = true;

    /// <summary>Sets what <see cref="Closes"/> is to be as far as the request is concerned.</summary>
    internal void SetCloses(bool closes) => Closes = closes;

    /// <summary>Begins the head: status line and Date. A second call before sending begins anew.</summary>
    public void Start(HttpStatus status)
    {
        if (State != ResponseState.Pending) return;
        if (_limit == 0)
        {
            _headStart = _queue.Reserve(out _limit);
            _buffer = _queue.Buffer;
        }

        Status = status;
        _position = _headStart;
        _overflowed = false;
        Append(HttpStatuses.Line(status));
        Append(_clock.DateLine);
    }

    /// <summary>
    /// Adds a field. The name is a token; a value with a control character is not sent: the client is given a 500, for somebody is splitting responses.
    /// </summary>
    public void AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Append(name);
        Append(": "u8);
        Append(value);
        Append("\r\n"u8);
        if (HeadScanner.FindControl(value) < value.Length) _overflowed = true;
    }

    /// <summary>Adds a field whose value is a number of 0 or more.</summary>
    public void AddHeader(ReadOnlySpan<byte> name, long value)
    {
        Append(name);
        Append(": "u8);
        AppendNumber(value);
        Append("\r\n"u8);
    }

    /// <summary>Adds whole field lines, each with its CRLF, made up beforehand from trusted text: the quickest way.</summary>
    public void AddLines(ReadOnlySpan<byte> lines) => Append(lines);

    /// <summary>Sends small content, copied into the response buffer: with the head at most <see cref="HttpLimits.MaxBufferedResponse"/> bytes.</summary>
    public void Send(ReadOnlySpan<byte> content)
    {
        if (State != ResponseState.Pending) return;
        CompleteHead(content.Length);
        if (!IsHead && !HttpStatuses.ForbidsContent(Status))
        {
            Append(content);
            ContentLength = content.Length;
        }

        if (CommitHead()) _connection.ResponseSent();
    }

    /// <summary>Sends no content: "Content-Length: 0", but nothing of the kind for 204 and 304.</summary>
    public void SendEmpty() => Send(ReadOnlySpan<byte>.Empty);

    /// <summary>Answers with nothing but a status and its name as text.</summary>
    public void SendStatus(HttpStatus status)
    {
        Start(status);
        SendPhrase();
    }

    /// <summary>Completes a head begun by <see cref="Start"/> with the name of the status as text, which is all that there is to say.</summary>
    public void SendPhrase()
    {
        if (HttpStatuses.ForbidsContent(Status))
        {
            SendEmpty();
            return;
        }

        Append("Content-Type: text/plain\r\n"u8);
        Send(HttpStatuses.PhraseLine(Status));
    }

    /// <summary>Answers a method that is not allowed (405 with Allow), or that nobody knows (501). <paramref name="allowed"/> is "GET, HEAD" and the like.</summary>
    public void RefuseMethod(in HttpRequest request, ReadOnlySpan<byte> allowed)
    {
        if (request.Method == HttpMethod.Unknown)
        {
            SendStatus(HttpStatus.NotImplemented);
            return;
        }

        Start(HttpStatus.MethodNotAllowed);
        AddHeader("Allow"u8, allowed);
        SendPhrase();
    }

    /// <summary>Answers a rejected request, whatever became of the response that was to be.</summary>
    internal void Reject(HttpStatus status)
    {
        Drop();
        Reset(isHead: false, HttpVersion.Http11, closes: true);
        Start(status);
        if (status == HttpStatus.ServiceUnavailable) Append("Retry-After: 1\r\n"u8);
        SendPhrase();
    }

    /// <summary>Sends all of a body of known length. It is released when the client has it, or at once where none is due (HEAD).</summary>
    public void Send(ResponseBody body) => Send(body, 0, body.Length);

    /// <summary>Sends <paramref name="count"/> bytes of a body from <paramref name="offset"/> on.</summary>
    public void Send(ResponseBody body, long offset, long count)
    {
        if (State != ResponseState.Pending)
        {
            body.Release();
            return;
        }

        CompleteHead(count);
        bool wanted = CommitHead();
        if (!wanted || IsHead || count == 0 || HttpStatuses.ForbidsContent(Status))
        {
            body.Release();
        }
        else
        {
            _queue.AddBody(body, offset, count, endsBody: true);
            ContentLength = count;
        }

        if (wanted) _connection.ResponseSent();
    }

    /// <summary>
    /// Begins content whose length is not known: chunked, or ended by closing the connection for a client of HTTP/1.0. Call <see cref="Produced"/> as it comes to
    /// be and <see cref="End"/> at its end. For HEAD all is done with this call, and the body released: look at <see cref="State"/>.
    /// </summary>
    /// <param name="body">The content.</param>
    /// <param name="isDelimited">False to have it ended by closing for every client: for those that do not expect chunks in a stream without an end.</param>
    public void Stream(ResponseBody body, bool isDelimited = true)
    {
        if (State != ResponseState.Pending)
        {
            body.Release();
            return;
        }

        bool none = IsHead || HttpStatuses.ForbidsContent(Status);
        _chunked = isDelimited && Version == HttpVersion.Http11;
        if (!_chunked) Closes = true;
        if (_chunked && !HttpStatuses.ForbidsContent(Status)) Append("Transfer-Encoding: chunked\r\n"u8);
        AppendConnection();
        BeginStream(body, none);
    }

    /// <summary>
    /// Answers 101 and takes the connection over (RFC 9110, 7.8): from now on <paramref name="outgoing"/> is what is sent, as it is, and all that arrives
    /// goes to <paramref name="incoming"/>. <paramref name="protocol"/> names the new protocol; fields may be given before by <see cref="Start"/> with 101.
    /// </summary>
    public void Upgrade(ReadOnlySpan<byte> protocol, ResponseBody outgoing, RequestBody incoming)
    {
        if (State != ResponseState.Pending)
        {
            outgoing.Release();
            return;
        }

        if (_limit == 0) Start(HttpStatus.SwitchingProtocols);
        _chunked = false;
        Closes = true;
        AddHeader("Upgrade"u8, protocol);
        Append("Connection: Upgrade\r\n\r\n"u8);
        _connection.Takeover(incoming);
        BeginStream(outgoing, none: false);
    }

    /// <summary><paramref name="count"/> more bytes of the streamed body are there to be read.</summary>
    public void Produced(long count)
    {
        if (State != ResponseState.Streaming) return;
        ProducedLength += count;
        ContentLength += count;
        Frame();
        _connection.OfferNew();
    }

    /// <summary>The streamed body ends with what was produced.</summary>
    public void End()
    {
        if (State != ResponseState.Streaming) return;
        _ending = true;
        Frame();
        _connection.OfferNew();
    }

    /// <summary>Cuts the connection off: the response cannot be completed.</summary>
    public void Abort() => _connection.Abort();

    /// <summary>Bytes of the body that were not at hand are now.</summary>
    public void ResumeSend() => _connection.ResumeSend();

    /// <summary>The <see cref="RequestBody"/> can take more.</summary>
    public void ResumeBody() => _connection.ResumeBody();

    private void BeginStream(ResponseBody body, bool none)
    {
        if (!CommitHead())
        {
            body.Release();
            return;
        }

        if (none)
        {
            body.Release();
            _connection.ResponseSent();
            return;
        }

        _stream = body;
        _ending = false;
        State = ResponseState.Streaming;
        _connection.OfferNew();
    }

    /// <summary>Turns what was produced into parts, as far as there is room for them; called again when there is more.</summary>
    internal void Frame()
    {
        if (State != ResponseState.Streaming) return;
        ResponseBody body = _stream!;
        while (_framed < ProducedLength && _queue.FreeParts > 1)
        {
            long count = Math.Min(ProducedLength - _framed, ResponsePart.MaxChunk);
            if (_chunked) _queue.AddChunk(body, _framed, count);
            else _queue.AddBody(body, _framed, count, endsBody: false);
            _framed += count;
        }

        if (!_ending || _framed < ProducedLength || _queue.FreeParts == 0) return;
        if (_chunked) _queue.AddLastChunk(body);
        else _queue.EndBody(body);
        _stream = null;
        _connection.ResponseSent();
    }

    /// <summary>The connection is gone.</summary>
    internal void Drop()
    {
        State = ResponseState.None;
        _stream?.Release();
        _stream = null;
    }

    /// <summary>Writes the fields that the server is responsible for, and the empty line.</summary>
    private void CompleteHead(long contentLength)
    {
        if (!HttpStatuses.ForbidsContent(Status))
        {
            Append("Content-Length: "u8);
            AppendNumber(contentLength);
            Append("\r\n"u8);
        }

        AppendConnection();
    }

    private void AppendConnection()
    {
        if (Closes) Append("Connection: close\r\n\r\n"u8);
        else if (Version == HttpVersion.Http10) Append("Connection: keep-alive\r\n\r\n"u8);
        else Append("\r\n"u8);
    }

    /// <summary>Hands the buffered bytes over. False if they were not a good head, or did not fit: a 500 is sent in their place.</summary>
    private bool CommitHead()
    {
        if (_overflowed)
        {
            Closes = true;
            _connection.Server.Counters.BadResponses++;
            Start(HttpStatus.InternalServerError);
            Append("Content-Length: 0\r\nConnection: close\r\n\r\n"u8);
            ContentLength = 0;
            Commit();
            _connection.ResponseSent();
            return false;
        }

        Commit();
        return true;
    }

    private void Commit()
    {
        _queue.AddBuffered(_headStart, _position - _headStart);
        _limit = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _limit - _position)
        {
            _overflowed = true;
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_position));
        _position += bytes.Length;
    }

    private void AppendNumber(long value)
    {
        Span<byte> digits = stackalloc byte[Digits.MaxLength];
        Append(Digits.Format(value, digits));
    }
}
