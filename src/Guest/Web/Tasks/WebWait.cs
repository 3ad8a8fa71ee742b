// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;

namespace Uaas.Web;

/// <summary>
/// What the library's own waits return: <c>await</c> it at once. True when what was waited for came about, false when it will not (the client is gone, the
/// content is at its end). It takes no memory, however often one waits.
/// </summary>
public readonly struct WebWait
{
    private readonly Operation? _operation;
    private readonly bool _result;

    internal WebWait(Operation operation) => _operation = operation;

    private WebWait(bool result) => _result = result;

    /// <summary>A wait that is over.</summary>
    internal static WebWait Over(bool result) => new(result);

    /// <summary>Waits for a time.</summary>
    /// <param name="nanoseconds">How long, in nanoseconds; 0 lets other work of the service run in between.</param>
    public static WebWait For(long nanoseconds)
    {
        Flow flow = Flow.Current;
        return flow.Scheduler.Delay(flow, nanoseconds);
    }

    /// <summary>For <c>await</c>.</summary>
    public Awaiter GetAwaiter() => new(this);

    /// <summary>For <c>await</c>.</summary>
    public readonly struct Awaiter : IWebAwaiter
    {
        private readonly WebWait _wait;

        internal Awaiter(WebWait wait) => _wait = wait;

        /// <summary>Whether there is nothing to wait for.</summary>
        public bool IsCompleted => _wait._operation is null || _wait._operation.IsCompleted;

        /// <summary>Whether it came about.</summary>
        public bool GetResult() => _wait._operation is null ? _wait._result : _wait._operation.Succeeded;

        void IWebAwaiter.Suspend(Suspension waiter) => _wait._operation!.Suspend(waiter);

        void INotifyCompletion.OnCompleted(Action continuation) => WebTaskBuilder.RefuseContinuation();
    }
}
