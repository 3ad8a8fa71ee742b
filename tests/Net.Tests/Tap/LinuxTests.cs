// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Devices;
using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Tap;

/// <summary>The Linux kernel is the oracle: its sockets talk to our stack over a tap.</summary>
[Trait("Needs", "tap")]
public sealed class LinuxTests
{
    private const NetworkOffloads All = NetworkOffloads.Checksum | NetworkOffloads.Segmentation;

    [TapTheory]
    [InlineData(NetworkOffloads.None)]
    [InlineData(All)]
    public void Ping_is_answered_small_and_fragmented(NetworkOffloads offloads)
    {
        using TapBed bed = new(offloads);
        using Socket socket = bed.RawIcmpSocket();
        foreach (int length in new[] { 0, 56, 1_472, 1_473, 9_000 })
        {
            byte[] request = new byte[IcmpMessage.HeaderSize + length];
            Pattern.Fill(request.AsSpan(IcmpMessage.HeaderSize), 0);
            IcmpMessage.Write(request, IcmpType.EchoRequest, 0, (uint)length);
            socket.SendTo(request, new IPEndPoint(IPAddress.Parse("10.9.0.2"), 0));

            byte[] packet = new byte[Ipv4Packet.MaximumSize];
            int received = socket.Receive(packet);
            Assert.True(Ipv4Packet.TryParse(packet.AsSpan(0, received), out Ipv4Packet reply));
            Assert.True(IcmpMessage.TryParse(reply.Payload, out IcmpMessage message));
            Assert.Equal(IcmpType.EchoReply, message.Type);
            Assert.Equal((uint)length, message.Rest);
            Assert.True(message.Body.SequenceEqual(request.AsSpan(IcmpMessage.HeaderSize)));
        }
    }

    [TapTheory]
    [InlineData(NetworkOffloads.None, 1500)]
    [InlineData(NetworkOffloads.Checksum, 1500)]
    [InlineData(All, 1500)]
    [InlineData(All, 9000)]
    public void Megabytes_come_back_unaltered(NetworkOffloads offloads, int mtu)
    {
        using TapBed bed = new(offloads, mtu: mtu);
        bed.Stack.Call(s => s.Tcp.Listen(7, new Listener(() => new EchoHandler())));
        using Socket socket = bed.Connect(7);
        const long Total = 8 << 20;
        Task sending = Task.Run(() => Send(socket, Total));
        Assert.Equal(Total, ReceiveAll(socket));
        sending.Wait();
        Assert.True(bed.Stack.Until(s => s.Tcp.ActiveConnections == 0));
    }

    [TapTheory]
    [InlineData(NetworkOffloads.None)]
    [InlineData(All)]
    public void A_peer_that_finishes_first_still_receives(NetworkOffloads offloads)
    {
        using TapBed bed = new(offloads);
        Listener listener = new(() => new PatternHandler(3 << 20, finishAfterPeer: true));
        bed.Stack.Call(s => s.Tcp.Listen(80, listener));
        using Socket socket = bed.Connect(80);
        Send(socket, 100_000);
        Assert.Equal(3 << 20, ReceiveAll(socket));
        Assert.True(bed.Stack.Until(s => s.Tcp.ActiveConnections == 0));
        PatternHandler handler = Assert.IsType<PatternHandler>(Assert.Single(listener.Handlers));
        Assert.Equal(100_000, handler.Received);
        Assert.False(handler.Corrupted);
        Assert.Equal(TcpCloseReason.Finished, handler.CloseReason);
    }

    [TapFact]
    public void We_finish_first_and_remember_the_connection()
    {
        using TapBed bed = new(All);
        Listener listener = new(() => new PatternHandler(10));
        bed.Stack.Call(s => s.Tcp.Listen(80, listener));
        using Socket socket = bed.Connect(80);
        Assert.Equal(10, ReceiveAll(socket));
        Send(socket, 50_000);
        Assert.True(bed.Stack.Until(s => s.Tcp.ActiveConnections == 0));
        Assert.Equal(1, bed.Stack.Call(s => s.Counters.TcpTimeWait));
        PatternHandler handler = Assert.IsType<PatternHandler>(Assert.Single(listener.Handlers));
        Assert.Equal(50_000, handler.Received);
    }

