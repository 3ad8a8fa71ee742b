// SPDX-License-Identifier: Apache-2.0

using Uaas.Net.Names;
using Uaas.Wire;

namespace Uaas.Net;

/// <summary>Addresses and bounds of a network stack. Everything that it bounds is set aside when the stack is built.</summary>
public sealed class NetworkConfiguration
{
    // Who is linked to other instances takes streams from them, in frames of up to 64 KiB: with a window of several, sender and receiver work at a time. The memory is that of the usual buffers.
    private const int LinkedReceiveBufferSize = 256 * 1024;
    private const int LinkedReceiveBuffers = 16;

    /// <summary>A stack without a place in the network yet, and with the usual bounds.</summary>
    public NetworkConfiguration()
    {
    }

    /// <summary>
    /// The place of <paramref name="place"/> in the network (addresses, name server, links), room for as many connections as a service has use for, and the usual
    /// bounds. Half-open connections have room beside those: what somebody begins and never completes takes no place of a good one.
    /// </summary>
    public NetworkConfiguration(NetworkConfiguration place, int connections)
    {
        MaxConnections = connections + DefaultBacklog;
        Address = place.Address;
        PrefixLength = place.PrefixLength;
        Gateway = place.Gateway;
        NameServer = place.NameServer;
        Links = place.Links;
        if (Links.Count == 0) return;
        ReceiveBufferSize = LinkedReceiveBufferSize;
        ReceiveBuffers = LinkedReceiveBuffers;
    }


    /// <summary>The address; 0.0.0.0 asks for one by DHCP.</summary>
    public Ipv4Address Address { get; init; }

    /// <summary>Bits of the network's prefix, 0 to 32. At 32 every destination lies behind the gateway, which need not be on that network.</summary>
    public int PrefixLength { get; init; } = 32;

    /// <summary>The router for all that is not on the link; 0.0.0.0 for none.</summary>
    public Ipv4Address Gateway { get; init; }

    /// <summary>Who is asked for names; 0.0.0.0 for the gateway.</summary>
    public Ipv4Address NameServer { get; init; }

    /// <summary>What lies behind the ports of 127.0.0.1.</summary>
    public LinkTable Links { get; init; } = new();

    /// <summary>Names that may be asked for at once; at the bound, asking fails.</summary>
    public int MaxLookups { get; init; } = 64;

    /// <summary>How long a name server may take to answer, in nanoseconds; it may have to start an instance first.</summary>
    public long LookupTimeout { get; init; } = 10 * Nanoseconds.PerSecond;

    /// <summary>Most frames taken from the device in one <see cref="NetworkStack.Poll"/>.</summary>
    public int ReceiveBatch { get; init; } = 64;

    /// <summary>Neighbours remembered; a power of two, at least 4. At the bound the one longest unconfirmed is forgotten.</summary>
    public int NeighbourCacheSize { get; init; } = 64;

    /// <summary>Packets that may be in reassembly at once, 64 KiB each when used. At the bound the oldest is given up.</summary>
    public int ReassemblySlots { get; init; } = 4;

    /// <summary>ICMP errors and unasked-for RSTs sent a second, each.</summary>
    public int ErrorsPerSecond { get; init; } = 1_000;

    /// <summary>UDP sockets.</summary>
    public int MaxUdpSockets { get; init; } = 8;

    /// <summary>TCP listeners.</summary>
    public int MaxListeners { get; init; } = 8;

    /// <summary>TCP connections, half-open ones included, up to 65,536. At the bound SYNs are dropped: the peer tries again.</summary>
    public int MaxConnections { get; init; } = 1_024;

    /// <summary>Half-open connections of all listeners where nothing else is said.</summary>
    public const int DefaultBacklog = 256;

    /// <summary>Half-open connections of all listeners; beyond, SYN cookies are sent. They count among <see cref="MaxConnections"/>.</summary>
    public int Backlog { get; init; } = DefaultBacklog;

    /// <summary>Bytes that a connection may hold unread or out of order, and so the window it offers; 4 KiB to 1 GiB. More where there are links.</summary>
    public int ReceiveBufferSize { get; init; } = 64 * 1024;

    /// <summary>Receive buffers shared by all connections; one is taken only while a connection has bytes unread or out of order.
    /// At the bound such bytes are dropped: the peer sends them again; and the connection that has held one for longest is reset once that is two seconds.</summary>
    public int ReceiveBuffers { get; init; } = 64;

    /// <summary>Directions of connections that may have holes (lost or out of order) at once and keep count of them. At the bound, data out of order is
    /// dropped, and what the
    /// peer tells by SACK is not noted: recovery takes longer.</summary>
    public int RangeSets { get; init; } = 128;

    /// <summary>Connections remembered after their end (TIME_WAIT). At the bound the oldest is forgotten before its time.</summary>
    public int TimeWaitEntries { get; init; } = 4_096;

    /// <summary>How long a finished connection is remembered, in nanoseconds: twice the maximum segment lifetime.</summary>
    public long TimeWaitDuration { get; init; } = 60 * Nanoseconds.PerSecond;

    /// <summary>Longest delay of an acknowledgment, in nanoseconds; RFC 9293 wants less than half a second.</summary>
    public long DelayedAck { get; init; } = 40 * Nanoseconds.PerMillisecond;

    /// <summary>Least retransmission timeout in nanoseconds. RFC 6298 says one second; 200 ms is what the large stacks use.</summary>
    public long MinRetransmissionTimeout { get; init; } = 200 * Nanoseconds.PerMillisecond;

    /// <summary>How often a segment is sent again, or an unanswered probe, before the connection is given up.</summary>
    public int MaxRetransmissions { get; init; } = 9;

    /// <summary>How often a SYN, or the answer to one, is sent again.</summary>
    public int MaxSynRetransmissions { get; init; } = 4;

    /// <summary>Silence after which a peer is probed, in nanoseconds; <see cref="Nanoseconds.Never"/> for no keep-alive.</summary>
    public long KeepAliveIdle { get; init; } = 7_200 * Nanoseconds.PerSecond;

    /// <summary>Time between keep-alive probes, in nanoseconds.</summary>
    public long KeepAliveInterval { get; init; } = 75 * Nanoseconds.PerSecond;

    /// <summary>How long a connection that this side has finished waits in silence for the peer to finish too, in nanoseconds.</summary>
    public long FinWaitTimeout { get; init; } = 60 * Nanoseconds.PerSecond;
}
