// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>Masters that are away, late, slow, or not of sound mind: what is known is served all the same.</summary>
public sealed class MasterTests
{
    public static TheoryData<string, string> Garbage => new()
    {
        { "bytes", "\u0001\u0002\u0003\n" },
        { "another protocol", "HTTP/1.1 400 Bad Request\r\n" },
        { "a key is missing", ScriptedMaster.Hello + "SERVICE name=web\n" },
        { "no number", ScriptedMaster.Hello + "SERVICE name=web port=80 concurrency=x queue=1 deadline_ms=1\n" },
        { "a number too large", ScriptedMaster.Hello + "SERVICE name=web port=80 concurrency=1 queue=1 deadline_ms=99999999999999999999\n" },
        { "a negative number", ScriptedMaster.Hello + "SERVICE name=web port=80 concurrency=1 queue=-1 deadline_ms=1\n" },
        { "no address", ScriptedMaster.Hello + "INSTANCE id=1 service=web address=300.1.1.1:80 state=ready\n" },
        { "no port", ScriptedMaster.Hello + "INSTANCE id=1 service=web address=127.0.0.1:70000 state=ready\n" },
        { "no state", ScriptedMaster.Hello + "INSTANCE id=1 service=web address=127.0.0.1:80 state=asleep\n" },
        { "no name", ScriptedMaster.Hello + "INSTANCE id=1 service=../etc address=127.0.0.1:80 state=ready\n" },
        { "a long id", ScriptedMaster.Hello + $"GONE instance={new string('x', 128)}\n" },
        { "no word", ScriptedMaster.Hello + "SYNCED now\n" },
        { "an empty line", ScriptedMaster.Hello + "\n" },
        { "two spaces", ScriptedMaster.Hello + "SYNCED  a=b\n" },
        { "a NUL", ScriptedMaster.Hello + "SYNCED\0\n" },
        { "a long line", ScriptedMaster.Hello + $"COMMENT text={new string('x', 5000)}\n" },
        { "no HELLO first", "SYNCED\n" },
        { "a HELLO of no version", "HELLO version=0 node=test\n" },
    };

