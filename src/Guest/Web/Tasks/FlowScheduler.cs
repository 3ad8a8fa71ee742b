// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Net.Tcp;

namespace Uaas.Web;

/// <summary>Runs the flows of a service: those whose deadline has come, and those whose operation is done. The service's loop calls it, at each turn.</summary>
/// <param name="capacity">Flows at most.</param>
internal sealed class FlowScheduler(int capacity)
{
    private readonly Flow?[] _flows = new Flow?[capacity];
    private readonly TimerHeap _timers = new(capacity);
    private int _count;
    private Flow? _firstReady;
    private Flow? _lastReady;

    /// <summary>Nanoseconds of the monotonic clock, at the last turn.</summary>
    internal long Now { get; private set; }

    /// <summary>When <see cref="Turn"/> is to be called next, in nanoseconds of the monotonic clock; 0: at once.</summary>
    internal long NextDeadline => _firstReady is null ? _timers.Earliest : 0;

    /// <summary>Takes in a new flow and gives it its number.</summary>
    internal int Register(Flow flow)
    {
        if (_count == capacity) Environment.FailFast("more flows than the scheduler was made for");
        _flows[_count] = flow;
        return _count++;
    }

    /// <summary>Begins a wait of <paramref name="flow"/> for a time in nanoseconds.</summary>
    internal WebWait Delay(Flow flow, long nanoseconds)
    {
        const long Longest = long.MaxValue / 4;
        _timers.Remove(flow.Index);
        _timers.EnsureBy(flow.Index, Now + Math.Clamp(nanoseconds, 0, Longest));
        return flow.Delay.Begin();
    }

    /// <summary>Puts a flow on the list of those that go on.</summary>
    internal void MakeReady(Flow flow)
    {
        flow.NextReady = null;
        if (_lastReady is null) _firstReady = flow;
        else _lastReady.NextReady = flow;
        _lastReady = flow;
    }

    /// <summary>Lets go on what can. What becomes ready meanwhile has its turn at the next call.</summary>
    internal void Turn(long now)
    {
        Now = now;
        while (_timers.TryTakeDue(now, out int index)) _flows[index]!.DeadlineCame();
        Flow? flow = _firstReady;
        _firstReady = _lastReady = null;
        while (flow is not null)
        {
            Flow? next = flow.NextReady;
            flow.NextReady = null;
            flow.Continue();
            flow = next;
        }
    }
}
