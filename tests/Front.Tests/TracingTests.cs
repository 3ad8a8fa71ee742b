// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Uaas.Front.Tracing;
using Uaas.Nginx.Tests;

namespace Uaas.Front.Tests;

/// <summary>Traces (W3C Trace Context) through the front; nothing where nobody listens.</summary>
[Collection("traces")]
public sealed class TracingTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Parent = "00f067aa0ba902b7";

    [Fact]
    public void Where_nobody_listens_nothing_is_made()
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.TraceParent = $"00-{Trace}-{Parent}-01";
        Assert.Null(FrontTracer.Begin(context));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            if (FrontTracer.Begin(context) is not null || FrontTracer.IsOn)
                Assert.Fail("somebody listens");
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Where_nobody_listens_the_clients_trace_goes_by_untouched_and_the_master_hears_of_none()
    {
        await using var bed = new FrontBed();
        string instance = await bed.InstanceAsync("web-1", context => context.Response.WriteAsync($"{context.Request.Headers.TraceParent} {context.Request.Headers["tracestate"]}"));
        bed.Master.Knows.AddRange([ScriptedMaster.Service(), "ROUTE service=web host=* path=/ strip=0"]);
        bed.Master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "web-1", int.Parse(instance.Split(':')[1].Split(' ')[0]), cold: true);
        await bed.StartAsync(hasTls: false);
        using HttpClient client = FrontBed.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, bed.Url) { Headers = { { "traceparent", $"00-{Trace}-{Parent}-01" }, { "tracestate", "vendor=x" } } };
        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.Equal($"00-{Trace}-{Parent}-01 vendor=x", await response.Content.ReadAsStringAsync());
        Assert.DoesNotContain("trace=", await bed.Master.ExpectAsync("WANT"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_is_a_span_in_its_clients_trace_and_the_instance_is_in_it()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == FrontTracer.SourceName, Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded, ActivityStopped = spans.Enqueue };
        ActivitySource.AddActivityListener(listener);
        await using var bed = new FrontBed();
        string instance = await bed.InstanceAsync("web-1", context => context.Response.WriteAsync(context.Request.Headers.TraceParent.ToString()));
        bed.Master.Knows.AddRange([ScriptedMaster.Service(), "ROUTE service=web host=* path=/ strip=0"]);
        bed.Master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "web-1", int.Parse(instance.Split(':')[1].Split(' ')[0]), cold: true);
        await bed.StartAsync(hasTls: false);
        using HttpClient client = FrontBed.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, bed.Url) { Headers = { { "traceparent", $"00-{Trace}-{Parent}-01" } } };
        using HttpResponseMessage response = await client.SendAsync(request);
        string passed = await response.Content.ReadAsStringAsync();
        await FrontBed.UntilAsync(() => Task.FromResult(spans.Any(span => span.Kind == ActivityKind.Server)), "there is no span");
        Activity root = spans.Single(span => span.Kind == ActivityKind.Server);
        Assert.Equal((Trace, Parent), (root.TraceId.ToString(), root.ParentSpanId.ToString()));
        Assert.Equal(root.Id, passed);
        Assert.Equal(200, root.GetTagItem("http.response.status_code"));
        Assert.Equal("web-1", root.GetTagItem("uaas.instance"));
        Assert.Equal(["accepted", "connected", "first byte"], spans.Where(span => span.Kind == ActivityKind.Internal).Select(span => span.OperationName).Order(StringComparer.Ordinal));
        Assert.All(spans.Where(span => span.Kind == ActivityKind.Internal), span => Assert.Equal(root.SpanId, span.ParentSpanId));
        Assert.Contains($"trace={root.Id}", await bed.Master.ExpectAsync("WANT"), StringComparison.Ordinal);

        // The next one is answered by what is there: no step is waited for.
        spans.Clear();
        Assert.NotEmpty(await client.GetStringAsync(bed.Url));
        await FrontBed.UntilAsync(() => Task.FromResult(!spans.IsEmpty), "there is no span");
        Assert.Single(spans);
    }
}

/// <summary>Listeners are the whole process's: while there are some, no other test is to run that counts on none.</summary>
[CollectionDefinition("traces", DisableParallelization = true)]
public sealed class TracesCollection;
