// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;

namespace Uaas.Master.Tracing;

/// <summary>
/// The master's part of traces: of a start that a traced request waits for, when it was placed, when its process ran, and when the guest had booted. Where nobody listens, nothing is made.
/// </summary>
public static class MasterTracer
{
    /// <summary>The name under which listeners find it.</summary>
    public const string SourceName = "Uaas.Master";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The trace that a front named; null where nobody listens, or it is none.</summary>
    internal static ActivityContext? Read(string? trace) =>
        trace is not null && Source.HasListeners() && ActivityContext.TryParse(trace, null, isRemote: true, out ActivityContext context) ? context : null;

    /// <summary>Adds a span that is over.</summary>
    internal static void Add(ActivityContext parent, string name, string instance, DateTimeOffset start, DateTimeOffset end)
    {
        using Activity? activity = Source.StartActivity(name, ActivityKind.Internal, parent, startTime: start);
        activity?.SetTag("uaas.instance", instance);
        activity?.SetEndTime(end.UtcDateTime);
    }
}

/// <summary>How far a start has come that a traced request waits for.</summary>
/// <param name="parent">The request's span.</param>
/// <param name="wantedAt">When the master was asked.</param>
internal sealed class StartTrace(ActivityContext parent, DateTimeOffset wantedAt)
{
    private DateTimeOffset _reached = wantedAt;

    /// <summary>It has come so far.</summary>
    internal void Reach(string name, string instance, DateTimeOffset now)
    {
        MasterTracer.Add(parent, name, instance, _reached, now);
        _reached = now;
    }
}