    [TapFact]
    public void A_reset_ends_the_connection()
    {
        using TapBed bed = new(All);
        Listener listener = new(() => new PatternHandler(1 << 20, finishAfterPeer: true));
        bed.Stack.Call(s => s.Tcp.Listen(80, listener));
        Socket socket = bed.Connect(80);
        socket.Receive(new byte[1000]);
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
        Assert.True(bed.Stack.Until(s => s.Tcp.ActiveConnections == 0));
        Assert.Equal(TcpCloseReason.ResetByPeer, Assert.IsType<PatternHandler>(listener.Handlers[0]).CloseReason);
    }

    [TapFact]
    public void Aborting_resets_the_peer()
    {
        using TapBed bed = new(All);
        Listener listener = new(() => new PatternHandler(0, finishAfterPeer: true));
        bed.Stack.Call(s => s.Tcp.Listen(80, listener));
        using Socket socket = bed.Connect(80);
        Assert.True(bed.Stack.Until(_ => listener.Handlers.Count == 1));
        bed.Stack.Call(_ =>
        {
            ((PatternHandler)listener.Handlers[0]).Connection!.Abort();
            return 0;
        });
        SocketException exception = Assert.Throws<SocketException>(() => socket.Receive(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
    }

    [TapFact]
    public void A_port_without_listener_refuses()
    {
        using TapBed bed = new(All);
        SocketException exception = Assert.Throws<SocketException>(() => bed.Connect(81));
        Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);
    }

    [TapTheory]
    [InlineData(NetworkOffloads.None)]
    [InlineData(All)]
    public void We_connect_to_Linux(NetworkOffloads offloads)
    {
        using TapBed bed = new(offloads);
        using Socket server = bed.Socket();
        server.Bind(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 9000));
        server.Listen(10);
        PatternHandler handler = new(2 << 20);
        Assert.NotNull(bed.Stack.Call(s => s.Tcp.Connect(TapBed.Host, 9000, handler)));
        using Socket accepted = server.Accept();
        accepted.ReceiveTimeout = 20_000;
        Task sending = Task.Run(() => Send(accepted, 1 << 20));
        Assert.Equal(2 << 20, ReceiveAll(accepted));
        sending.Wait();
        Assert.True(bed.Stack.Until(_ => handler.CloseReason != null));
        Assert.Equal(TcpCloseReason.Finished, handler.CloseReason);
        Assert.Equal(1 << 20, handler.Received);
        Assert.False(handler.Corrupted);
    }

    [TapFact]
    public void Linux_refuses_us()
    {
        using TapBed bed = new(All);
        PatternHandler handler = new(0);
        bed.Stack.Call(s => s.Tcp.Connect(TapBed.Host, 9001, handler));
        Assert.True(bed.Stack.Until(_ => handler.CloseReason != null));
        Assert.Equal(TcpCloseReason.Refused, handler.CloseReason);
    }

    [TapFact]
    public void A_slow_reader_closes_the_window_and_opens_it_again()
    {
        using TapBed bed = new(All);
        Listener listener = new(() => new PatternHandler(4 << 20));
        bed.Stack.Call(s => s.Tcp.Listen(80, listener));
        using Socket socket = bed.Socket();
        socket.ReceiveBufferSize = 16 * 1024;
        socket.Connect(new IPEndPoint(IPAddress.Parse("10.9.0.2"), 80));
        Thread.Sleep(300);
        Assert.Equal(4 << 20, ReceiveAll(socket));
    }

    [TapFact]
    public void A_large_window_is_filled()
    {
        NetworkConfiguration configuration = new() { Address = TapBed.Guest, PrefixLength = 24, ReceiveBufferSize = 4 << 20, ReceiveBuffers = 4 };
        using TapBed bed = new(All, configuration);
        StallingHandler handler = new();
        Listener listener = new(() => handler);
        bed.Stack.Call(s => s.Tcp.Listen(80, listener));
        using Socket socket = bed.Connect(80);
        Task sending = Task.Run(() => Send(socket, 8 << 20));
        Assert.True(bed.Stack.Until(_ => handler.LargestOffer > 3 << 20), $"only {handler.LargestOffer} bytes were offered in one piece");
        bed.Stack.Call(_ =>
        {
            handler.Stalled = false;
            handler.Connection!.ResumeReceive();
            return 0;
        });
        sending.Wait();
        Assert.True(bed.Stack.Until(_ => handler.PeerHasFinished));
        Assert.Equal(8 << 20, handler.Received);
        Assert.False(handler.Corrupted);
    }

