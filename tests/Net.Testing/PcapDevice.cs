// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Devices;

namespace Uaas.Net.Testing;

/// <summary>Writes every frame that passes to a capture file (libpcap's format with nanoseconds), for Wireshark or tcpdump.</summary>
public sealed class PcapDevice : WrappingDevice, IDisposable
{
    private const uint NanosecondMagic = 0xA1B2_3C4D;
    private const uint LinkTypeEthernet = 1;
    private const uint SnapLength = 65_549;

    private readonly BinaryWriter _writer;
    private readonly Func<long> _clock;
    private byte[] _lent = [];

    /// <summary>Begins a capture.</summary>
    /// <param name="inner">The device below.</param>
    /// <param name="stream">Where the capture goes; closed with this.</param>
    /// <param name="clock">Time in nanoseconds.</param>
    public PcapDevice(NetworkDevice inner, Stream stream, Func<long> clock)
        : base(inner)
    {
        _writer = new BinaryWriter(stream);
        _clock = clock;
        _writer.Write(NanosecondMagic);
        _writer.Write((ushort)2);
        _writer.Write((ushort)4);
        _writer.Write(0L);
        _writer.Write(SnapLength);
        _writer.Write(LinkTypeEthernet);
    }

    /// <inheritdoc/>
    public override bool TryReceive(out ReceivedFrame frame)
    {
        if (!Inner.TryReceive(out frame)) return false;
        Write(frame.Bytes);
        return true;
    }

    /// <inheritdoc/>
    public override Span<byte> BeginTransmit(int length)
    {
        // A copy is lent, as what the device below lends cannot be kept until it is sent.
        if (Inner.BeginTransmit(length).IsEmpty) return default;
        if (_lent.Length < length) _lent = new byte[length];
        return _lent.AsSpan(0, length);
    }

    /// <inheritdoc/>
    public override void EndTransmit(int length, in TransmitOffload offload)
    {
        Write(_lent.AsSpan(0, length));
        _lent.AsSpan(0, length).CopyTo(Inner.BeginTransmit(length));
        Inner.EndTransmit(length, offload);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Write(ReadOnlySpan<byte> frame)
    {
        long now = _clock();
        _writer.Write((uint)(now / 1_000_000_000));
        _writer.Write((uint)(now % 1_000_000_000));
        _writer.Write((uint)frame.Length);
        _writer.Write((uint)frame.Length);
        _writer.Write(frame);
    }
}
