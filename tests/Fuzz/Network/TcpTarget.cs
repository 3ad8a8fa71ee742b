// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Devices;
using Uaas.Net;
using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Fuzz.Network;

/// <summary>
/// A peer that knows where its connection stands and uses that to do harm: an input is a list of actions of eight bytes, each a segment near the window, a
/// step in time, or
/// something that the application does.
/// </summary>
internal sealed class TcpTarget : IFuzzTarget
{
    private const int ActionSize = 8;
    private const int MostActions = 64;
    private const ushort PeerPort = 40_000;

    private readonly StackBed _bed = new();
    private uint _theirNext = 5_000;
    private uint _ourNext;
    private ushort _port = PeerPort;

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        // SYN, ACK, data, more data, FIN.
        [0, 2, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 200, 0, 0, 0, 0, 24, 0, 0, 200, 0, 50, 0, 0, 16, 100, 0, 200, 0, 90, 0, 0, 17, 0, 0, 200, 0, 0, 0],

        // SYN, ACK, out of order three times, the hole filled, time passes, the application finishes, RST.
        [0, 2, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 9, 0, 0, 0, 0, 16, 50, 0, 9, 0, 50, 0, 0, 16, 150, 0, 9, 0, 50, 0, 0, 16, 0, 0, 9, 0, 50, 0, 1, 100, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0],

        // Full windows come back; then SACK far above, three times, and an acknowledgment of all.
        [0, 2, 0, 0, 255, 0, 0, 128, 0, 16, 0, 0, 255, 0, 0, 128, 0, 16, 0, 0, 255, 0, 120, 133, 0, 16, 0, 0, 255, 0, 120, 133, 0, 48, 0, 248, 255, 40, 0, 128, 0, 48, 0, 248, 255, 60, 0, 128, 0, 48, 0, 248, 255, 110, 0, 128, 0, 48, 0, 248, 255, 200, 0, 128, 0, 16, 0, 0, 255, 0, 0, 128],

        // Seven SYNs: more than the backlog takes; acknowledgments of cookies.
        [0, 2, 0, 0, 200, 5, 1, 0, 0, 2, 1, 0, 200, 5, 2, 0, 0, 2, 1, 0, 200, 5, 3, 0, 0, 2, 1, 0, 200, 5, 4, 128, 0, 16, 0, 0, 200, 0, 0, 128, 0, 2, 0, 0, 200, 5, 5, 0, 0, 16, 0, 0, 200, 0, 10, 0, 0, 2, 0, 0, 200, 0, 6, 0],

        // Offer data into a tiny window, duplicate acknowledgments with SACK blocks, a long wait.
        [0, 2, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 240, 1, 1, 0, 0, 0, 16, 0, 240, 1, 2, 0, 0, 0, 16, 0, 240, 1, 3, 0, 0, 1, 255, 255, 0, 0, 0, 0, 0],
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        for (int i = 0; i < MostActions && (i + 1) * ActionSize <= input.Length; i++)
        {
            ReadOnlySpan<byte> action = input.Slice(i * ActionSize, ActionSize);
            switch (action[0] & 3)
            {
                case 0 or 3:
                    SendSegment(action);
                    break;
                case 1:
                    _bed.Advance(Nanoseconds.PerMillisecond * (action[1] + 256 * action[2]));
                    break;
                case 2:
                    Act(action);
                    break;
            }

            _bed.Advance(0);
            foreach (SentFrame sent in _bed.Device.Sent) Learn(sent.Bytes);
            _bed.Check();
        }
    }

    /// <summary>
    /// Bytes 1: flags; 2: signed distance of the sequence number; 3: of the acknowledgment (far ones with URG, which means nothing else); 4: window; 5: SACK;
    /// 6, 7: length of the data.
    /// </summary>
    private void SendSegment(ReadOnlySpan<byte> action)
    {
        TcpFlags flags = (TcpFlags)(action[1] & 0x3F);
        bool syn = (flags & TcpFlags.Syn) != 0;
        if (syn) _port = (ushort)(PeerPort + action[6] % 12);
        uint sequence = _theirNext + (uint)(sbyte)action[2];
        uint acknowledgment = _ourNext + (uint)((sbyte)action[3] * ((flags & TcpFlags.Urg) != 0 ? 500 : 1));
        int length = (action[6] + 256 * (action[7] & 7)) % 1_400;
        byte[] frame = Frames.Tcp(FrameSeeds.PeerStation, FrameSeeds.Station, FrameSeeds.Peer, FrameSeeds.Address, new TcpTemplate
        {
            SourcePort = _port,
            DestinationPort = FrameSeeds.TcpPort,
            Sequence = sequence,
            Acknowledgment = acknowledgment,
            Flags = flags,
            Window = (ushort)(action[4] * 257),
            MaximumSegmentSize = syn ? (ushort)(action[4] * 6) : (ushort)0,
            WindowScale = syn ? (sbyte)(action[5] % 16 - 1) : (sbyte)-1,
            SackPermitted = (action[5] & 0x80) == 0,
            Timestamps = (action[7] & 0x80) != 0,
            Timestamp = (uint)(_bed.Now / Nanoseconds.PerMillisecond) + (uint)(sbyte)action[5],
            SackBlocks = action[5] == 0 || syn ? [] : [(acknowledgment + action[5] * 20u, acknowledgment + action[5] * 40u), (acknowledgment + 300, acknowledgment + 300 + action[5])],
            Payload = new byte[length],
        });
        _bed.Device.Arrive(frame, checksumTrusted: true);
        if (syn) _theirNext = sequence + 1;
    }

    private void Act(ReadOnlySpan<byte> action)
    {
        for (int i = 0; i < _bed.Stack.Tcp.Connections.Created; i++)
        {
            TcpConnection connection = _bed.Stack.Tcp.Connections[i];
            if (connection.State < TcpState.Established) continue;
            switch (action[1] & 7)
            {
                case 1: connection.Finish(); break;
                case 2: connection.Abort(); break;
                case 3: connection.ResumeReceive(); break;
                case 4: connection.ResumeSend(); break;
                case 5: connection.SetTimer(_bed.Now - 1); break;
            }
        }
    }

    /// <summary>What our stack sent tells where the connection stands.</summary>
    private void Learn(byte[] bytes)
    {
        if (!EthernetFrame.TryParse(bytes, out EthernetFrame frame) || frame.Type != EtherType.Ipv4) return;
        if (!Ipv4Packet.TryParse(frame.Payload, out Ipv4Packet packet) || packet.Protocol != IpProtocol.Tcp) return;
        if (!TcpSegment.TryParse(packet.Payload, packet.Source, packet.Destination, true, out TcpSegment segment)) return;
        if ((segment.Flags & TcpFlags.Rst) != 0) return;
        _theirNext = segment.Acknowledgment;
        _ourNext = segment.Sequence + (uint)segment.Payload.Length + ((segment.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0);
    }
}
