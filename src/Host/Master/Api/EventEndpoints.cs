// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Uaas.Configuration;
using Uaas.Master.Control;
using Uaas.Master.Storage;
using Uaas.Protocol.Agent;

namespace Uaas.Master.Api;

/// <summary>What happens, and what instances print: what there is as JSON, and what comes as server-sent events.</summary>
internal static class EventEndpoints
{
    private const int MaxCount = 10_000;
    private const int MaxUnsent = 4096;

    internal static void Map(IEndpointRouteBuilder routes, ApiServices api)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1");
        group.MapGet("/events", (string? service, long? after, int? count, bool? follow, HttpContext context, CancellationToken cancellation) =>
            EventsAsync(api, service, after ?? 0, count ?? (follow == true && after is null ? 0 : 100), follow ?? false, context, cancellation)).WithSummary("What has happened; with follow=true what happens, as server-sent events")
            .Produces<IReadOnlyList<StoredEvent>>();
        group.MapGet("/namespaces/{owner}/services/{name}/logs", (string owner, string name, int? tail, bool? follow, HttpContext context, CancellationToken cancellation) =>
            LogsAsync(api, owner, name, tail ?? (follow == true ? 0 : 100), follow ?? false, context, cancellation)).WithSummary("What a service's instances printed; with follow=true what they print, as server-sent events")
            .Produces<IReadOnlyList<LogLine>>();
    }

    private static async Task EventsAsync(ApiServices api, string? service, long after, int count, bool follow, HttpContext context, CancellationToken cancellation)
    {
        if (!follow)
        {
            await context.Response.WriteAsJsonAsync<IReadOnlyList<StoredEvent>>([.. api.Store.Events(service, after, Math.Clamp(count, 1, MaxCount)).Where(one => Sees(context, one))], ApiJson.Default.IReadOnlyListStoredEvent, cancellationToken: cancellation).ConfigureAwait(false);
            return;
        }
        Channel<StoredEvent> coming = Bounded<StoredEvent>();
        void Take(StoredEvent one) => coming.Writer.TryWrite(one);
        api.History.Happened += Take;
        try
        {
            IReadOnlyList<StoredEvent> past = [];
            if (count > 0)
            {
                await api.History.WrittenAsync(cancellation).ConfigureAwait(false);
                past = [.. api.Store.Events(service, after, Math.Min(count, MaxCount)).Where(one => Sees(context, one))];
            }
            long last = past.Count == 0 ? 0 : past[^1].Id;
            bool Wants(StoredEvent one) => one.Id > last && (service is null || one.Service == service) && Sees(context, one);
            await StreamAsync(context, past, coming.Reader, Wants, ApiJson.Default.StoredEvent, static one => one.Id, cancellation).ConfigureAwait(false);
        }
        finally
        {
            api.History.Happened -= Take;
        }
    }

    /// <summary>An event names its service as the node does: after its namespace, unless that is the default one.</summary>
    private static bool Sees(HttpContext context, StoredEvent one) =>
        Tokens.Sees(context, one.Service is not { } service ? null : service.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? service[..slash] : Deployment.DefaultNamespace);

    private static async Task LogsAsync(ApiServices api, string owner, string name, int tail, bool follow, HttpContext context, CancellationToken cancellation)
    {
        if (api.Control.Service(owner, name) is null)
        {
            await Problems.NotFound($"there is no service {name} in namespace {owner}", "uaas services lists those that there are").ExecuteAsync(context).ConfigureAwait(false);
            return;
        }
        string key = ServiceRecord.KeyOf(owner, name);
        if (!follow)
        {
            await context.Response.WriteAsJsonAsync(LogFiles.Tail(api.LogFolder, key, Math.Clamp(tail, 0, MaxCount)), ApiJson.Default.IReadOnlyListLogLine, cancellationToken: cancellation).ConfigureAwait(false);
            return;
        }
        Channel<LogLine> coming = Bounded<LogLine>();
        void Take(AgentEvent.Printed printed)
        {
            if (printed.Service == key)
                coming.Writer.TryWrite(new LogLine(printed.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), printed.Instance, printed.Text));
        }
        api.Control.Printed += Take;
        api.Control.Follow(key, 1);
        try
        {
            // What is printed while the file is read is in the file and comes too: it is shown once.
            IReadOnlyList<LogLine> past = [];
            if (tail > 0)
            {
                await api.Control.AgentCaughtUpAsync(cancellation).ConfigureAwait(false);
                past = LogFiles.Tail(api.LogFolder, key, Math.Min(tail, MaxCount));
            }
            List<LogLine> shown = [.. past];
            await StreamAsync(context, past, coming.Reader, line => !shown.Remove(line), ApiJson.Default.LogLine, static _ => 0, cancellation).ConfigureAwait(false);
        }
        finally
        {
            api.Control.Follow(key, -1);
            api.Control.Printed -= Take;
        }
    }

    /// <summary>A reader that is slow loses what is oldest, rather than have the master keep it.</summary>
    private static Channel<T> Bounded<T>() => Channel.CreateBounded<T>(new BoundedChannelOptions(MaxUnsent) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Server-sent events (HTML Living Standard, section 9.2), until the client goes.</summary>
    private static async Task StreamAsync<T>(HttpContext context, IReadOnlyList<T> past, ChannelReader<T> reader, Func<T, bool> wants, JsonTypeInfo<T> type, Func<T, long> idOf, CancellationToken cancellation)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await context.Response.WriteAsync(":\n\n", cancellation).ConfigureAwait(false);
            foreach (T one in past)
                await WriteAsync(one).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(cancellation).ConfigureAwait(false);
            await foreach (T one in reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                if (!wants(one))
                    continue;
                await WriteAsync(one).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
        }

        Task WriteAsync(T one)
        {
            long id = idOf(one);
            string head = id == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"id: {id}\n");
            return context.Response.WriteAsync($"{head}data: {JsonSerializer.Serialize(one, type)}\n\n", cancellation);
        }
    }
}
