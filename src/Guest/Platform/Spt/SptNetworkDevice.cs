// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Devices.Lanes;
using Uaas.Platform.Linux;
using Uaas.Platform.Solo5;
using Uaas.Wire;

namespace Uaas.Platform.Spt;

/// <summary>
/// A network device of spt: a tap, one frame a system call. Where the tender grants it, a frame is gathered from where its bytes lie, and frames to and from linked
/// instances on this host go through memory.
/// </summary>
internal sealed unsafe class SptNetworkDevice : Solo5NetworkDevice
{
    private const int LaneFramesInARow = 64; // before the tap has its turn
    private const long TapSilenceMax = 500_000_000; // ns: that the node sees by the tap's counters that the link is in use

    private readonly int _descriptor;
    private readonly FramePiece[] _pieces = new FramePiece[FrameLoans.MaxPieces];
    private readonly LaneSet? _given;
    private MacAddress _node;
    private bool _isTapsTurn;
    private int _laneFrames;
    private long _tapUsed;

    internal SptNetworkDevice(int handle, ManifestEntry* entry, bool takesLanes) : base(handle, entry)
    {
        _descriptor = entry->HostDescriptor;

        // A checksum that is not the host's to complete is computed over the frame, which must then hold all of it.
        if (Extensions.Gather && Offloads != NetworkOffloads.None) Loans = new FrameLoans(Room);

        // Their frames are as large as IP allows, and without checksums.
        if (takesLanes && Offloads != NetworkOffloads.None) _given = Extensions.OpenLanes();
    }

    public override FrameLoans? Loans { get; }

    /// <summary>The lanes; null where there are none, or until the tap has shown the node's address, which frames by lanes have to bear.</summary>
    internal LaneSet? Lanes { get; private set; }

    /// <summary>Looks at the lanes again. What was sent over the tap while this instance slept comes before what has come since.</summary>
    internal void Woke()
    {
        _isTapsTurn = true;
        Lanes!.Wake();
    }

    public override bool TryReceive(out ReceivedFrame frame)
    {
        if (Lanes is null) return TryReceiveByTap(out frame);
        for (int turn = 0; turn < 2; turn++)
        {
            if (_isTapsTurn ? TryReceiveByTap(out frame) : TryReceiveByLane(out frame)) return true;
            _isTapsTurn = !_isTapsTurn;
        }

        frame = default;
        return false;
    }

    public override Span<byte> BeginTransmit(int length)
    {
        Loans?.Begin();
        return base.BeginTransmit(length);
    }

    public override void EndTransmit(int length, in TransmitOffload offload)
    {
        int size = Complete(length, offload);
        int count = 1;
        if (Loans is { Count: > 0 } loans) count = loans.Gather(size, _pieces);
        else _pieces[0] = new FramePiece { Source = Room, Length = size };
        if (!TrySendByLane(count, length)) SendByTap(count);
    }

    protected override int Read(byte* buffer, int size) => (int)SystemCall.Invoke(SystemCall.Read, _descriptor, (nint)buffer, size);

    protected override void Write(byte* buffer, int length) => SystemCall.Invoke(SystemCall.Write, _descriptor, (nint)buffer, length);

    private bool TryReceiveByTap(out ReceivedFrame frame)
    {
        if (!base.TryReceive(out frame)) return false;
        if (Lanes is null && _given is not null && frame.Bytes.Length >= EthernetHeaderSize)
        {
            _node = MacAddress.Read(frame.Bytes[MacAddress.Size..]);
            Lanes = _given;
        }

        return true;
    }

    private bool TryReceiveByLane(out ReceivedFrame frame)
    {
        frame = default;
        if (++_laneFrames > LaneFramesInARow || !Lanes!.TryReceive(Received, Address, _node, out int length))
        {
            _laneFrames = 0;
            return false;
        }

        frame = new ReceivedFrame(Received.AsSpan(0, length), checksumTrusted: true);
        return true;
    }

    private bool TrySendByLane(int count, int length)
    {
        if (Lanes is not { IsActive: true } lanes) return false;
        if (Machine.LastTime - _tapUsed < TapSilenceMax) return lanes.TrySend(_pieces.AsSpan(0, count), HeaderSize, length);
        _tapUsed = Machine.LastTime;
        return false;
    }

    private void SendByTap(int count)
    {
        if (count == 1)
        {
            fixed (byte* first = _pieces[0].Source) Write(first, _pieces[0].Length);
            return;
        }

        nint* vector = stackalloc nint[2 * FrameLoans.MaxPieces]; // struct iovec: an address and a length
        for (int i = 0; i < count; i++)
        {
            // A guest's memory never moves.
            fixed (byte* first = _pieces[i].Source) vector[2 * i] = (nint)first + _pieces[i].Start;
            vector[2 * i + 1] = _pieces[i].Length;
        }

        SystemCall.Invoke(SystemCall.WriteVector, _descriptor, (nint)vector, count);
    }
}
