// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>nginx under valgrind, through all that takes and gives memory.</summary>
public sealed class ValgrindTests
{
    [ValgrindFact]
    public async Task Nothing_leaks_and_nothing_is_read_that_is_not_there()
    {
        string report = Path.GetTempFileName();
        await using var bed = new NginxBed(new NginxOptions("location / { uaas_pass web; }", Workers: 0,
            Wrapper: [Paths.Valgrind, "--leak-check=full", "--show-leak-kinds=definite", $"--log-file={report}"]));
        await using Server a = await Server.StartAsync("a");
        await using Server b = await Server.StartAsync("b");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(deadline: 20_000), ScriptedMaster.Service("other"));
        await bed.StartAsync(master);
        await LiveAsync(bed, master, a, b);
        await bed.StopAsync();
        string[] lines = await File.ReadAllLinesAsync(report);
        File.Delete(report);
        Assert.DoesNotContain(lines, static line => line.Contains("uaas", StringComparison.Ordinal) && line.Contains(" by 0x", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, static line => line.Contains("Invalid ", StringComparison.Ordinal) || line.Contains("uninitialised", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("ERROR SUMMARY", StringComparison.Ordinal));
    }

    private static async Task LiveAsync(NginxBed bed, ScriptedMaster master, Server a, Server b)
    {
        master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "1", a.Port, cold: true);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => bed.GetAsync()));
        Task<string> running = bed.GetAsync("/gate");
        await NginxBed.UntilAsync(() => a.Requests == 11, "one runs");
        master.Tell(ScriptedMaster.Instance("2", b.Port), ScriptedMaster.Instance("dead", ChangeTests.ClosedPort()));
        b.Open();
        for (int i = 0; i < 5; i++)
            await bed.GetAsync();
        master.Tell("GONE instance=1", ScriptedMaster.Instance("2", b.Port, state: "draining"), ScriptedMaster.Instance("2", b.Port));
        await running;
        master.Vanish();
        await bed.GetAsync();
        master.OnWant = static (seq, _) => $"REFUSE seq={seq} status=503 retry_after=1 reason=full";
        master.Listen();
        await ChangeTests.KnowsAsync(bed, "\"master\":\"up\"");
        using HttpResponseMessage refused = await bed.SendAsync();
    }
}
