// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net.Tcp;

/// <summary>
/// The connections of a stack: a hash table over a bounded pool. Control blocks are made the first time that so many connections exist at once, some more than
/// are needed then, and kept for good: memory follows the most there ever were, up to the bound.
/// </summary>
internal sealed class ConnectionTable
{
    /// <summary>Bytes of a control block at most, with what belongs to it.</summary>
    public const int ControlBlockSize = 1024;

    private readonly TcpStack _stack;
    private readonly NetworkConfiguration _configuration;
    private readonly ReceiveBufferPool _buffers;
    private readonly RangePool _ranges;
    private readonly TcpConnection?[] _connections;
    private readonly KeyHash _hash;

    // One more than the index; 0 ends a chain.
    private readonly int[] _buckets;
    private TcpConnection? _firstFree;

    public ConnectionTable(TcpStack stack, NetworkConfiguration configuration, ulong hashKey)
    {
        _stack = stack;
        _configuration = configuration;
        _buffers = new ReceiveBufferPool(configuration.ReceiveBuffers, configuration.ReceiveBufferSize);
        _ranges = new RangePool(configuration.RangeSets);
        _connections = new TcpConnection?[configuration.MaxConnections];
        _hash = new KeyHash(hashKey, configuration.MaxConnections);
        _buckets = new int[_hash.Buckets];
    }

    /// <summary>Connections that exist now.</summary>
    public int Active { get; private set; }

    /// <summary>Of those, the ones that a peer began and has not completed.</summary>
    public int HalfOpen { get; set; }

    /// <summary>Control blocks that were ever made.</summary>
    public int Created { get; private set; }

    /// <summary>Receive buffers whose memory has been taken before anybody needed them.</summary>
    public int BuffersReady => _buffers.Ready;

    /// <summary>Receive buffers borrowed now.</summary>
    public int BuffersInUse => _buffers.InUse;

    /// <summary>The connection that has held a receive buffer for longest, when all are lent; null when some are free, or there are none.</summary>
    public TcpConnection? LongestHolder()
    {
        if (_buffers.InUse < _buffers.Count) return null;
        TcpConnection? longest = null;
        for (int buffer = 0; buffer < _buffers.Count; buffer++)
        {
            TcpConnection holder = this[_buffers.Holder(buffer)];
            if (longest == null || holder.BufferedSince < longest.BufferedSince) longest = holder;
        }

        return longest;
    }

    /// <summary>Sets of ranges whose memory has been taken.</summary>
    public int RangeSetsReady => _ranges.Ready;

    /// <summary>Sets of ranges borrowed now.</summary>
    public int RangeSetsInUse => _ranges.InUse;

    /// <summary>The control block with that index, below <see cref="Created"/>.</summary>
    public TcpConnection this[int index] => _connections[index]!;

    /// <summary>The connection of a key.</summary>
    public TcpConnection? Find(ulong key)
    {
        int index = _buckets[_hash.Bucket(key)] - 1;
        while (index >= 0)
        {
            TcpConnection connection = _connections[index]!;
            if (connection.Key == key) return connection;
            index = connection.NextInBucket - 1;
        }

        return null;
    }

    /// <summary>A fresh control block in the table; null when all are in use. The caller gives it its state.</summary>
    public TcpConnection? Open(ulong key, TcpEndpoint local, TcpEndpoint remote, long now)
    {
        if (_firstFree == null) Grow();
        TcpConnection? connection = _firstFree;
        if (connection == null) return null;
        _firstFree = connection.NextFree;
        connection.Reset(key, local, remote, _configuration, now);
        int bucket = _hash.Bucket(key);
        connection.NextInBucket = _buckets[bucket];
        _buckets[bucket] = connection.Index + 1;
        Active++;
        return connection;
    }

    private void Grow()
    {
        int first = Created;
        Created = PoolGrowth.Next(first, _connections.Length);
        for (int i = Created - 1; i >= first; i--)
        {
            TcpConnection made = new(_stack, i, _buffers, _ranges) { NextFree = _firstFree };
            _connections[i] = _firstFree = made;
        }

        _ranges.Prepare(Created);
        _buffers.Prepare(Created);
    }

    /// <summary>Takes a connection out of the table.</summary>
    public void Close(TcpConnection connection)
    {
        if (connection.State == TcpState.SynReceived && connection.Listener != null) HalfOpen--;
        connection.State = TcpState.Closed;
        connection.Buffer.Release();
        connection.Recovery.Reset();
        Active--;

        int bucket = _hash.Bucket(connection.Key);
        int index = _buckets[bucket] - 1;
        if (index == connection.Index)
        {
            _buckets[bucket] = connection.NextInBucket;
            return;
        }

        TcpConnection before = _connections[index]!;
        while (before.NextInBucket - 1 != connection.Index) before = _connections[before.NextInBucket - 1]!;
        before.NextInBucket = connection.NextInBucket;
    }

    /// <summary>Makes a closed control block available again, once its handler knows.</summary>
    public void Recycle(TcpConnection connection)
    {
        connection.Handler = null;
        connection.Listener = null;
        connection.NextFree = _firstFree;
        _firstFree = connection;
    }
}
