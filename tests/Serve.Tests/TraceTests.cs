// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Uaas.Host.Tests;

namespace Uaas.Serve.Tests;

/// <summary>A cold start is one trace, from all of the processes that have a part in it.</summary>
[Trait("Needs", "namespaces, the http image")]
public sealed class TraceTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Caller = "00f067aa0ba902b7";

    [ServiceFact]
    public async Task A_cold_start_is_one_trace_of_all_its_steps()
    {
        await using TraceCollector collector = await TraceCollector.StartAsync();
        await using Served served = await Served.StartAsync("min: 0", environment: new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, served.Url) { Headers = { { "traceparent", $"00-{Trace}-{Caller}-01" } } };
        using HttpResponseMessage response = await served.Client.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode);

        string[] steps = ["accepted", "placed", "spawned", "booted", "connected", "first byte"];
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!steps.Append("GET").All(step => collector.Spans.Any(span => span.Name == step)) && watch.Elapsed < TimeSpan.FromSeconds(20))
            await Task.Delay(20);
        IReadOnlyList<CollectedSpan> spans = collector.Spans;
        string found = string.Join('\n', spans);
        CollectedSpan root = Assert.Single(spans, span => span.Name == "GET");
        Assert.Equal((Trace, Caller, "front"), (root.Trace, root.Parent, root.Process));
        foreach (string step in steps)
        {
            CollectedSpan span = Assert.Single(spans, span => span.Name == step);
            Assert.True(span.Trace == Trace && span.Parent == root.Id, $"{step} is no part of the trace:\n{found}");
            Assert.True(span.Start <= span.End, found);
            Assert.Equal(step is "placed" or "spawned" or "booted" ? "master" : "front", span.Process);
        }

        // What the master does begins when the front has asked. That the instance has booted is read from its console, on a busy machine after its answer.
        Assert.True(Of("placed").Start >= root.Start && Of("placed").End <= Of("spawned").End && Of("spawned").End <= Of("booted").End && Of("first byte").End <= root.End, found);
        Assert.True(Of("connected").End <= Of("first byte").Start, found);

        CollectedSpan Of(string name) => spans.Single(span => span.Name == name);
    }
}
