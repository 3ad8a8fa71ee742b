// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net;
using Microsoft.Win32.SafeHandles;
using Uaas.Devices.Lanes;
using Uaas.Linux;

namespace Uaas.Networking.Lanes;

/// <summary>What the node tells an instance of its lanes: a page that the instance sees, and cannot write. Each change is a few bytes, the last of which is the version.</summary>
internal sealed class LaneDirectory : IDisposable
{
    private readonly SharedMemory _memory = SharedMemory.Create("uaas-lanes", LaneLayout.DirectorySize);
    private uint _version = 1;

    /// <param name="lanes">How many lanes the instance has.</param>
    internal LaneDirectory(int lanes)
    {
        Span<byte> head = stackalloc byte[LaneLayout.CountOffset + sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(head, LaneLayout.Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(head[LaneLayout.VersionOffset..], _version);
        BinaryPrimitives.WriteInt32LittleEndian(head[LaneLayout.CountOffset..], lanes);
        _memory.Write(head, 0);
    }

    internal SafeFileHandle Descriptor => _memory.Descriptor;

    /// <summary>Tells of a peer.</summary>
    /// <param name="index">The lane.</param>
    /// <param name="generation">What this use of the lane is called: one more than the last.</param>
    /// <param name="side">The direction that the instance writes to.</param>
    /// <param name="peer">The peer's address.</param>
    /// <param name="ownPorts">Ports of the instance that the peer reaches.</param>
    /// <param name="peerPorts">Ports of the peer that the instance reaches.</param>
    internal void Publish(int index, uint generation, int side, IPAddress peer, IReadOnlyList<ushort> ownPorts, IReadOnlyList<ushort> peerPorts)
    {
        Span<byte> entry = stackalloc byte[LaneLayout.EntrySize];
        entry.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(entry[LaneLayout.SideOffset..], side);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[LaneLayout.PeerOffset..], BinaryPrimitives.ReadUInt32BigEndian(peer.GetAddressBytes()));
        WritePorts(entry, LaneLayout.OwnPortCountOffset, LaneLayout.OwnPortsOffset, ownPorts);
        WritePorts(entry, LaneLayout.PeerPortCountOffset, LaneLayout.PeerPortsOffset, peerPorts);
        _memory.Write(entry, Place(index));
        Write(Place(index) + LaneLayout.GenerationOffset, generation);
        Write(LaneLayout.VersionOffset, ++_version);
    }

    /// <summary>Tells that the peer is gone.</summary>
    internal void Retire(int index, uint generation)
    {
        Write(Place(index) + LaneLayout.RetiredOffset, generation);
        Write(Place(index) + LaneLayout.GenerationOffset, 0);
        Write(LaneLayout.VersionOffset, ++_version);
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private static int Place(int index) => LaneLayout.EntriesOffset + index * LaneLayout.EntrySize;

    private static void WritePorts(Span<byte> entry, int countOffset, int offset, IReadOnlyList<ushort> ports)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(entry[countOffset..], (ushort)ports.Count);
        for (int i = 0; i < ports.Count; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(entry[(offset + 2 * i)..], ports[i]);
    }

    private void Write(int offset, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _memory.Write(bytes, offset);
    }
}
