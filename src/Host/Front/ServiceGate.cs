// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Front;

/// <summary>Why a request gets no instance.</summary>
/// <param name="Status">The status to answer with.</param>
/// <param name="RetryAfterSeconds">When to try again.</param>
/// <param name="Reason">Why, for a person.</param>
/// <param name="IsGone">Whether there is no such service any more: the routes may lead elsewhere by now.</param>
internal sealed record Refusal(int Status, int RetryAfterSeconds, string Reason, bool IsGone = false);

/// <summary>An instance for a request, or why there is none.</summary>
/// <param name="Instance">The instance; the request is begun on it.</param>
/// <param name="Refusal">Why there is none.</param>
/// <param name="Waited">Whether the request had to wait for it.</param>
internal readonly record struct Admission(KnownInstance? Instance, Refusal? Refusal, bool Waited);

/// <summary>What a gate says to the master.</summary>
internal interface IMaster
{
    /// <summary>Whether there is nobody to ask at present.</summary>
    bool IsAway { get; }

    /// <summary>Asks for an instance; returns the question's number.</summary>
    long Want(string service);

    /// <summary>The answer to a question is not needed any more.</summary>
    void Leave(long sequence);

    /// <summary>An instance that is to go has no request left.</summary>
    void SayDrained(string instance);

    /// <summary>Something is to be told that may wait a moment.</summary>
    void Remind(ServiceGate service);

    /// <summary>A load is to be told that may not wait.</summary>
    void Tell(ServiceGate service);
}

/// <summary>
/// The way in to a service: gives requests to its instances, the least busy first, and holds them while there is none. How many it holds and for how long
/// is bounded.
/// </summary>
/// <param name="name">The service's name.</param>
/// <param name="master">Who starts instances.</param>
internal sealed class ServiceGate(string name, IMaster master)
{
    private const int LookAtAllUpTo = 8;
    private static readonly TimeSpan PauseWithoutAnother = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource<Refusal?>> _waiting = new();
    private ImmutableArray<KnownInstance> _instances = [];
    private long _question = -1;
    private int _waitingCount;
    private int _active;
    private int _toldActive;
    private long _done;

    /// <summary>Set where something has changed since the master was told.</summary>
    internal int IsUntold;

    internal string Name { get; } = name;

    /// <summary>What became of its requests.</summary>
    internal Statistics.GateStatistics Statistics { get; } = new();

    internal GateSettings Settings { get; set; } = new();

    /// <summary>The services that its instances may ask for by name.</summary>
    internal ImmutableHashSet<string> Links { get; set; } = [];

    internal ImmutableArray<KnownInstance> Instances => _instances;

    internal int Waiting => Volatile.Read(ref _waitingCount);

    /// <summary>Requests ended since the connection to the master began.</summary>
    internal long Done => Interlocked.Read(ref _done);

    /// <summary>A connection to the master begins.</summary>
    internal void CountAnew() => Interlocked.Exchange(ref _done, 0);

    /// <summary>The question that is open; −1 for none.</summary>
    internal long Question => Interlocked.Read(ref _question);

    /// <summary>An instance for a request, at once or when there is one. Whoever gets one calls <see cref="End"/>.</summary>
    /// <param name="tried">Instances that have failed this request.</param>
    /// <param name="gone">Called off when the client is gone.</param>
    internal ValueTask<Admission> AdmitAsync(IReadOnlyList<KnownInstance> tried, CancellationToken gone) =>
        TryPick(tried) is { } instance ? ValueTask.FromResult(new Admission(instance, null, Waited: false)) : WaitAsync(tried, gone);

    /// <summary>A request has ended.</summary>
    internal void End(KnownInstance instance)
    {
        Interlocked.Increment(ref _done);
        Interlocked.Decrement(ref _active);
        instance.End();
        Remind(instance);
    }

    /// <summary>The master is being told that so many requests are being answered.</summary>
    internal void NoteTold(int active) => Volatile.Write(ref _toldActive, active);

