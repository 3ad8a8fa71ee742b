// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Devices;
using Uaas.Wire;

namespace Uaas.Net.Testing;

/// <summary>A frame that a stack sent, with what it left to the device.</summary>
/// <param name="Bytes">The frame.</param>
/// <param name="Offload">What the device is to complete.</param>
public sealed record SentFrame(byte[] Bytes, TransmitOffload Offload);

/// <summary>A device whose wire is two queues: what the test feeds in, and what the stack sent.</summary>
public sealed class MemoryDevice(MacAddress address, NetworkOffloads offloads = NetworkOffloads.None, int mtu = 1500) : NetworkDevice
{
    private const int LargestFrame = 65_549;

    private readonly Queue<(byte[] Bytes, bool Trusted)> _incoming = new();
    private readonly byte[] _room = new byte[LargestFrame];
    private byte[] _lent = [];

    /// <summary>What the stack sent and the test has not taken yet.</summary>
    public Queue<SentFrame> Sent { get; } = new();

    /// <summary>How many frames the device still takes before it is full.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    public override MacAddress Address { get; } = address;

    /// <inheritdoc/>
    public override int Mtu { get; } = mtu;

    /// <inheritdoc/>
    public override NetworkOffloads Offloads { get; } = offloads;

    /// <summary>Lets a frame arrive.</summary>
    public void Arrive(ReadOnlySpan<byte> frame, bool checksumTrusted = false) => _incoming.Enqueue((frame.ToArray(), checksumTrusted));

    /// <inheritdoc/>
    public override bool TryReceive(out ReceivedFrame frame)
    {
        TakeBack();
        frame = default;
        if (!_incoming.TryDequeue(out (byte[] Bytes, bool Trusted) next)) return false;
        _lent = next.Bytes;
        frame = new ReceivedFrame(_lent, next.Trusted);
        return true;
    }

    /// <inheritdoc/>
    public override Span<byte> BeginTransmit(int length)
    {
        TakeBack();
        if (length > ((Offloads & NetworkOffloads.Segmentation) != 0 ? LargestFrame : Mtu + EthernetHeaderSize))
            throw new InvalidOperationException($"a frame of {length} bytes on a link of MTU {Mtu}");
        if (Room == 0) return default;
        _room.AsSpan(0, length).Fill(0xEE);
        return _room.AsSpan(0, length);
    }

    /// <inheritdoc/>
    public override void EndTransmit(int length, in TransmitOffload offload)
    {
        Room--;
        Sent.Enqueue(new SentFrame(_room.AsSpan(0, length).ToArray(), offload));
    }

    /// <summary>The contract: a received frame is lent until the next call. Whoever reads on sees rubbish.</summary>
    private void TakeBack() => _lent.AsSpan().Fill(0xDD);
}
