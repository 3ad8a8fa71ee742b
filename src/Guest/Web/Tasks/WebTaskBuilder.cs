// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;

namespace Uaas.Web;

/// <summary>What csc builds async methods that return a <see cref="WebTask"/> with. Not for use by hand.</summary>
public struct WebTaskBuilder
{
    private Suspension? _rest;

    /// <summary>Begins a method.</summary>
    public static WebTaskBuilder Create() => default;

    /// <summary>What the caller gets.</summary>
    public readonly WebTask Task => new(_rest);

    /// <summary>Runs the method to its first wait.</summary>
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>C# asks for it; never called.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>The method has ended.</summary>
    public readonly void SetResult() => _rest?.Complete();

    /// <summary>C# asks for it; in a unikernel there are no exceptions.</summary>
    public readonly void SetException(Exception exception) => Fail(exception);

    /// <summary>The method waits: at the first time its state moves from the stack to the arena.</summary>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : IWebAwaiter
        where TStateMachine : IAsyncStateMachine
    {
        Suspension? rest = _rest;
        if (rest is null)
        {
            SuspendedMethod<TStateMachine> method = new();
            _rest = rest = method;
            method.StateMachine = stateMachine;
        }

        awaiter.Suspend(rest);
    }

    /// <summary>As <see cref="AwaitOnCompleted"/>.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : IWebAwaiter
        where TStateMachine : IAsyncStateMachine => AwaitOnCompleted(ref awaiter, ref stateMachine);

    internal static void RefuseContinuation() => Environment.FailFast("only async methods that return a WebTask can await this");

    internal static void Fail(Exception exception) => Environment.FailFast("an exception in an async method");
}

/// <summary>As <see cref="WebTaskBuilder"/>, for methods with a result. Not for use by hand.</summary>
/// <typeparam name="T">The result's type.</typeparam>
public struct WebTaskBuilder<T>
{
    private Suspension<T>? _rest;
    private T _result;

    /// <summary>Begins a method.</summary>
    public static WebTaskBuilder<T> Create() => default;

    /// <summary>What the caller gets.</summary>
    public readonly WebTask<T> Task => new(_rest, _result);

    /// <inheritdoc cref="WebTaskBuilder.Start"/>
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <inheritdoc cref="WebTaskBuilder.SetStateMachine"/>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>The method has ended.</summary>
    public void SetResult(T result)
    {
        _result = result;
        if (_rest is null) return;
        _rest.Result = result;
        _rest.Complete();
    }

    /// <inheritdoc cref="WebTaskBuilder.SetException"/>
    public readonly void SetException(Exception exception) => WebTaskBuilder.Fail(exception);

    /// <inheritdoc cref="WebTaskBuilder.AwaitOnCompleted"/>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : IWebAwaiter
        where TStateMachine : IAsyncStateMachine
    {
        Suspension<T>? rest = _rest;
        if (rest is null)
        {
            SuspendedMethod<T, TStateMachine> method = new();
            _rest = rest = method;
            method.StateMachine = stateMachine;
        }

        awaiter.Suspend(rest);
    }

    /// <inheritdoc cref="WebTaskBuilder.AwaitOnCompleted"/>
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : IWebAwaiter
        where TStateMachine : IAsyncStateMachine => AwaitOnCompleted(ref awaiter, ref stateMachine);
}
