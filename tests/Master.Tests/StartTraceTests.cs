// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using Uaas.Master.Tracing;
using Uaas.Protocol.Agent;

namespace Uaas.Master.Tests;

/// <summary>What the master adds to the trace of a request that waits for a start.</summary>
public sealed class StartTraceTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Span = "00f067aa0ba902b7";

    [Fact]
    public void Without_a_listener_the_agent_is_asked_for_nothing_more()
    {
        using var bed = new ControlBed();
        bed.Connect();
        bed.Want();
        TestFront front = bed.Front();
        front.Say($"WANT seq=1 service=site trace=00-{Trace}-{Span}-01");
        AgentCommand.Start start = bed.Told<AgentCommand.Start>().Single();
        Assert.Null(start.Traced);
        Assert.DoesNotContain("traced", Encoding.UTF8.GetString(AgentLine.Write(start)), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true)]
    [InlineData("no trace", false)]
    [InlineData(null, false)]
    public void With_one_each_step_is_a_span_in_the_requests_trace(string? trace, bool isTraced)
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == MasterTracer.SourceName, Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded, ActivityStopped = spans.Add };
        ActivitySource.AddActivityListener(listener);
        using var bed = new ControlBed();
        bed.Connect();
        bed.Want();
        TestFront front = bed.Front();
        front.Say("WANT seq=1 service=site" + (trace is null ? "" : $" trace={trace.Replace(" ", "%20", StringComparison.Ordinal)}"));
        AgentCommand.Start start = bed.Told<AgentCommand.Start>().Single();
        Assert.Equal(isTraced ? true : null, start.Traced);
        bed.Pass(0.001);
        bed.Started(start.Instance);
        bed.Control.OnAgent(new AgentEvent.Booted(start.Instance, bed.Clock.GetUtcNow().AddMilliseconds(2)));
        bed.Control.OnAgent(new AgentEvent.Booted(start.Instance, bed.Clock.GetUtcNow().AddMilliseconds(3)));
        Assert.Equal(isTraced ? ["placed", "spawned", "booted"] : [], spans.Select(span => span.OperationName));
        Assert.All(spans, span => Assert.Equal((Trace, Span, start.Instance), (span.TraceId.ToString(), span.ParentSpanId.ToString(), (string)span.GetTagItem("uaas.instance")!)));
        if (isTraced)
            Assert.Equal(TimeSpan.FromMilliseconds(2), spans[^1].Duration);
    }
}
