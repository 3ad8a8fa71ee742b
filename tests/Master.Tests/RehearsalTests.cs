// SPDX-License-Identifier: Apache-2.0

using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Agent;
using Uaas.Front;
using Uaas.Instances;
using Uaas.Master.Control;
using Uaas.Master.Storage;

namespace Uaas.Master.Tests;

/// <summary>What each process of a node plays once before it is needed goes the whole way that the real thing goes.</summary>
public sealed class RehearsalTests
{
    [Fact]
    public async Task Requests_are_answered_through_a_front_by_an_instance_that_a_master_gives() => Assert.True(await FrontRehearsal.RunAsync(CancellationToken.None));

    [Fact]
    public async Task A_front_that_is_told_to_stop_stops_rehearsing()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        Assert.False(await FrontRehearsal.RunAsync(stop.Token));
    }

    [Fact]
    public async Task Instances_are_started_from_zero_by_a_master_that_is_asked() => Assert.Equal(2, await MasterRehearsal.RunAsync());

    [Fact]
    public async Task A_rehearsal_leaves_no_file_where_the_daemon_was_started()
    {
        File.Delete(Store.InMemory);
        await MasterRehearsal.RunAsync();
        Assert.False(File.Exists(Store.InMemory));
    }

    [Fact]
    public async Task A_monitor_is_started_by_the_agent_on_what_it_cannot_run()
    {
        string? image = null;
        var driver = new MockDriver(instance =>
        {
            image = instance.Spec.Image;
            instance.End(new InstanceExit(ExitCause.Monitor, 125, "it is no image"));
        });
        InstanceExit? exit = await AgentRehearsal.RunAsync(driver, guard: null);
        Assert.Equal(("/dev/null", ExitCause.Monitor), (image, exit?.Cause));
    }
}
