// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Wire;

namespace Uaas.Net;

/// <summary>How handing over a packet went.</summary>
public enum TransmitResult
{
    /// <summary>Handed to the device.</summary>
    Ok,

    /// <summary>The device has no room now.</summary>
    DeviceFull,

    /// <summary>The next hop's station is not known yet; it has been asked for.</summary>
    NoNeighbour,

    /// <summary>No route: the destination is neither on the link nor behind a gateway, or this side has no address.</summary>
    NoRoute,

    /// <summary>The packet is longer than the link takes.</summary>
    TooLong,
}

/// <summary>One Ethernet device with its IPv4 address: finds the next hop and its station, and frames what goes out.</summary>
public sealed class Interface
{
    private readonly NetworkDevice _device;
    private readonly NeighbourCache _neighbours;
    private uint _onLinkMask;

    // Until then the gateway's station needs no confirmation: one comparison for each received packet.
    private long _gatewayFreshUntil;

    internal Interface(NetworkDevice device, NetworkConfiguration configuration)
    {
        _device = device;
        _neighbours = new NeighbourCache(configuration.NeighbourCacheSize);
        Configure(configuration.Address, configuration.PrefixLength, configuration.Gateway);
    }

    /// <summary>What has been counted.</summary>
    internal NetworkCounters Counters;

    /// <summary>This side's address; 0.0.0.0 while it has none.</summary>
    public Ipv4Address Address { get; private set; }

    /// <summary>Bits of the prefix.</summary>
    public int PrefixLength { get; private set; }

    /// <summary>The router; 0.0.0.0 for none.</summary>
    public Ipv4Address Gateway { get; private set; }

    /// <summary>The device's own station address.</summary>
    public MacAddress Station => _device.Address;

    /// <summary>Largest IP packet on the link in bytes.</summary>
    public int Mtu => _device.Mtu;

    /// <summary>What the device does for us.</summary>
    public NetworkOffloads Offloads => _device.Offloads;

    /// <summary>Grows each time something happened that lets packets go out which could not before (an address, a neighbour's station).</summary>
    internal uint ReachabilityVersion { get; private set; }

    /// <summary>Sets address, prefix and gateway.</summary>
    public void Configure(Ipv4Address address, int prefixLength, Ipv4Address gateway)
    {
        Address = address;
        PrefixLength = prefixLength;
        Gateway = gateway;
        _onLinkMask = prefixLength == 0 ? 0 : uint.MaxValue << (32 - prefixLength);
        _gatewayFreshUntil = 0;
        ReachabilityVersion++;
    }

    /// <summary>Whether packets to <paramref name="address"/> are for everyone on the link.</summary>
    public bool IsBroadcast(Ipv4Address address) =>
        address == Ipv4Address.Broadcast || (PrefixLength < 31 && address.Value == (Address.Value | ~_onLinkMask));

    /// <summary>
    /// Lends room for a packet of <paramref name="length"/> bytes from its IP header on, in a frame already addressed to the next hop.
    /// </summary>
    internal TransmitResult Begin(Ipv4Address destination, int length, long now, out Span<byte> packet)
    {
        packet = default;
        TransmitResult result = FindStation(destination, now, out MacAddress station);
        if (result != TransmitResult.Ok) return result;
        Span<byte> frame = _device.BeginTransmit(EthernetFrame.HeaderSize + length);
        if (frame.IsEmpty)
        {
            Counters.DeviceFull++;
            return TransmitResult.DeviceFull;
        }

        EthernetFrame.Write(frame, station, Station, EtherType.Ipv4);
        packet = frame.Slice(EthernetFrame.HeaderSize, length);
        return TransmitResult.Ok;
    }

    /// <summary>Sends the first <paramref name="length"/> bytes of the packet last lent.</summary>
    internal void End(int length, in TransmitOffload offload)
    {
        int frameLength = EthernetFrame.HeaderSize + length;
        Counters.FramesSent++;
        Counters.BytesSent += frameLength;
        _device.EndTransmit(frameLength, offload);
    }

    /// <summary>Answers requests for our address and learns from what neighbours say (RFC 826).</summary>
    internal void ReceiveArp(ReadOnlySpan<byte> payload, long now)
    {
        if (!ArpPacket.TryParse(payload, out ArpPacket packet))
        {
            Counters.DroppedMalformed++;
            return;
        }

        // Values: the packet is lent only until the device is called.
        Ipv4Address sender = packet.SenderProtocol;
        MacAddress station = packet.SenderHardware;
        bool forUs = packet.TargetProtocol == Address && Address != Ipv4Address.Any;
        bool isRequest = packet.Operation == ArpOperation.Request;

        bool usable = sender != Ipv4Address.Any && sender != Address && !IsBroadcast(sender) && !sender.IsMulticast && !station.IsGroup;
        if (usable && _neighbours.Confirm(sender, station, now, create: forUs)) ReachabilityVersion++;
        if (forUs && isRequest) SendArp(ArpOperation.Reply, station, station, sender);
    }

    /// <summary>
    /// Learns the gateway's station from a packet that can only have come through it. So a guest whose host knows its station needs no ARP at all.
    /// </summary>
    internal void Observe(Ipv4Address source, MacAddress station, long now)
    {
        if (now < _gatewayFreshUntil || Gateway == Ipv4Address.Any) return;
        if ((IsOnLink(source) && source != Gateway) || station.IsGroup) return;
        _gatewayFreshUntil = now + 10 * Nanoseconds.PerSecond;
        if (_neighbours.Confirm(Gateway, station, now, create: true)) ReachabilityVersion++;
    }

    private bool IsOnLink(Ipv4Address address) => PrefixLength < 32 && ((address.Value ^ Address.Value) & _onLinkMask) == 0;

    private TransmitResult FindStation(Ipv4Address destination, long now, out MacAddress station)
    {
        if (IsBroadcast(destination))
        {
            station = MacAddress.Broadcast;
            return TransmitResult.Ok;
        }

        station = default;
        Ipv4Address hop = IsOnLink(destination) ? destination : Gateway;
        if (hop == Ipv4Address.Any || Address == Ipv4Address.Any || destination.IsMulticast)
        {
            Counters.DroppedNoRoute++;
            return TransmitResult.NoRoute;
        }

        NeighbourState state = _neighbours.Resolve(hop, now, out station);
        if (state == NeighbourState.Known) return TransmitResult.Ok;
        if (state == NeighbourState.KnownButAsk) SendArp(ArpOperation.Request, station, default, hop);
        if (state == NeighbourState.Ask) SendArp(ArpOperation.Request, MacAddress.Broadcast, default, hop);
        return state == NeighbourState.KnownButAsk ? TransmitResult.Ok : TransmitResult.NoNeighbour;
    }

    private void SendArp(ArpOperation operation, MacAddress to, MacAddress targetHardware, Ipv4Address targetProtocol)
    {
        const int Length = EthernetFrame.HeaderSize + ArpPacket.Size;
        Span<byte> frame = _device.BeginTransmit(Length);
        if (frame.IsEmpty)
        {
            Counters.DeviceFull++;
            return;
        }

        EthernetFrame.Write(frame, to, Station, EtherType.Arp);
        ArpPacket.Write(frame[EthernetFrame.HeaderSize..], operation, Station, Address, targetHardware, targetProtocol);
        Counters.FramesSent++;
        Counters.BytesSent += Length;
        _device.EndTransmit(Length, default);
    }
}
