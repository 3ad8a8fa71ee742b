// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Web;

/// <summary>Work that no request asks for, done from time to time. What it `new`s lives until the run ends.</summary>
public delegate WebTask WebJobHandler();

/// <summary>A job with its interval.</summary>
internal sealed class WebJob(FlowScheduler scheduler, int memory, long interval, WebJobHandler handler) : Flow(scheduler, memory)
{
    private const long LeastInterval = 1_000_000;

    private bool _isRunning;

    /// <summary>Has it run after its interval.</summary>
    internal void Schedule() => Scheduler.Delay(this, Math.Max(interval, LeastInterval));

    /// <inheritdoc/>
    internal override void DeadlineCame()
    {
        if (_isRunning) base.DeadlineCame();
        else Begin();
    }

    /// <inheritdoc/>
    private protected override void Run()
    {
        _isRunning = true;
        handler();
    }

    /// <inheritdoc/>
    private protected override void Ended()
    {
        _isRunning = false;
        ResetMemory();
        Schedule();
    }
}
