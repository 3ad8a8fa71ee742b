// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Web;

/// <summary>Something outside of flows that a flow can wait for: a deadline, room in a buffer, bytes from a server. Made at start-up and used again.</summary>
internal sealed class Operation
{
    private Flow? _flow;

    /// <summary>Whether there is nothing to wait for.</summary>
    internal bool IsCompleted { get; private set; } = true;

    /// <summary>Whether it came about, once it is completed.</summary>
    internal bool Succeeded { get; private set; }

    /// <summary>It has begun, and can be waited for.</summary>
    internal WebWait Begin()
    {
        IsCompleted = false;
        return new WebWait(this);
    }

    /// <summary>It is done. The flow that waits for it goes on at the scheduler's next turn, from a stack of its own.</summary>
    internal void Complete(bool success)
    {
        if (IsCompleted) return;
        IsCompleted = true;
        Succeeded = success;
        Flow? flow = _flow;
        _flow = null;
        flow?.Scheduler.MakeReady(flow);
    }

    /// <summary>Has the current flow go on at <paramref name="waiter"/> when it is completed.</summary>
    internal void Suspend(Suspension waiter)
    {
        _flow = Flow.Current;
        _flow.Suspend(this, waiter);
    }
}
