// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>New workers, and a new nginx, while requests run. The client sends again only what met a closed idle connection, as any client does.</summary>
public sealed class ReloadTests
{
    private const string Control = "location / { uaas_pass web; } location /static { return 200 plain; }";

    [NginxFact]
    public async Task A_reload_under_load_loses_nothing()
    {
        await using var bed = new NginxBed(new NginxOptions(Control, Workers: 2));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        const int reloads = 5;
        (int answered, IReadOnlyList<string> failures) = await UnderLoadAsync(bed, async () =>
        {
            for (int i = 0; i < reloads; i++)
            {
                int before = master.Connections;
                bed.Signal(NginxBed.Hangup);
                await NginxBed.UntilAsync(() => master.Connections >= before + 2, "new workers");
            }
        });
        Assert.Empty(failures);
        Assert.InRange(answered, 10, int.MaxValue);
    }

    [NginxFact]
    public async Task A_binary_upgrade_under_load_loses_nothing()
    {
        await using var bed = new NginxBed(new NginxOptions(Control, Workers: 2, Daemon: true));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        (int answered, IReadOnlyList<string> failures) = await UnderLoadAsync(bed, async () =>
        {
            int old = bed.Pid;
            bed.Signal(NginxBed.UserSignal2);
            await NginxBed.UntilAsync(() => File.Exists(Path.Combine(bed.Folder, "nginx.pid.oldbin")) && File.Exists(Path.Combine(bed.Folder, "nginx.pid")) && bed.Pid != old, "a new nginx");
            await NginxBed.UntilAsync(() => master.Connections >= 4, "its workers");
            await bed.StopAsync(old, NginxBed.Quit);
            await Task.Delay(200);
        });
        Assert.Empty(failures);
        Assert.InRange(answered, 10, int.MaxValue);
        Assert.Equal("a GET / 0", await bed.GetAsync());
    }

    [NginxFact]
    public async Task A_held_request_outlives_a_reload()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service());
        await bed.StartAsync(master);
        Task<string> held = bed.GetAsync();
        string want = await master.ExpectAsync("WANT");
        bed.Signal(NginxBed.Hangup);
        await NginxBed.UntilAsync(() => master.Connections == 2, "a new worker");
        await Task.Delay(100);
        master.Tell(ScriptedMaster.Give(ScriptedMaster.ValueOf(want, "seq"), "1", web.Port, cold: true));
        Assert.Equal("a GET / 0", await held);
    }

    [NginxFact]
    public async Task New_workers_know_what_the_old_ones_did_while_the_master_is_away()
    {
        await using var bed = new NginxBed(new NginxOptions("location / { uaas_pass web; }", "uaas_zone 256k;", Workers: 2));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(queue: 7), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        master.Vanish();
        int worker = (await bed.StatusAsync()).GetProperty("worker").GetInt32();
        bed.Signal(NginxBed.Hangup);
        await NginxBed.UntilAsync(() => !Directory.Exists($"/proc/{worker}"), "the old worker has gone");
        for (int i = 0; i < 10; i++)
            Assert.Equal("a GET / 0", await bed.GetAsync());
        Assert.Contains("\"queue\":7", (await bed.StatusAsync()).GetRawText(), StringComparison.Ordinal);
        Assert.Equal("away", (await bed.StatusAsync()).GetProperty("master").GetString());
    }

    [NginxFact]
    public async Task What_a_killed_worker_counted_is_taken_off()
    {
        await using var bed = new NginxBed();
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        int worker = (await bed.StatusAsync()).GetProperty("worker").GetInt32();
        KeepAliveClient[] clients = [.. Enumerable.Range(0, 5).Select(_ => new KeepAliveClient(Path.Combine(bed.Folder, "http.sock")))];
        Task<string>[] lost = [.. clients.Select(static client => client.GetAsync("/gate"))];
        await NginxBed.UntilAsync(() => web.Requests == 5, "five run");
        NginxBed.KillProcess(worker);
        foreach (Task<string> request in lost)
            await Assert.ThrowsAnyAsync<Exception>(() => request);
        foreach (KeepAliveClient client in clients)
            client.Dispose();
        await NginxBed.UntilAsync(() => master.Connections == 2, "a new worker");
        await ChangeTests.KnowsAsync(bed, "\"state\":\"ready\",\"active\":0}");
        web.Open();
        Assert.Equal("a GET / 0", await bed.GetAsync());
    }

    /// <summary>Eight clients ask through the module and for a plain answer in turn, while something is done.</summary>
    private static async Task<(int Answered, IReadOnlyList<string> Failures)> UnderLoadAsync(NginxBed bed, Func<Task> act)
    {
        const int clients = 8;
        using var done = new CancellationTokenSource();
        var failures = new List<string>();
        int answered = 0;
        Task[] load = [.. Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            using var client = new KeepAliveClient(Path.Combine(bed.Folder, "http.sock"));
            while (!done.IsCancellationRequested)
            {
                foreach ((string path, string expected) in new[] { ("/", "a GET / 0"), ("/static", "plain") })
                {
                    try
                    {
                        string answer = await client.GetAsync(path);
                        Interlocked.Increment(ref answered);
                        if (answer != expected)
                            throw new IOException(answer);
                    }
                    catch (Exception e) when (e is IOException or SocketException)
                    {
                        lock (failures)
                            failures.Add($"{path}: {e.Message}");
                    }
                }
            }
        }))];
        await act();
        await done.CancelAsync();
        await Task.WhenAll(load);
        return (answered, failures);
    }
}
