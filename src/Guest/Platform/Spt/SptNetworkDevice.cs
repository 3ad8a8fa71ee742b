// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Platform.Linux;
using Uaas.Platform.Solo5;
using Uaas.Wire;

namespace Uaas.Platform.Spt;

/// <summary>A network device of Solo5: a tap, one frame a read or write.</summary>
internal sealed unsafe class SptNetworkDevice(ManifestEntry* entry) : NetworkDevice
{
    private readonly int _descriptor = entry->HostDescriptor;
    private readonly byte[] _received = new byte[entry->Mtu + EthernetHeaderSize];
    private readonly byte[] _sent = new byte[entry->Mtu + EthernetHeaderSize];

    public override MacAddress Address { get; } = MacAddress.Read(new ReadOnlySpan<byte>(entry->MacAddress, MacAddress.Size));

    public override int Mtu { get; } = entry->Mtu;

    public override NetworkOffloads Offloads => NetworkOffloads.None;

    public override bool TryReceive(out ReceivedFrame frame)
    {
        fixed (byte* buffer = _received)
        {
            long count = SystemCall.Invoke(SystemCall.Read, _descriptor, (nint)buffer, _received.Length);
            if (count <= 0)
            {
                frame = default;
                return false;
            }

            frame = new ReceivedFrame(_received.AsSpan(0, (int)count), checksumTrusted: false);
            return true;
        }
    }

    public override Span<byte> BeginTransmit(int length) => _sent.AsSpan(0, length);

    public override void EndTransmit(int length, in TransmitOffload offload)
    {
        // A full or absent tap drops the frame, as a wire may.
        fixed (byte* buffer = _sent) SystemCall.Invoke(SystemCall.Write, _descriptor, (nint)buffer, length);
    }
}
