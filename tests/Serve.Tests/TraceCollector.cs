// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Uaas.Serve.Tests;

/// <summary>A span as it was sent.</summary>
internal sealed record CollectedSpan(string Trace, string Id, string Parent, string Name, ulong Start, ulong End, string Process);

/// <summary>The least collector: takes OTLP over HTTP as protobuf (opentelemetry-proto 1.x, trace/v1) and keeps the spans.</summary>
internal sealed class TraceCollector : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<CollectedSpan> _spans = new();

    private TraceCollector(WebApplication application)
    {
        _application = application;
        application.MapPost("/v1/traces", async (HttpContext context) =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            foreach ((int field, ReadOnlyMemory<byte> resourceSpans) in Fields(body.ToArray()))
            {
                if (field == 1)
                    Take(resourceSpans);
            }
            context.Response.ContentType = "application/x-protobuf";
        });
    }

    internal string Url => _application.Urls.First();

    internal IReadOnlyList<CollectedSpan> Spans => [.. _spans];

    internal static async Task<TraceCollector> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var collector = new TraceCollector(builder.Build());
        await collector._application.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    /// <summary>ResourceSpans: resource 1, scope_spans 2; Resource: attributes 1; ScopeSpans: spans 2.</summary>
    private void Take(ReadOnlyMemory<byte> resourceSpans)
    {
        string process = "";
        foreach ((int field, ReadOnlyMemory<byte> resource) in Fields(resourceSpans).Where(one => one.Field == 1))
        {
            foreach ((int _, ReadOnlyMemory<byte> attribute) in Fields(resource).Where(one => one.Field == 1))
            {
                Dictionary<int, ReadOnlyMemory<byte>> pair = Fields(attribute).ToDictionary(one => one.Field, one => one.Value);
                if (Text(pair[1]) == "uaas.process")
                    process = Text(Fields(pair[2]).Single().Value);
            }
        }
        foreach ((int _, ReadOnlyMemory<byte> scope) in Fields(resourceSpans).Where(one => one.Field == 2))
        {
            foreach ((int _, ReadOnlyMemory<byte> span) in Fields(scope).Where(one => one.Field == 2))
                _spans.Enqueue(ReadSpan(span, process));
        }
    }

    /// <summary>Span: trace_id 1, span_id 2, parent_span_id 4, name 5, start 7, end 8.</summary>
    private static CollectedSpan ReadSpan(ReadOnlyMemory<byte> span, string process)
    {
        ILookup<int, ReadOnlyMemory<byte>> fields = Fields(span).ToLookup(one => one.Field, one => one.Value);
        return new CollectedSpan(Hex(1), Hex(2), Hex(4), Text(fields[5].Single()), Time(7), Time(8), process);

        string Hex(int field) => Convert.ToHexStringLower(fields[field].FirstOrDefault().Span);
        ulong Time(int field) => BitConverter.ToUInt64(fields[field].Single().Span);
    }

    /// <summary>The fields of a message; those that are numbers by their bytes.</summary>
    private static IEnumerable<(int Field, ReadOnlyMemory<byte> Value)> Fields(ReadOnlyMemory<byte> message)
    {
        int at = 0;
        while (at < message.Length)
        {
            ulong tag = Number(message.Span, ref at);
            int length = (tag & 7) switch { 0 => NumberLength(message.Span, at), 1 => 8, 5 => 4, 2 => (int)Number(message.Span, ref at), _ => throw new FormatException($"wire type {tag & 7}") };
            yield return ((int)(tag >> 3), message.Slice(at, length));
            at += length;
        }
    }

    private static ulong Number(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte one = bytes[at++];
            value |= (ulong)(one & 0x7f) << shift;
            if (one < 0x80)
                return value;
        }
    }

    private static int NumberLength(ReadOnlySpan<byte> bytes, int at)
    {
        int start = at;
        Number(bytes, ref at);
        return at - start;
    }

    private static string Text(ReadOnlyMemory<byte> value) => Encoding.UTF8.GetString(value.Span);
}
