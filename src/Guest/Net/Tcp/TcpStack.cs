// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Wire;

namespace Uaas.Net.Tcp;

/// <summary>All TCP of a network stack (RFC 9293): its connections, listeners, and what finds the one that a segment belongs to.</summary>
public sealed class TcpStack
{
    private struct ListeningPort
    {
        public ushort Port;
        public TcpListener? Listener;
    }

    /// <summary>How soon a device without room is tried again when nothing else happens.</summary>
    private const long DeviceRetryInterval = 100 * Nanoseconds.PerMicrosecond;

    /// <summary>
    /// Connections that send before frames are taken again. Each that sends is answered at once where the peer is near, and what carries frames to us holds but a
    /// thousand or so: sending to a thousand without a look at it would lose acknowledgments, and with them what others send meanwhile.
    /// </summary>
    private const int SendersInTurn = 32;

    private readonly Interface _link;
    private readonly NetworkConfiguration _configuration;
    private readonly ListeningPort[] _listeners;
    private readonly InitialSequence _initialSequence;
    private readonly TcpArrival _arrival;
    private readonly TcpHandshake _handshake;
    private readonly TcpTransmit _transmit;
    private readonly TcpTimers _timers;
    private readonly EphemeralPorts _ports;
    private TcpConnection? _firstPending;
    private TcpConnection? _lastPending;
    private bool _deviceFull;
    private bool _someUnreachable;
    private uint _reachabilityVersion;

    internal TcpStack(Interface link, NetworkConfiguration configuration, KeyedRandom random)
    {
        _link = link;
        _configuration = configuration;
        _listeners = new ListeningPort[configuration.MaxListeners];
        SipHash hash = new(random.NextUInt64(), random.NextUInt64());
        _initialSequence = new InitialSequence(hash);
        _ports = new EphemeralPorts(hash);
        Timers = new TimerHeap(configuration.MaxConnections);
        Connections = new ConnectionTable(this, configuration, random.NextUInt64());
        TimeWait = new TimeWaitTable(configuration.TimeWaitEntries, configuration.TimeWaitDuration, random.NextUInt64());
        TcpEmitter emitter = new(link, configuration);
        _transmit = new TcpTransmit(this, emitter, link);
        _handshake = new TcpHandshake(this, emitter, link, configuration, _initialSequence, new SipHash(random.NextUInt64(), random.NextUInt64()));
        _arrival = new TcpArrival(this, emitter, _handshake, link, configuration);
        _timers = new TcpTimers(this, emitter, link, configuration);
    }

    internal ConnectionTable Connections { get; }

    internal TimeWaitTable TimeWait { get; }

    internal TimerHeap Timers { get; }

    /// <summary>The time of the current poll.</summary>
    internal long Now { get; private set; }

    /// <summary>Bytes of memory that are still to be taken, until there have been as many connections at a time as there may be.</summary>
    public long MemoryToCome => (long)(_configuration.MaxConnections - Connections.Created) * ConnectionTable.ControlBlockSize;

    /// <summary>Connections that exist, half-open ones included.</summary>
    public int ActiveConnections => Connections.Active;

    /// <summary>Accepts connections on a port from now on; false when the port is taken or all listeners are.</summary>
    public bool Listen(ushort port, TcpListener listener)
    {
        if (FindListener(port) != null) return false;
        for (int i = 0; i < _listeners.Length; i++)
        {
            if (_listeners[i].Listener != null) continue;
            _listeners[i] = new ListeningPort { Port = port, Listener = listener };
            return true;
        }

        return false;
    }

    /// <summary>Refuses connections on a port from now on; those that exist stay.</summary>
    public void StopListening(ushort port)
    {
        for (int i = 0; i < _listeners.Length; i++)
        {
            if (_listeners[i].Port == port) _listeners[i] = default;
        }
    }

    /// <summary>
    /// Opens a connection. The handler's Established or Closed follows. Null when this side has no address, all connections are in use, or no port is free
    /// for that destination.
    /// </summary>
    public TcpConnection? Connect(Ipv4Address address, ushort port, TcpHandler handler)
    {
        if (_link.Address == Ipv4Address.Any) return null;
        for (int attempt = 0; attempt < EphemeralPorts.Count; attempt++)
        {
            ushort localPort = _ports.Next(address, port);
            ulong key = KeyHash.Key(address, port, localPort);
            if (FindListener(localPort) != null || Connections.Find(key) != null || TimeWait.TryFind(key, Now, out _)) continue;
            TcpConnection? connection = Connections.Open(key, new TcpEndpoint(_link.Address, localPort), new TcpEndpoint(address, port), Now);
            if (connection == null) return null;
            _link.Counters.TcpOpened++;
            _handshake.Begin(connection, handler);
            return connection;
        }

        return null;
    }

    internal TcpListener? FindListener(ushort port)
    {
        for (int i = 0; i < _listeners.Length; i++)
        {
            if (_listeners[i].Listener != null && _listeners[i].Port == port) return _listeners[i].Listener;
        }

        return null;
    }

    internal void SetTime(long now) => Now = now;

    /// <summary>When a connection that waits in FIN-WAIT-2 is given up, if the peer stays silent.</summary>
    internal long FinWaitDeadline(TcpConnection connection) => connection.LastReceivedAt + _configuration.FinWaitTimeout;

