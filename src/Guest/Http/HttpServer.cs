// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Net;

namespace Uaas.Http;

/// <summary>
/// What the connections of one port share: handler, limits, clock, log, counters and the pool of connection objects. Objects are made when first needed,
/// never more than the limits allow, and used again; so memory is bounded, and what is never used costs nothing.
/// </summary>
public sealed class HttpServer
{
    private const int MaxLooksForIdle = 64;
    private const long MinIdleToClose = HttpLimits.Second;

    /// <summary>Bytes of all objects that a connection needs at most, those of its pipelined responses included, but for its buffer.</summary>
    private const int ObjectsPerConnection = 2560;

    private readonly HttpConnection?[] _connections;
    private readonly int[] _freeSlots;
    private int _freeCount;
    private int _hand;

    /// <summary>A server whose requests <paramref name="handler"/> answers. <paramref name="log"/> is null where nothing is logged.</summary>
    public HttpServer(HttpHandler handler, HttpLimits limits, HttpClock clock, AccessLog? log)
    {
        Handler = handler;
        Limits = limits;
        Clock = clock;
        Log = log;
        Capacity = limits.MaxConnections + limits.MaxOverloadConnections;
        _connections = new HttpConnection?[Capacity];
        _freeSlots = new int[Capacity];
        Buffers = new BufferPool(limits.ResponseBufferSize, Capacity);
        Head = new RequestHead(limits);
        LineEnds = new ushort[limits.MaxHeaderCount + 1];
    }

    /// <summary>What was counted.</summary>
    public ref HttpCounters Counters => ref _counters;

    private HttpCounters _counters;

    /// <summary>The bounds.</summary>
    public HttpLimits Limits { get; }

    /// <summary>The time.</summary>
    public HttpClock Clock { get; }

    /// <summary>Connection objects that there are: slots below this number have been used, or will be next.</summary>
    internal int Made { get; private set; }

    /// <summary>Connections that are open.</summary>
    public int ActiveConnections { get; private set; }

    /// <summary>Connections at most, those that are told 503 among them; every <see cref="HttpResponse.Slot"/> is below it.</summary>
    public int Capacity { get; }

    /// <summary>
    /// Bytes of memory that serving takes at most: what all connections need when all are open and busy, but for TCP, for what handlers have of their own, and for
    /// log lines that are held while a response outlives the call to its handler.
    /// </summary>
    public long MemoryAtBounds => MemoryFor(Limits);

    /// <summary>What <see cref="MemoryAtBounds"/> of a server with such limits is.</summary>
    public static long MemoryFor(HttpLimits limits) => (long)(limits.MaxConnections + limits.MaxOverloadConnections) * (ObjectsPerConnection + limits.ResponseBufferSize);

    /// <summary>Whether the server is finishing what runs and takes nothing new.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Whether it has finished: the service may stop.</summary>
    public bool IsDrained => IsDraining && ActiveConnections == 0;

    internal HttpHandler Handler { get; }

    internal AccessLog? Log { get; }

    internal BufferPool Buffers { get; }

    internal RequestHead Head { get; }

    internal ushort[] LineEnds { get; }

    /// <summary>
    /// Finishes what runs and refuses what is new: idle connections are closed now, the others after the response they wait for, which says
    /// "Connection: close". Look at <see cref="IsDrained"/> for the end.
    /// </summary>
    public void Drain()
    {
        if (IsDraining) return;
        IsDraining = true;
        for (int i = 0; i < Made; i++) _connections[i]!.CloseIfIdle();
    }

    /// <summary>The connection object of a slot below <see cref="Made"/>.</summary>
    internal HttpConnection ConnectionAt(int slot) => _connections[slot]!;

    /// <summary>A connection object for a new connection, or null when it is to be refused.</summary>
    public HttpConnection? Open()
    {
        if (!IsDraining && _freeCount == 0) Grow();
        if (IsDraining || _freeCount == 0)
        {
            Counters.RefusedConnections++;
            return null;
        }

        int slot = _freeSlots[--_freeCount];
        ActiveConnections++;
        Counters.Connections++;
        return _connections[slot];
    }

    /// <summary>
    /// Makes room for a new connection by closing one that has been idle for long enough that its client has hardly just sent something. Looks at a bounded
    /// number of connections, all of them in turn.
    /// </summary>
    internal bool CloseSomeIdle()
    {
        for (int i = Math.Min(Made, MaxLooksForIdle); i > 0; i--)
        {
            _hand = _hand + 1 < Made ? _hand + 1 : 0;
            if (_connections[_hand]!.CloseIfIdleFor(MinIdleToClose)) return true;
        }

        return false;
    }

    internal void Close(HttpConnection connection)
    {
        ActiveConnections--;
        _freeSlots[_freeCount++] = connection.Slot;
    }

    private void Grow()
    {
        int first = Made;
        Made = PoolGrowth.Next(first, Capacity);
        for (int i = Made - 1; i >= first; i--)
        {
            _connections[i] = new HttpConnection(this, i);
            _freeSlots[_freeCount++] = i;
        }
    }
}
