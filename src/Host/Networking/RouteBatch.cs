// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Uaas.Networking;

/// <summary>
/// Changes to links, addresses, routes and neighbours, encoded for one send to the kernel (rtnetlink(7)). Every message asks for an answer. The
/// kernel carries them out in order and answers each, whether or not one before it failed.
/// </summary>
/// <param name="firstSequence">Sequence number of its first message; the others follow.</param>
internal sealed class RouteBatch(uint firstSequence) : NetlinkBatch(firstSequence, capacity: 1024)
{
    private const ushort NewLink = 16;
    private const ushort NewAddress = 20;
    private const ushort NewRoute = 24;
    private const ushort NewNeighbour = 28;
    private const ushort NewRule = 32;
    private const ushort CreateExclusively = 0x600;
    private const ushort CreateOrReplace = 0x500;
    private const byte FamilyInternet = 2;

    /// <summary>Sets the link up, and its MTU where that is not 0.</summary>
    internal void SetUp(int link, int mtu)
    {
        Begin(NewLink, 0, "set the link up");
        Span<byte> header = Append(16);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], link);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], 1);
        if (mtu != 0)
            Attribute(4, mtu);
        End();
    }

    /// <summary>Gives the link an address of its own, without a route to neighbours.</summary>
    internal void AddAddress(int link, IPAddress address)
    {
        Begin(NewAddress, CreateExclusively, $"add the address {address}");
        Span<byte> header = Append(8);
        header[0] = FamilyInternet;
        header[1] = 32;
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], link);
        Attribute(2, address);
        Attribute(1, address);
        End();
    }

    /// <summary>Routes one address to the link.</summary>
    internal void AddHostRoute(int link, IPAddress destination, IPAddress source)
    {
        const byte mainTable = 254;
        const byte protocolStatic = 4;
        const byte scopeLink = 253;
        const byte unicast = 1;
        Begin(NewRoute, CreateExclusively, $"add the route to {destination}");
        Span<byte> header = Append(12);
        header[0] = FamilyInternet;
        header[1] = 32;
        header[4] = mainTable;
        header[5] = protocolStatic;
        header[6] = scopeLink;
        header[7] = unicast;
        Attribute(1, destination);
        Attribute(4, link);
        Attribute(7, source);
        End();
    }

    /// <summary>Looks for what has that mark in a table of its own, before all others.</summary>
    internal void AddRule(uint mark, byte table)
    {
        const byte toTable = 1;
        const ushort priorityOfRule = 6, markOfRule = 10;
        Begin(NewRule, CreateExclusively, $"look for mark {mark:x} in table {table}");
        Span<byte> header = Append(12);
        header[0] = FamilyInternet;
        header[4] = table;
        header[7] = toTable;
        Attribute(priorityOfRule, 100);
        Attribute(markOfRule, (int)mark);
        End();
    }

    /// <summary>Takes every address for this node's own, in a table of its own.</summary>
    internal void AddLocalRoute(int link, byte table)
    {
        const byte protocolStatic = 4, scopeHost = 254, local = 2;
        Begin(NewRoute, CreateExclusively, $"take every address of table {table}");
        Span<byte> header = Append(12);
        header[0] = FamilyInternet;
        header[4] = table;
        header[5] = protocolStatic;
        header[6] = scopeHost;
        header[7] = local;
        Attribute(4, link);
        End();
    }

    /// <summary>Says for good which Ethernet address the neighbour has, so that no ARP precedes the first frame.</summary>
    internal void AddNeighbour(int link, IPAddress address, EthernetAddress ethernet)
    {
        const ushort permanent = 0x80;
        Begin(NewNeighbour, CreateOrReplace, $"add the neighbour {address}");
        Span<byte> header = Append(12);
        header[0] = FamilyInternet;
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], link);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], permanent);
        Attribute(1, address);
        Span<byte> bytes = stackalloc byte[EthernetAddress.Size];
        ethernet.WriteTo(bytes);
        Attribute(2, bytes);
        End();
    }
}
