// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Text;
using Uaas.Net.Names;
using Uaas.Net.Testing;
using Uaas.Net.Tests.Tcp;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Names;

/// <summary>A question that the stack sent to the name server.</summary>
internal sealed record SentQuestion(ushort Port, byte[] Message, Ipv4Address Server)
{
    /// <summary>The name asked for, in text.</summary>
    public string Name
    {
        get
        {
            var name = new StringBuilder();
            for (int at = 12; Message[at] != 0; at += 1 + Message[at])
                name.Append(name.Length == 0 ? "" : ".").Append(Encoding.ASCII.GetString(Message, at + 1, Message[at]));
            return name.ToString();
        }
    }
}

/// <summary>The stack of a <see cref="TcpBed"/> whose peer is its gateway and name server, and says what the test says.</summary>
internal sealed class NameBed
{
    public NameBed(LinkTable? links = null, int maxLookups = 4)
    {
        Bed = new TcpBed(configuration: new NetworkConfiguration
        {
            Address = TcpBed.Address,
            PrefixLength = 32,
            Gateway = TcpBed.Peer,
            KeepAliveIdle = Nanoseconds.Never,
            Links = links ?? new LinkTable(),
            MaxLookups = maxLookups,
        });
    }

    public TcpBed Bed { get; }

    public NetworkStack Stack => Bed.Stack;

    /// <summary>The next frame, which is to be a question.</summary>
    public SentQuestion NextQuestion()
    {
        Assert.True(Bed.Device.Sent.TryDequeue(out SentFrame? sent), "nothing was sent");
        Assert.True(EthernetFrame.TryParse(sent.Bytes, out EthernetFrame frame));
        Assert.True(Ipv4Packet.TryParse(frame.Payload, out Ipv4Packet packet));
        Assert.Equal(IpProtocol.Udp, packet.Protocol);
        Assert.True(UdpDatagram.TryParse(packet.Payload, packet.Source, packet.Destination, false, out UdpDatagram datagram));
        Assert.Equal(DnsMessage.ServerPort, datagram.DestinationPort);
        return new SentQuestion(datagram.SourcePort, datagram.Payload.ToArray(), packet.Destination);
    }

    /// <summary>The server answers a question with an address, or with a code.</summary>
    public void Answer(SentQuestion question, Ipv4Address address, DnsCode code = DnsCode.Ok) => Deliver(question.Port, Reply(question.Message, address, code));

    /// <summary>Something comes to a port of ours from the server's.</summary>
    public void Deliver(ushort port, byte[] message, Ipv4Address? from = null, ushort fromPort = DnsMessage.ServerPort)
    {
        Bed.Device.Arrive(Frames.Udp(TcpBed.PeerStation, TcpBed.Station, from ?? TcpBed.Peer, TcpBed.Address, fromPort, port, message));
        Bed.Run();
    }

    /// <summary>An answer to a question; with no address, an empty one.</summary>
    public static byte[] Reply(byte[] question, Ipv4Address address, DnsCode code = DnsCode.Ok)
    {
        bool hasAddress = address != Ipv4Address.Any;
        byte[] record = hasAddress ? Record(1, Bytes(address)) : [];
        byte[] reply = [.. question, .. record];
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(2), (ushort)(0x8180 | (int)code));
        reply[7] = (byte)(hasAddress ? 1 : 0);
        return reply;
    }

    /// <summary>A record whose name points to the question.</summary>
    public static byte[] Record(ushort type, byte[] data) => [0xC0, 12, (byte)(type >> 8), (byte)type, 0, 1, 0, 0, 0, 0, 0, (byte)data.Length, .. data];

    public static byte[] Bytes(Ipv4Address address)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address.Value);
        return bytes;
    }
}

/// <summary>Notes what became of a lookup.</summary>
internal sealed class NotingLookup : NameLookup
{
    public Ipv4Address? Address { get; private set; }

    public LookupFailure? Failure { get; private set; }

    public int Calls { get; private set; }

    /// <summary>What to do when called.</summary>
    public Action? Then { get; init; }

    public override void Resolved(Ipv4Address address)
    {
        Calls++;
        Address = address;
        Then?.Invoke();
    }

    public override void Failed(LookupFailure failure)
    {
        Calls++;
        Failure = failure;
        Then?.Invoke();
    }
}
