// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>Finds the route of each request and has its handler answer, in one of a bounded number of exchanges.</summary>
internal sealed class WebDispatcher : HttpHandler
{
    private readonly RouteTable _routes;
    private readonly FlowScheduler _scheduler;
    private readonly WebLimits _limits;
    private readonly WebExchange[] _free;
    private readonly WebExchange?[] _bySlot;
    private int _freeCount;
    private int _made;

    /// <param name="routes">The routes.</param>
    /// <param name="scheduler">Runs the handlers that wait.</param>
    /// <param name="limits">The bounds.</param>
    internal WebDispatcher(RouteTable routes, FlowScheduler scheduler, WebLimits limits)
    {
        _routes = routes;
        _scheduler = scheduler;
        _limits = limits;
        _free = new WebExchange[limits.MaxRequests];
        _bySlot = new WebExchange?[limits.Http.MaxConnections + limits.Http.MaxOverloadConnections];
    }

    /// <summary>Answers what no route does, within its call; null: 404.</summary>
    internal HttpHandler? Fallback { get; set; }

    /// <summary>Requests in progress.</summary>
    internal int Active => _made - _freeCount;

    /// <summary>Requests that were answered 503 because too many were in progress.</summary>
    internal long Refused { get; private set; }

    /// <summary>Requests whose handler ended without an answer.</summary>
    internal long Unanswered { get; private set; }

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        if (request.TargetForm == TargetForm.Asterisk)
        {
            response.Start(HttpStatus.NoContent);
            response.SendEmpty();
            return;
        }

        if (request.ReadPath(out RequestPath path) != RequestPathResult.Ok)
        {
            response.SendStatus(HttpStatus.BadRequest);
            return;
        }

        Span<TextSlice> values = stackalloc TextSlice[RoutePattern.MaxParameters];
        Route? route = _routes.Find(request.Method, path.Bytes, values, out uint methods);
        if (route is null) Refuse(in request, response, methods);
        else Dispatch(in request, response, path, route, values);
    }

    /// <inheritdoc/>
    public override void Abandoned(HttpResponse response)
    {
        WebExchange? exchange = _bySlot[response.Slot];
        _bySlot[response.Slot] = null;
        exchange?.Abandon();
    }

    /// <summary>An exchange is free again.</summary>
    internal void Give(WebExchange exchange)
    {
        if (ReferenceEquals(_bySlot[exchange.Slot], exchange)) _bySlot[exchange.Slot] = null;
        _free[_freeCount++] = exchange;
    }

    /// <summary>A handler ended without an answer.</summary>
    internal void CountUnanswered() => Unanswered++;

    private void Refuse(in HttpRequest request, HttpResponse response, uint methods)
    {
        Span<byte> room = stackalloc byte[RouteTable.MaxMethodsText];
        if (methods == 0)
        {
            if (Fallback is not null) Fallback.Handle(in request, response);
            else response.SendStatus(HttpStatus.NotFound);
        }
        else if (request.Method == HttpMethod.Options)
        {
            response.Start(HttpStatus.NoContent);
            response.AddHeader("Allow"u8, RouteTable.WriteMethods(methods, room));
            response.SendEmpty();
        }
        else
        {
            response.RefuseMethod(in request, RouteTable.WriteMethods(methods, room));
        }
    }

    private void Dispatch(in HttpRequest request, HttpResponse response, in RequestPath path, Route route, ReadOnlySpan<TextSlice> values)
    {
        bool whole = route.Content == ContentMode.Whole;
        if (request.HasBody && request.ContentLength > (whole ? _limits.MaxContent : _limits.MaxStreamedContent))
        {
            response.SendStatus(HttpStatus.ContentTooLarge);
            return;
        }

        if (_freeCount == 0 && _made == _limits.MaxRequests)
        {
            Refused++;
            response.Start(HttpStatus.ServiceUnavailable);
            response.AddLines("Retry-After: 1\r\n"u8);
            response.SendPhrase();
            return;
        }

        WebExchange exchange = _freeCount > 0 ? _free[--_freeCount] : Make();
        _bySlot[response.Slot] = exchange;
        exchange.Open(response);
        exchange.Request.Take(in request, path, route, values);
        if (request.HasBody)
        {
            exchange.Incoming.Begin(response, whole);
            request.ReceiveBody(exchange.Incoming);
        }

        if (!request.HasBody || !whole) exchange.Begin();
    }

    private WebExchange Make()
    {
        _made++;
        return new WebExchange(this, _scheduler, _limits);
    }
}