    /// <summary>Says that an instance has nothing left.</summary>
    internal void Drained(KnownInstance instance)
    {
        if (!instance.TrySayDrained())
            return;
        instance.CloseConnections();
        master.SayDrained(instance.Id);
    }

    /// <summary>There is an instance: requests that wait go to it.</summary>
    internal void Add(KnownInstance instance)
    {
        lock (_lock)
            _instances = _instances.RemoveAll(known => known.Id == instance.Id).Add(instance);
        Release(null);
    }

    /// <summary>An instance is gone.</summary>
    internal void Remove(KnownInstance instance)
    {
        lock (_lock)
            _instances = _instances.Remove(instance);
        instance.Lose();
    }

    /// <summary>Instances may have room again: requests that wait try anew.</summary>
    internal void Retry() => Release(null);

    /// <summary>The master gives no instance: requests that wait are refused.</summary>
    internal void Refuse(Refusal refusal) => Release(refusal);

    /// <summary>The master that was asked is gone: the question is to be asked anew.</summary>
    internal void AskAgain()
    {
        lock (_lock)
        {
            _question = -1;
            if (_waiting.Count > 0)
                _question = master.Want(Name);
        }
    }

    private KnownInstance? TryPick(IReadOnlyList<KnownInstance> tried)
    {
        // An instance that begins to drain while it is picked refuses, and is not among them the next time.
        for (int attempt = 0; attempt < 4; attempt++)
        {
            if (PickBest(_instances, tried) is not { } best)
                return null;
            if (best.TryBegin())
            {
                NoteBegin(best);
                return best;
            }
        }
        return null;
    }

    /// <summary>What is more than there are instances for, and twice of what was told, is a crowd that comes: the master is to know before all of it is there.</summary>
    private void NoteBegin(KnownInstance instance)
    {
        int active = Interlocked.Increment(ref _active);
        Remind(instance);
        if (active > (long)Settings.Concurrency * _instances.Length && active >= 2L * Volatile.Read(ref _toldActive))
            master.Tell(this);
    }

    /// <summary>Of few instances the least busy; of many the less busy of two chosen at random, which is nearly as good and costs the same for any number.</summary>
    private static KnownInstance? PickBest(ImmutableArray<KnownInstance> instances, IReadOnlyList<KnownInstance> tried)
    {
        int start = instances.Length == 0 ? 0 : Random.Shared.Next(instances.Length);
        if (instances.Length > LookAtAllUpTo)
        {
            KnownInstance one = instances[start];
            KnownInstance other = instances[Random.Shared.Next(instances.Length)];
            if (IsFit(one, tried) && IsFit(other, tried))
                return one.Active <= other.Active ? one : other;
        }
        KnownInstance? best = null;
        for (int i = 0; i < instances.Length; i++)
        {
            KnownInstance candidate = instances[(start + i) % instances.Length];
            if (candidate.IsDraining || Contains(tried, candidate))
                continue;
            if (best is null || (candidate.IsAvoided, candidate.Active).CompareTo((best.IsAvoided, best.Active)) < 0)
                best = candidate;
        }
        return best;
    }

    private static bool IsFit(KnownInstance instance, IReadOnlyList<KnownInstance> tried) => !instance.IsDraining && !instance.IsAvoided && !Contains(tried, instance);

    private static bool Contains(IReadOnlyList<KnownInstance> tried, KnownInstance instance)
    {
        for (int i = 0; i < tried.Count; i++)
        {
            if (tried[i] == instance)
                return true;
        }
        return false;
    }

