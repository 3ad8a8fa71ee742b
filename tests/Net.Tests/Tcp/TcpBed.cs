// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using Uaas.Devices;
using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Tcp;

/// <summary>
/// Our stack with a peer whose every segment the test writes. Times are in milliseconds; sequence numbers of data are relative to the initial ones.
/// </summary>
internal sealed class TcpBed
{
    public const ushort ListenPort = 80;
    public const ushort PeerPort = 40_000;
    public const uint PeerInitial = 0xFFFF_FF00; // So that sequence numbers wrap early in every test.

    public static readonly MacAddress Station = new(0x02_0000_0000_02);
    public static readonly MacAddress PeerStation = new(0x02_0000_0000_01);
    public static readonly Ipv4Address Address = new(0x0A00_0002);
    public static readonly Ipv4Address Peer = new(0x0A00_0001);

    private ushort _ourPort = ListenPort;
    private ushort _peerPort = PeerPort;

    public TcpBed(Func<TcpHandler?>? accept = null, NetworkConfiguration? configuration = null, NetworkOffloads offloads = NetworkOffloads.None)
    {
        Device = new MemoryDevice(Station, offloads);
        Listener = new Listener(accept ?? (() => new PatternHandler(0, finishAfterPeer: true)));
        Stack = new NetworkStack(Device, configuration ?? Configuration(), 11, 22);
        Stack.Tcp.Listen(ListenPort, Listener);
        Device.Arrive(Frames.Arp(PeerStation, Station, ArpOperation.Reply, Peer, Station, Address));
        Run();
    }

    public MemoryDevice Device { get; }

    public Listener Listener { get; }

    public NetworkStack Stack { get; }

    /// <summary>Whether what is sent waits, for the next <see cref="Run"/> to take it all in one batch.</summary>
    public bool HoldsFrames { get; set; }

    public long Now { get; private set; } = Nanoseconds.PerSecond;

    /// <summary>Our initial sequence number, once seen.</summary>
    public uint OurInitial { get; private set; }

    /// <summary>The handler of the first connection accepted.</summary>
    public PatternHandler Handler => (PatternHandler)Listener.Handlers[0];

    public TcpConnection Connection => Handler.Connection!;

    public static NetworkConfiguration Configuration() => new() { Address = Address, PrefixLength = 24, KeepAliveIdle = Nanoseconds.Never };

    /// <summary>Lets the stack do what is to be done now.</summary>
    public void Run()
    {
        do
        {
            for (int polls = 0; Stack.Poll(Now); polls++) Assert.True(polls < 100, "the stack never comes to rest");
        }
        while (AnswerArp());
    }

    /// <summary>A neighbour known for long is asked whether it is there: it is.</summary>
    private bool AnswerArp()
    {
        SentFrame[] sent = [.. Device.Sent];
        SentFrame[] others = [.. sent.Where(s => s.Bytes[12] != 0x08 || s.Bytes[13] != 0x06)];
        if (others.Length == sent.Length) return false;
        Device.Sent.Clear();
        foreach (SentFrame other in others) Device.Sent.Enqueue(other);
        Device.Arrive(Frames.Arp(PeerStation, Station, ArpOperation.Reply, Peer, Station, Address));
        return true;
    }

    /// <summary>Lets time pass, waking the stack when it wants to be.</summary>
    public void Pass(long milliseconds)
    {
        long end = Now + milliseconds * Nanoseconds.PerMillisecond;
        while (Stack.NextDeadline(Now) <= end)
        {
            Now = Math.Max(Now, Stack.NextDeadline(Now));
            Run();
        }

        Now = end;
    }

    /// <summary>A segment from the peer, as it is. Ports are filled in.</summary>
    public void SendRaw(TcpTemplate template)
    {
        TcpTemplate addressed = template with
        {
            SourcePort = template.SourcePort == 0 ? _peerPort : template.SourcePort,
            DestinationPort = template.DestinationPort == 0 ? _ourPort : template.DestinationPort,
        };
        Device.Arrive(Frames.Tcp(PeerStation, Station, Peer, Address, addressed));
        if (!HoldsFrames) Run();
    }

