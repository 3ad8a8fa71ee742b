// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>
/// The response to a request. Set <see cref="Status"/> and fields, then send content once: with one of the methods that return a finished <see cref="WebTask"/>, which a
/// handler without <c>async</c> returns in turn; or streamed. What is given to it after that, or once the client is gone, goes nowhere.
/// </summary>
public sealed class WebResponse
{
    /// <summary>Bytes of all fields that a handler adds; more: 500.</summary>
    public const int MaxFields = 1024;

    /// <summary>Content up to this long is sent from the connection's own buffer.</summary>
    private const int MaxSmall = 512;

    private readonly OutgoingContent _content;
    private readonly byte[] _fields = new byte[MaxFields];
    private int _fieldsLength;
    private bool _isBad;
    private HttpResponse? _http;

    internal WebResponse(OutgoingContent content) => _content = content;

    /// <summary>The status, 200 unless set. One that <see cref="HttpStatus"/> does not name is sent as 200, 400 or 500, by its class (RFC 9110, 15).</summary>
    public HttpStatus Status { get; set; }

    /// <summary>Whether nothing was sent yet, and the client is still there.</summary>
    public bool IsPending => _http is { State: ResponseState.Pending };

    /// <summary>Whether the request was HEAD: content is described and not sent, which all methods here see to themselves.</summary>
    public bool IsHead { get; private set; }

    /// <summary>Whether the client went away before the response was complete.</summary>
    internal bool IsGone { get; private set; }

    /// <summary>
    /// Adds a field. A name that is no token, a value with control characters (somebody is splitting responses), or more than <see cref="MaxFields"/> bytes make
    /// the response a 500.
    /// </summary>
    public void AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        int length = name.Length + value.Length + 4;
        if (!Ascii.IsToken(name) || HeadScanner.FindControl(value) < value.Length || length > MaxFields - _fieldsLength)
        {
            _isBad = true;
            return;
        }

        Append(name);
        Append(": "u8);
        Append(value);
        Append("\r\n"u8);
    }

    /// <summary>Sends UTF-8 text, as text/plain.</summary>
    public WebTask Text(ReadOnlySpan<byte> text) => Bytes("text/plain; charset=utf-8"u8, text);

    /// <summary>Sends an HTML page in UTF-8.</summary>
    public WebTask Html(ReadOnlySpan<byte> page) => Bytes("text/html; charset=utf-8"u8, page);

    /// <summary>Sends content of a type. At most <see cref="WebLimits.MaxResponse"/> bytes, else 500: stream what is longer.</summary>
    public WebTask Bytes(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> content)
    {
        if (_http is not { } http) return WebTask.Completed;
        AddHeader("Content-Type"u8, contentType);
        if (content.Length > _content.Capacity) _isBad = true;
        if (_isBad) return Fail();
        if (content.Length <= MaxSmall)
        {
            Start(http);
            http.Send(content);
            _http = null;
            return WebTask.Completed;
        }

        content.CopyTo(_content.Buffer);
        return SendHeld(http, content.Length);
    }

    /// <summary>Sends the status alone, with its name as text where a status has content: <c>response.Only(HttpStatus.NotFound)</c>.</summary>
    public WebTask Only(HttpStatus status)
    {
        if (_http is not { } http) return WebTask.Completed;
        if (_isBad) return Fail();
        Status = status;
        Start(http);
        http.SendPhrase();
        _http = null;
        return WebTask.Completed;
    }

    /// <summary>Sends the client elsewhere: 302 unless <paramref name="status"/> says otherwise (RFC 9110, 15.4).</summary>
    public WebTask Redirect(ReadOnlySpan<byte> location, HttpStatus status = HttpStatus.Found)
    {
        AddHeader("Location"u8, location);
        return Only(status);
    }

    /// <summary>Begins JSON content; hand the writer to <see cref="Send(in JsonWriter)"/>.</summary>
    public JsonWriter Json() => new(_content.Buffer);

    /// <summary>Sends what was written with <see cref="Json"/>; 500 where it is not whole, or longer than <see cref="WebLimits.MaxResponse"/>.</summary>
    public WebTask Send(in JsonWriter json)
    {
        if (_http is not { } http) return WebTask.Completed;
        AddHeader("Content-Type"u8, "application/json"u8);
        if (_isBad || !json.IsComplete) return Fail();
        return SendHeld(http, json.Written.Length);
    }

    /// <summary>Begins content whose length is not known beforehand. Then <see cref="Write"/> and <see cref="Flush"/>; it ends when the handler does.</summary>
    /// <param name="contentType">Its type; empty where the field was added already, or there is none.</param>
    public void Stream(ReadOnlySpan<byte> contentType)
    {
        if (!IsPending) return;
        if (!contentType.IsEmpty) AddHeader("Content-Type"u8, contentType);
        if (_isBad)
        {
            Fail();
            return;
        }

        _content.Hold(0);
        HttpResponse http = _http!;
        Start(http);
        http.Stream(_content);
        if (http.State != ResponseState.Streaming) _http = null;
    }

    /// <summary>Bytes that <see cref="Write"/> takes now; at least half of <see cref="WebLimits.MaxResponse"/> behind a <see cref="Flush"/> that succeeded.</summary>
    public int Room => _content.Room;

    /// <summary>Appends to the stream. False, and nothing is taken, when <see cref="Room"/> is less, or the client is gone.</summary>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (_http is not { State: ResponseState.Streaming } http || bytes.Length > _content.Room) return false;
        _content.Write(bytes);
        http.Produced(bytes.Length);
        return true;
    }

    /// <summary>Waits until the client has taken so much that there is room again; false when it is gone.</summary>
    public WebWait Flush() => _http is { State: ResponseState.Streaming } ? _content.Drain() : WebWait.Over(false);

    /// <summary>Cuts the connection off: what was begun cannot be completed, and the client shall see that.</summary>
    public void Abort()
    {
        _http?.Abort();
        Gone();
    }

    internal void Begin(HttpResponse http)
    {
        _http = http;
        IsHead = http.IsHead;
        Status = HttpStatus.Ok;
        IsGone = false;
        _isBad = false;
        _fieldsLength = 0;
    }

    /// <summary>The handler is done. False if it sent nothing.</summary>
    internal bool End()
    {
        HttpResponse? http = _http;
        _http = null;
        if (http is null) return true;
        if (http.State == ResponseState.Streaming) http.End();
        if (http.State != ResponseState.Pending) return true;
        http.SendStatus(HttpStatus.InternalServerError);
        return false;
    }

    /// <summary>The client is gone; the object behind serves another request.</summary>
    internal void Gone()
    {
        _http = null;
        IsGone = true;
    }

    private WebTask SendHeld(HttpResponse http, int length)
    {
        _content.Hold(length);
        Start(http);
        _http = null;
        http.Send(_content);
        return WebTask.Completed;
    }

    private WebTask Fail()
    {
        HttpResponse http = _http!;
        _http = null;
        http.SendStatus(HttpStatus.InternalServerError);
        return WebTask.Completed;
    }

    private void Start(HttpResponse http)
    {
        http.Start(HttpStatuses.NearestNamed(Status));
        http.AddLines(_fields.AsSpan(0, _fieldsLength));
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_fields.AsSpan(_fieldsLength));
        _fieldsLength += bytes.Length;
    }
}
