// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Net.Testing;
using Xunit;

namespace Uaas.Nginx.Tests.FrontDoor;

/// <summary>What every front does: the one suite that nginx with the module and the embedded gateway both pass. Cold start, balancing, draining, limits, failures.</summary>
public abstract class FrontDoorTests
{
    private protected abstract Task<FrontDoor> StartAsync(DoorPlan plan);

    private protected Task<FrontDoor> StartAsync(params string[] services) => StartAsync(DoorPlan.Web with { Services = services.Length == 0 ? null : services });

    [NginxFact]
    public async Task A_request_to_a_service_at_zero_waits_for_the_instance_that_is_started_for_it()
    {
        await using FrontDoor door = await StartAsync();
        await using Server web = await Server.StartAsync("a");
        Task<string> answer = door.GetAsync("/first");
        string want = await door.Master.ExpectAsync("WANT", "service=web");
        await Task.Delay(100);
        Assert.False(answer.IsCompleted);
        door.Master.Tell(ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "web-1", web.Port, cold: true));
        Assert.Equal("a GET /first 0", await answer);
        string up = await door.Master.ExpectAsync("UP instance=web-1");
        Assert.InRange(long.Parse(ScriptedMaster.ValueOf(up, "wait_us"), CultureInfo.InvariantCulture), 90_000, 20_000_000);
        Assert.Equal("a GET /next 0", await door.GetAsync("/next"));
        Assert.Single(door.Master.Lines, static line => line.StartsWith("WANT", StringComparison.Ordinal));
        Assert.Single(door.Master.Lines, static line => line.StartsWith("UP", StringComparison.Ordinal));
    }

    [NginxFact]
    public async Task All_who_wait_are_served_by_the_first_instance()
    {
        await using FrontDoor door = await StartAsync();
        await using Server web = await Server.StartAsync("a");
        Task<string>[] answers = [.. Enumerable.Range(0, 20).Select(_ => door.GetAsync())];
        await door.Master.ExpectAsync("LOAD service=web active=0 waiting=20");
        door.Master.Tell(ScriptedMaster.Instance("web-1", web.Port));
        Assert.All(await Task.WhenAll(answers), static answer => Assert.Equal("a GET / 0", answer));
        await door.Master.ExpectAsync("LEAVE", "seq=");
    }

    [NginxFact]
    public async Task An_instance_that_is_slow_to_come_up_is_waited_for()
    {
        await using FrontDoor door = await StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> answer = door.GetAsync();
        string want = await door.Master.ExpectAsync("WANT");
        door.Master.Tell(ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "web-1", ((IPEndPoint)listener.LocalEndpoint).Port, cold: true));
        await Task.Delay(300);
        using Socket instance = await listener.AcceptSocketAsync();
        await instance.ReceiveAsync(new byte[4096]);
        await instance.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"u8.ToArray());
        Assert.Equal("late", await answer);
    }

    [NginxFact]
    public async Task A_client_that_goes_away_takes_its_question_back()
    {
        await using FrontDoor door = await StartAsync();
        using var gone = new CancellationTokenSource();
        Task<string> answer = door.Client.GetStringAsync(new Uri("/", UriKind.Relative), gone.Token);
        string want = await door.Master.ExpectAsync("WANT");
        await gone.CancelAsync();
        await door.Master.ExpectAsync($"LEAVE seq={ScriptedMaster.ValueOf(want, "seq")}");
        await door.Master.ExpectAsync("LOAD service=web active=0 waiting=0");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [NginxFact]
    public async Task Requests_are_spread_over_the_instances()
    {
        await using FrontDoor door = await StartAsync();
        Server a = await door.IntroduceAsync("1", "a");
        Server b = await door.IntroduceAsync("2", "b");
        (int before, int other) = (a.Requests, b.Requests);
        for (int i = 0; i < 60; i++)
            await door.GetAsync();
        Assert.InRange(a.Requests - before, 10, 50);
        Assert.InRange(b.Requests - other, 10, 50);
    }

    [NginxFact]
    public async Task The_instance_with_the_fewest_requests_gets_the_next()
    {
        await using FrontDoor door = await StartAsync();
        Server slow = await door.IntroduceAsync("s", "slow");
        await using Server quick = await Server.StartAsync("quick");
        Task<string>[] stuck = [.. Enumerable.Range(0, 3).Select(_ => door.GetAsync("/gate"))];
        await NginxBed.UntilAsync(() => slow.Requests >= 4, "three requests wait");
        await door.IntroduceAsync("q", quick);
        for (int i = 0; i < 20; i++)
            Assert.StartsWith("quick ", await door.GetAsync(), StringComparison.Ordinal);
        slow.Open();
        Assert.All(await Task.WhenAll(stuck), static answer => Assert.StartsWith("slow ", answer, StringComparison.Ordinal));
    }

    [NginxFact]
    public async Task Connections_to_instances_are_kept()
    {
        await using FrontDoor door = await StartAsync();
        Server web = await door.IntroduceAsync("1", "a");
        for (int i = 0; i < 20; i++)
            await door.GetAsync();
        Assert.Equal(1, web.Connections);
    }

    [NginxFact]
    public async Task The_master_is_told_what_there_is_to_do()
    {
        await using FrontDoor door = await StartAsync();
        Server web = await door.IntroduceAsync("1", "a");
        Task<string>[] running = [.. Enumerable.Range(0, 7).Select(_ => door.GetAsync("/gate"))];
        await door.Master.ExpectAsync("LOAD service=web active=7 waiting=0");
        await door.Master.ExpectAsync("USE instance=1 active=7");
        web.Open();
        await Task.WhenAll(running);
        await door.Master.ExpectAsync($"LOAD service=web active=0 waiting=0 done={web.Requests}");
        await door.Master.ExpectAsync("USE instance=1 active=0");
    }

    [NginxFact]
    public async Task A_draining_instance_ends_what_it_has_and_gets_nothing_new()
    {
        await using FrontDoor door = await StartAsync();
        Server old = await door.IntroduceAsync("1", "old");
        await using Server young = await Server.StartAsync("young");
        Task<string> running = door.GetAsync("/gate");
        await NginxBed.UntilAsync(() => old.Gated == 1, "it runs");
        door.Master.Tell(ScriptedMaster.Instance("1", old.Port, state: "draining"));
        await door.IntroduceAsync("2", young);
        for (int i = 0; i < 20; i++)
            Assert.StartsWith("young ", await door.GetAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("DRAINED instance=1", door.Master.Lines);
        old.Open();
        Assert.StartsWith("old ", await running, StringComparison.Ordinal);
        await door.Master.ExpectAsync("DRAINED instance=1");
        Assert.DoesNotContain("DRAINED instance=2", door.Master.Lines);
    }

    [NginxFact]
    public async Task An_idle_instance_has_drained_at_once_and_can_be_taken_back()
    {
        await using FrontDoor door = await StartAsync();
        Server web = await door.IntroduceAsync("1", "a");
        door.Master.Tell(ScriptedMaster.Instance("1", web.Port, state: "draining"));
        await door.Master.ExpectAsync("DRAINED instance=1");
        door.Master.Tell(ScriptedMaster.Instance("1", web.Port));
        Assert.StartsWith("a ", await door.GetAsync(), StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task A_full_queue_is_answered_503_with_retry_after()
    {
        await using FrontDoor door = await StartAsync(ScriptedMaster.Service(queue: 3));
        await using Server web = await Server.StartAsync("a");
        Task<string>[] held = [.. Enumerable.Range(0, 3).Select(_ => door.GetAsync())];
        await door.Master.ExpectAsync("LOAD service=web active=0 waiting=3");
        using HttpResponseMessage fourth = await door.SendAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, fourth.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), fourth.Headers.RetryAfter?.Delta);
        door.Master.Tell(ScriptedMaster.Instance("web-1", web.Port));
        await Task.WhenAll(held);
    }

    [NginxFact]
    public async Task Who_waits_beyond_the_deadline_gets_504()
    {
        await using FrontDoor door = await StartAsync(ScriptedMaster.Service(deadline: 300));
        using HttpResponseMessage answer = await door.SendAsync();
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        await door.Master.ExpectAsync("LEAVE");
    }

    [NginxTheory]
    [InlineData("503", "7", "full", HttpStatusCode.ServiceUnavailable)]
    [InlineData("503", "30", "broken", HttpStatusCode.ServiceUnavailable)]
    [InlineData("503", "1", "unknown", HttpStatusCode.ServiceUnavailable)]
    [InlineData("504", "1", "late", HttpStatusCode.GatewayTimeout)]
    public async Task What_the_master_refuses_is_refused(string status, string seconds, string reason, HttpStatusCode expected)
    {
        await using FrontDoor door = await StartAsync();
        door.Master.OnWant = (seq, _) => $"REFUSE seq={seq} status={status} retry_after={seconds} reason={reason}";
        using HttpResponseMessage answer = await door.SendAsync();
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(seconds, answer.Headers.GetValues("Retry-After").Single());
    }

    [NginxTheory]
    [InlineData("GONE service=web")]
    [InlineData("REFUSE seq={0} status=503 retry_after=1 reason=unknown\nGONE service=web")]
    public async Task A_held_request_whose_service_is_taken_away_gets_503_at_once(string last)
    {
        await using FrontDoor door = await StartAsync(ScriptedMaster.Service(deadline: 60_000));
        Task<HttpResponseMessage>[] held = [.. Enumerable.Range(0, 3).Select(_ => door.SendAsync())];
        string want = await door.Master.ExpectAsync("WANT");
        await door.Master.ExpectAsync("LOAD service=web active=0 waiting=3");
        door.Master.Tell("GONE routes", "SYNCED", string.Format(CultureInfo.InvariantCulture, last, ScriptedMaster.ValueOf(want, "seq")));
        foreach (HttpResponseMessage answer in await Task.WhenAll(held))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
            answer.Dispose();
        }
        await door.Master.ExpectAsync("LOAD service=web active=0 waiting=0");
    }

    [NginxFact]
    public async Task A_held_request_whose_service_a_new_master_does_not_tell_gets_503_at_once()
    {
        await using FrontDoor door = await StartAsync(ScriptedMaster.Service(deadline: 60_000));
        Task<HttpResponseMessage> held = door.SendAsync();
        await door.Master.ExpectAsync("WANT");
        door.Master.Vanish();
        door.Master.Knows.Clear();
        door.Master.Listen();
        using HttpResponseMessage answer = await held;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
    }

    [NginxFact]
    public async Task A_refused_connection_leads_to_another_instance_and_the_master_is_told()
    {
        await using FrontDoor door = await StartAsync();
        await door.IntroduceAsync("well", "other");
        door.Master.Tell(ScriptedMaster.Instance("dead", FreePort.Find()));
        while (!door.Master.Lines.Contains("LOST instance=dead reason=refused"))
            Assert.StartsWith("other ", await door.GetAsync(), StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task A_safe_request_that_breaks_off_is_sent_to_another_instance_and_an_unsafe_one_is_not()
    {
        await using FrontDoor door = await StartAsync();
        await using Server bad = await Server.StartAsync("bad");
        await using Server good = await Server.StartAsync("good");
        bad.Breaks = true;
        door.Master.Tell(ScriptedMaster.Instance("b", bad.Port));
        using HttpResponseMessage unsafeAnswer = await door.SendAsync("/x", HttpMethod.Post, new StringContent("once"));
        Assert.Equal(HttpStatusCode.BadGateway, unsafeAnswer.StatusCode);
        Assert.Equal(1, bad.Requests);
        door.Master.Tell(ScriptedMaster.Instance("g", good.Port));
        Assert.Equal("good GET /x 0", await door.GetAsync("/x"));
    }

    [NginxFact]
    public async Task Requests_to_an_instance_that_is_gone_do_not_wait_for_it()
    {
        await using FrontDoor door = await StartAsync();
        Server old = await door.IntroduceAsync("1", "old");
        await using Server young = await Server.StartAsync("young");
        Task<string> running = door.GetAsync("/gate");
        await NginxBed.UntilAsync(() => old.Gated == 1, "it runs");
        door.Master.Tell(ScriptedMaster.Instance("2", young.Port), "GONE instance=1");
        young.Open();
        Assert.StartsWith("young ", await running, StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task While_the_master_is_away_what_is_known_is_served()
    {
        await using FrontDoor door = await StartAsync();
        await door.IntroduceAsync("1", "a");
        door.Master.Vanish();
        for (int i = 0; i < 10; i++)
            Assert.Equal("a GET / 0", await door.GetAsync());
    }

    [NginxTheory]
    [InlineData("")]
    [InlineData("\u0001\u0002\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData(ScriptedMaster.Hello + "INSTANCE id=2 service=web address=300.1.1.1:80 state=ready\n")]
    [InlineData(ScriptedMaster.Hello + "SERVICE name=w")]
    public async Task While_the_master_says_nothing_or_nonsense_or_half_a_line_what_is_known_is_served(string greeting)
    {
        await using FrontDoor door = await StartAsync();
        await door.IntroduceAsync("1", "a");
        int before = door.Master.Connections;
        door.Master.Vanish();
        door.Master.Greeting = Encoding.UTF8.GetBytes(greeting);
        door.Master.Listen();
        await NginxBed.UntilAsync(() => door.Master.Connections > before, "it connects again");
        for (int i = 0; i < 10; i++)
            Assert.Equal("a GET / 0", await door.GetAsync());
    }

    [NginxFact]
    public async Task While_the_master_is_away_what_is_not_known_gets_503_at_its_deadline()
    {
        await using FrontDoor door = await StartAsync(ScriptedMaster.Service(deadline: 300));
        Task<string> known = door.GetAsync();
        await door.Master.ExpectAsync("WANT");
        door.Master.Vanish();
        await Assert.ThrowsAsync<HttpRequestException>(() => known);
        using HttpResponseMessage answer = await door.SendAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
    }

    [NginxFact]
    public async Task A_master_that_comes_back_is_asked_again()
    {
        await using FrontDoor door = await StartAsync();
        await using Server web = await Server.StartAsync("a");
        Task<string> held = door.GetAsync();
        await door.Master.ExpectAsync("WANT");
        door.Master.Vanish();
        door.Master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "web-1", web.Port, cold: true);
        door.Master.Listen();
        Assert.Equal("a GET / 0", await held);
    }

    [NginxFact]
    public async Task What_a_new_master_does_not_tell_is_gone()
    {
        await using FrontDoor door = await StartAsync();
        Server old = await door.IntroduceAsync("1", "old");
        await using Server young = await Server.StartAsync("young");
        door.Master.Vanish();
        door.Master.Knows.Add(ScriptedMaster.Instance("2", young.Port));
        door.Master.Listen();

        // Both may answer until the master has told all that there is; then the old one is gone for good.
        var watch = Stopwatch.StartNew();
        int inRow = 0;
        while (inRow < 10)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "the old instance is asked still");
            await Task.Delay(2);
            inRow = (await door.GetAsync()).StartsWith("young ", StringComparison.Ordinal) ? inRow + 1 : 0;
        }
    }
}

/// <summary>The suite with nginx and the module.</summary>
public sealed class NginxFrontDoorTests : FrontDoorTests
{
    private protected override Task<FrontDoor> StartAsync(DoorPlan plan) => NginxDoor.StartAsync(plan);
}

/// <summary>The suite with the embedded gateway.</summary>
public sealed class GatewayFrontDoorTests : FrontDoorTests
{
    private protected override Task<FrontDoor> StartAsync(DoorPlan plan) => GatewayDoor.StartAsync(plan);
}
