// SPDX-License-Identifier: Apache-2.0

using System.Runtime.CompilerServices;

namespace Uaas.Web;

/// <summary>What is left of an async method that waits: its state, kept in the arena of its flow, and who waits for it in turn. Not for use by hand.</summary>
public abstract class Suspension
{
    private Suspension? _waiter;

    private protected Suspension()
    {
    }

    /// <summary>Whether the method has come to its end.</summary>
    internal bool IsCompleted { get; private set; }

    /// <summary>Runs the method on to its next wait or its end.</summary>
    internal abstract void Resume();

    /// <summary>Has <paramref name="waiter"/> go on when this method ends.</summary>
    internal void WaitFor(Suspension waiter) => _waiter = waiter;

    /// <summary>The method has ended: whoever waits for it goes on.</summary>
    internal void Complete()
    {
        IsCompleted = true;
        Suspension? waiter = _waiter;
        _waiter = null;
        waiter?.Resume();
    }
}

/// <summary>A suspended method with a result. Not for use by hand.</summary>
/// <typeparam name="T">The result's type.</typeparam>
public abstract class Suspension<T> : Suspension
{
    private protected Suspension()
    {
    }

    /// <summary>The result, once it is completed.</summary>
    internal T Result = default!;
}

/// <summary>A suspended method without a result, with its state machine.</summary>
internal sealed class SuspendedMethod<TStateMachine> : Suspension
    where TStateMachine : IAsyncStateMachine
{
    internal TStateMachine StateMachine = default!;

    internal override void Resume() => StateMachine.MoveNext();
}

/// <summary>A suspended method with a result, with its state machine.</summary>
internal sealed class SuspendedMethod<T, TStateMachine> : Suspension<T>
    where TStateMachine : IAsyncStateMachine
{
    internal TStateMachine StateMachine = default!;

    internal override void Resume() => StateMachine.MoveNext();
}

/// <summary>What an awaiter of ours can do beside what C# asks of it: hand on the suspended method itself, without a delegate.</summary>
public interface IWebAwaiter : INotifyCompletion
{
    /// <summary>Has <paramref name="waiter"/> go on when what is awaited has come.</summary>
    void Suspend(Suspension waiter);
}
