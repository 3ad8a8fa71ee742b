// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using Xunit;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>Frames between a guest and a wire that is inherited as a descriptor.</summary>
public class NetTests
{
    private const string GuestMac = "02:00:00:00:00:17";

    [Fact]
    public void Frames_pass_both_ways()
    {
        using PacketSocketPair wire = new();
        using TenderRun run = Start(wire);
        for (int size = 60; size <= 1514; size += 727)
        {
            byte[] frame = Frame(size);
            wire.Near.Send(frame);
            byte[] reply = Receive(wire.Near);
            Assert.Equal(frame.Length, reply.Length);
            Assert.Equal(frame[6..12], reply[..6]);
            Assert.Equal("020000000017", Convert.ToHexStringLower(reply[6..12]));
            Assert.Equal(frame[14..], reply[14..]);
        }

        wire.Near.Send(Quit());
        Assert.Equal(0, run.Wait());
    }

    [Fact]
    public void Frames_that_waited_before_the_start_arrive()
    {
        using PacketSocketPair wire = new();
        wire.Near.Send(Frame(100));
        using TenderRun run = Start(wire);
        Assert.Equal(100, Receive(wire.Near).Length);
        wire.Near.Send(Quit());
        Assert.Equal(0, run.Wait());
    }

    [Fact]
    public void An_asleep_guest_stops_when_asked()
    {
        using PacketSocketPair wire = new();
        using TenderRun run = Start(wire);
        Signals.Terminate(run.ProcessId);
        Assert.Equal(7, run.Wait());
        Assert.Equal("stopped\n", run.Output);
    }

    [RootFact]
    public void A_tender_keeps_no_descriptor_but_its_own()
    {
        using PacketSocketPair wire = new();
        using TenderRun run = Start(wire);
        int[] open = [.. Directory.GetFiles($"/proc/{run.ProcessId}/fd").Select(f => int.Parse(Path.GetFileName(f), System.Globalization.CultureInfo.InvariantCulture)).Order()];
        Assert.Equal(7, open.Length); // three standard ones, wire, epoll, timer, stop
        Assert.Contains(wire.Far, open);
        wire.Near.Send(Quit());
        Assert.Equal(0, run.Wait());
    }

    private static TenderRun Start(PacketSocketPair wire) =>
        new("spt", ["--mem=4", $"--net:service=@{wire.Far}", $"--net-mac:service={GuestMac}", BuiltPrograms.Guest("netecho", "spt")], "ready");

    private static byte[] Frame(int size)
    {
        byte[] frame = [.. Enumerable.Range(0, size).Select(i => (byte)(i * 3))];
        Convert.FromHexString("02000000001702000000000108060001").AsSpan(0, 14).CopyTo(frame);
        return frame;
    }

    private static byte[] Quit()
    {
        byte[] frame = new byte[60];
        Convert.FromHexString("02000000001702000000000188b571").CopyTo(frame, 0);
        return frame;
    }

    private static byte[] Receive(Socket socket)
    {
        byte[] buffer = new byte[65536];
        return buffer[..socket.Receive(buffer)];
    }
}
