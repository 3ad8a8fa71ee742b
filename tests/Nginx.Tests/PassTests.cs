// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>What uaas_pass does with instances that are known.</summary>
public sealed class PassTests
{
    [NginxFact]
    public async Task A_request_goes_to_a_known_instance_without_a_question()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("web-1", web.Port));
        await bed.StartAsync(master);
        await master.ExpectAsync("HELLO version=1 front=nginx-");
        Assert.Equal("a GET /x?y=1 0", await bed.GetAsync("/x?y=1"));
        await master.ExpectAsync("LOAD service=web", "done=1");
        Assert.DoesNotContain(master.Lines, static line => line.StartsWith("WANT", StringComparison.Ordinal));
        Assert.Contains("200 web web-1 -", bed.Requests);
    }

    [NginxFact]
    public async Task A_path_after_the_name_takes_the_place_of_the_locations()
    {
        await using var bed = new NginxBed(new NginxOptions("location /img/ { uaas_pass web/; } location /deep/ { uaas_pass web/a/b/; }"));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("web-1", web.Port));
        await bed.StartAsync(master);
        Assert.Equal("a GET /cat.png?w=5 0", await bed.GetAsync("/img/cat.png?w=5"));
        Assert.Equal("a GET /a/b/c 0", await bed.GetAsync("/deep/c"));
    }

    [NginxFact]
    public async Task Several_locations_and_services_are_told_apart()
    {
        await using var bed = new NginxBed(new NginxOptions("location / { uaas_pass web; } location /again/ { uaas_pass web; } location /img/ { if ($arg_w) { uaas_pass img; } uaas_pass web; }"));
        await using Server web = await Server.StartAsync("w");
        await using Server img = await Server.StartAsync("i");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Service("img"),
            ScriptedMaster.Instance("web-1", web.Port), ScriptedMaster.Instance("img-1", img.Port, "img"));
        await bed.StartAsync(master);
        Assert.StartsWith("w ", await bed.GetAsync("/"), StringComparison.Ordinal);
        Assert.StartsWith("w ", await bed.GetAsync("/again/"), StringComparison.Ordinal);
        Assert.StartsWith("w ", await bed.GetAsync("/img/a"), StringComparison.Ordinal);
        Assert.StartsWith("i ", await bed.GetAsync("/img/a?w=1"), StringComparison.Ordinal);
        Assert.Contains("200 img img-1 -", bed.Requests);
    }

    [NginxFact]
    public async Task Bodies_reach_the_instance_whole()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service());
        master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "web-1", web.Port, cold: true);
        await bed.StartAsync(master);
        using var content = new ByteArrayContent(new byte[3_000_000]);
        using HttpResponseMessage answer = await bed.Client.PutAsync(new Uri("/up", UriKind.Relative), content);
        Assert.Equal("a PUT /up 3000000", await answer.Content.ReadAsStringAsync());
    }

    [NginxFact]
    public async Task Connections_are_kept_for_the_next_request()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("web-1", web.Port));
        await bed.StartAsync(master);
        for (int i = 0; i < 20; i++)
            await bed.GetAsync();
        Assert.Equal(1, web.Connections);
    }

    [NginxTheory]
    [InlineData("uaas_keepalive 0;", 5)]
    [InlineData("uaas_keepalive 1;", 1)]
    [InlineData("uaas_keepalive_timeout 1ms;", 5)]
    public async Task As_many_connections_are_kept_as_the_configuration_says_and_as_long(string directive, int connections)
    {
        await using var bed = new NginxBed(new NginxOptions(Main: directive));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("web-1", web.Port));
        await bed.StartAsync(master);
        for (int i = 0; i < 5; i++)
        {
            await bed.GetAsync();
            await Task.Delay(30);
        }
        Assert.Equal(connections, web.Connections);
    }

    [NginxFact]
    public async Task The_longest_idle_connection_makes_room()
    {
        await using var bed = new NginxBed(new NginxOptions("location /a { uaas_pass a; } location /b { uaas_pass b; }", "uaas_keepalive 1;"));
        await using Server a = await Server.StartAsync("a");
        await using Server b = await Server.StartAsync("b");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service("a"), ScriptedMaster.Service("b"),
            ScriptedMaster.Instance("a-1", a.Port, "a"), ScriptedMaster.Instance("b-1", b.Port, "b"));
        await bed.StartAsync(master);
        foreach (string path in new[] { "/a", "/b", "/b", "/a" })
            await bed.GetAsync(path);
        Assert.Equal((2, 1), (a.Connections, b.Connections));
    }

    [NginxFact]
    public async Task Requests_go_to_the_instance_with_the_fewest()
    {
        await using var bed = new NginxBed();
        await using Server slow = await Server.StartAsync("slow");
        await using Server quick = await Server.StartAsync("quick");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("s", slow.Port));
        await bed.StartAsync(master);
        Task<string>[] stuck = [.. Enumerable.Range(0, 3).Select(_ => bed.GetAsync("/gate"))];
        await NginxBed.UntilAsync(() => slow.Requests == 3, "three requests wait");
        master.Tell(ScriptedMaster.Instance("q", quick.Port));
        await NginxBed.UntilAsync(() => bed.StatusAsync().Result.GetRawText().Contains("\"id\":\"q\"", StringComparison.Ordinal), "the second is known");
        for (int i = 0; i < 10; i++)
            Assert.StartsWith("quick ", await bed.GetAsync(), StringComparison.Ordinal);
        slow.Open();
        await Task.WhenAll(stuck);
    }

    [NginxFact]
    public async Task Equals_take_turns()
    {
        await using var bed = new NginxBed();
        await using Server a = await Server.StartAsync("a");
        await using Server b = await Server.StartAsync("b");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("a", a.Port), ScriptedMaster.Instance("b", b.Port));
        await bed.StartAsync(master);
        for (int i = 0; i < 10; i++)
            await bed.GetAsync();
        Assert.Equal((5, 5), (a.Requests, b.Requests));
    }

    [NginxFact]
    public async Task Workers_see_each_others_requests()
    {
        await using var bed = new NginxBed(new NginxOptions(Workers: 3));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("web-1", web.Port));
        await bed.StartAsync(master);
        Task<string>[] waiting = [.. Enumerable.Range(0, 30).Select(_ => bed.GetAsync("/gate"))];
        await NginxBed.UntilAsync(() => web.Requests == 30, "thirty requests wait");
        string status = (await bed.StatusAsync()).GetRawText();
        Assert.Contains("\"state\":\"ready\",\"active\":30}", status, StringComparison.Ordinal);
        web.Open();
        await Task.WhenAll(waiting);
        await NginxBed.UntilAsync(() => bed.StatusAsync().Result.GetRawText().Contains("\"active\":0}", StringComparison.Ordinal), "all have ended");
    }
}
