// SPDX-License-Identifier: Apache-2.0

using Uaas.Http;

namespace Uaas.Web;

/// <summary>
/// A request and its response, with the buffers and the memory of both: what a handler works with. It is used again once the handler is done, the content has been
/// received and the client has all of the response.
/// </summary>
internal sealed class WebExchange : Flow
{
    private readonly WebDispatcher _dispatcher;
    private bool _isHandling;
    private bool _isInUse;

    internal WebExchange(WebDispatcher dispatcher, FlowScheduler scheduler, WebLimits limits)
        : base(scheduler, limits.RequestMemory)
    {
        _dispatcher = dispatcher;
        Incoming = new IncomingContent(this, limits);
        Outgoing = new OutgoingContent(this, limits.MaxResponse);
        Request = new WebRequest(this, Incoming, limits);
        Response = new WebResponse(Outgoing);
    }

    /// <summary>What was asked.</summary>
    internal WebRequest Request { get; }

    /// <summary>What is answered.</summary>
    internal WebResponse Response { get; }

    internal IncomingContent Incoming { get; }

    private OutgoingContent Outgoing { get; }

    /// <summary>The connection's slot, while it may report that the client is gone.</summary>
    internal int Slot { get; private set; }

    /// <summary>Takes up a request.</summary>
    internal void Open(HttpResponse response)
    {
        _isInUse = true;
        _isHandling = true;
        Slot = response.Slot;
        Incoming.Clear();
        Response.Begin(response);
    }

    /// <summary>There is more content than is taken.</summary>
    internal void ContentTooLarge()
    {
        Response.Only(HttpStatus.ContentTooLarge);
        _isHandling = false;
    }

    /// <summary>The content will not come to its end; where the handler has not run it never will.</summary>
    internal void ContentLost()
    {
        if (!IsBegun) _isHandling = false;
        LetGo();
    }

    /// <summary>The client went away before it had all.</summary>
    internal void Abandon()
    {
        Response.Gone();
        if (!IsBegun) _isHandling = false;
        LetGo();
    }

    /// <summary>Ends its use, once nobody needs it any more.</summary>
    internal void LetGo()
    {
        if (!_isInUse || _isHandling || Incoming.IsReceiving || Outgoing.IsHeld) return;
        _isInUse = false;
        IsBegun = false;
        ResetMemory();
        _dispatcher.Give(this);
    }

    /// <summary>Whether the handler has begun.</summary>
    private bool IsBegun { get; set; }

    /// <inheritdoc/>
    private protected override void Run()
    {
        IsBegun = true;
        Request.Handle(Response);
    }

    /// <inheritdoc/>
    private protected override void Ended()
    {
        _isHandling = false;
        if (!Response.End()) _dispatcher.CountUnanswered();
        if (Incoming.IsReceiving) Incoming.Ignore();
        LetGo();
    }
}
