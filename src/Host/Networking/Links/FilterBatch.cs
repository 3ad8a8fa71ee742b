// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net;
using System.Text;

namespace Uaas.Networking;

/// <summary>
/// Changes to the sets of the node's packet filter, encoded for one send to the kernel (nf_tables' netlink interface). A batch is one transaction: all of
/// it comes to be, or nothing.
/// </summary>
internal sealed class FilterBatch : NetlinkBatch
{
    internal const string Table = "uaas";
    internal const string Members = "members";
    internal const string Links = "links";
    internal const string Outbound = "outbound";

    private const int BytesPerElement = 64;
    private const int MaxElements = 256;
    private const ushort NetfilterTables = 10;
    private const ushort BatchBegin = 0x10;
    private const ushort BatchEnd = 0x11;
    private const ushort NewElements = NetfilterTables << 8 | 12;
    private const ushort DeleteElements = NetfilterTables << 8 | 14;
    private const ushort Create = 0x400;
    private const ushort Nested = 0x8000;
    private const byte FamilyInternet = 2;

    /// <summary>An empty transaction.</summary>
    /// <param name="firstSequence">Sequence number of its first message; the others follow.</param>
    internal FilterBatch(uint firstSequence)
        : base(firstSequence, BytesPerElement * MaxElements)
    {
        Begin(BatchBegin, 0, null);
        WriteFamily(0, NetfilterTables);
        End();
    }

    /// <summary>Adds an instance to its service, or takes it out of it.</summary>
    internal void ChangeMember(bool add, IPAddress instance, uint service)
    {
        BeginElements(add, Members, $"{(add ? "enter" : "strike")} {instance} as an instance");
        AddElement(Key(instance), add ? Mark(service) : null);
        EndElements();
    }

    /// <summary>Lets an instance connect to ports of services, or no longer.</summary>
    internal void ChangeLinks(bool add, IPAddress instance, IReadOnlyList<LinkTarget> targets)
    {
        if (targets.Count == 0)
            return;
        BeginElements(add, Links, $"{(add ? "open" : "close")} the links of {instance}");
        foreach (LinkTarget target in targets)
            AddElement([.. Key(instance), .. Mark(target.Service), (byte)(target.Port >> 8), (byte)target.Port, 0, 0], null);
        EndElements();
    }

    /// <summary>Lets an instance's connections to the outside be taken by whoever looks where they go, or no longer.</summary>
    internal void ChangeOutbound(bool add, IPAddress instance)
    {
        BeginElements(add, Outbound, $"{(add ? "open" : "close")} the way out of {instance}");
        AddElement(Key(instance), null);
        EndElements();
    }

    /// <summary>Ends the transaction.</summary>
    internal void Commit()
    {
        Begin(BatchEnd, 0, null);
        WriteFamily(0, NetfilterTables);
        End();
    }

    private void BeginElements(bool add, string set, string description)
    {
        const ushort table = 1, name = 2, elements = 3;
        Begin(add ? NewElements : DeleteElements, add ? Create : (ushort)0, description);
        WriteFamily(FamilyInternet, 0);
        Attribute(table, Encoding.ASCII.GetBytes($"{Table}\0"));
        Attribute(name, Encoding.ASCII.GetBytes($"{set}\0"));
        BeginNested(elements | Nested);
    }

    private void EndElements()
    {
        EndNested();
        End();
    }

    private void AddElement(byte[] key, byte[]? value)
    {
        const ushort element = 1, keyOfElement = 1, valueOfElement = 2, bytes = 1;
        BeginNested(element | Nested);
        BeginNested(keyOfElement | Nested);
        Attribute(bytes, key);
        EndNested();
        if (value is not null)
        {
            BeginNested(valueOfElement | Nested);
            Attribute(bytes, value);
            EndNested();
        }
        EndNested();
    }

    private void WriteFamily(byte family, ushort resource)
    {
        Span<byte> header = Append(4);
        header[0] = family;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], resource);
    }

    private static byte[] Key(IPAddress address) => address.GetAddressBytes() is { Length: 4 } bytes ? bytes : throw new ArgumentException("not an IPv4 address", nameof(address));

    // A packet mark is a number of the machine's own byte order.
    private static byte[] Mark(uint service) => BitConverter.GetBytes(service);
}
