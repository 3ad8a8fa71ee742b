// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Platform.Solo5;
using Uaas.Wire;

namespace Uaas.Platform.Hvt;

/// <summary>A network device of Solo5: one frame a hypercall.</summary>
internal sealed unsafe class HvtNetworkDevice(int handle, ManifestEntry* entry) : NetworkDevice
{
    private readonly byte[] _received = new byte[entry->Mtu + EthernetHeaderSize];
    private readonly byte[] _sent = new byte[entry->Mtu + EthernetHeaderSize];

    public override MacAddress Address { get; } = MacAddress.Read(new ReadOnlySpan<byte>(entry->MacAddress, MacAddress.Size));

    public override int Mtu { get; } = entry->Mtu;

    public override NetworkOffloads Offloads => NetworkOffloads.None;

    public override bool TryReceive(out ReceivedFrame frame)
    {
        frame = default;
        int length = _received.Length;
        fixed (byte* buffer = _received)
        {
            if (Hypercall.NetRead(handle, buffer, ref length) != Hypercall.Result.Ok) return false;
        }

        frame = new ReceivedFrame(_received.AsSpan(0, length), checksumTrusted: false);
        return true;
    }

    public override Span<byte> BeginTransmit(int length) => _sent.AsSpan(0, length);

    public override void EndTransmit(int length, in TransmitOffload offload)
    {
        // What the tender cannot take is dropped, as a wire may.
        fixed (byte* buffer = _sent) Hypercall.NetWrite(handle, buffer, length);
    }
}
