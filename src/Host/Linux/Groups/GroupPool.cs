// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace Uaas.Linux.Groups;

/// <summary>
/// Control groups made ahead, on a thread of its own, for each of the limits that are wanted: an instance's start waits for none to be made. They come back
/// when their instances have ended.
/// </summary>
public sealed class GroupPool : IDisposable
{
    /// <summary>Groups of the same limits that wait for instances, where none have ended yet.</summary>
    public const int Depth = 8;

    /// <summary>Groups of the same limits that are kept when many instances have ended; more are removed.</summary>
    public const int MostSpare = 256;

    private const int AttemptsToEmpty = 100;

    private readonly GroupRoot _root;
    private readonly BlockingCollection<Action> _work = [];
    private readonly Lock _lock = new();
    private readonly Dictionary<GroupLimits, (int Wanted, Stack<ControlGroup> Spare)> _pools = [];
    private int _nextName;

    /// <param name="root">Where groups are made.</param>
    public GroupPool(GroupRoot root)
    {
        _root = root;
        new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "groups" }.Start();
    }

    /// <summary>Called when a group cannot be made or entered, on the pool's thread.</summary>
    public event Action<Exception>? Failed;

    /// <summary>How many groups of those limits lie ready.</summary>
    public int SpareOf(GroupLimits limits)
    {
        lock (_lock)
            return _pools.TryGetValue(limits, out (int, Stack<ControlGroup> Spare) pool) ? pool.Spare.Count : 0;
    }

    /// <summary>Somebody is going to want groups of those limits.</summary>
    public void Want(GroupLimits limits)
    {
        lock (_lock)
        {
            (int wanted, Stack<ControlGroup> spare) = _pools.GetValueOrDefault(limits, (0, new Stack<ControlGroup>()));
            _pools[limits] = (wanted + 1, spare);
        }
        Post(() => Fill(limits));
    }

    /// <summary>Somebody wants no more of them; with the last one, those that lie ready are removed.</summary>
    public void Forget(GroupLimits limits)
    {
        Stack<ControlGroup>? over = null;
        lock (_lock)
        {
            if (!_pools.TryGetValue(limits, out (int Wanted, Stack<ControlGroup> Spare) pool))
                return;
            if (pool.Wanted > 1)
                _pools[limits] = (pool.Wanted - 1, pool.Spare);
            else if (_pools.Remove(limits))
                over = pool.Spare;
        }
        foreach (ControlGroup group in over ?? [])
            Post(() => Remove(group, AttemptsToEmpty));
    }

    /// <summary>A group of those limits: one that lies ready, or one made now.</summary>
    /// <exception cref="IOException">The kernel refuses to make one.</exception>
    public ControlGroup Take(GroupLimits limits)
    {
        ControlGroup? group = null;
        lock (_lock)
        {
            if (_pools.TryGetValue(limits, out (int, Stack<ControlGroup> Spare) pool))
                pool.Spare.TryPop(out group);
        }
        Post(() => Fill(limits));
        return (group ?? Make(limits)).Take();
    }

    /// <summary>Moves a process into a group, soon.</summary>
    public void Enter(ControlGroup group, int process) => Post(() => group.Enter(process));

    /// <inheritdoc/>
    public void Dispose() => _work.CompleteAdding();

    private ControlGroup Make(GroupLimits limits) => new(_root, $"{Interlocked.Increment(ref _nextName)}", limits, group => Post(() => TakeBack(group, AttemptsToEmpty)));

    private void Fill(GroupLimits limits)
    {
        while (SpareOf(limits) < Depth && IsWanted(limits))
            Keep(Make(limits));
    }

    private bool IsWanted(GroupLimits limits)
    {
        lock (_lock)
            return _pools.ContainsKey(limits);
    }

    private void Keep(ControlGroup group)
    {
        lock (_lock)
        {
            if (_pools.TryGetValue(group.Limits, out (int, Stack<ControlGroup> Spare) pool) && pool.Spare.Count < MostSpare)
            {
                pool.Spare.Push(group);
                return;
            }
        }
        Remove(group, AttemptsToEmpty);
    }

    /// <summary>A process that has ended is out of its group a moment later.</summary>
    private void TakeBack(ControlGroup group, int attempts)
    {
        if (group.IsEmpty())
            Keep(group);
        else
            Later(attempts, () => TakeBack(group, attempts - 1));
    }

    private void Remove(ControlGroup group, int attempts)
    {
        if (!group.TryRemove())
            Later(attempts, () => Remove(group, attempts - 1));
    }

    /// <summary>One that never empties is left to whoever removes the whole tree.</summary>
    private void Later(int attempts, Action work)
    {
        if (attempts > 0)
            _ = System.Threading.Tasks.Task.Delay(10).ContinueWith(_ => Post(work), System.Threading.Tasks.TaskScheduler.Default);
    }

    private void Post(Action work)
    {
        try
        {
            if (!_work.IsAddingCompleted)
                _work.Add(work);
        }
        catch (InvalidOperationException)
        {
            // It was disposed meanwhile.
        }
    }

    private void Work()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            try
            {
                work();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Failed?.Invoke(e);
            }
        }
    }
}
