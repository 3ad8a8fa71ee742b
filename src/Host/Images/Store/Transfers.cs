// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Host.Images.Store;

/// <summary>Something that takes time: how far it has come may be read from any thread.</summary>
/// <param name="title">What people are told that it is.</param>
/// <param name="total">How many bytes, or other steps, there are.</param>
public sealed class Transfer(string title, long total)
{
    private long _done;

    /// <summary>What it is.</summary>
    public string Title => title;

    /// <summary>How many bytes there are.</summary>
    public long Total => total;

    /// <summary>How many of them are done.</summary>
    public long Done => Volatile.Read(ref _done);

    /// <summary>So many more are done.</summary>
    internal void Advance(long count) => Interlocked.Add(ref _done, count);

    /// <summary>So many are done.</summary>
    internal void Set(long done) => Volatile.Write(ref _done, done);
}

/// <summary>All that is being moved. Whoever shows it to people looks when it likes; whoever moves does not wait for that.</summary>
public sealed class Transfers
{
    private readonly Lock _lock = new();
    private readonly List<Transfer> _all = [];

    /// <summary>All of them, in the order in which they began.</summary>
    public IReadOnlyList<Transfer> Snapshot()
    {
        lock (_lock)
            return [.. _all];
    }

    internal Transfer Begin(string title, long total)
    {
        var transfer = new Transfer(title, total);
        lock (_lock)
            _all.Add(transfer);
        return transfer;
    }
}