    /// <summary>Takes a segment for this side.</summary>
    internal void Receive(Ipv4Address from, in TcpSegment segment)
    {
        ulong key = KeyHash.Key(from, segment.SourcePort, segment.DestinationPort);
        TcpConnection? connection = Connections.Find(key) ?? _handshake.ReceiveUnknown(key, from, segment);
        if (connection == null) return;

        _link.Counters.TcpSegmentsReceived++;
        connection.LastReceivedAt = Now;
        _arrival.Receive(connection, segment);
        if (connection.State == TcpState.Closed) return;

        // Data goes out at once, with the acknowledgment on it; an acknowledgment alone waits for the end of the batch, unless the peer counts it.
        if (connection.AckNeed == AckNeed.AtOnce || (connection.IsPending && connection.HasUnsent)) _transmit.Run(connection, Now);
        if (connection.AckNeed == AckNeed.Soon) Schedule(connection);
        if (connection.AckNeed == AckNeed.Delayed && connection.AckDeadline == Nanoseconds.Never)
        {
            connection.AckDeadline = Now + _configuration.DelayedAck;
            Timers.EnsureBy(connection.Index, connection.AckDeadline);
        }
    }

    /// <summary>
    /// A router says that a segment we sent was too large for the next link (RFC 1191); believed only if the segment is under way (RFC 5927).
    /// </summary>
    internal void PathNarrowed(Ipv4Address to, ReadOnlySpan<byte> quoted, int mtu)
    {
        if (!TcpQuote.TryRead(quoted, out ushort localPort, out ushort remotePort, out SequenceNumber sequence)) return;
        TcpConnection? connection = Connections.Find(KeyHash.Key(to, remotePort, localPort));
        if (connection == null || connection.State < TcpState.Established) return;
        long offset = connection.Unacknowledged + (sequence - connection.SequenceOf(connection.Unacknowledged));
        int size = Math.Max(mtu, TcpQuote.LeastMtu) - Ipv4Packet.HeaderSize - TcpSegment.HeaderSize;
        if (offset < connection.Unacknowledged || offset >= connection.Next || size >= connection.MaximumSegmentSize) return;
        connection.MaximumSegmentSize = size;
        connection.Recovery.PathNarrowed(connection.Unacknowledged, connection.Next);
        Schedule(connection);
    }

    /// <summary>Puts a connection on the list of those that may have something to send.</summary>
    internal void Schedule(TcpConnection connection)
    {
        if (connection.IsPending) return;
        connection.IsPending = true;
        connection.NextPending = null;
        if (_lastPending == null) _firstPending = connection;
        else _lastPending.NextPending = connection;
        _lastPending = connection;
    }

    /// <summary>Runs what timers are due.</summary>
    internal void RunTimers(long now) => _timers.Run(now);

    /// <summary>Lets connections on the list send, a bounded number of them; true when there are others, or one of these has more to send at once.</summary>
    internal bool Flush(long now)
    {
        _deviceFull = false;
        if (_someUnreachable && _link.ReachabilityVersion != _reachabilityVersion) ScheduleUnreachable();

        // Those that are put back on the list while this runs have their turn after all others, at the next poll or later. A connection may have been closed
        // since it was put on the list, even be another's by now: nothing is lost by letting it look.
        TcpConnection? last = _lastPending;
        for (int i = 0; i < SendersInTurn && !_deviceFull && _firstPending is { } connection; i++)
        {
            _firstPending = connection.NextPending;
            if (_firstPending == null) _lastPending = null;
            connection.IsPending = false;
            connection.NextPending = null;
            if (connection.State != TcpState.Closed)
            {
                if (connection.ReceiveResumed) _arrival.Resume(connection);
                _transmit.Run(connection, now);
            }

            if (connection == last) break;
        }

        return _firstPending != null && !_deviceFull;
    }

    /// <summary>When there is something to do, if no frame comes before.</summary>
    internal long NextDeadline(long now)
    {
        if (_firstPending == null) return Timers.Earliest;
        return _deviceFull ? Math.Min(now + DeviceRetryInterval, Timers.Earliest) : now;
    }

    /// <summary>A segment could not go out: sees to it that the connection tries again when it can.</summary>
    internal void TransmitFailed(TcpConnection connection, TransmitResult result)
    {
        if (result == TransmitResult.DeviceFull)
        {
            _deviceFull = true;
            Schedule(connection);
            return;
        }

        connection.Unreachable = true;
        _someUnreachable = true;
        _reachabilityVersion = _link.ReachabilityVersion;
    }

    private void ScheduleUnreachable()
    {
        _someUnreachable = false;
        for (int i = 0; i < Connections.Created; i++)
        {
            TcpConnection connection = Connections[i];
            if (!connection.Unreachable) continue;
            connection.Unreachable = false;
            if (connection.State != TcpState.Closed) Schedule(connection);
        }
    }

    /// <summary>Ends a connection and tells its handler.</summary>
    internal void Close(TcpConnection connection, TcpCloseReason reason)
    {
        TcpHandler? handler = connection.Handler;
        Connections.Close(connection);
        Timers.Remove(connection.Index);
        handler?.Closed(connection, reason);
        Connections.Recycle(connection);
        _link.Counters.TcpActive = Connections.Active;
    }

    /// <summary>Both sides have finished: what is left of the connection goes to the TIME-WAIT table.</summary>
    internal void RetireToTimeWait(TcpConnection connection)
    {
        TimeWaitEntry entry = new()
        {
            Key = connection.Key,
            SendNext = connection.SequenceOf(connection.Next),
            ReceiveNext = connection.ReceiveNext,
            RecentTimestamp = connection.RecentTimestamp,
            TimestampOffset = connection.TimestampOffset,
            HasTimestamps = connection.HasTimestamps,
        };
        if (TimeWait.Add(entry, Now)) _link.Counters.TcpTimeWaitEvicted++;
        _link.Counters.TcpTimeWait = TimeWait.Count;
        Close(connection, TcpCloseReason.Finished);
    }
}
