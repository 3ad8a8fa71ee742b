// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Uaas.Front;
using Uaas.Protocol;
using Uaas.Protocol.Agent;
using Uaas.Protocol.Front;

namespace Uaas.Master.Tests;

/// <summary>Lines: what is taken, what is refused, and what happens to a peer that does not read.</summary>
public sealed class ProtocolTests
{
    [Fact]
    public void A_line_is_read_as_it_was_written()
    {
        byte[] written = FrontLine.Write("GIVE", ("seq", 7L), ("instance", "site 1%"), ("address", new IPEndPoint(IPAddress.Parse("10.77.0.2"), 80)));
        Assert.Equal("GIVE seq=7 instance=site%201%25 address=10.77.0.2:80\n", Encoding.UTF8.GetString(written));
        FrontLine read = FrontLine.Parse(written.AsSpan(0, written.Length - 1));
        Assert.Equal(("GIVE", 7, "site 1%", 80), (read.Kind, read.Count("seq"), read.Text("instance"), read.Address("address").Port));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" WANT")]
    [InlineData("WANT  seq=1")]
    [InlineData("WANT =1")]
    [InlineData("WANT seq=1 seq=2")]
    public void What_is_not_of_the_form_is_refused(string line) => Assert.Throws<FormatException>(() => FrontLine.Parse(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("LOAD active=-1")]
    [InlineData("LOAD active=1x")]
    [InlineData("LOAD active=99999999999999999999")]
    [InlineData("LOAD")]
    public void A_number_that_is_none_is_refused(string line) => Assert.Throws<FormatException>(() => FrontLine.Parse(Encoding.UTF8.GetBytes(line)).Number("active"));

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"do\":\"dance\"}")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void A_command_that_is_none_is_null(string line) => Assert.Null(AgentLine.ReadCommand(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Commands_and_events_survive_the_way()
    {
        AgentCommand command = new AgentCommand.Start("site-1", 1, "1-1-abc", 3, 200);
        Assert.Equal(command, AgentLine.ReadCommand(AgentLine.Write(command).AsSpan()[..^1]));
        AgentEvent told = new AgentEvent.LinkReady(3, "10.77.0.5");
        Assert.Equal(told, AgentLine.ReadEvent(AgentLine.Write(told).AsSpan()[..^1]));
    }

    [Fact]
    public async Task Lines_come_whole_however_they_are_cut()
    {
        (Socket near, Socket far) = await PairAsync();
        using var connection = new LineConnection(near, 64);
        foreach (byte one in "first\nsecond\n"u8.ToArray())
            far.Send([one]);
        Assert.True(connection.TryReadLine(out ReadOnlySpan<byte> line));
        Assert.Equal("first", Encoding.UTF8.GetString(line));
        Assert.True(connection.TryReadLine(out line));
        Assert.Equal("second", Encoding.UTF8.GetString(line));
        far.Dispose();
        Assert.False(connection.TryReadLine(out _));
    }

    [Theory]
    [InlineData("0123456789012345678901234567890123456789")]
    [InlineData("with a \0 in it\n")]
    public async Task A_line_that_is_too_long_or_holds_a_NUL_ends_the_connection(string sent)
    {
        (Socket near, Socket far) = await PairAsync();
        using (far)
        using (var connection = new LineConnection(near, 32))
        {
            far.Send(Encoding.UTF8.GetBytes(sent));
            Assert.False(connection.TryReadLine(out _));
        }
    }

    [Fact]
    public async Task What_a_slow_peer_does_not_take_waits_for_it_up_to_a_bound()
    {
        (Socket near, Socket far) = await PairAsync();
        using (far)
        using (var connection = new LineConnection(near, 64))
        {
            byte[] lines = new byte[64 * 1024];
            Array.Fill(lines, (byte)'\n');
            int taken = 0;
            while (taken < 64 && connection.TrySend(lines))
                taken++;
            Assert.InRange(taken, LineConnection.MaxUnsent / lines.Length, 63);
            Assert.False(connection.TryReadLine(out _));
        }
    }

    [Fact]
    public async Task What_waited_arrives_in_order()
    {
        (Socket near, Socket far) = await PairAsync();
        using (far)
        using (var connection = new LineConnection(near, 64))
        {
            byte[] sent = new byte[700_000];
            new Random(1).NextBytes(sent);
            for (int i = 0; i < sent.Length; i += 70_000)
                Assert.True(connection.TrySend(sent.AsSpan(i, 70_000)));
            byte[] received = new byte[sent.Length];
            for (int count = 0; count < received.Length;)
                count += far.Receive(received.AsSpan(count));
            Assert.Equal(sent, received);
        }
    }

    [Theory]
    [InlineData("a.example.org", "/", "a")]
    [InlineData("A.Example.org", "/img/x.png", "a-img")]
    [InlineData("a.example.org", "/images", "a")]
    [InlineData("b.example.org", "/", "wild")]
    [InlineData("example.net", "/film.flv", "any-flv")]
    [InlineData("example.net", "/film.html", "any")]
    [InlineData("example.net", "/deep/er/film.FLV", "any-flv")]
    public void The_most_exact_route_is_taken(string host, string path, string service)
    {
        var routes = new RouteTable(
        [
            new FrontRoute("any", "*", "/", false, []),
            new FrontRoute("any-flv", "*", "/", false, ["flv"]),
            new FrontRoute("wild", "*.example.org", "/", false, []),
            new FrontRoute("a", "a.example.org", "/", false, []),
            new FrontRoute("a-img", "a.example.org", "/img/", true, []),
        ]);
        Assert.Equal(service, routes.Find(host, path)?.Service);
    }

    [Fact]
    public void Without_a_route_there_is_none() => Assert.Null(new RouteTable([new FrontRoute("a", "a.example.org", "/x", false, [])]).Find("a.example.org", "/y"));

    [Theory]
    [InlineData("/img/a?b", "/img", "/a?b")]
    [InlineData("/img", "/img/", "/")]
    [InlineData("/%69mg/a%20b", "/img", "/a%20b")]
    [InlineData("/img?b", "/img", "/?b")]
    [InlineData("/x/../img/a", "/img", "/x/../img/a")]
    [InlineData("/im%6", "/img", "/im%6")]
    public void A_prefix_is_taken_off(string target, string prefix, string left) => Assert.Equal(left, FrontTransformer.StripPrefix(target, prefix));

    private static async Task<(Socket Near, Socket Far)> PairAsync()
    {
        string path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"uaas-{Guid.NewGuid():N}");
        using Socket listener = LocalSocket.Listen(path);
        Socket far = LocalSocket.Connect(path);
        Socket near = await listener.AcceptAsync();
        System.IO.File.Delete(path);
        return (near, far);
    }
}
