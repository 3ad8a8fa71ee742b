// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;
using Uaas.Wire;

namespace Uaas.Devices.Lanes;

/// <summary>
/// The lanes of an instance: frames to linked instances on the same host go through memory instead of its network device, and frames from these come so. Whoever
/// sleeps is sent a frame over the network device, which wakes it; so lanes need no signal of their own. Sleep is announced before the last look at the
/// rings, and the other looks at that after it has written: one of the two sees the other.
/// </summary>
public sealed unsafe class LaneSet
{
    private readonly byte* _directory;
    private readonly Lane[] _lanes;
    private uint _version;
    private int _active;
    private int _next;

    /// <param name="directory">The directory, which nobody but the node can write.</param>
    /// <param name="lanes">Memory of the first lane.</param>
    /// <param name="stride">Bytes from one lane's memory to the next.</param>
    public LaneSet(byte* directory, byte* lanes, nint stride)
    {
        _directory = directory;
        bool isKnown = *(uint*)directory == LaneLayout.Magic;
        _lanes = new Lane[isKnown ? (int)Math.Min(*(uint*)(directory + LaneLayout.CountOffset), LaneLayout.LanesMax) : 0];
        for (int i = 0; i < _lanes.Length; i++)
            _lanes[i] = new Lane(directory + LaneLayout.EntriesOffset + i * LaneLayout.EntrySize, lanes + i * stride);
    }

    /// <summary>Whether there is a peer, or was one of late.</summary>
    public bool IsActive
    {
        get
        {
            Refresh();
            return _active != 0;
        }
    }

    /// <summary>Whether a frame waits to be received.</summary>
    public bool HasFrame
    {
        get
        {
            Refresh();
            return _active != 0 && AnyHasFrame();
        }
    }

    /// <summary>Takes the next frame, of each peer in turn, as if the node had passed it on: an answer may have to go over the network device. What no link allows is dropped.</summary>
    /// <param name="buffer">Where it goes; a lane whose next frame does not fit is given up.</param>
    /// <param name="own">This instance's Ethernet address.</param>
    /// <param name="node">The node's Ethernet address.</param>
    /// <param name="length">The frame's bytes.</param>
    public bool TryReceive(Span<byte> buffer, MacAddress own, MacAddress node, out int length)
    {
        length = 0;
        if (!IsActive) return false;
        for (int i = 0; i < _lanes.Length; i++)
        {
            Lane lane = _lanes[_next];
            _next = _next + 1 == _lanes.Length ? 0 : _next + 1;
            if (!lane.IsActive || !lane.TryRead(buffer, out length) || !lane.Rules.MayReceive(buffer[..length])) continue;
            own.Write(buffer);
            node.Write(buffer[MacAddress.Size..]);
            return true;
        }

        return false;
    }

    /// <summary>Sends a frame to the peer that it is for. False where it has to go over the network device: it is for nobody here, or not allowed, or whom it is for does not look.</summary>
    /// <param name="pieces">What the frame consists of; the first holds all its headers.</param>
    /// <param name="skipped">Bytes of the first piece that come before the frame.</param>
    /// <param name="length">The frame's bytes.</param>
    public bool TrySend(ReadOnlySpan<FramePiece> pieces, int skipped, int length)
    {
        if (!IsActive) return false;
        ReadOnlySpan<byte> head = pieces[0].Source.AsSpan(pieces[0].Start + skipped, pieces[0].Length - skipped);
        foreach (Lane lane in _lanes)
        {
            if (!lane.HasPeer || !lane.Rules.MaySend(head)) continue;
            if (!lane.Writer.TryBegin(length, out Span<byte> room)) return false;
            head.CopyTo(room);
            int done = head.Length;
            for (int i = 1; i < pieces.Length; i++)
            {
                pieces[i].Source.AsSpan(pieces[i].Start, pieces[i].Length).CopyTo(room[done..]);
                done += pieces[i].Length;
            }

            return lane.Writer.End();
        }

        return false;
    }

    /// <summary>Has peers send over the network device, because nobody is going to look here. False where a frame has come already.</summary>
    public bool TrySleep()
    {
        if (!IsActive) return true;
        Announce(isAwake: false);
        Interlocked.MemoryBarrier();
        if (!AnyHasFrame()) return true;
        Announce(isAwake: true);
        return false;
    }

    /// <summary>Looks for frames here again.</summary>
    public void Wake() => Announce(isAwake: true);

    private bool AnyHasFrame()
    {
        foreach (Lane lane in _lanes)
        {
            if (lane.IsActive && lane.Reader.HasFrame) return true;
        }

        return false;
    }

    private void Announce(bool isAwake)
    {
        foreach (Lane lane in _lanes)
        {
            if (lane.IsActive) lane.Reader.SetAwake(isAwake);
        }
    }

    private void Refresh()
    {
        uint version = Volatile.Read(ref *(uint*)(_directory + LaneLayout.VersionOffset));
        if (version == _version) return;
        _version = version;
        _active = 0;
        foreach (Lane lane in _lanes)
        {
            lane.Refresh();
            if (lane.IsActive) _active++;
        }
    }
}
