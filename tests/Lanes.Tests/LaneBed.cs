// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Net;
using Uaas.Net.Testing;
using Uaas.Networking;
using Uaas.Networking.Lanes;
using Uaas.Wire;

namespace Uaas.Lanes.Tests;

/// <summary>A node's broker, and instances of a shop that is linked to ports 80 and 81 of the pictures.</summary>
internal sealed class LaneBed : IDisposable
{
    internal const uint Shop = 1;
    internal const uint Pictures = 2;
    internal const ushort Linked = 80;
    internal const ushort AlsoLinked = 81;
    internal const ushort Ephemeral = 50_000;

    private readonly List<MappedLanes> _mapped = [];

    internal LaneBed() => Broker.Expect(Links);

    internal static LinkTarget[] Links { get; } = [new(Pictures, Linked), new(Pictures, AlsoLinked)];

    internal LaneBroker Broker { get; } = new();

    internal static IPAddress Address(int number) => new([10, 77, 1, (byte)number]);

    internal MappedLanes StartShop(int number) => Start(number, Shop, Links);

    internal MappedLanes StartPictures(int number) => Start(number, Pictures, []);

    /// <summary>Starts one; all that there are look at what has changed.</summary>
    internal MappedLanes Start(int number, uint service, LinkTarget[] links)
    {
        var mapped = new MappedLanes(Broker.Admit(Address(number), service, links)!);
        _mapped.Add(mapped);
        foreach (MappedLanes each in _mapped)
            _ = each.Set.IsActive;
        return mapped;
    }

    /// <summary>A frame of TCP from one instance to another.</summary>
    internal static byte[] Frame(int from, int to, ushort sourcePort, ushort destinationPort, TcpFlags flags = TcpFlags.Ack, int payload = 0, byte fill = 0)
    {
        byte[] data = new byte[payload];
        data.AsSpan().Fill(fill);
        return Frames.Tcp(new MacAddress(2), new MacAddress(4), Ip(from), Ip(to), new TcpTemplate { SourcePort = sourcePort, DestinationPort = destinationPort, Flags = flags, Payload = data });
    }

    /// <summary>A question of the shop to the pictures.</summary>
    internal static byte[] Question(int from, int to, int payload = 0, byte fill = 0) => Frame(from, to, Ephemeral, Linked, TcpFlags.Ack, payload, fill);

    /// <summary>An answer of the pictures to the shop.</summary>
    internal static byte[] Answer(int from, int to, int payload = 0, byte fill = 0) => Frame(from, to, Linked, Ephemeral, TcpFlags.Ack, payload, fill);

    public void Dispose()
    {
        foreach (MappedLanes mapped in _mapped)
            mapped.Dispose();
        Broker.Dispose();
    }

    private static Ipv4Address Ip(int number) => new(0x0A4D_0100 | (uint)number);
}