    /// <summary>
    /// A segment on the connection: its first byte is number <paramref name="sequence"/> of the peer's stream, and it acknowledges so many bytes of ours.
    /// </summary>
    public void Send(int sequence, long acknowledges, int length = 0, TcpFlags flags = TcpFlags.Ack, ushort window = 65_535, (long Left, long Right)[]? sack = null,
        uint timestamp = 0, bool timestamps = false)
    {
        byte[] payload = new byte[length];
        Pattern.Fill(payload, sequence);
        SendRaw(new TcpTemplate
        {
            Sequence = PeerInitial + 1 + (uint)sequence,
            Acknowledgment = OurInitial + 1 + (uint)acknowledges,
            Flags = flags,
            Window = window,
            SackBlocks = Array.ConvertAll(sack ?? [], b => (OurInitial + 1 + (uint)b.Left, OurInitial + 1 + (uint)b.Right)),
            Timestamps = timestamps,
            Timestamp = timestamp,
            Payload = payload,
        });
    }

    /// <summary>Shakes hands as a client of our listener.</summary>
    public void Establish(ushort window = 65_535, ushort maximumSegmentSize = 1_460, sbyte windowScale = -1, bool sack = false, bool timestamps = false)
    {
        Syn(window, maximumSegmentSize, windowScale, sack, timestamps);
        Segment answer = Next();
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, answer.Flags);
        OurInitial = answer.Sequence;
        Send(0, 0, window: window, timestamps: timestamps, timestamp: 2);
        Assert.Single(Listener.Handlers);
    }

    /// <summary>The peer's SYN.</summary>
    public void Syn(ushort window = 65_535, ushort maximumSegmentSize = 1_460, sbyte windowScale = -1, bool sack = false, bool timestamps = false, ushort port = 0) => SendRaw(new TcpTemplate
    {
        SourcePort = port,
        Sequence = PeerInitial,
        Flags = TcpFlags.Syn,
        Window = window,
        MaximumSegmentSize = maximumSegmentSize,
        WindowScale = windowScale,
        SackPermitted = sack,
        Timestamps = timestamps,
        Timestamp = 1,
    });

    /// <summary>Opens a connection to the peer; returns our SYN.</summary>
    public Segment Open(TcpHandler handler)
    {
        TcpConnection? connection = Stack.Tcp.Connect(Peer, PeerPort, handler);
        Assert.NotNull(connection);
        _ourPort = connection.Local.Port;
        _peerPort = PeerPort;
        Run();
        Segment syn = Next();
        OurInitial = syn.Sequence;
        return syn;
    }

    /// <summary>The next segment that our stack sent.</summary>
    public Segment Next()
    {
        Assert.True(Device.Sent.TryDequeue(out SentFrame? sent), "nothing was sent");
        return Segment.Parse(sent);
    }

    /// <summary>The next segment is a pure acknowledgment of so many bytes of the peer's stream.</summary>
    public Segment NextAck(int acknowledged)
    {
        Segment segment = Next();
        Assert.Equal(TcpFlags.Ack, segment.Flags);
        Assert.Empty(segment.Payload);
        Assert.Equal(PeerInitial + 1 + (uint)acknowledged, segment.Acknowledgment);
        return segment;
    }

    /// <summary>The next segment carries so many bytes of our stream from an offset on.</summary>
    public Segment NextData(long offset, int length)
    {
        Segment segment = Next();
        Assert.Equal(OurInitial + 1 + (uint)offset, segment.Sequence);
        Assert.Equal(length, segment.Payload.Length);
        Assert.True(Pattern.Matches(segment.Payload, offset));
        return segment;
    }

    public void NextReset(uint sequence)
    {
        Segment segment = Next();
        Assert.True((segment.Flags & TcpFlags.Rst) != 0, $"{segment.Flags}");
        Assert.Equal(sequence, segment.Sequence);
    }

    public void Nothing() => Assert.Empty(Device.Sent);
}
