// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Wire;

namespace Uaas.Net.Testing;

/// <summary>A device on top of another; what derives from it changes what it wants to. They stack.</summary>
public abstract class WrappingDevice(NetworkDevice inner) : NetworkDevice
{
    /// <summary>The device below.</summary>
    protected NetworkDevice Inner { get; } = inner;

    /// <inheritdoc/>
    public override MacAddress Address => Inner.Address;

    /// <inheritdoc/>
    public override int Mtu => Inner.Mtu;

    /// <inheritdoc/>
    public override NetworkOffloads Offloads => Inner.Offloads;

    /// <inheritdoc/>
    public override bool TryReceive(out ReceivedFrame frame) => Inner.TryReceive(out frame);

    /// <inheritdoc/>
    public override Span<byte> BeginTransmit(int length) => Inner.BeginTransmit(length);

    /// <inheritdoc/>
    public override void EndTransmit(int length, in TransmitOffload offload) => Inner.EndTransmit(length, offload);
}

/// <summary>Loses frames both ways, and alters bits, by chance from a seed.</summary>
/// <param name="inner">The device below.</param>
/// <param name="seed">Seed of chance.</param>
/// <param name="loss">Part of frames lost, 0 to 1.</param>
/// <param name="corruption">Part of received frames in which one bit is turned, 0 to 1; their checksums are then checked.</param>
public sealed class FaultInjector(NetworkDevice inner, int seed, double loss, double corruption = 0) : WrappingDevice(inner)
{
    private readonly Random _random = new(seed);
    private readonly byte[] _altered = new byte[65_549];

    /// <inheritdoc/>
    public override bool TryReceive(out ReceivedFrame frame)
    {
        while (Inner.TryReceive(out frame))
        {
            if (_random.NextDouble() < loss) continue;
            if (_random.NextDouble() >= corruption || frame.Bytes.IsEmpty) return true;
            frame.Bytes.CopyTo(_altered);
            _altered[_random.Next(frame.Bytes.Length)] ^= (byte)(1 << _random.Next(8));
            frame = new ReceivedFrame(_altered.AsSpan(0, frame.Bytes.Length), checksumTrusted: false);
            return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public override void EndTransmit(int length, in TransmitOffload offload)
    {
        if (_random.NextDouble() >= loss) Inner.EndTransmit(length, offload);
    }
}
