// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using Uaas.Devices.Lanes;
using Uaas.Linux;

namespace Uaas.Networking.Lanes;

/// <summary>An instance that has lanes: its own, which later instances join, and those that it joined.</summary>
internal sealed class LaneMember : IDisposable
{
    private readonly IPAddress _address;
    private readonly uint _service;
    private readonly IReadOnlyList<LinkTarget> _links;
    private readonly LaneDirectory _directory = new(LaneLayout.LanesMax);
    private readonly OwnLane[] _own = new OwnLane[LaneLayout.OwnLanes];
    private readonly List<JoinedLane> _joined = [];

    internal LaneMember(IPAddress address, uint service, IReadOnlyList<LinkTarget> links)
    {
        _address = address;
        _service = service;
        _links = links;
        try
        {
            for (int i = 0; i < _own.Length; i++)
                _own[i] = new OwnLane(SharedMemory.Create("uaas-lane", LaneLayout.LaneSize));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What its tender is given.</summary>
    internal InstanceLanes Lanes => new(_directory.Descriptor, [.. _own.Select(lane => lane.Memory.Descriptor), .. _joined.Select(lane => lane.Memory.Descriptor)]);

    /// <summary>Joins a lane of an instance that was started before, where a link leads from one to the other and both have a lane left.</summary>
    internal void TryJoin(LaneMember earlier)
    {
        ushort[] there = PortsOf(earlier._service, _links);
        ushort[] here = PortsOf(_service, earlier._links);
        if (there.Length + here.Length == 0 || there.Length > LaneLayout.PortsMax || here.Length > LaneLayout.PortsMax || _joined.Count == LaneLayout.LanesMax - LaneLayout.OwnLanes)
            return;
        int index = Array.FindIndex(earlier._own, lane => lane.IsFree);
        if (index < 0)
            return;

        OwnLane lane = earlier._own[index];
        _joined.Add(new JoinedLane(lane.Memory.Duplicate(), earlier, index));
        lane.Join(this);
        _directory.Publish(LaneLayout.OwnLanes + _joined.Count - 1, lane.Generation, side: 1, earlier._address, here, there);
        earlier._directory.Publish(index, lane.Generation, side: 0, _address, there, here);
    }

    /// <summary>Gives back the memory of lanes whose peer has gone, where this instance has noticed: others can join them then.</summary>
    internal void Sweep()
    {
        foreach (OwnLane lane in _own)
            lane.Sweep();
    }

    /// <summary>Its lanes go; its peers are told.</summary>
    public void Dispose()
    {
        foreach (JoinedLane joined in _joined)
        {
            if (joined.Owner._own[joined.Index] is { } lane && lane.Peer == this)
            {
                joined.Owner._directory.Retire(joined.Index, lane.Generation);
                lane.Peer = null;
            }
            joined.Memory.Dispose();
        }
        foreach (OwnLane? own in _own)
        {
            if (own is null)
                continue;
            own.Peer?.Lose(this);
            own.Peer = null;
            own.Memory.Dispose();
        }
        _directory.Dispose();
    }

    private static ushort[] PortsOf(uint service, IReadOnlyList<LinkTarget> links) => [.. links.Where(link => link.Service == service).Select(link => link.Port).Distinct()];

    private void Lose(LaneMember owner)
    {
        for (int i = 0; i < _joined.Count; i++)
        {
            if (_joined[i].Owner == owner)
                _directory.Retire(LaneLayout.OwnLanes + i, owner._own[_joined[i].Index].Generation);
        }
    }

    /// <param name="memory">Its memory.</param>
    private sealed class OwnLane(SharedMemory memory)
    {
        internal SharedMemory Memory { get; } = memory;

        /// <summary>Who has joined it; null for nobody.</summary>
        internal LaneMember? Peer { get; set; }

        /// <summary>How often it was joined.</summary>
        internal uint Generation { get; private set; }

        /// <summary>Whether it can be joined.</summary>
        internal bool IsFree { get; private set; } = true;

        internal void Join(LaneMember peer)
        {
            Peer = peer;
            Generation++;
            IsFree = false;
        }

        /// <summary>The owner must have noticed that the last peer went: it might write to the next what was for that one.</summary>
        internal void Sweep()
        {
            if (IsFree || Peer is not null || Left != Generation)
                return;
            Memory.Clear();
            IsFree = true;
        }

        private uint Left
        {
            get
            {
                Span<byte> left = stackalloc byte[sizeof(uint)];
                Memory.Read(left, LaneLayout.DirectionSize + LaneLayout.LeftOffset);
                return BinaryPrimitives.ReadUInt32LittleEndian(left);
            }
        }
    }

    private sealed record JoinedLane(SharedMemory Memory, LaneMember Owner, int Index);
}
