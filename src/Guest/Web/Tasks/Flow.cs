// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Platform;

namespace Uaas.Web;

/// <summary>
/// One line of work with memory of its own: a request, or a job. What its code `new`s lives in its arena until the flow has come to its end. It waits for one
/// thing at a time.
/// </summary>
public abstract class Flow
{
    private static Flow? s_current;

    private readonly Arena _arena;
    private Operation? _awaited;
    private WebCall? _calls;

    private protected Flow(FlowScheduler scheduler, int memory)
    {
        Scheduler = scheduler;
        Index = scheduler.Register(this);
        Delay = new Operation();
        _arena = new Arena(memory);
    }

    /// <summary>Bytes that the flow's code can still `new`. Beyond is a panic: look first where input from outside decides how much is needed.</summary>
    public long AvailableMemory => _arena.Available;

    /// <summary>The flow whose code is running. Panics outside of any.</summary>
    internal static Flow Current
    {
        get
        {
            if (s_current is null) Environment.FailFast("waiting is for handlers and jobs alone");
            return s_current;
        }
    }

    /// <summary>What runs it.</summary>
    internal FlowScheduler Scheduler { get; }

    /// <summary>Its number among the scheduler's flows.</summary>
    internal int Index { get; }

    /// <summary>The deadline that it waits for, where it does.</summary>
    internal Operation Delay { get; }

    /// <summary>Whether it waits for something.</summary>
    internal bool IsWaiting => _awaited is not null;

    /// <summary>The next of the flows that are to go on.</summary>
    internal Flow? NextReady { get; set; }

    /// <summary>Has a suspended method go on when the operation is completed.</summary>
    internal void Suspend(Operation operation, Suspension waiter)
    {
        if (_awaited is not null) Environment.FailFast("a request or job waits for one thing at a time: await what was begun before");
        _arena.Root = waiter;
        _awaited = operation;
    }

    /// <summary>Runs its code from the start, to its first wait or its end.</summary>
    internal void Begin()
    {
        Flow? outer = s_current;
        s_current = this;
        using (_arena.Enter())
        {
            Run();
        }

        s_current = outer;
        if (!IsWaiting) EndAll();
    }

    /// <summary>What it waited for has come: it goes on until it waits again or ends.</summary>
    internal void Continue()
    {
        _awaited = null;
        s_current = this;
        using (_arena.Enter())
        {
            Suspension waiter = (Suspension)_arena.Root!;
            _arena.Root = null;
            waiter.Resume();
        }

        s_current = null;
        if (!IsWaiting) EndAll();
    }

    /// <summary>The deadline has come that was asked for last.</summary>
    internal virtual void DeadlineCame() => Delay.Complete(success: true);

    /// <summary>A call has begun, and ends with the flow at the latest.</summary>
    internal void Add(WebCall call)
    {
        call.Flow = this;
        call.NextOfFlow = _calls;
        _calls = call;
    }

    /// <summary>A call has ended.</summary>
    internal void Remove(WebCall call)
    {
        if (ReferenceEquals(_calls, call)) _calls = call.NextOfFlow;
        for (WebCall? before = _calls; before is not null; before = before.NextOfFlow)
        {
            if (ReferenceEquals(before.NextOfFlow, call)) before.NextOfFlow = call.NextOfFlow;
        }

        call.NextOfFlow = null;
        call.Flow = null;
    }

    /// <summary>Ends all objects of the flow.</summary>
    internal void ResetMemory() => _arena.Reset();

    /// <summary>The flow's code.</summary>
    private protected abstract void Run();

    /// <summary>Its code has come to its end.</summary>
    private protected abstract void Ended();

    private void EndAll()
    {
        while (_calls is not null) _calls.End();
        Ended();
    }
}
