// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>What nginx -t says of wrong configurations, and the status location.</summary>
public sealed class DirectiveTests
{
    private const string Pass = "location / { uaas_pass web; }";

    [NginxTheory]
    [InlineData("location / { uaas_pass; }", "", "invalid number of arguments in \"uaas_pass\" directive")]
    [InlineData("location / { uaas_pass Web_1; }", "", "\"Web_1\" is not the name of a service")]
    [InlineData("location / { uaas_pass http://web; }", "", "is not the name of a service")]
    [InlineData("location / { uaas_pass -web; }", "", "\"-web\" is not the name of a service")]
    [InlineData("location / { uaas_pass $host; }", "", "\"$host\" is not the name of a service")]
    [InlineData("location / { uaas_pass web; uaas_pass img; }", "", "\"uaas_pass\" directive is duplicate")]
    [InlineData("location / { proxy_pass http://127.0.0.1; uaas_pass img; }", "", "\"uaas_pass\" directive is duplicate")]
    [InlineData("uaas_pass web;", "", "\"uaas_pass\" directive is not allowed here")]
    [InlineData("location ~ a { uaas_pass web/; }", "", "cannot have URI part in location given by regular expression")]
    [InlineData("location / { uaas_status; uaas_status; }", "", "\"uaas_status\" directive is in a location that has another handler")]
    [InlineData("location / { uaas_status yes; }", "", "invalid number of arguments in \"uaas_status\" directive")]
    [InlineData(Pass, "uaas_master a; uaas_master b;", "\"uaas_master\" directive is duplicate")]
    [InlineData(Pass, "uaas_zone 1m; uaas_zone 2m;", "\"uaas_zone\" directive is duplicate")]
    [InlineData(Pass, "uaas_zone 1k;", "\"1k\" is no size for the zone")]
    [InlineData(Pass, "uaas_zone many;", "\"many\" is no size for the zone")]
    [InlineData(Pass, "uaas_keepalive few;", "invalid number")]
    [InlineData(Pass, "uaas_keepalive 65537;", "value must be between 0 and 65536")]
    [InlineData(Pass, "uaas_keepalive_timeout soon;", "invalid value")]
    [InlineData(Pass, "stream { server { listen unix:FOLDER/s; uaas_pass web:0; } }", "has a wrong port")]
    [InlineData(Pass, "stream { server { listen unix:FOLDER/s; uaas_pass web:http; } }", "has a wrong port")]
    [InlineData(Pass, "stream { server { listen unix:FOLDER/s; uaas_pass WEB; } }", "\"WEB\" is not the name of a service")]
    public async Task A_mistake_is_named(string locations, string main, string message)
    {
        await using var bed = new NginxBed(new NginxOptions(locations, main));
        Assert.Contains(message, bed.Check(), StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task A_path_too_long_for_a_socket_is_named()
    {
        await using var bed = new NginxBed(new NginxOptions(Pass, $"uaas_master {new string('x', 120)};"));
        Assert.Contains("is too long for the path of a socket: at most 107 bytes", bed.Check(), StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task A_master_must_be_named_where_it_is_needed()
    {
        await using var without = new NginxBed(new NginxOptions(Pass, "# no uaas_master"));
        Assert.Contains("\"uaas_pass\" needs \"uaas_master\"", without.Check(), StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task All_directives_together_are_right()
    {
        await using var bed = new NginxBed(new NginxOptions(
            "location /a/ { uaas_pass web/; limit_except GET { uaas_pass web; } } location ~ \\.png$ { uaas_pass img; }",
            "stream { server { listen unix:FOLDER/s; uaas_pass flv:1935; } server { listen unix:FOLDER/t; uaas_pass flv; } } uaas_zone 2m; uaas_keepalive 8; uaas_keepalive_timeout 10s;"));
        Assert.Null(bed.Check());
    }

    [NginxFact]
    public async Task A_full_zone_is_complained_of_and_lived_with()
    {
        const int instances = 200;
        await using var bed = new NginxBed(new NginxOptions(Pass, "uaas_zone 32k;"));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service());
        for (int i = 0; i < instances; i++)
            master.Knows.Add(ScriptedMaster.Instance($"i{i}", web.Port));
        await bed.StartAsync(master);
        Assert.Equal(instances, (await bed.StatusAsync()).GetProperty("services")[0].GetProperty("instances").GetArrayLength());
        for (int i = 0; i < instances; i++)
            await bed.GetAsync();
        Assert.Contains("the zone is full (uaas_zone)", bed.Log, StringComparison.Ordinal);
        foreach (string id in new[] { "i0", "i199" })
            master.Tell($"GONE instance={id}");
        await NginxBed.UntilAsync(() => bed.StatusAsync().Result.GetProperty("services")[0].GetProperty("instances").GetArrayLength() == instances - 2, "both kinds go");
    }

    [NginxFact]
    public async Task The_status_is_json_whatever_the_master_calls_things()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(concurrency: 3, queue: 4, deadline: 50), ScriptedMaster.Instance("\"\\é\"", web.Port));
        await bed.StartAsync(master);
        JsonElement status = await bed.StatusAsync();
        JsonElement service = status.GetProperty("services")[0];
        JsonElement instance = service.GetProperty("instances")[0];
        Assert.Equal("test", status.GetProperty("node").GetString());
        Assert.Equal((3, 4, 50), (service.GetProperty("concurrency").GetInt32(), service.GetProperty("queue").GetInt32(), service.GetProperty("deadline_ms").GetInt32()));
        Assert.Equal(("\"\\é\"", $"127.0.0.1:{web.Port}", "ready"), (instance.GetProperty("id").GetString(), instance.GetProperty("address").GetString(), instance.GetProperty("state").GetString()));
    }
}
