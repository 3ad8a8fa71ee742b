// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Wire;

namespace Uaas.Platform.Solo5;

/// <summary>
/// A network device of Solo5: one frame a call, from and to one buffer each way. Where the tender grants offload, frames are as large as IP allows and a
/// header precedes them. The platform adds the two calls.
/// </summary>
internal abstract unsafe class Solo5NetworkDevice : NetworkDevice
{
    private readonly int _headerSize;
    private readonly byte[] _received;
    private readonly byte[] _sent;

    protected Solo5NetworkDevice(int handle, ManifestEntry* entry)
    {
        bool offload = Extensions.Offload(handle);
        Address = MacAddress.Read(new ReadOnlySpan<byte>(entry->MacAddress, MacAddress.Size));
        Mtu = entry->Mtu;
        Offloads = offload ? NetworkOffloads.Checksum | NetworkOffloads.Segmentation : NetworkOffloads.None;
        _headerSize = offload ? OffloadHeader.Size : 0;
        int size = _headerSize + EthernetHeaderSize + (offload ? OffloadHeader.PacketSizeMax : Mtu);
        _received = new byte[size];
        _sent = new byte[size];
    }

    public sealed override MacAddress Address { get; }

    public sealed override int Mtu { get; }

    public sealed override NetworkOffloads Offloads { get; }

    public override bool TryReceive(out ReceivedFrame frame)
    {
        int count;
        fixed (byte* buffer = _received) count = Read(buffer, _received.Length);
        if (count <= _headerSize)
        {
            frame = default;
            return false;
        }

        bool trusted = _headerSize != 0 && OffloadHeader.ChecksumTrusted(_received);
        frame = new ReceivedFrame(_received.AsSpan(_headerSize, count - _headerSize), trusted);
        return true;
    }

    public override Span<byte> BeginTransmit(int length) => _sent.AsSpan(_headerSize, length);

    public override void EndTransmit(int length, in TransmitOffload offload)
    {
        int size = Complete(length, offload);
        fixed (byte* buffer = _sent) Write(buffer, size);
    }

    /// <summary>Where frames are built, with their headers before them.</summary>
    protected byte[] Room => _sent;

    /// <summary>Where received frames lie, with their headers before them.</summary>
    protected byte[] Received => _received;

    /// <summary>Bytes of the header before each frame.</summary>
    protected int HeaderSize => _headerSize;

    /// <summary>Puts the header before the frame; the bytes of both.</summary>
    protected int Complete(int length, in TransmitOffload offload)
    {
        if (_headerSize != 0) OffloadHeader.Write(_sent, offload);
        return _headerSize + length;
    }

    /// <summary>Takes the next frame, at most <paramref name="size"/> bytes; 0 or less when there is none.</summary>
    protected abstract int Read(byte* buffer, int size);

    /// <summary>Sends a frame. What the host cannot take is dropped, as a wire may.</summary>
    protected abstract void Write(byte* buffer, int length);
}
