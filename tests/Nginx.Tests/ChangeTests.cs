// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>Instances that come, go, drain and fail while requests run; nginx is never reloaded.</summary>
public sealed class ChangeTests
{
    [NginxFact]
    public async Task An_instance_is_used_as_soon_as_it_is_told_and_no_more_when_it_is_gone()
    {
        await using var bed = new NginxBed();
        await using Server a = await Server.StartAsync("a");
        await using Server b = await Server.StartAsync("b");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", a.Port));
        await bed.StartAsync(master);
        Assert.StartsWith("a ", await bed.GetAsync(), StringComparison.Ordinal);
        master.Tell(ScriptedMaster.Instance("2", b.Port), "GONE instance=1");
        await KnowsAsync(bed, "\"id\":\"2\"");
        for (int i = 0; i < 5; i++)
            Assert.StartsWith("b ", await bed.GetAsync(), StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task A_draining_instance_ends_what_it_has_and_gets_nothing_new()
    {
        await using var bed = new NginxBed();
        await using Server old = await Server.StartAsync("old");
        await using Server young = await Server.StartAsync("young");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", old.Port));
        await bed.StartAsync(master);
        Task<string> running = bed.GetAsync("/gate");
        await NginxBed.UntilAsync(() => old.Requests == 1, "it runs");
        master.Tell(ScriptedMaster.Instance("2", young.Port), ScriptedMaster.Instance("1", old.Port, state: "draining"));
        await KnowsAsync(bed, "\"state\":\"draining\",\"active\":1");
        for (int i = 0; i < 5; i++)
            Assert.StartsWith("young ", await bed.GetAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("DRAINED instance=1", master.Lines);
        old.Open();
        Assert.StartsWith("old ", await running, StringComparison.Ordinal);
        await master.ExpectAsync("DRAINED instance=1");
        Assert.DoesNotContain("DRAINED instance=2", master.Lines);
    }

    [NginxFact]
    public async Task An_idle_instance_has_drained_at_once()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        await bed.GetAsync();
        master.Tell(ScriptedMaster.Instance("1", web.Port, state: "draining"));
        await master.ExpectAsync("DRAINED instance=1");
        master.Tell(ScriptedMaster.Instance("1", web.Port));
        await KnowsAsync(bed, "\"state\":\"ready\"");
        Assert.StartsWith("a ", await bed.GetAsync(), StringComparison.Ordinal);
        Assert.Equal(2, web.Connections);
    }

    [NginxFact]
    public async Task A_request_to_an_instance_that_goes_without_a_word_is_sent_to_another()
    {
        await using var bed = new NginxBed();
        await using Server stuck = await Server.StartAsync("stuck");
        await using Server other = await Server.StartAsync("other");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", stuck.Port));
        await bed.StartAsync(master);
        Task<string> running = bed.GetAsync("/gate");
        await NginxBed.UntilAsync(() => stuck.Requests == 1, "it runs");
        other.Open();
        master.Tell(ScriptedMaster.Instance("2", other.Port), "GONE instance=1");
        Assert.StartsWith("other ", await running, StringComparison.Ordinal);
        Assert.DoesNotContain(master.Lines, static line => line.StartsWith("LOST", StringComparison.Ordinal));
    }

    [NginxFact]
    public async Task An_unsafe_request_is_not_sent_twice()
    {
        await using var bed = new NginxBed();
        await using Server stuck = await Server.StartAsync("stuck");
        await using Server other = await Server.StartAsync("other");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", stuck.Port));
        await bed.StartAsync(master);
        using var content = new StringContent("x");
        Task<HttpResponseMessage> running = bed.Client.PostAsync(new Uri("/gate", UriKind.Relative), content);
        await NginxBed.UntilAsync(() => stuck.Requests == 1, "it runs");
        master.Tell(ScriptedMaster.Instance("2", other.Port), "GONE instance=1");
        using HttpResponseMessage answer = await running;
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal(0, other.Requests);
    }

    [NginxFact]
    public async Task A_refused_connection_leads_to_another_instance_and_the_master_is_told()
    {
        await using var bed = new NginxBed();
        await using Server other = await Server.StartAsync("other");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("dead", ClosedPort()), ScriptedMaster.Instance("well", other.Port));
        await bed.StartAsync(master);
        for (int i = 0; i < 4; i++)
            Assert.StartsWith("other ", await bed.GetAsync(), StringComparison.Ordinal);
        await master.ExpectAsync("LOST instance=dead reason=refused");
        Assert.Single(master.Lines, static line => line.StartsWith("LOST", StringComparison.Ordinal));
        Assert.DoesNotContain(bed.Requests, static line => line.StartsWith("502", StringComparison.Ordinal));
    }

    [NginxFact]
    public async Task A_refused_unsafe_request_is_answered_502()
    {
        await using var bed = new NginxBed();
        await using Server other = await Server.StartAsync("other");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("dead", ClosedPort()), ScriptedMaster.Instance("well", other.Port));
        await bed.StartAsync(master);
        using var content = new StringContent("x");
        using HttpResponseMessage answer = await bed.Client.PostAsync(new Uri("/", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal(0, other.Requests);
    }

    [NginxFact]
    public async Task Where_all_refuse_the_master_is_asked_and_waited_for()
    {
        await using var bed = new NginxBed();
        await using Server young = await Server.StartAsync("young");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("dead", ClosedPort()));
        await bed.StartAsync(master);
        Task<string> answer = bed.GetAsync();
        await master.ExpectAsync("LOST instance=dead");
        string want = await master.ExpectAsync("WANT");
        master.Tell("GONE instance=dead", ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "2", young.Port, cold: true));
        Assert.StartsWith("young ", await answer, StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task A_given_instance_that_refuses_is_asked_about_again_three_times_at_most()
    {
        await using var bed = new NginxBed();
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service());
        int port = ClosedPort();
        master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "dead", port, cold: true);
        await bed.StartAsync(master);
        using HttpResponseMessage answer = await bed.SendAsync();
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        await NginxBed.UntilAsync(() => master.Lines.Count(static line => line.StartsWith("LOST", StringComparison.Ordinal)) == 3, "it is lost thrice");
        Assert.Equal(3, master.Lines.Count(static line => line.StartsWith("WANT", StringComparison.Ordinal)));
    }

