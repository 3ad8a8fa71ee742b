// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Net.Http;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Uaas.Nginx.Tests;
using Xunit;

namespace Uaas.Front.Tests;

/// <summary>A front's way to its master.</summary>
public sealed class MasterLinkTests
{
    [Fact]
    public async Task Requests_that_have_ended_are_counted_anew_for_each_connection_to_a_master()
    {
        await using var bed = new FrontBed();
        await bed.ServeAsync(static context => context.Response.WriteAsync("page"));
        await bed.StartAsync(hasTls: false);
        using HttpClient client = FrontBed.Client();
        await client.GetStringAsync(bed.Url);
        await bed.Master.ExpectAsync("LOAD service=web", "active=0", "done=1");
        int before = bed.Master.Lines.Count;
        bed.Master.Vanish();
        bed.Master.Listen();
        await bed.Master.ExpectAsync(before, "LOAD service=web", "done=0");
        await client.GetStringAsync(bed.Url);
        await bed.Master.ExpectAsync(before, "LOAD service=web", "active=0", "done=1");
    }

    [Fact]
    public void What_there_is_no_master_to_tell_is_said()
    {
        var said = new List<string>();
        using var link = new MasterLink(new FrontOptions { Listener = -1, MasterSocket = "/none", Say = said.Add });
        link.Note("certificate", "it has expired");
        Assert.Equal(["it has expired"], said);
    }
}
