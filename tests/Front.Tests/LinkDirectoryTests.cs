// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Front.Links;
using Uaas.Networking;
using Uaas.Nginx.Tests;
using Xunit;

namespace Uaas.Front.Tests;

/// <summary>Names, for instances that ask.</summary>
public sealed class LinkDirectoryTests : IDisposable
{
    private const string Asker = "ASKER id=app-1 service=app address=127.0.0.2:0";

    private static readonly IPAddress s_asker = IPAddress.Parse("127.0.0.2");

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-names-").FullName;
    private readonly ScriptedMaster _master;
    private readonly MasterLink _link;
    private readonly LinkLeases _leases = new(static () => new Dictionary<uint, long>(), TimeProvider.System);
    private readonly LinkDirectory _directory;

    public LinkDirectoryTests()
    {
        _master = new ScriptedMaster(_folder, ScriptedMaster.Service("app"), "LINK service=app to=web", ScriptedMaster.Service(), ScriptedMaster.Instance("web-1", 80));
        _link = new MasterLink(new FrontOptions { Listener = -1, MasterSocket = Path.Combine(_folder, "front.sock") });
        _directory = new LinkDirectory(_link, _leases);
    }

    public void Dispose()
    {
        _link.Dispose();
        _master.Dispose();
        _leases.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_instance_that_is_just_being_started_is_answered_and_gets_no_request()
    {
        _master.Knows.Add(Asker);
        _link.Start();
        await _link.Synced;
        Assert.Equal(new NameAnswer(NameCode.Ok, IPAddress.Loopback), await _directory.FindAsync(s_asker, "web", CancellationToken.None));
        Assert.Empty(_link.Table.Find("app")!.Instances);
    }

    [Fact]
    public async Task One_that_asks_before_the_master_has_told_of_it_is_answered_then()
    {
        _link.Start();
        await _link.Synced;
        Task<NameAnswer> answer = _directory.FindAsync(s_asker, "web", CancellationToken.None).AsTask();
        Assert.False(answer.IsCompleted);
        _master.Tell(Asker);
        Assert.Equal(NameCode.Ok, (await answer).Code);
    }

    [Fact]
    public async Task Nobody_else_is_answered()
    {
        _master.Knows.Add(Asker);
        _link.Start();
        await _link.Synced;
        Assert.Equal(NameCode.Refused, (await _directory.FindAsync(IPAddress.Parse("127.0.0.3"), "web", CancellationToken.None)).Code);
        _master.Tell("GONE instance=app-1");
        await FrontBed.UntilAsync(async () => (await _directory.FindAsync(s_asker, "web", CancellationToken.None)).Code == NameCode.Refused, "one that is gone is answered");
    }
}