    [NginxTheory]
    [MemberData(nameof(Garbage))]
    public async Task Garbage_closes_the_connection_and_another_is_tried(string what, string greeting)
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port)) { Greeting = Encoding.UTF8.GetBytes(greeting) };
        await bed.StartAsync();
        await NginxBed.UntilAsync(() => master.Connections >= 3, $"it connects again: {what}");
        master.Greeting = null;
        Assert.Equal("a GET / 0", await bed.GetAsync());
        Assert.Contains("what it sent is not of the protocol", bed.Log, StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task Unknown_kinds_and_keys_are_passed_over()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service() + " colour=red", "WEATHER is fine", "ROUTE service=web host=* path=/ strip=0",
            "TCP service=web listen=1935 port=1935", "GONE routes", "GONE instance=never", "GONE service=never", ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        Assert.Equal("a GET / 0", await bed.GetAsync());
        Assert.Equal(1, master.Connections);
    }

    [NginxFact]
    public async Task Lines_may_come_byte_by_byte()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder);
        await bed.StartAsync(master);
        foreach (char c in ScriptedMaster.Service() + "\n" + ScriptedMaster.Instance("1", web.Port) + "\n")
        {
            master.TellBytes([(byte)c]);
            await Task.Delay(1);
        }
        Assert.Equal("a GET / 0", await bed.GetAsync());
        Assert.DoesNotContain(master.Lines, static line => line.StartsWith("WANT", StringComparison.Ordinal));
    }

    [NginxFact]
    public async Task Random_bytes_and_lines_end_nothing_but_the_connection()
    {
        const int seed = 20_261;
        const int rounds = 40;
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder);
        await bed.StartAsync(master);
        var random = new Random(seed);
        string[] words = ["HELLO", "SERVICE", "INSTANCE", "GIVE", "REFUSE", "GONE", "SYNCED", "name=web", "service=web", "id=1", "instance=1", $"address=127.0.0.1:{web.Port}",
            "state=ready", "state=draining", "seq=1", "seq=2", "cold=1", "status=503", "retry_after=1", "reason=full", "port=80", "concurrency=1", "queue=1", "deadline_ms=50", "routes", "=", "x"];
        for (int i = 0; i < rounds; i++)
        {
            byte[] noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);
            string lines = string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => string.Join(' ', random.GetItems(words, random.Next(1, 8))) + "\n"));
            int before = master.Connections;
            master.Greeting = [.. Encoding.ASCII.GetBytes($"{ScriptedMaster.Hello}{ScriptedMaster.Service(deadline: 50)}\nSYNCED\n{lines}"), .. i % 2 == 0 ? noise : []];
            master.Vanish();
            master.Listen();
            await NginxBed.UntilAsync(() => master.Connections > before, "it connects again");
            using HttpResponseMessage ended = await bed.SendAsync();
            Assert.True(ended.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.BadGateway, $"round {i}: {ended.StatusCode}");
        }
        Assert.DoesNotContain("exited on signal", bed.Log, StringComparison.Ordinal);
    }

    [NginxTheory]
    [InlineData("", "it does not answer")]
    [InlineData(ScriptedMaster.Hello + "SERVICE name=w", "it sent half a line")]
    public async Task Nothing_and_half_an_answer_are_waited_for_five_seconds(string greeting, string complaint)
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port)) { Greeting = Encoding.UTF8.GetBytes(greeting) };
        await bed.StartAsync();
        Task<string> held = bed.GetAsync();
        await NginxBed.UntilAsync(() => master.Connections >= 1, "it connects");
        master.Greeting = null;
        Assert.Equal("a GET / 0", await held);
        Assert.Contains(complaint, bed.Log, StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task While_the_master_is_away_what_is_known_is_served()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(concurrency: 1), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        await bed.GetAsync();
        master.Vanish();
        await ChangeTests.KnowsAsync(bed, "\"master\":\"away\"");
        Task<string>[] beyond = [bed.GetAsync("/gate"), bed.GetAsync("/gate"), bed.GetAsync("/gate")];
        await NginxBed.UntilAsync(() => web.Requests == 4, "concurrency is no bound now");
        web.Open();
        await Task.WhenAll(beyond);
        Assert.Equal("a GET / 0", await bed.GetAsync());
    }

    [NginxFact]
    public async Task While_the_master_is_away_an_unknown_service_gets_503_at_its_deadline()
    {
        await using var bed = new NginxBed();
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(deadline: 300));
        await bed.StartAsync(master);
        master.Vanish();
        await ChangeTests.KnowsAsync(bed, "\"master\":\"away\"");
        using HttpResponseMessage answer = await bed.SendAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
    }

    [NginxFact]
    public async Task A_master_that_comes_back_is_asked_again_and_told_what_runs()
    {
        await using var bed = new NginxBed(new NginxOptions("location / { uaas_pass web; } location /img/ { uaas_pass img; }"));
        await using Server web = await Server.StartAsync("a");
        await using Server img = await Server.StartAsync("i");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Service("img"), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        Task<string> running = bed.GetAsync("/gate");
        Task<string> held = bed.GetAsync("/img/");
        await master.ExpectAsync("WANT", "service=img");
        await master.ExpectAsync("USE instance=1 active=1");
        master.Vanish();
        int before = master.Lines.Count;
        master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "2", img.Port, "img");
        master.Listen();
        await master.ExpectAsync(before, "HELLO");
        await master.ExpectAsync(before, "WANT", "service=img");
        await master.ExpectAsync(before, "LOAD service=web active=1");
        await master.ExpectAsync(before, "USE instance=1 active=1");
        Assert.StartsWith("i ", await held, StringComparison.Ordinal);
        web.Open();
        await running;
    }

    [NginxFact]
    public async Task What_a_new_master_does_not_tell_is_gone()
    {
        await using var bed = new NginxBed();
        await using Server old = await Server.StartAsync("old");
        await using Server young = await Server.StartAsync("young");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Service("left"), ScriptedMaster.Instance("1", old.Port));
        await bed.StartAsync(master);
        await bed.GetAsync();
        master.Vanish();
        master.Knows.Clear();
        master.Knows.AddRange([ScriptedMaster.Service(), ScriptedMaster.Instance("2", young.Port)]);
        master.Listen();
        await ChangeTests.KnowsAsync(bed, "\"id\":\"2\"");
        Assert.DoesNotContain("\"id\":\"1\"", (await bed.StatusAsync()).GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"left\"", (await bed.StatusAsync()).GetRawText(), StringComparison.Ordinal);
        Assert.StartsWith("young ", await bed.GetAsync(), StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task A_socket_that_is_not_there_yet_is_tried_until_it_is()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        await bed.StartAsync();
        Task<string> held = bed.GetAsync();
        await Task.Delay(300);
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port));
        Assert.Equal("a GET / 0", await held);
        Assert.Single(bed.Log.Split('\n'), static line => line.Contains("uaas: no master at", StringComparison.Ordinal));
    }

    [NginxFact]
    public async Task Another_instance_by_the_same_id_takes_its_place()
    {
        await using var bed = new NginxBed();
        await using Server first = await Server.StartAsync("first");
        await using Server second = await Server.StartAsync("second");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", first.Port));
        await bed.StartAsync(master);
        await bed.GetAsync();
        master.Tell(ScriptedMaster.Instance("1", second.Port));
        await ChangeTests.KnowsAsync(bed, $":{second.Port}");
        Assert.StartsWith("second ", await bed.GetAsync(), StringComparison.Ordinal);
    }
}