    private async ValueTask<Admission> WaitAsync(IReadOnlyList<KnownInstance> tried, CancellationToken gone)
    {
        long deadline = Environment.TickCount64 + (long)Settings.Deadline.TotalMilliseconds;
        while (true)
        {
            if (TryEnqueue() is not { } place)
                return new Admission(null, new Refusal(503, 1, "too many requests wait for this service"), Waited: true);
            if (TryPick(tried) is { } already)
            {
                Dequeue(place);
                return new Admission(already, null, Waited: true);
            }
            try
            {
                long left = Math.Max(0, deadline - Environment.TickCount64);
                Refusal? refusal = await place.Value.Task.WaitAsync(TimeSpan.FromMilliseconds(left), gone).ConfigureAwait(false);
                if (refusal is not null)
                    return new Admission(null, refusal, Waited: true);
            }
            catch (TimeoutException)
            {
                return new Admission(null, master.IsAway ? new Refusal(503, 1, "the master is away") : new Refusal(504, 1, "no instance came up in time"), Waited: true);
            }
            finally
            {
                Dequeue(place);
            }
            if (TryPick(tried) is { } instance)
                return new Admission(instance, null, Waited: true);

            // What there is has failed this request. The master gives the same again until it knows: asking without a pause would keep both busy until then.
            if (tried.Count > 0)
                await Task.Delay(PauseWithoutAnother, gone).ConfigureAwait(false);
        }
    }

    private LinkedListNode<TaskCompletionSource<Refusal?>>? TryEnqueue()
    {
        LinkedListNode<TaskCompletionSource<Refusal?>> place;
        lock (_lock)
        {
            if (_waiting.Count >= Settings.Queue)
                return null;
            place = _waiting.AddLast(new TaskCompletionSource<Refusal?>());
            Volatile.Write(ref _waitingCount, _waiting.Count);
            if (_question < 0)
                _question = master.Want(Name);
        }
        Remind(null);
        return place;
    }

    /// <summary>Gives the place in the queue up; with the last one, the question to the master is withdrawn.</summary>
    private void Dequeue(LinkedListNode<TaskCompletionSource<Refusal?>> place)
    {
        lock (_lock)
        {
            if (place.List is null)
                return;
            _waiting.Remove(place);
            Volatile.Write(ref _waitingCount, _waiting.Count);
            if (_waiting.Count == 0 && _question >= 0)
            {
                master.Leave(_question);
                _question = -1;
            }
        }
        Remind(null);
    }

    private void Release(Refusal? refusal)
    {
        TaskCompletionSource<Refusal?>[] released;
        lock (_lock)
        {
            // Where it was not the answer that released them, none is needed any more.
            if (_question >= 0)
                master.Leave(_question);
            _question = -1;
            released = [.. _waiting];
            _waiting.Clear();
            Volatile.Write(ref _waitingCount, 0);
        }
        if (released.Length > 0)
            Remind(null);

        // The thread that hears the master sends the first of them on its way, and wakes others for the rest: to wake one takes longer than to do it.
        for (int i = 1; i < released.Length; i++)
            ThreadPool.UnsafeQueueUserWorkItem(static later => later.Waiting.TrySetResult(later.Refusal), (Waiting: released[i], Refusal: refusal), preferLocal: false);
        if (released.Length > 0)
            released[0].TrySetResult(refusal);
    }

    private void Remind(KnownInstance? instance)
    {
        if (instance is not null && Volatile.Read(ref instance.IsUntold) == 0)
            Volatile.Write(ref instance.IsUntold, 1);
        if (Volatile.Read(ref IsUntold) == 0 && Interlocked.Exchange(ref IsUntold, 1) == 0)
            master.Remind(this);
    }
}

/// <summary>A service's settings, as far as fronts are concerned.</summary>
internal sealed record GateSettings
{
    /// <summary>The guest's HTTP port.</summary>
    internal int Port { get; init; } = 80;

    /// <summary>Requests at a time that one instance is to answer.</summary>
    internal int Concurrency { get; init; } = 100;

    /// <summary>Requests that wait at most.</summary>
    internal int Queue { get; init; } = 1024;

    /// <summary>How its instances are asked whether they are well; null for not at all.</summary>
    internal Health.HealthCheck? Health { get; init; }

    /// <summary>How long each waits at most.</summary>
    internal TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);
}
