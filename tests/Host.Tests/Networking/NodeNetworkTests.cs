// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Uaas.Linux;
using Uaas.Networking;
using Xunit;
using static Uaas.Host.Tests.Networking.HandMadeGuest;

namespace Uaas.Host.Tests.Networking;

/// <summary>The node's network with the kernel's own stack on one side and a hand-made guest on the other.</summary>
[Trait("Needs", "namespaces")]
public sealed class NodeNetworkTests
{
    [TapFact]
    public void The_first_frame_an_instance_gets_is_the_connection_itself() => OwnNamespace.Run(() =>
    {
        using var network = NodeNetwork.Prepare();
        using InstanceLink link = network.AddInstance(0, new InstanceLinkOptions(Offloads: false));
        Assert.Equal(IPAddress.Parse("10.77.0.2"), link.Address);
        using Socket client = BeginConnect(link.Address);
        byte[] frame = ReadFrame(link.Tap);
        Assert.Equal("02000A4D0002", Convert.ToHexString(frame.AsSpan(0, 6)));
        Assert.Equal("0800", Convert.ToHexString(frame.AsSpan(12, 2)));
        Assert.Equal("0A4D00010A4D0002", Convert.ToHexString(frame.AsSpan(EthernetHeader + 12, 8)));
        const int flagsOfSegment = EthernetHeader + 20 + 13;
        Assert.Equal(0x02, frame[flagsOfSegment] & 0x17);
    });

    [TapFact]
    public void A_link_that_is_renewed_holds_nothing_of_before_and_takes_a_connection_at_once() => OwnNamespace.Run(() =>
    {
        using var network = NodeNetwork.Prepare();
        InstanceLink link = network.AddInstance(0, new InstanceLinkOptions(Offloads: false, IsKept: true));
        for (int round = 0; round < 20; round++)
        {
            using Socket former = BeginConnect(link.Address);
            link = network.Renew(link, offloads: false);
            using Socket client = BeginConnect(link.Address);
            byte[] frame = ReadFrame(link.Tap);
            const int sourcePort = EthernetHeader + 20;
            Assert.Equal(((IPEndPoint)client.LocalEndPoint!).Port, frame[sourcePort] << 8 | frame[sourcePort + 1]);
        }
        link.Tap.Remove();
    });

    [TapFact]
    public void A_link_is_made_although_others_changed_more_than_the_kernel_can_tell() => OwnNamespace.Run(() =>
    {
        using var network = NodeNetwork.Prepare();
        using InstanceLink first = network.AddInstance(0, new InstanceLinkOptions(Offloads: false));
        using var socket = NetlinkSocket.ForRoutes();
        for (int i = 0; i < 1000; i++)
        {
            RouteBatch batch = socket.NewRouteBatch();
            batch.SetUp(first.Tap.Index, 1400 + i % 2);
            socket.Execute(batch);
        }
        using InstanceLink second = network.AddInstance(1, new InstanceLinkOptions(Offloads: false));
        using Socket client = BeginConnect(second.Address);
        Assert.NotEmpty(ReadFrame(second.Tap));
    });

    [TapFact]
    public void A_tap_with_offloads_puts_a_virtio_header_before_each_frame() => OwnNamespace.Run(() =>
    {
        const int virtioHeader = 10;
        using var network = NodeNetwork.Prepare();
        using InstanceLink link = network.AddInstance(0, new InstanceLinkOptions(Offloads: true));
        using Socket client = BeginConnect(link.Address);
        byte[] frame = ReadFrame(link.Tap);
        Assert.Equal("02000A4D0002", Convert.ToHexString(frame.AsSpan(virtioHeader, 6)));
    });

    [TapFact]
    public void The_node_answers_for_its_address_on_every_link() => OwnNamespace.Run(() =>
    {
        using var network = NodeNetwork.Prepare();
        using InstanceLink first = network.AddInstance(0, new InstanceLinkOptions(Offloads: false));
        using InstanceLink second = network.AddInstance(1, new InstanceLinkOptions(Offloads: false));
        foreach (InstanceLink link in new[] { first, second })
        {
            WriteFrame(link.Tap, ArpRequest(link));
            byte[] reply = ReadFrame(link.Tap);
            Assert.Equal("0806" + "0001080006040002", Convert.ToHexString(reply.AsSpan(12, 10)));
            Assert.Equal("0A4D0001", Convert.ToHexString(reply.AsSpan(28, 4)));
        }
    });

    [TapFact]
    public void Instances_do_not_reach_each_other() => OwnNamespace.Run(() =>
    {
        using var network = NodeNetwork.Prepare();
        using InstanceLink first = network.AddInstance(0, new InstanceLinkOptions(Offloads: false));
        using InstanceLink second = network.AddInstance(1, new InstanceLinkOptions(Offloads: false));
        WriteFrame(first.Tap, EchoRequest(first, to: second));

        // The kernel has dealt with the frame when the write returns; what it forwards would be there.
        Assert.Null(TryReadFrame(second.Tap));
    });

    [TapFact]
    public void An_instance_cannot_speak_with_the_address_of_another() => OwnNamespace.Run(() =>
    {
        using var network = NodeNetwork.Prepare();
        using InstanceLink first = network.AddInstance(0, new InstanceLinkOptions(Offloads: false));
        using InstanceLink second = network.AddInstance(1, new InstanceLinkOptions(Offloads: false));
        byte[] frame = EchoRequest(second, to: null);
        WriteFrame(first.Tap, frame);
        Assert.Null(TryReadFrame(first.Tap));
        Assert.Null(TryReadFrame(second.Tap));
        WriteFrame(second.Tap, frame);
        Assert.NotNull(TryReadFrame(second.Tap));
    });

    [TapFact]
    public void The_kernel_sends_nothing_to_an_idle_instance() => OwnNamespace.Run(() =>
    {
        using var network = NodeNetwork.Prepare();
        using InstanceLink link = network.AddInstance(0, new InstanceLinkOptions(Offloads: false));
        Thread.Sleep(100);
        Assert.Null(TryReadFrame(link.Tap));
    });

    [TapFact]
    public void Many_links_are_made_in_one_namespace() => OwnNamespace.Run(() =>
    {
        const int count = 50;
        using var network = NodeNetwork.Prepare();
        var links = new InstanceLink[count];
        for (int i = 0; i < count; i++)
            links[i] = network.AddInstance(i, new InstanceLinkOptions(Offloads: true));
        Assert.Equal(IPAddress.Parse("10.77.0.51"), links[^1].Address);
        foreach (InstanceLink link in links)
            link.Dispose();
    });

    [TapFact]
    public void The_same_number_twice_is_refused_by_name() => OwnNamespace.Run(() =>
    {
        using var network = NodeNetwork.Prepare();
        using InstanceLink link = network.AddInstance(3, new InstanceLinkOptions(Offloads: false));
        var e = Assert.Throws<SystemCallException>(() => network.AddInstance(3, new InstanceLinkOptions(Offloads: false)));
        Assert.Contains("route to 10.77.0.5", e.Message, StringComparison.Ordinal);
    });

    [TapTheory]
    [InlineData(-1)]
    [InlineData(NodeNetwork.MaxInstances)]
    public void Numbers_outside_the_range_are_refused(int number)
    {
        OwnNamespace.Run(() => Assert.Throws<ArgumentOutOfRangeException>(() => Prepared(number)));

        static InstanceLink Prepared(int number)
        {
            using var network = NodeNetwork.Prepare();
            return network.AddInstance(number, default);
        }
    }
}