    [TapFact]
    public void Hundreds_of_connections_at_once()
    {
        using TapBed bed = new(All);
        bed.Stack.Call(s => s.Tcp.Listen(7, new Listener(() => new EchoHandler())));
        List<Socket> sockets = [];
        for (int i = 0; i < 300; i++) sockets.Add(bed.Connect(7));
        foreach (Socket socket in sockets) Send(socket, 5_000);
        foreach (Socket socket in sockets) Assert.Equal(5_000, ReceiveAll(socket));
        Assert.True(bed.Stack.Until(s => s.Tcp.ActiveConnections == 0));
        sockets.ForEach(s => s.Dispose());
    }

    [TapTheory]
    [InlineData(NetworkOffloads.None, 1)]
    [InlineData(All, 2)]
    public void Data_survives_a_link_that_loses_and_alters_frames(NetworkOffloads offloads, int seed)
    {
        using TapBed bed = new(offloads, wrap: tap => new FaultInjector(tap, seed, loss: 0.02, corruption: offloads == NetworkOffloads.None ? 0.01 : 0));
        bed.Stack.Call(s => s.Tcp.Listen(7, new Listener(() => new EchoHandler())));
        using Socket socket = bed.Connect(7);
        Task sending = Task.Run(() => Send(socket, 1 << 20));
        Assert.Equal(1 << 20, ReceiveAll(socket));
        sending.Wait();
    }

    [TapFact]
    public void Datagrams_come_and_go_in_fragments_too()
    {
        using TapBed bed = new(All);
        UdpSocket ours = bed.Stack.Call(s => s.Udp.Bind(53, 4, 9_000))!;
        using Socket theirs = bed.UdpSocket();
        theirs.Connect(IPAddress.Parse("10.9.0.2"), 53);
        foreach (int length in new[] { 0, 1, 1_472, 1_473, 8_000 })
        {
            byte[] sent = new byte[length];
            Pattern.Fill(sent, 0);
            theirs.Send(sent);
            Assert.True(bed.Stack.Until(_ => ours.Available == 1));
            bed.Stack.Call(_ =>
            {
                byte[] buffer = new byte[9_000];
                Assert.True(ours.TryReceive(buffer, out int received, out Ipv4Address from, out ushort port));
                return ours.Send(from, port, buffer.AsSpan(0, received));
            });
            byte[] back = new byte[9_000];
            Assert.Equal(length, theirs.Receive(back));
            Assert.True(Pattern.Matches(back.AsSpan(0, length), 0));
        }
    }

    [TapFact]
    public void A_datagram_to_a_closed_port_is_told_so()
    {
        using TapBed bed = new(All);
        using Socket socket = bed.UdpSocket();
        socket.Connect(IPAddress.Parse("10.9.0.2"), 54);
        socket.Send(new byte[5]);
        SocketException exception = Assert.Throws<SocketException>(() => socket.Receive(new byte[5]));
        Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);
    }

    [TapFact]
    public void One_tap_and_one_host_route_need_no_arp()
    {
        NetworkConfiguration configuration = new() { Address = TapBed.Guest, PrefixLength = 32, Gateway = new Ipv4Address(0xA9FE_0001) };
        using TapBed bed = new(All, configuration, hostAddress: "10.9.0.1/32");
        bed.Command("ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 nud permanent dev tap0");
        bed.Command("ip route add 10.9.0.2/32 dev tap0");
        bed.Stack.Call(s => s.Tcp.Listen(7, new Listener(() => new EchoHandler())));
        using Socket socket = bed.Connect(7);
        Send(socket, 10_000);
        Assert.Equal(10_000, ReceiveAll(socket));
    }

    private static void Send(Socket socket, long count)
    {
        byte[] buffer = new byte[64 * 1024];
        for (long sent = 0; sent < count;)
        {
            int length = (int)Math.Min(buffer.Length, count - sent);
            Pattern.Fill(buffer.AsSpan(0, length), sent);
            sent += socket.Send(buffer.AsSpan(0, length));
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private static long ReceiveAll(Socket socket)
    {
        byte[] buffer = new byte[64 * 1024];
        long received = 0;
        while (true)
        {
            int length = socket.Receive(buffer);
            if (length == 0) return received;
            Assert.True(Pattern.Matches(buffer.AsSpan(0, length), received), $"altered in [{received}, {received + length})");
            received += length;
        }
    }

    private sealed class StallingHandler() : PatternHandler(0, finishAfterPeer: true)
    {
        public bool Stalled { get; set; } = true;

        public int LargestOffer { get; private set; }

        protected override int Take(int available)
        {
            LargestOffer = Math.Max(LargestOffer, available);
            return Stalled ? 0 : available;
        }
    }
}
