// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Tcp;

/// <summary>A segment that our stack sent, taken apart; checksums were checked on the way.</summary>
internal sealed record Segment
{
    public required ushort SourcePort { get; init; }

    public required ushort DestinationPort { get; init; }

    public required uint Sequence { get; init; }

    public required uint Acknowledgment { get; init; }

    public required TcpFlags Flags { get; init; }

    public required ushort Window { get; init; }

    public required ushort MaximumSegmentSize { get; init; }

    public required sbyte WindowScale { get; init; }

    public required bool SackPermitted { get; init; }

    public required bool HasTimestamps { get; init; }

    public required uint Timestamp { get; init; }

    public required uint TimestampEcho { get; init; }

    public required IReadOnlyList<(uint Left, uint Right)> SackBlocks { get; init; }

    public required byte[] Payload { get; init; }

    public static Segment Parse(SentFrame sent)
    {
        Assert.True(EthernetFrame.TryParse(sent.Bytes, out EthernetFrame frame));
        Assert.Equal(EtherType.Ipv4, frame.Type);
        Assert.True(Ipv4Packet.TryParse(frame.Payload, out Ipv4Packet packet));
        Assert.Equal(IpProtocol.Tcp, packet.Protocol);
        Assert.True(TcpSegment.TryParse(packet.Payload, packet.Source, packet.Destination, sent.Offload.ChecksumStart != 0, out TcpSegment segment));
        TcpOptions options = segment.Options;
        List<(uint, uint)> blocks = [];
        for (int i = 0; i < options.SackBlockCount; i++) blocks.Add((options.SackLeft(i), options.SackRight(i)));
        return new Segment
        {
            SourcePort = segment.SourcePort,
            DestinationPort = segment.DestinationPort,
            Sequence = segment.Sequence,
            Acknowledgment = segment.Acknowledgment,
            Flags = segment.Flags,
            Window = segment.Window,
            MaximumSegmentSize = options.MaximumSegmentSize,
            WindowScale = options.WindowScale,
            SackPermitted = options.SackPermitted,
            HasTimestamps = options.HasTimestamps,
            Timestamp = options.Timestamp,
            TimestampEcho = options.TimestampEcho,
            SackBlocks = blocks,
            Payload = segment.Payload.ToArray(),
        };
    }
}
