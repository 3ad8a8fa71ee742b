// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using Uaas.Networking;

namespace Uaas.Agent;

/// <summary>A link that waits for an instance, or has one.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Link">The link.</param>
public sealed record PooledLink(int Number, InstanceLink Link);

/// <summary>Makes links, and makes them ready for another instance.</summary>
public interface ILinkMaker
{
    /// <summary>Makes the link of that number.</summary>
    InstanceLink Make(int number);

    /// <summary>Makes a link whose instance has ended ready for another.</summary>
    InstanceLink Renew(InstanceLink link, bool offloads);

    /// <summary>Removes a link for good.</summary>
    void Remove(InstanceLink link);
}

/// <summary>Makes links of a node's own network.</summary>
/// <param name="network">The network.</param>
public sealed class NodeLinks(NodeNetwork network) : ILinkMaker
{
    /// <inheritdoc/>
    public InstanceLink Make(int number) => network.AddInstance(number, new InstanceLinkOptions(Offloads: true, IsKept: true));

    /// <inheritdoc/>
    public InstanceLink Renew(InstanceLink link, bool offloads) => network.Renew(link, offloads);

    /// <inheritdoc/>
    public void Remove(InstanceLink link) => link.Tap.Remove();
}

/// <summary>
/// Links made ahead of their instances, on a thread of its own: an instance's start waits for no change of the kernel's tables, nor for its processor while another
/// link is made. The pool is filled to a depth when half of it is gone; links come back to it when their instances have ended.
/// </summary>
public sealed class LinkPool : IDisposable
{
    // Links left over when many instances have ended: more of them than this are removed, since each holds 82 KiB of the kernel's memory.
    private const int MostSpare = 512;

    private readonly ILinkMaker _maker;
    private readonly int _depth;
    private readonly BlockingCollection<Action> _work = [];
    private readonly Lock _lock = new();
    private readonly Dictionary<int, PooledLink> _spare = [];
    private readonly SortedSet<int> _freeNumbers = [];
    private int _nextNumber;
    private int _making;

    /// <param name="maker">Makes links.</param>
    /// <param name="depth">How many links wait for instances.</param>
    public LinkPool(ILinkMaker maker, int depth)
    {
        _maker = maker;
        _depth = depth;
        new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "links" }.Start();
    }

    /// <summary>Called with each link that becomes ready, on the pool's thread.</summary>
    public event Action<PooledLink>? Added;

    /// <summary>Called when a link cannot be made or renewed, on the pool's thread.</summary>
    public event Action<Exception>? Failed;

    /// <summary>The links that are ready.</summary>
    public IReadOnlyList<PooledLink> Spare
    {
        get
        {
            lock (_lock)
                return [.. _spare.Values];
        }
    }

    /// <summary>Brings the pool to its depth; further links follow when half of them are taken.</summary>
    public void Fill()
    {
        lock (_lock)
        {
            while (_spare.Count + _making < _depth && TryTakeNumber() is { } number)
            {
                _making++;
                Post(() => MakeOne(number));
            }
        }
    }

    /// <summary>Takes the link of that number; null where it is not ready.</summary>
    public PooledLink? Take(int number)
    {
        PooledLink? link;
        lock (_lock)
            _spare.Remove(number, out link);
        FillIfLow();
        return link;
    }

    /// <summary>Takes a link back, whose instance has ended.</summary>
    public void Return(PooledLink link) => Post(() => RenewOne(link));

    /// <summary>The same link, with another way to pass frames than links are made with. Nobody else may hold it.</summary>
    public PooledLink WithoutOffloads(PooledLink link) => link with { Link = _maker.Renew(link.Link, offloads: false) };

    /// <inheritdoc/>
    public void Dispose() => _work.CompleteAdding();

    private void FillIfLow()
    {
        lock (_lock)
        {
            if (_spare.Count + _making <= _depth / 2)
                Fill();
        }
    }

    private int? TryTakeNumber()
    {
        if (_freeNumbers.Count == 0)
            return _nextNumber < NodeNetwork.MaxInstances ? _nextNumber++ : null;
        int number = _freeNumbers.Min;
        _freeNumbers.Remove(number);
        return number;
    }

    private void Post(Action work)
    {
        if (!_work.IsAddingCompleted)
            _work.Add(work);
    }

    private void Work()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            try
            {
                work();
            }
            catch (Exception e) when (e is System.IO.IOException or Linux.UaasException)
            {
                Failed?.Invoke(e);
            }
        }
    }

    private void MakeOne(int number)
    {
        try
        {
            Add(new PooledLink(number, _maker.Make(number)));
        }
        catch
        {
            GiveUp(number);
            throw;
        }
        finally
        {
            lock (_lock)
                _making--;
        }
    }

    private void RenewOne(PooledLink link)
    {
        bool isWanted;
        lock (_lock)
            isWanted = _spare.Count < Math.Max(MostSpare, _depth);
        if (isWanted)
        {
            // A link that cannot be renewed keeps its number: what the kernel still has of it would stand in the way of another. The pool makes a new one.
            try
            {
                Add(link with { Link = _maker.Renew(link.Link, offloads: true) });
            }
            finally
            {
                FillIfLow();
            }
            return;
        }
        _maker.Remove(link.Link);
        GiveUp(link.Number);
    }

    private void Add(PooledLink link)
    {
        lock (_lock)
            _spare.Add(link.Number, link);
        Added?.Invoke(link);
    }

    private void GiveUp(int number)
    {
        lock (_lock)
            _freeNumbers.Add(number);
    }
}
