// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Agent.Outside;
using Uaas.Linux;
using Xunit;

namespace Uaas.Host.Tests.Networking;

/// <summary>Who may leave the node, and where to.</summary>
public sealed class OutsideTests
{
    private static readonly IPAddress s_instance = IPAddress.Parse("10.77.0.2");

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3:80", true)]
    [InlineData("10.0.0.0/8", "11.1.2.3:80", false)]
    [InlineData("10.0.0.0/8:443", "10.1.2.3:443", true)]
    [InlineData("10.0.0.0/8:443", "10.1.2.3:80", false)]
    [InlineData("192.0.2.1/32", "192.0.2.1:1", true)]
    [InlineData("192.0.2.1/32", "192.0.2.2:1", false)]
    [InlineData("0.0.0.0/0", "255.1.2.3:65535", true)]
    public void A_rule_allows_its_network_and_port(string text, string destination, bool expected)
    {
        Assert.True(OutsideRule.TryParse(text, out OutsideRule rule));
        Assert.Equal(expected, rule.Allows(IPEndPoint.Parse(destination), isOwn: false));
    }

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/8:0")]
    [InlineData("10.0.0.0/8:65536")]
    [InlineData("10.0.0.0/8:")]
    [InlineData("::1/128")]
    [InlineData("/8")]
    public void What_is_no_rule_is_taken_for_none(string text) => Assert.False(OutsideRule.TryParse(text, out _));

    [Fact]
    public void Everywhere_is_not_this_machine_itself()
    {
        Assert.True(OutsideRule.TryParse("0.0.0.0/0", out OutsideRule everywhere));
        Assert.True(OutsideRule.TryParse("192.0.2.0/24:80", out OutsideRule named));
        var own = IPEndPoint.Parse("192.0.2.2:80");
        Assert.False(everywhere.Allows(own, isOwn: true));
        Assert.True(named.Allows(own, isOwn: true));
    }

    [Fact]
    public void Connections_are_bounded_and_go_with_their_instance()
    {
        var policy = new OutsidePolicy();
        var destination = IPEndPoint.Parse("198.51.100.7:80");
        Assert.False(policy.TryBegin(s_instance, destination, false, new Held()));
        OutsideRule.TryParse("198.51.100.0/24", out OutsideRule rule);
        policy.Admit(s_instance, [rule]);
        var first = new Held();
        Assert.True(policy.TryBegin(s_instance, destination, false, first));
        for (int i = 1; i < OutsidePolicy.MaxConnectionsOfOne; i++)
            Assert.True(policy.TryBegin(s_instance, destination, false, new Held()));
        Assert.False(policy.TryBegin(s_instance, destination, false, new Held()));
        policy.End(s_instance, first);
        var last = new Held();
        Assert.True(policy.TryBegin(s_instance, destination, false, last));
        policy.Expel(s_instance);
        Assert.True(last.IsDisposed);
        Assert.False(first.IsDisposed);
        Assert.False(policy.TryBegin(s_instance, destination, false, new Held()));
    }

    [Fact]
    public void All_instances_together_are_bounded_too()
    {
        var policy = new OutsidePolicy();
        OutsideRule.TryParse("0.0.0.0/0", out OutsideRule rule);
        var destination = IPEndPoint.Parse("198.51.100.7:80");
        int begun = 0;
        for (int instance = 0; instance < OutsidePolicy.MaxConnections / OutsidePolicy.MaxConnectionsOfOne + 1; instance++)
        {
            var address = new IPAddress([10, 77, 1, (byte)instance]);
            policy.Admit(address, [rule]);
            for (int i = 0; i < OutsidePolicy.MaxConnectionsOfOne; i++)
                begun += policy.TryBegin(address, destination, false, new Held()) ? 1 : 0;
        }
        Assert.Equal(OutsidePolicy.MaxConnections, begun);
    }

    [Fact]
    public void A_name_leads_only_where_the_asker_may_go()
    {
        var policy = new OutsidePolicy();
        OutsideRule.TryParse("198.51.100.0/24:80", out OutsideRule rule);
        policy.Admit(s_instance, [rule]);
        IPAddress[] found = [IPAddress.Parse("192.168.0.1"), IPAddress.Parse("198.51.100.9")];
        Assert.Equal(found[1], policy.Choose(s_instance, found));
        Assert.Null(policy.Choose(s_instance, found[..1]));
        Assert.Null(policy.Choose(IPAddress.Parse("10.77.0.3"), found));
    }

    [Fact]
    public async Task Who_is_admitted_before_the_process_outside_runs_is_known_to_it_when_that_is_said()
    {
        string folder = Directory.CreateTempSubdirectory("uaas-outside-").FullName;
        (string control, string names) = (Path.Combine(folder, "outside.sock"), Path.Combine(folder, "names.sock"));
        using Socket agents = Uaas.Protocol.LocalSocket.Listen(control);
        using var guests = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var line = new OutsideLine(control, guests);
        Task admitted = Task.Run(() => line.Admit(s_instance, ["127.0.0.0/8"]));
        await Task.Delay(100);
        Assert.False(admitted.IsCompleted);

        using (var server = new OutsideServer(agents, names))
        {
            server.Start();
            await admitted;
            Assert.Equal("127.0.0.1", await AskAsync(names, $"{s_instance} localhost\n"));
            line.Expel(s_instance);
            Assert.Equal("", await AskAsync(names, $"{s_instance} localhost\n"));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Without_a_process_outside_nobody_waits_for_ever()
    {
        string folder = Directory.CreateTempSubdirectory("uaas-outside-").FullName;
        using var guests = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var line = new OutsideLine(Path.Combine(folder, "outside.sock"), guests);
        await Task.Run(() => line.Admit(s_instance, ["127.0.0.0/8"])).WaitAsync(TimeSpan.FromSeconds(30));
        line.Expel(s_instance);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_descriptor_is_passed_on_with_its_byte()
    {
        string path = Path.Combine(Path.GetTempPath(), $"uaas-{Guid.NewGuid():N}");
        using Socket listener = Uaas.Protocol.LocalSocket.Listen(path);
        using Socket sender = Uaas.Protocol.LocalSocket.Connect(path);
        using Socket receiver = listener.Accept();
        using var file = UnnamedFile.Create(Path.GetTempPath());
        RandomAccess.Write(file.Descriptor, "passed"u8, 0);
        DescriptorPassing.Send(sender, (byte)'L', file.Descriptor);
        (int mark, SafeFileHandle? passed) = DescriptorPassing.Receive(receiver);
        byte[] text = new byte[6];
        Assert.Equal(('L', 6), ((char)mark, RandomAccess.Read(passed!, text, 0)));
        Assert.Equal("passed", Encoding.ASCII.GetString(text));
        passed!.Dispose();
        sender.Send("x"u8);
        Assert.Equal(((int)'x', null), DescriptorPassing.Receive(receiver));
        sender.Dispose();
        Assert.Equal(-1, DescriptorPassing.Receive(receiver).Mark);
        File.Delete(path);
    }

    private static async Task<string> AskAsync(string names, string question)
    {
        using Socket socket = Uaas.Protocol.LocalSocket.Connect(names);
        await socket.SendAsync(Encoding.ASCII.GetBytes(question));
        byte[] answer = new byte[64];
        return Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer));
    }

    private sealed class Held : IDisposable
    {
        internal bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
