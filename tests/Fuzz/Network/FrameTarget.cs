// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Devices;
using Uaas.Net;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Fuzz.Network;

/// <summary>
/// Altered frames into a whole stack. Half of them get their IPv4 checksum mended and their transport checksum trusted, so that they get further.
/// </summary>
internal sealed class FrameTarget : IFuzzTarget
{
    private readonly StackBed _bed = new();
    private bool _mend;

    public IReadOnlyList<byte[]> Seeds => FrameSeeds.All;

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] frame = input.ToArray();
        _mend = !_mend;
        if (_mend) FrameRepair.Ipv4Checksum(frame);
        _bed.Device.Arrive(frame, checksumTrusted: _mend);
        _bed.Advance(Nanoseconds.PerMillisecond * (frame.Length % 50));
        _bed.Check();
    }
}

/// <summary>Makes altered frames good enough to be looked at.</summary>
internal static class FrameRepair
{
    /// <summary>Mends the header checksum if there is an IPv4 header.</summary>
    public static void Ipv4Checksum(Span<byte> frame)
    {
        if (frame.Length < EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize) return;
        Span<byte> packet = frame[EthernetFrame.HeaderSize..];
        int length = (packet[0] & 0xF) * 4;
        if (length < Ipv4Packet.HeaderSize || length > packet.Length) return;
        packet[10] = packet[11] = 0;
        ushort checksum = InternetChecksum.Complete(InternetChecksum.Sum(packet[..length]));
        packet[10] = (byte)(checksum >> 8);
        packet[11] = (byte)checksum;
    }
}
