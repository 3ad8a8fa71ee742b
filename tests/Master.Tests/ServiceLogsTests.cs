// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Agent;
using Uaas.Instances;

namespace Uaas.Master.Tests;

/// <summary>What instances print, on disk.</summary>
public sealed class ServiceLogsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-logs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_full_disk_loses_lines_and_nothing_else()
    {
        var logs = new ServiceLogs(_folder);
        string path = ServiceLogs.PathOf(_folder, "site");
        File.CreateSymbolicLink(path, "/dev/full");
        for (int i = 0; i < 3; i++)
            logs.Write("site", "site-1", new ConsoleLine(DateTimeOffset.UnixEpoch, "lost"));
        File.Delete(path);
        logs.Write("site", "site-1", new ConsoleLine(DateTimeOffset.UnixEpoch, "kept"));
        Assert.Equal("1970-01-01T00:00:00.000Z site-1 kept\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_file_that_has_grown_is_put_aside()
    {
        var logs = new ServiceLogs(_folder, maxBytes: 100);
        for (int i = 0; i < 5; i++)
            logs.Write("a/site", "site-1", new ConsoleLine(DateTimeOffset.UnixEpoch, $"line {i}"));
        Assert.EndsWith("line 2\n", File.ReadAllText(ServiceLogs.FormerPathOf(_folder, "a/site")), StringComparison.Ordinal);
        Assert.EndsWith("line 4\n", File.ReadAllText(ServiceLogs.PathOf(_folder, "a/site")), StringComparison.Ordinal);
    }
}
