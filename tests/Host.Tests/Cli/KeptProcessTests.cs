// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Threading.Tasks;
using Uaas.Cli.Serving;
using Xunit;

namespace Uaas.Host.Tests.Cli;

/// <summary>How the daemon keeps its processes alive.</summary>
public sealed class KeptProcessTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-kept-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task One_whose_program_is_gone_is_started_when_it_is_there_again()
    {
        string program = Path.Combine(_folder, "program");
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var kept = new KeptProcess("sleeper", program, static _ => ["60"], [], TimeSpan.Zero);
        kept.Started += _ => started.TrySetResult();
        kept.Start();

        // Longer than the first pauses: it has been tried, more than once.
        Assert.NotSame(kept.Ended, await Task.WhenAny(kept.Ended, Task.Delay(100)));
        Assert.False(started.Task.IsCompleted);
        File.CreateSymbolicLink(program, "/bin/sleep");
        await started.Task.WaitAsync(Deadline);
        kept.Stop();
        await kept.Ended.WaitAsync(Deadline);
        Assert.Null(kept.GaveUpWith);
    }

    [Fact]
    public async Task One_whose_program_stays_gone_ends_when_it_is_to()
    {
        var kept = new KeptProcess("nothing", Path.Combine(_folder, "nothing"), static _ => [], [], TimeSpan.Zero);
        kept.Start();
        kept.Stop();
        await kept.Ended.WaitAsync(Deadline);
    }
}
