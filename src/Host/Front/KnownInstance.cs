// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Uaas.Front;

/// <summary>An instance as the front knows it: where it is, how busy it is, whether it is about to go.</summary>
internal sealed class KnownInstance
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private static long s_made;

    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _connections = [];
    private readonly CancellationTokenSource _gone = new();
    private int _active;
    private int _isDraining;
    private int _saidDrained;
    private int _saidUp;
    private int _isCold;
    private int _failures;
    private long _avoidUntil;

    internal KnownInstance(string id, ServiceGate service, IPEndPoint address, bool isCold)
    {
        Id = id;
        Service = service;
        Address = address;
        Host = $"i{Interlocked.Increment(ref s_made)}.instance";
        Prefix = $"http://{Host}";
        _isCold = isCold ? 1 : 0;
    }

    internal string Id { get; }

    internal ServiceGate Service { get; }

    internal IPEndPoint Address { get; }

    /// <summary>
    /// What connections to it are kept by: this instance's alone, unlike its IP address, which may become another's. The master's name for it would not do: that may be
    /// a number, which a URI takes for an address, or differ in case alone.
    /// </summary>
    internal string Host { get; }

    /// <summary>The first part of the addresses of requests to it.</summary>
    internal string Prefix { get; }

    /// <summary>Requests that it is answering, for this front.</summary>
    internal int Active => Volatile.Read(ref _active);

    /// <summary>Set where <see cref="Active"/> has changed since the master was told.</summary>
    internal int IsUntold;

    /// <summary>Whether it may not have come up yet.</summary>
    internal bool IsCold => Volatile.Read(ref _isCold) == 1;

    internal bool IsDraining => Volatile.Read(ref _isDraining) == 1;

    /// <summary>What came of asking it whether it is well.</summary>
    internal Health.ProbeState Probe { get; } = new();

    /// <summary>Called off when it is gone.</summary>
    internal CancellationToken Gone => _gone.Token;

    /// <summary>Until when it is to be avoided because it has failed, in ticks of <see cref="Environment.TickCount64"/>.</summary>
    internal bool IsAvoided => Volatile.Read(ref _avoidUntil) > Environment.TickCount64;

    /// <summary>Begins a request; false where it is about to go. Counted first and looked at then, as <see cref="Drain"/> does it the other way round.</summary>
    internal bool TryBegin()
    {
        Interlocked.Increment(ref _active);
        if (!IsDraining)
            return true;
        End();
        return false;
    }

    /// <summary>Ends a request.</summary>
    internal void End()
    {
        if (Interlocked.Decrement(ref _active) == 0 && IsDraining)
            Service.Drained(this);
    }

    /// <summary>Gives it no further requests.</summary>
    internal void Drain()
    {
        Interlocked.Exchange(ref _isDraining, 1);
        if (Active == 0)
            Service.Drained(this);
    }

    /// <summary>Gives it requests again.</summary>
    internal void Resume()
    {
        Volatile.Write(ref _saidDrained, 0);
        Volatile.Write(ref _isDraining, 0);
        Volatile.Write(ref _isCold, 0);
    }

    /// <summary>Whether the master is still to be told that it has nothing of this front left.</summary>
    internal bool TrySayDrained() => Interlocked.Exchange(ref _saidDrained, 1) == 0;

    /// <summary>Whether the master is still to be told that it answers.</summary>
    internal bool TrySayUp() => Interlocked.Exchange(ref _isCold, 0) == 1 && Interlocked.Exchange(ref _saidUp, 1) == 0;

    /// <summary>A request came through.</summary>
    internal void NoteSuccess()
    {
        if (Volatile.Read(ref _failures) == 0)
            return;
        Volatile.Write(ref _failures, 0);
        Volatile.Write(ref _avoidUntil, 0);
    }

    /// <summary>It could not be reached, or broke off. Traffic finds out when it is well again, after a pause that doubles.</summary>
    internal void NoteFailure()
    {
        double pause = FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(Interlocked.Increment(ref _failures) - 1, 10));
        Volatile.Write(ref _avoidUntil, Environment.TickCount64 + (long)Math.Min(pause, LongestPause.TotalMilliseconds));
    }

    /// <summary>It does not answer when it is asked: it is avoided until it does.</summary>
    internal void NoteUnwell()
    {
        Volatile.Write(ref _failures, 1);
        Volatile.Write(ref _avoidUntil, long.MaxValue);
    }

    /// <summary>Takes note of a connection to it, which is closed when the instance is gone.</summary>
    internal void Add(Socket connection)
    {
        lock (_lock)
            _connections.Add(connection);
        if (_gone.IsCancellationRequested)
            connection.Dispose();
    }

    /// <summary>A connection to it is closed.</summary>
    internal void Remove(Socket connection)
    {
        lock (_lock)
            _connections.Remove(connection);
    }

    /// <summary>It is gone: so are all connections to it, lest one of them leads to who has its address next.</summary>
    internal void Lose()
    {
        _gone.Cancel();
        CloseConnections();
    }

    /// <summary>Closes all connections to it: an idle one would keep an instance that is to end from ending.</summary>
    internal void CloseConnections()
    {
        Socket[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
            _connections.Clear();
        }
        foreach (Socket connection in connections)
            connection.Dispose();
    }
}
