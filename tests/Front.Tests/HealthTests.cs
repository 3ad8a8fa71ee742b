// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Uaas.Nginx.Tests;

namespace Uaas.Front.Tests;

/// <summary>Instances of a service that wants it are asked how they are.</summary>
public sealed class HealthTests
{
    private const string Asked = "SERVICE name=web port=80 concurrency=100 queue=100 deadline_ms=5000 health=/health health_every_ms=1000 health_failures=1";

    [Fact]
    public async Task An_instance_that_is_not_well_gets_no_requests_until_it_is_and_the_master_is_told_once()
    {
        bool isWell = false;
        await using var bed = new FrontBed();
        bed.Master.Knows.AddRange([Asked, await bed.InstanceAsync("sick", context => Answer(context, "sick", () => isWell)), await bed.InstanceAsync("sound", context => Answer(context, "sound", () => true)), "ROUTE service=web host=* path=/ strip=0"]);
        await bed.StartAsync(hasTls: false);
        await bed.Master.ExpectAsync("LOST instance=sick", "reason=unhealthy");
        using HttpClient client = FrontBed.Client();
        for (int i = 0; i < 20; i++)
            Assert.Equal("sound", await client.GetStringAsync(bed.Url));
        isWell = true;
        await FrontBed.UntilAsync(async () => await client.GetStringAsync(bed.Url) == "sick", "it is well, and gets no requests");
        Assert.Single(bed.Master.Lines, line => line.StartsWith("LOST instance=sick", StringComparison.Ordinal));
        Assert.DoesNotContain(bed.Master.Lines, line => line.StartsWith("LOST instance=sound", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_last_instance_is_asked_for_more_even_where_it_is_not_well()
    {
        await using var bed = new FrontBed();
        bed.Master.Knows.AddRange([Asked, await bed.InstanceAsync("sick", context => Answer(context, "sick", () => false)), "ROUTE service=web host=* path=/ strip=0"]);
        await bed.StartAsync(hasTls: false);
        await bed.Master.ExpectAsync("LOST instance=sick", "reason=unhealthy");
        using HttpClient client = FrontBed.Client();
        Assert.Equal("sick", await client.GetStringAsync(bed.Url));
    }

    [Fact]
    public async Task An_instance_of_a_service_that_does_not_want_it_is_never_asked()
    {
        int asked = 0;
        await using var bed = new FrontBed();
        await bed.ServeAsync(context =>
        {
            asked++;
            return context.Response.WriteAsync("x");
        });
        await bed.StartAsync(hasTls: false);
        using HttpClient client = FrontBed.Client();
        await client.GetStringAsync(bed.Url);
        Assert.Equal(1, asked);
    }

    private static Task Answer(HttpContext context, string name, Func<bool> isWell)
    {
        if (context.Request.Path == "/health" && !isWell())
            context.Response.StatusCode = 500;
        return context.Response.WriteAsync(name);
    }
}
