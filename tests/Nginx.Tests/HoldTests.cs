// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>Requests that wait because there is no instance: asked for, bounded, and answered in any case.</summary>
public sealed class HoldTests
{
    [NginxFact]
    public async Task A_request_waits_for_the_instance_that_is_started_for_it()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service());
        await bed.StartAsync(master);
        Task<string> answer = bed.GetAsync("/first");
        string want = await master.ExpectAsync("WANT", "service=web");
        await Task.Delay(100);
        Assert.False(answer.IsCompleted);
        master.Tell(ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "web-1", web.Port, cold: true));
        Assert.Equal("a GET /first 0", await answer);
        string[] logged = bed.Requests.Single(static line => line.Contains("web-1", StringComparison.Ordinal)).Split(' ');
        Assert.Equal(["200", "web", "web-1"], logged[..3]);
        decimal milliseconds = decimal.Parse(logged[3], CultureInfo.InvariantCulture);
        Assert.InRange(milliseconds, 90, 20_000);
        string up = await master.ExpectAsync("UP instance=web-1");
        Assert.Equal(milliseconds * 1000, decimal.Parse(ScriptedMaster.ValueOf(up, "wait_us"), CultureInfo.InvariantCulture));
        Assert.Equal("a GET /next 0", await bed.GetAsync("/next"));
        Assert.Single(master.Lines, static line => line.StartsWith("WANT", StringComparison.Ordinal));
        Assert.Single(master.Lines, static line => line.StartsWith("UP", StringComparison.Ordinal));
    }

    [NginxFact]
    public async Task Whoever_waits_is_served_when_any_instance_is_ready()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service());
        await bed.StartAsync(master);
        Task<string>[] answers = [.. Enumerable.Range(0, 20).Select(_ => bed.GetAsync())];
        await NginxBed.UntilAsync(() => master.Lines.Count(static line => line.StartsWith("WANT", StringComparison.Ordinal)) == 20, "twenty ask");
        master.Tell(ScriptedMaster.Instance("web-1", web.Port));
        await Task.WhenAll(answers);
        await NginxBed.UntilAsync(() => master.Lines.Count(static line => line.StartsWith("LEAVE", StringComparison.Ordinal)) == 20, "the questions are taken back");
    }

    [NginxFact]
    public async Task More_than_one_instance_takes_at_once_is_asked_for()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        await using Server second = await Server.StartAsync("b");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(concurrency: 2), ScriptedMaster.Instance("web-1", web.Port));
        await bed.StartAsync(master);
        Task<string>[] running = [bed.GetAsync("/gate"), bed.GetAsync("/gate")];
        await NginxBed.UntilAsync(() => web.Requests == 2, "the first is full");
        Task<string> third = bed.GetAsync("/third");
        string want = await master.ExpectAsync("WANT");
        master.Tell(ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "web-2", second.Port, cold: true));
        Assert.StartsWith("b ", await third, StringComparison.Ordinal);
        web.Open();
        await Task.WhenAll(running);
    }

    [NginxFact]
    public async Task Room_that_is_left_goes_to_who_waits_whatever_the_master_does()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(concurrency: 1), ScriptedMaster.Instance("web-1", web.Port));
        await bed.StartAsync(master);
        Task<string>[] all = [.. Enumerable.Range(0, 10).Select(_ => bed.GetAsync("/gate"))];
        await NginxBed.UntilAsync(() => master.Lines.Count(static line => line.StartsWith("WANT", StringComparison.Ordinal)) == 9, "nine wait");
        Assert.Equal(1, web.Requests);
        web.Open();
        await Task.WhenAll(all);
    }

    [NginxFact]
    public async Task A_full_queue_is_answered_503_with_retry_after()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(queue: 3));
        await bed.StartAsync(master);
        Task<string>[] held = [.. Enumerable.Range(0, 3).Select(_ => bed.GetAsync())];
        await NginxBed.UntilAsync(() => master.Lines.Count(static line => line.StartsWith("WANT", StringComparison.Ordinal)) == 3, "three wait");
        using HttpResponseMessage fourth = await bed.SendAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, fourth.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), fourth.Headers.RetryAfter?.Delta);
        master.Tell(ScriptedMaster.Instance("web-1", web.Port));
        await Task.WhenAll(held);
    }

    [NginxFact]
    public async Task The_queue_is_bounded_over_all_workers()
    {
        await using var bed = new NginxBed(new NginxOptions(Workers: 3));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(queue: 6));
        await bed.StartAsync(master);
        Task<HttpResponseMessage>[] all = [.. Enumerable.Range(0, 30).Select(_ => bed.SendAsync())];
        await NginxBed.UntilAsync(() => all.Count(static answer => answer.IsCompleted) == 24, "all but six are refused");
        master.Tell(ScriptedMaster.Instance("web-1", web.Port));
        HttpResponseMessage[] answers = await Task.WhenAll(all);
        Assert.Equal(6, answers.Count(static answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(24, answers.Count(static answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable));
    }

    [NginxFact]
    public async Task Whom_the_master_does_not_answer_in_time_gets_504()
    {
        await using var bed = new NginxBed();
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(deadline: 300));
        await bed.StartAsync(master);
        using HttpResponseMessage answer = await bed.SendAsync();
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        await master.ExpectAsync("LEAVE");
        Assert.Contains("504 web - -", bed.Requests);
    }

    [NginxFact]
    public async Task A_late_answer_is_not_taken_for_anothers()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(deadline: 200));
        await bed.StartAsync(master);
        using HttpResponseMessage answer = await bed.SendAsync();
        string want = await master.ExpectAsync("WANT");
        master.Tell(ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "web-1", web.Port), $"REFUSE seq={ScriptedMaster.ValueOf(want, "seq")} status=504 retry_after=1 reason=late");
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("a GET / 0", await bed.GetAsync());
    }

    [NginxTheory]
    [InlineData("503", "7", "full", HttpStatusCode.ServiceUnavailable)]
    [InlineData("503", "30", "broken", HttpStatusCode.ServiceUnavailable)]
    [InlineData("503", "1", "unknown", HttpStatusCode.ServiceUnavailable)]
    [InlineData("504", "1", "late", HttpStatusCode.GatewayTimeout)]
    [InlineData("200", "1", "nonsense", HttpStatusCode.ServiceUnavailable)]
    public async Task What_the_master_refuses_is_refused(string status, string seconds, string reason, HttpStatusCode expected)
    {
        await using var bed = new NginxBed();
        using var master = new ScriptedMaster(bed.Folder);
        master.OnWant = (seq, _) => $"REFUSE seq={seq} status={status} retry_after={seconds} reason={reason}";
        await bed.StartAsync(master);
        using HttpResponseMessage answer = await bed.SendAsync();
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(seconds, answer.Headers.GetValues("Retry-After").Single());
        Assert.Contains($"refuses an instance of \"web\": {reason}", bed.Log, StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task A_refusal_can_be_given_an_error_page()
    {
        await using var bed = new NginxBed(new NginxOptions("error_page 503 /sorry; location = /sorry { return 200 sorry; } location / { uaas_pass web; }"));
        using var master = new ScriptedMaster(bed.Folder);
        master.OnWant = static (seq, _) => $"REFUSE seq={seq} status=503 retry_after=5 reason=full";
        await bed.StartAsync(master);
        using HttpResponseMessage answer = await bed.SendAsync();
        Assert.Equal("sorry", await answer.Content.ReadAsStringAsync());
    }

    [NginxFact]
    public async Task A_client_that_goes_away_takes_its_question_back()
    {
        await using var bed = new NginxBed();
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service());
        await bed.StartAsync(master);
        using var gone = new CancellationTokenSource();
        Task<string> answer = bed.Client.GetStringAsync(new Uri("/", UriKind.Relative), gone.Token);
        string want = await master.ExpectAsync("WANT");
        await gone.CancelAsync();
        await master.ExpectAsync($"LEAVE seq={ScriptedMaster.ValueOf(want, "seq")}");
        await master.ExpectAsync("LOAD service=web active=0 waiting=0");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [NginxFact]
    public async Task A_subrequest_waits_like_any_request()
    {
        await using var bed = new NginxBed(new NginxOptions("location / { auth_request /auth; return 200 never; } location = /page { auth_request /auth; uaas_pass web; } location = /auth { internal; uaas_pass web; }"));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service());
        master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "web-1", web.Port, cold: true);
        await bed.StartAsync(master);
        Assert.Equal("a GET /page 0", await bed.GetAsync("/page"));
        Assert.Equal(2, web.Requests);
    }

    [NginxFact]
    public async Task The_time_to_connect_counts_from_when_there_is_something_to_connect_to()
    {
        await using var bed = new NginxBed(new NginxOptions("proxy_connect_timeout 100ms; location / { uaas_pass web; }"));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service());
        await bed.StartAsync(master);
        Task<string> answer = bed.GetAsync();
        string want = await master.ExpectAsync("WANT");
        await Task.Delay(400);
        master.Tell(ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "web-1", web.Port));
        Assert.Equal("a GET / 0", await answer);
    }
}
