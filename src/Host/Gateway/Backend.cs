// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Threading;

namespace Uaas.Gateway;

/// <summary>One instance as the gateway sees it: where it is, how busy it is, and whether it is to be trusted just now.</summary>
/// <param name="server">Where it serves.</param>
/// <param name="clock">The clock that its health is judged by.</param>
public sealed class Backend(IPEndPoint server, TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private int _inFlight;
    private int _failures;
    private DateTimeOffset _avoidUntil = DateTimeOffset.MinValue;

    /// <summary>Where it serves.</summary>
    public IPEndPoint Server { get; } = server;

    /// <summary>The first part of every address that leads to it.</summary>
    public string Prefix { get; } = $"http://{server}";

    /// <summary>Requests that it is answering.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Until when it is to be avoided, because it has failed lately.</summary>
    internal DateTimeOffset AvoidUntil
    {
        get
        {
            lock (_lock)
                return _avoidUntil;
        }
    }

    internal void Begin() => Interlocked.Increment(ref _inFlight);

    internal void End() => Interlocked.Decrement(ref _inFlight);

    /// <summary>A request came through.</summary>
    internal void NoteSuccess()
    {
        lock (_lock)
        {
            _failures = 0;
            _avoidUntil = DateTimeOffset.MinValue;
        }
    }

    /// <summary>It could not be reached, or broke off. Nothing probes it: traffic finds out, after a pause that doubles with each failure.</summary>
    internal void NoteFailure()
    {
        lock (_lock)
        {
            double pause = FirstPause.TotalSeconds * Math.Pow(2, Math.Min(_failures++, 10));
            _avoidUntil = clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(pause, LongestPause.TotalSeconds));
        }
    }
}
