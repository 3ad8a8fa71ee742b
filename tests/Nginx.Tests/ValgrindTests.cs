// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>nginx under valgrind, through all that takes and gives memory.</summary>
public sealed class ValgrindTests
{
    [ValgrindFact]
    public async Task Nothing_leaks_and_nothing_is_read_that_is_not_there()
    {
        string reports = Directory.CreateTempSubdirectory("uaas-valgrind-").FullName;
        await using var bed = new NginxBed(new NginxOptions("location / { uaas_pass web; } location /other { uaas_pass other; }",
            Wrapper: [Paths.Valgrind, "--leak-check=full", "--show-leak-kinds=definite", $"--log-file={reports}/%p"]));
        await using Server a = await Server.StartAsync("a");
        await using Server b = await Server.StartAsync("b");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(deadline: 20_000), ScriptedMaster.Service("other", deadline: 20_000));
        await bed.StartAsync(master);
        await ServeAsync(bed, master, a, b);
        await ReloadAsync(bed, master);
        await LoseAsync(bed, master);
        await bed.StopAsync();

        // Of the first process, and of each worker.
        string[] files = Directory.GetFiles(reports);
        Assert.InRange(files.Length, 3, int.MaxValue);
        string[] lines = [.. files.SelectMany(File.ReadAllLines)];
        Directory.Delete(reports, recursive: true);
        Assert.DoesNotContain(lines, static line => line.Contains("uaas", StringComparison.Ordinal) && line.Contains(" by 0x", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, static line => line.Contains("Invalid ", StringComparison.Ordinal) || line.Contains("uninitialised", StringComparison.Ordinal));
        Assert.Equal(files.Length, lines.Count(static line => line.Contains("ERROR SUMMARY", StringComparison.Ordinal)));
    }

    /// <summary>Requests that wait, that are answered, and whose instance comes, goes or refuses.</summary>
    private static async Task ServeAsync(NginxBed bed, ScriptedMaster master, Server a, Server b)
    {
        master.OnWant = (seq, service) => service == "web" ? ScriptedMaster.Give(seq, "1", a.Port, cold: true) : null;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => bed.GetAsync()));
        Task<string> running = bed.GetAsync("/gate");
        await NginxBed.UntilAsync(() => a.Requests == 11, "one runs");
        master.Tell(ScriptedMaster.Instance("2", b.Port), ScriptedMaster.Instance("dead", ChangeTests.ClosedPort()));
        b.Open();
        for (int i = 0; i < 5; i++)
            await bed.GetAsync();
        master.Tell("GONE instance=1", ScriptedMaster.Instance("2", b.Port, state: "draining"), ScriptedMaster.Instance("2", b.Port));
        await running;
    }

    /// <summary>Reloads, each with a request of the old worker that still waits; the first is answered, the second's client goes, the third's service.</summary>
    private static async Task ReloadAsync(NginxBed bed, ScriptedMaster master)
    {
        for (int i = 0; i < 3; i++)
        {
            int from = master.Lines.Count;
            int before = master.Connections;
            using var gone = new CancellationTokenSource();
            Task<HttpResponseMessage> held = bed.Client.GetAsync(new Uri("/other", UriKind.Relative), gone.Token);
            string want = await master.ExpectAsync(from, "WANT");
            bed.Signal(NginxBed.Hangup);
            await NginxBed.UntilAsync(() => master.Connections > before, "a new worker");
            if (i == 1)
            {
                await gone.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
                continue;
            }
            master.Tell(i == 0 ? $"REFUSE seq={ScriptedMaster.ValueOf(want, "seq")} status=503 retry_after=1 reason=full" : "GONE service=other");
            using HttpResponseMessage answer = await held;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
        await bed.GetAsync();
    }

    /// <summary>The master dies, and another comes that talks nonsense, then one that refuses.</summary>
    private static async Task LoseAsync(NginxBed bed, ScriptedMaster master)
    {
        int before = master.Connections;
        await ChangeTests.KnowsAsync(bed, "\"master\":\"up\"");
        master.Vanish();
        await bed.GetAsync();
        master.Greeting = "HELLO version=1 node=test\nGIVE me\n"u8.ToArray();
        master.OnWant = static (seq, _) => $"REFUSE seq={seq} status=503 retry_after=1 reason=full";
        master.Listen();
        await NginxBed.UntilAsync(() => master.Connections > before, "it is tried again");
        master.Greeting = null;
        await ChangeTests.KnowsAsync(bed, "\"master\":\"up\"");
        using HttpResponseMessage refused = await bed.SendAsync();
    }
}
