// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>uaas_pass in stream {}.</summary>
public sealed class StreamTests
{
    [NginxFact]
    public async Task A_session_waits_for_its_instance_and_counts_until_it_ends()
    {
        await using var bed = Create("uaas_pass flv;");
        using TcpListener instance = Listen(out int port);
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service("flv"));
        await bed.StartAsync(master);
        using Socket client = await ConnectAsync(bed);
        await client.SendAsync("hello"u8.ToArray());
        string want = await master.ExpectAsync("WANT", "service=flv");
        master.Tell(ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "flv-1", port, "flv", cold: true));
        using Socket served = await instance.AcceptSocketAsync();
        Assert.Equal("hello", await ReceiveAsync(served));
        await master.ExpectAsync("UP instance=flv-1 wait_us=");
        await served.SendAsync("welcome"u8.ToArray());
        Assert.Equal("welcome", await ReceiveAsync(client));
        await master.ExpectAsync("USE instance=flv-1 active=1");
        client.Dispose();
        await master.ExpectAsync("USE instance=flv-1 active=0");
    }

    [NginxFact]
    public async Task A_port_after_the_name_takes_the_place_of_the_masters()
    {
        using TcpListener instance = Listen(out int port);
        await using var bed = Create($"uaas_pass flv:{port};");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service("flv"), ScriptedMaster.Instance("flv-1", ChangeTests.ClosedPort(), "flv"));
        await bed.StartAsync(master);
        using Socket client = await ConnectAsync(bed);
        await client.SendAsync("hello"u8.ToArray());
        using Socket served = await instance.AcceptSocketAsync();
        Assert.Equal("hello", await ReceiveAsync(served));
    }

    [NginxFact]
    public async Task A_refused_connection_leads_to_another_instance()
    {
        await using var bed = Create("uaas_pass flv;");
        using TcpListener instance = Listen(out int port);
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service("flv"),
            ScriptedMaster.Instance("dead", ChangeTests.ClosedPort(), "flv"), ScriptedMaster.Instance("well", port, "flv"));
        await bed.StartAsync(master);
        using Socket client = await ConnectAsync(bed);
        await client.SendAsync("hello"u8.ToArray());
        using Socket served = await instance.AcceptSocketAsync();
        Assert.Equal("hello", await ReceiveAsync(served));
        await master.ExpectAsync("LOST instance=dead reason=refused");
    }

    [NginxTheory]
    [InlineData("REFUSE seq={0} status=503 retry_after=1 reason=full")]
    [InlineData("COMMENT seq={0}")]
    public async Task A_session_that_gets_no_instance_is_closed(string answer)
    {
        await using var bed = Create("uaas_pass flv;");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service("flv", deadline: 200));
        master.OnWant = (seq, _) => string.Format(System.Globalization.CultureInfo.InvariantCulture, answer, seq);
        await bed.StartAsync(master);
        using Socket client = await ConnectAsync(bed);
        Assert.Equal("", await ReceiveAsync(client));
        await master.ExpectAsync("LOAD service=flv active=0 waiting=0");
    }

    [NginxFact]
    public async Task A_session_ends_with_its_instance()
    {
        await using var bed = Create("uaas_pass flv;");
        using TcpListener instance = Listen(out int port);
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service("flv"), ScriptedMaster.Instance("flv-1", port, "flv"));
        await bed.StartAsync(master);
        using Socket client = await ConnectAsync(bed);
        await client.SendAsync("hello"u8.ToArray());
        using Socket served = await instance.AcceptSocketAsync();
        Assert.Equal("hello", await ReceiveAsync(served));
        master.Tell("GONE instance=flv-1");
        Assert.Equal("", await ReceiveAsync(client));
    }

    private static NginxBed Create(string directive) => new(new NginxOptions(Main: $"stream {{ server {{ listen unix:FOLDER/stream.sock; {directive} }} }}"));

    private static TcpListener Listen(out int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return listener;
    }

    private static async Task<Socket> ConnectAsync(NginxBed bed)
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint($"{bed.Folder}/stream.sock"));
        return client;
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        byte[] buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer));
    }
}
