// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Net;
using Uaas.Net.Names;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Fuzz.Network;

/// <summary>A name server gone wrong, answering a stack that always has a question under way. The head of the question is always right, so that replies are looked at.</summary>
internal sealed class DnsTarget : IFuzzTarget
{
    private const int QuestionOffset = EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize + UdpDatagram.HeaderSize;

    private readonly StackBed _bed = new();
    private readonly Lookup _lookup = new();
    private byte[] _question = [];
    private ushort _port;

    public DnsTarget()
    {
        _bed.Device.Arrive(Frames.Arp(FrameSeeds.PeerStation, FrameSeeds.Station, ArpOperation.Reply, FrameSeeds.Peer, FrameSeeds.Station, FrameSeeds.Address));
        _bed.Advance(0);
    }

    /// <summary>Two bytes of flags, two of the number of answers, and the answers.</summary>
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0x81, 0x80, 0, 1, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 10, 0, 0, 9],
        [0x81, 0x80, 0, 2, 0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 2, 0xC0, 12, 1, 65, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 10, 0, 0, 9],
        [0x81, 0x83, 0, 0],
        [0x81, 0x82, 0, 0],
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        if (_bed.Stack.Names.Active == 0 && !_bed.Stack.Names.TryLookUp("img.example"u8, _lookup)) throw new InvalidOperationException("no room for one lookup");
        _bed.Advance(Nanoseconds.PerMillisecond);
        foreach (SentFrame sent in _bed.Device.Sent) NoteQuestion(sent.Bytes);
        if (_question.Length == 0) throw new InvalidOperationException("nothing was asked");
        _bed.Device.Arrive(Reply(input));
        _bed.Advance(Nanoseconds.PerSecond);
        _bed.Check();
        if (_bed.Stack.Names.Active > 1) throw new InvalidOperationException("more lookups than were begun");
    }

    private byte[] Reply(ReadOnlySpan<byte> input)
    {
        byte[] message = [.. _question, .. input.Length > 4 ? input[4..] : default];
        if (input.Length >= 2) input[..2].CopyTo(message.AsSpan(2));
        if (input.Length >= 4) input[2..4].CopyTo(message.AsSpan(6));
        return Frames.Udp(FrameSeeds.PeerStation, FrameSeeds.Station, FrameSeeds.Peer, FrameSeeds.Address, DnsMessage.ServerPort, _port, message);
    }

    private void NoteQuestion(byte[] frame)
    {
        if (frame.Length <= QuestionOffset || frame[23] != (byte)IpProtocol.Udp) return;
        _question = frame[QuestionOffset..];
        _port = (ushort)(frame[QuestionOffset - 8] << 8 | frame[QuestionOffset - 7]);
    }

    private sealed class Lookup : NameLookup
    {
        public override void Resolved(Ipv4Address address)
        {
        }

        public override void Failed(LookupFailure failure)
        {
        }
    }
}
