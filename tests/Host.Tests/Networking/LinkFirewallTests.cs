// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Net;
using Uaas.Linux;
using Uaas.Networking;
using Xunit;
using static Uaas.Host.Tests.Networking.HandMadeGuest;

namespace Uaas.Host.Tests.Networking;

/// <summary>What passes between instances, with hand-made guests on both sides of the kernel's own filter.</summary>
[Trait("Needs", "namespaces")]
public sealed class LinkFirewallTests
{
    private const byte Syn = 0x02;
    private const byte SynAck = 0x12;
    private const byte Ack = 0x10;
    private const byte Reset = 0x04;
    private const uint Web = 1;
    private const uint Images = 2;

    [TapFact]
    public void A_declared_link_passes_and_its_answers_come_back() => OwnNamespace.Run(() =>
    {
        using var bed = new Bed();
        Assert.True(bed.Passes(bed.Web1, bed.Image1, 50_000, 80, Syn));
        Assert.True(bed.Passes(bed.Image1, bed.Web1, 80, 50_000, SynAck));
        Assert.True(bed.Passes(bed.Web1, bed.Image1, 50_000, 80, Ack));
        Assert.True(bed.Passes(bed.Image1, bed.Web1, 80, 50_000, Reset));
    });

    [TapFact]
    public void Nothing_else_passes_between_instances() => OwnNamespace.Run(() =>
    {
        using var bed = new Bed();
        Assert.False(bed.Passes(bed.Web1, bed.Image1, 50_000, 81, Syn), "another port");
        Assert.False(bed.Passes(bed.Web1, bed.Web2, 50_000, 80, Syn), "an instance of its own service");
        Assert.False(bed.Passes(bed.Image1, bed.Web1, 50_000, 80, Syn), "against the link's direction");
        Assert.False(bed.Passes(bed.Image1, bed.Web1, 80, 50_000, Syn), "a connection back from the linked port");
        Assert.False(bed.Passes(bed.Image1, bed.Web1, 81, 50_000, Ack), "an answer from another port");
        Assert.False(bed.Passes(bed.Stranger, bed.Image1, 50_000, 80, Syn), "who was not admitted");
        WriteFrame(bed.Web1.Tap, EchoRequest(bed.Web1, to: bed.Image1));
        Assert.Null(TryReadFrame(bed.Image1.Tap));
    });

    [TapFact]
    public void Who_was_expelled_neither_reaches_nor_is_reached() => OwnNamespace.Run(() =>
    {
        using var bed = new Bed();
        bed.Firewall.Expel(bed.Image1.Address, Images, []);
        Assert.False(bed.Passes(bed.Web1, bed.Image1, 50_000, 80, Syn));
        bed.Firewall.Expel(bed.Web2.Address, Web, Bed.LinksOfWeb);
        bed.Firewall.Admit(bed.Image1.Address, Images, []);
        Assert.True(bed.Passes(bed.Web1, bed.Image1, 50_000, 80, Syn));
        Assert.False(bed.Passes(bed.Web2, bed.Image1, 50_000, 80, Syn));
    });

    [TapFact]
    public void An_instance_may_ask_the_node_and_answer_it_but_not_connect_to_it() => OwnNamespace.Run(() =>
    {
        using var bed = new Bed();
        Assert.False(bed.IsAnswered(bed.Web1, 50_000, 22, Syn), "a connection");
        Assert.True(bed.IsAnswered(bed.Web1, 80, 50_000, Ack), "an answer to a connection that is none gets a reset");
        WriteFrame(bed.Web1.Tap, EchoRequest(bed.Web1, to: null));
        Assert.NotNull(TryReadFrame(bed.Web1.Tap));
    });

