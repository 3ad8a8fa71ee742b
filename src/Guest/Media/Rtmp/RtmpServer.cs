// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Live;
using Uaas.Net;
using Uaas.Net.Tcp;

namespace Uaas.Media.Rtmp;

/// <summary>What the connections of the RTMP port share. Connection objects are made when first needed, at most so many, and used again.</summary>
public sealed class RtmpServer : TcpListener
{
    /// <summary>From a connection's beginning to its publish or play command, in nanoseconds; longer: cut off.</summary>
    public const long HandshakeTimeout = 15L * 1_000_000_000;

    /// <summary>Between two packets of a publisher, in nanoseconds; longer: cut off.</summary>
    public const long PublisherTimeout = 30L * 1_000_000_000;

    /// <summary>From the last word of this side to the peer's end, in nanoseconds; longer: cut off.</summary>
    public const long LingerTimeout = 15L * 1_000_000_000;

    private const int LargePerStream = 2;

    /// <summary>Bytes of all objects that a connection needs, but for TCP and its messages.</summary>
    private const int ObjectsPerConnection = RtmpConnection.ControlSize + 3072;

    private readonly RtmpConnection?[] _connections;
    private readonly int[] _free;
    private int _freeCount;
    private int _made;

    /// <summary>A server for <paramref name="streams"/>, with so many connections at most.</summary>
    public RtmpServer(StreamTable streams, int maxConnections)
    {
        Streams = streams;
        _connections = new RtmpConnection?[maxConnections];
        _free = new int[maxConnections];
        Buffers = new MessageBuffers(maxConnections + ChunkReader.MaxPartial * streams.Count, LargePerStream * streams.Count, streams[0].PacketLimit);
    }

    /// <summary>The application's name: the first part of rtmp://host/live/name.</summary>
    public static ReadOnlySpan<byte> Application => "live"u8;

    /// <summary>The streams.</summary>
    public StreamTable Streams { get; }

    /// <summary>What was counted.</summary>
    public RtmpCounters Counters;

    /// <summary>Bytes of memory that serving takes at most, when all connections are open and busy, but for TCP.</summary>
    public long MemoryAtBounds => (long)_connections.Length * ObjectsPerConnection + Buffers.MemoryAtBounds;

    /// <summary>Connections that are open.</summary>
    public int ActiveConnections { get; private set; }

    /// <summary>Whether nothing new is taken.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Whether the last connection has ended after <see cref="Drain"/>.</summary>
    public bool IsDrained => IsDraining && ActiveConnections == 0;

    /// <summary>Memory for messages under way; others who read media share it.</summary>
    public MessageBuffers Buffers { get; }

    internal long Now => Streams.Now;

    /// <inheritdoc/>
    public override TcpHandler? Accept(TcpConnection connection)
    {
        if (IsDraining) return null;
        if (_freeCount == 0) Grow();
        if (_freeCount == 0) return null;
        int slot = _free[--_freeCount];
        ActiveConnections++;
        Counters.Connections++;
        return _connections[slot];
    }

    /// <summary>
    /// Takes nothing new, tells publishers that they have done, and ends viewers, for whom <see cref="Streams"/> is drained, after what they were offered.
    /// </summary>
    public void Drain()
    {
        IsDraining = true;
        for (int i = 0; i < _made; i++) _connections[i]!.Drain();
    }

    internal void Close(RtmpConnection connection)
    {
        ActiveConnections--;
        _free[_freeCount++] = connection.Slot;
    }

    private void Grow()
    {
        int first = _made;
        _made = PoolGrowth.Next(first, _connections.Length);
        for (int i = _made - 1; i >= first; i--)
        {
            _connections[i] = new RtmpConnection(this, i);
            _free[_freeCount++] = i;
        }
    }
}

/// <summary>What an RTMP server has counted.</summary>
public struct RtmpCounters
{
    /// <summary>Connections taken.</summary>
    public long Connections;

    /// <summary>Connections cut off because they broke the protocol or a bound.</summary>
    public long Refused;

    /// <summary>Publishers sent away: the name is taken, or is none, or there is no room.</summary>
    public long RefusedPublishers;
}
