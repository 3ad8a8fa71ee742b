// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>A worker that waited for the master would serve nobody meanwhile. Each master here would have it wait for ever, and there is one worker.</summary>
public sealed class SilentMasterTests
{
    private const string Locations = "location / { uaas_pass web; } location /other { uaas_pass other; }";

    [NginxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_master_accepts_nobody_or_answers_nobody_what_is_known_is_served_by_the_same_worker(bool accepts)
    {
        await using var bed = new NginxBed(new NginxOptions(Locations));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Service("other", deadline: 1000), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        master.IsDeaf = true;
        master.Vanish();
        using Socket? full = accepts ? null : ListenWithoutRoom(bed.Folder);
        if (accepts)
            master.Listen();
        Task<HttpResponseMessage> held = bed.SendAsync("/other");
        for (int i = 0; i < 20; i++)
            Assert.Equal("a GET / 0", await bed.GetAsync());

        // The master has been tried again by then, more than once.
        using HttpResponseMessage answer = await held;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("a GET / 0", await bed.GetAsync());
        Assert.Equal("away", (await bed.StatusAsync()).GetProperty("master").GetString());
    }

    /// <summary>Of many at once there is no room for what must be said. One after the other they fill it with questions, until none is asked any more: that it makes no room tells, then.</summary>
    [NginxTheory]
    [InlineData("other", 100, 5)]
    [InlineData("a-name-that-makes-a-question-longer-than-what-takes-it-back", 1, 1)]
    public async Task While_the_master_does_not_read_what_is_known_is_served_by_the_same_worker_and_at_last_it_is_given_up(string other, int atOnce, int deadline)
    {
        const int most = 200_000;
        await using var bed = new NginxBed(new NginxOptions($"location / {{ uaas_pass web; }} location /other {{ uaas_pass {other}; }}"));
        await using Server web = await Server.StartAsync("a");
        using var master = new ScriptedMaster(bed.Folder, ScriptedMaster.Service(), ScriptedMaster.Service(other, queue: 2 * atOnce, deadline: deadline), ScriptedMaster.Instance("1", web.Port));
        await bed.StartAsync(master);
        master.IsDeaf = true;

        // Each question, and that it is taken back, is a line for the master: in the end neither the socket nor the worker has room for more.
        for (int asked = 0; !bed.Log.Contains("it does not read", StringComparison.Ordinal); asked += atOnce)
        {
            Assert.True(asked < most, $"it is not given up\n{await bed.GetAsync("/status")}");
            HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => bed.SendAsync("/other")));
            Assert.All(answers, static answer => Assert.True(answer.StatusCode is HttpStatusCode.GatewayTimeout or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode}"));
            Assert.Equal("a GET / 0", await bed.GetAsync());
        }
        master.IsDeaf = false;
        await ChangeTests.KnowsAsync(bed, "\"master\":\"up\"");
        Assert.Equal("a GET / 0", await bed.GetAsync());
    }

    /// <summary>Listens where the master does, with a queue that is full: who connects is told to try again, and would wait if it were willing to.</summary>
    private static Socket ListenWithoutRoom(string folder)
    {
        string path = Path.Combine(folder, "full.sock");
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(0);
        File.SetUnixFileMode(path, (UnixFileMode)0x1B6);
        Assert.Throws<SocketException>(() =>
        {
            // Connections that are closed stay in the queue until they are accepted.
            for (int i = 0; i < 10; i++)
            {
                using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
                client.Connect(new UnixDomainSocketEndPoint(path));
            }
        });
        File.Move(path, Path.Combine(folder, "front.sock"));
        return listener;
    }
}
