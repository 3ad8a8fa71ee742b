// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;

namespace Uaas.Web;

/// <summary>
/// What a handler returns: done, or still under way. The type of <c>async</c> methods without a result. Their state lives in the arena of the flow (the request,
/// the job) that they run in, and takes memory there when a method first waits; there are no exceptions, and one thread.
/// </summary>
[AsyncMethodBuilder(typeof(WebTaskBuilder))]
public readonly struct WebTask
{
    private readonly Suspension? _rest;

    internal WebTask(Suspension? rest) => _rest = rest;

    /// <summary>A task that is done.</summary>
    public static WebTask Completed => default;

    /// <summary>Whether it is done.</summary>
    public bool IsCompleted => _rest is null || _rest.IsCompleted;

    /// <summary>For <c>await</c>.</summary>
    public Awaiter GetAwaiter() => new(_rest);

    /// <summary>For <c>await</c>.</summary>
    public readonly struct Awaiter : IWebAwaiter
    {
        private readonly Suspension? _rest;

        internal Awaiter(Suspension? rest) => _rest = rest;

        /// <summary>Whether there is nothing to wait for.</summary>
        public bool IsCompleted => _rest is null || _rest.IsCompleted;

        /// <summary>There is no result.</summary>
        public void GetResult()
        {
        }

        void IWebAwaiter.Suspend(Suspension waiter) => _rest!.WaitFor(waiter);

        void INotifyCompletion.OnCompleted(Action continuation) => WebTaskBuilder.RefuseContinuation();
    }
}

/// <summary>As <see cref="WebTask"/>, with a result.</summary>
/// <typeparam name="T">The result's type.</typeparam>
[AsyncMethodBuilder(typeof(WebTaskBuilder<>))]
public readonly struct WebTask<T>
{
    private readonly Suspension<T>? _rest;
    private readonly T _result;

    internal WebTask(Suspension<T>? rest, T result)
    {
        _rest = rest;
        _result = result;
    }

    /// <summary>A task that is done, with its result.</summary>
    public WebTask(T result)
        : this(null, result)
    {
    }

    /// <summary>Whether it is done.</summary>
    public bool IsCompleted => _rest is null || _rest.IsCompleted;

    /// <summary>For <c>await</c>.</summary>
    public Awaiter GetAwaiter() => new(this);

    /// <summary>For <c>await</c>.</summary>
    public readonly struct Awaiter : IWebAwaiter
    {
        private readonly WebTask<T> _task;

        internal Awaiter(WebTask<T> task) => _task = task;

        /// <summary>Whether there is nothing to wait for.</summary>
        public bool IsCompleted => _task.IsCompleted;

        /// <summary>The result.</summary>
        public T GetResult() => _task._rest is null ? _task._result : _task._rest.Result;

        void IWebAwaiter.Suspend(Suspension waiter) => _task._rest!.WaitFor(waiter);

        void INotifyCompletion.OnCompleted(Action continuation) => WebTaskBuilder.RefuseContinuation();
    }
}
