// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Platform.Linux;
using Uaas.Platform.Solo5;

namespace Uaas.Platform.Spt;

/// <summary>A network device of spt: a tap, one frame a system call. Where the tender grants it, a frame is gathered from where its bytes lie.</summary>
internal sealed unsafe class SptNetworkDevice : Solo5NetworkDevice
{
    private readonly int _descriptor;
    private readonly FramePiece[] _pieces = new FramePiece[FrameLoans.MaxPieces];

    internal SptNetworkDevice(int handle, ManifestEntry* entry) : base(handle, entry)
    {
        _descriptor = entry->HostDescriptor;

        // A checksum that is not the host's to complete is computed over the frame, which must then hold all of it.
        if (Extensions.Gather && Offloads != NetworkOffloads.None) Loans = new FrameLoans(Room);
    }

    public override FrameLoans? Loans { get; }

    public override Span<byte> BeginTransmit(int length)
    {
        Loans?.Begin();
        return base.BeginTransmit(length);
    }

    public override void EndTransmit(int length, in TransmitOffload offload)
    {
        if (Loans is not { Count: > 0 } loans)
        {
            base.EndTransmit(length, offload);
            return;
        }

        int count = loans.Gather(Complete(length, offload), _pieces);
        nint* vector = stackalloc nint[2 * FrameLoans.MaxPieces]; // struct iovec: an address and a length
        for (int i = 0; i < count; i++)
        {
            // A guest's memory never moves.
            fixed (byte* first = _pieces[i].Source) vector[2 * i] = (nint)first + _pieces[i].Start;
            vector[2 * i + 1] = _pieces[i].Length;
        }

        SystemCall.Invoke(SystemCall.WriteVector, _descriptor, (nint)vector, count);
    }

    protected override int Read(byte* buffer, int size) => (int)SystemCall.Invoke(SystemCall.Read, _descriptor, (nint)buffer, size);

    protected override void Write(byte* buffer, int length) => SystemCall.Invoke(SystemCall.Write, _descriptor, (nint)buffer, length);
}