    /// <summary>The kernel says that there is no way to such an address before it looks at the source, and says it to whoever that is.</summary>
    [TapFact]
    public void What_leads_nowhere_is_answered_to_whoever_sent_it_and_to_nobody_in_whose_name_it_was_sent() => OwnNamespace.Run(() =>
    {
        using var bed = new Bed();
        foreach (string nowhere in new[] { "198.51.100.7", "10.77.200.200" })
        {
            foreach (IPAddress source in new[] { bed.Image1.Address, NodeNetwork.NodeAddress })
                WriteFrame(bed.Web1.Tap, Segment(bed.Web1, IPAddress.Parse(nowhere), 50_000, 80, Syn, source));
            Assert.Null(TryReadFrame(bed.Image1.Tap));
            Assert.Null(TryReadFrame(bed.Web1.Tap));
            WriteFrame(bed.Web1.Tap, Segment(bed.Web1, IPAddress.Parse(nowhere), 50_000, 80, Syn));
            Assert.NotNull(TryReadFrame(bed.Web1.Tap));
        }
    });

    [TapFact]
    public void The_most_links_that_a_service_may_have_are_opened_at_once() => OwnNamespace.Run(() =>
    {
        using var bed = new Bed();
        LinkTarget[] links = [.. Enumerable.Range(0, 64).Select(i => new LinkTarget(Images, (ushort)(1000 + i)))];
        bed.Firewall.Admit(bed.Stranger.Address, 3, links);
        Assert.True(bed.Passes(bed.Stranger, bed.Image1, 50_000, 1063, Syn));
        bed.Firewall.Expel(bed.Stranger.Address, 3, links);
        Assert.False(bed.Passes(bed.Stranger, bed.Image1, 50_000, 1063, Syn));
    });

    [TapFact]
    public void A_refused_change_is_named_and_changes_nothing() => OwnNamespace.Run(() =>
    {
        using var bed = new Bed();
        var e = Assert.Throws<SystemCallException>(() => bed.Firewall.Expel(bed.Stranger.Address, 9, []));
        Assert.Contains($"strike {bed.Stranger.Address}", e.Message, StringComparison.Ordinal);
        Assert.Throws<SystemCallException>(() => bed.Firewall.Expel(bed.Image1.Address, Images, Bed.LinksOfWeb));
        Assert.True(bed.Passes(bed.Web1, bed.Image1, 50_000, 80, Syn));
    });

    /// <summary>Two instances of a service that is linked to another, one of that, and one that was not admitted.</summary>
    private sealed class Bed : IDisposable
    {
        internal static readonly LinkTarget[] LinksOfWeb = [new(Images, 80)];

        private readonly NodeNetwork _network = NodeNetwork.Prepare();

        internal Bed()
        {
            Web1 = _network.AddInstance(0, default);
            Web2 = _network.AddInstance(1, default);
            Image1 = _network.AddInstance(2, default);
            Stranger = _network.AddInstance(3, default);
            Firewall.Admit(Web1.Address, Web, LinksOfWeb);
            Firewall.Admit(Web2.Address, Web, LinksOfWeb);
            Firewall.Admit(Image1.Address, Images, []);
        }

        internal LinkFirewall Firewall { get; } = LinkFirewall.Install();

        internal InstanceLink Web1 { get; }

        internal InstanceLink Web2 { get; }

        internal InstanceLink Image1 { get; }

        internal InstanceLink Stranger { get; }

        // The kernel has dealt with the frame when the write returns; what it forwards is there.
        internal bool Passes(InstanceLink from, InstanceLink to, ushort fromPort, ushort toPort, byte flags)
        {
            WriteFrame(from.Tap, Segment(from, to.Address, fromPort, toPort, flags));
            return TryReadFrame(to.Tap) is not null;
        }

        internal bool IsAnswered(InstanceLink from, ushort fromPort, ushort toPort, byte flags)
        {
            WriteFrame(from.Tap, Segment(from, NodeNetwork.NodeAddress, fromPort, toPort, flags));
            return TryReadFrame(from.Tap) is not null;
        }

        public void Dispose()
        {
            foreach (InstanceLink link in new[] { Web1, Web2, Image1, Stranger })
                link.Dispose();
            Firewall.Dispose();
            _network.Dispose();
        }
    }
}