    [NginxFact]
    public async Task A_service_that_is_gone_is_asked_for_by_the_next_request()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port));
        master.OnWant = static (seq, _) => $"REFUSE seq={seq} status=503 retry_after=1 reason=unknown";
        await bed.StartAsync(master);
        Assert.StartsWith("a ", await bed.GetAsync(), StringComparison.Ordinal);
        master.Tell("GONE instance=1", "GONE service=web");
        await NginxBed.UntilAsync(() => bed.StatusAsync().Result.GetProperty("services").GetArrayLength() == 0, "it is gone");
        using HttpResponseMessage answer = await bed.SendAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [NginxFact]
    public async Task An_instance_that_closes_without_an_answer_is_not_lost()
    {
        await using var bed = new NginxBed();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", ((IPEndPoint)listener.LocalEndpoint).Port));
        await bed.StartAsync(master);
        Task<HttpResponseMessage> answer = bed.SendAsync();
        for (int i = 0; i < 3; i++)
        {
            using Socket instance = await listener.AcceptSocketAsync();
            await instance.ReceiveAsync(new byte[4096]);
            instance.Shutdown(SocketShutdown.Send);
        }
        using HttpResponseMessage ended = await answer;
        Assert.Equal(HttpStatusCode.BadGateway, ended.StatusCode);
        await master.ExpectAsync("LOAD service=web active=0 waiting=0 done=3");
        Assert.DoesNotContain(master.Lines, static line => line.StartsWith("LOST", StringComparison.Ordinal) || line.StartsWith("WANT", StringComparison.Ordinal));
    }

    [NginxFact]
    public async Task Counts_are_told_and_come_back_to_nothing()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        Task<string>[] running = [.. Enumerable.Range(0, 7).Select(_ => bed.GetAsync("/gate"))];
        await master.ExpectAsync("LOAD service=web active=7 waiting=0 done=0");
        await master.ExpectAsync("USE instance=1 active=7");
        web.Open();
        await Task.WhenAll(running);
        await master.ExpectAsync("LOAD service=web active=0 waiting=0 done=7");
        await master.ExpectAsync("USE instance=1 active=0");
    }

    [NginxFact]
    public async Task Counts_are_told_ten_times_a_second_at_most()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        long started = Environment.TickCount64;
        for (int i = 0; i < 300; i++)
            await bed.GetAsync();
        long tenths = 2 + (Environment.TickCount64 - started) / 100;
        Assert.InRange(master.Lines.Count(static line => line.StartsWith("LOAD", StringComparison.Ordinal)), 1, tenths);
        await master.ExpectAsync("LOAD service=web active=0 waiting=0 done=300");
    }

    [NginxFact]
    public async Task A_websocket_counts_until_it_is_closed()
    {
        await using var bed = new NginxBed(new NginxOptions("location / { proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; uaas_pass web; }"));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", ((IPEndPoint)listener.LocalEndpoint).Port));
        await bed.StartAsync(master);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint($"{bed.Folder}/http.sock"));
        await client.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n"));
        using Socket instance = await listener.AcceptSocketAsync();
        byte[] buffer = new byte[4096];
        await instance.ReceiveAsync(buffer);
        await instance.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 101", Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer)), StringComparison.Ordinal);
        await client.SendAsync("ping"u8.ToArray());
        Assert.Equal("ping", Encoding.ASCII.GetString(buffer, 0, await instance.ReceiveAsync(buffer)));
        await master.ExpectAsync("USE instance=1 active=1");
        client.Dispose();
        await master.ExpectAsync("USE instance=1 active=0");
    }

    internal static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal static Task KnowsAsync(NginxBed bed, string part) =>
        NginxBed.UntilAsync(() => bed.StatusAsync().Result.GetRawText().Contains(part, StringComparison.Ordinal), part);
}
