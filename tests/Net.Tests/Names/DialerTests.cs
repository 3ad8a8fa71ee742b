// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Uaas.Net.Names;
using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Net.Tests.Tcp;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Names;

/// <summary>Connections by name, and to ports of 127.0.0.1 that are linked.</summary>
public sealed class DialerTests
{
    private static readonly Ipv4Address Found = new(0x0A4D_0007);

    private readonly NameBed _bed;
    private readonly DialNotes _handler = new();

    public DialerTests()
    {
        LinkTable links = new();
        Assert.True(LinkArgument.TryParse("9000:img:80,9001:api:8080"u8, links));
        _bed = new NameBed(links);
    }

    [Theory]
    [InlineData("127.0.0.1", 9000, "img", 80)]
    [InlineData("localhost", 9001, "api", 8080)]
    [InlineData("LocalHost.", 9000, "img", 80)]
    [InlineData("127.1.2.3", 9001, "api", 8080)]
    [InlineData("img", 81, "img", 81)]
    [InlineData("db.internal", 5432, "db.internal", 5432)]
    public void A_linked_port_and_a_name_lead_to_an_instance(string host, ushort port, string asked, ushort target)
    {
        Assert.Equal(DialResult.Ok, Dial(host, port));
        SentQuestion question = _bed.NextQuestion();
        Assert.Equal(asked, question.Name);
        _bed.Answer(question, Found);
        Segment syn = _bed.Bed.Next();
        Assert.Equal((TcpFlags.Syn, target), (syn.Flags, syn.DestinationPort));
    }

    [Fact]
    public void An_address_needs_no_name_server()
    {
        Assert.Equal(DialResult.Ok, Dial("10.0.0.9", 80));
        Assert.Equal(TcpFlags.Syn, _bed.Bed.Next().Flags);
    }

    [Theory]
    [InlineData("127.0.0.1", 9002, DialResult.NoLink)]
    [InlineData("localhost", 80, DialResult.NoLink)]
    [InlineData("", 80, DialResult.BadName)]
    [InlineData("a..b", 80, DialResult.BadName)]
    public void What_leads_nowhere_is_told_at_once(string host, ushort port, DialResult result)
    {
        Assert.Equal(result, Dial(host, port));
        _bed.Bed.Nothing();
    }

    [Theory]
    [InlineData(DnsCode.NoSuchName, ConnectFailure.NoSuchName)]
    [InlineData(DnsCode.Refused, ConnectFailure.Refused)]
    public void A_name_without_an_address_is_told_to_the_handler(DnsCode code, ConnectFailure failure)
    {
        Dial("img", 80);
        _bed.Answer(_bed.NextQuestion(), Ipv4Address.Any, code);
        Assert.Equal(failure, _handler.Failure);
        _bed.Bed.Nothing();
    }

    [Fact]
    public void A_silent_name_server_is_told_to_the_handler()
    {
        Dial("img", 80);
        _bed.Bed.Pass(11_000);
        Assert.Equal(ConnectFailure.NameTimedOut, _handler.Failure);
    }

    [Fact]
    public void Too_many_at_once_are_told_to_come_later()
    {
        for (int i = 0; i < 4; i++) Assert.Equal(DialResult.Ok, Dial("img", 80));
        Assert.Equal(DialResult.Busy, Dial("img", 80));
        Assert.Equal(DialResult.Ok, Dial("10.0.0.9", 80));
    }

    [Theory]
    [InlineData("")]
    [InlineData("9000")]
    [InlineData("9000:img")]
    [InlineData("9000::80")]
    [InlineData("0:img:80")]
    [InlineData("9000:img:0")]
    [InlineData("65536:img:80")]
    [InlineData("9000:img:80,")]
    [InlineData("9000:img:80,9000:api:80")]
    [InlineData("9000:img:80:90")]
    public void A_malformed_link_is_refused(string argument) => Assert.False(LinkArgument.TryParse(Encoding.ASCII.GetBytes(argument), new LinkTable()));

    [Fact]
    public void Links_are_bounded()
    {
        LinkTable links = new();
        for (int i = 0; i < LinkTable.Capacity; i++) Assert.True(links.TryAdd((ushort)(1000 + i), "img"u8, 80));
        Assert.False(links.TryAdd(999, "img"u8, 80));
        Assert.False(new LinkTable().TryAdd(999, Encoding.ASCII.GetBytes(new string('x', 64)), 80));
    }

    private DialResult Dial(string host, ushort port)
    {
        DialResult result = _bed.Stack.Dialer.Dial(Encoding.ASCII.GetBytes(host), port, _handler);
        _bed.Bed.Run();
        return result;
    }

    private sealed class DialNotes() : PatternHandler(0)
    {
        public ConnectFailure? Failure { get; private set; }

        public override void CannotConnect(ConnectFailure failure) => Failure = failure;
    }
}
