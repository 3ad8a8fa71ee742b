// SPDX-License-Identifier: Apache-2.0

using Uaas.Configuration;
using Uaas.Master.Control;
using Uaas.Master.Storage;
using Uaas.Protocol.Agent;

namespace Uaas.Control.Tests;

public sealed class ControlLoopTests
{
    [Fact]
    public async Task ARequestForAServiceAtZeroIsGivenAnInstanceInTheSameCall()
    {
        await using ControlledNode node = new ControlledNode().Connect();
        node.Want("web");
        ScriptedFront front = node.Front();
        front.Say("WANT seq=7 service=web");
        AgentCommand.Start start = Assert.Single(node.Sent<AgentCommand.Start>());
        string give = Assert.Single(front.Told, static line => line.StartsWith("GIVE ", StringComparison.Ordinal));
        Assert.Contains($"seq=7 instance={start.Instance}", give, StringComparison.Ordinal);
        Assert.Contains("cold=1", give, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATimeOfYearsIsWaitedForInDays()
    {
        await using ControlledNode node = new ControlledNode().Connect();
        node.Want("web", new ScaleSettings { Idle = TimeSpan.FromDays(3000) });
        ScriptedFront front = node.Front();
        front.Say("WANT seq=1 service=web");
        front.Say($"UP instance={node.Sent<AgentCommand.Start>().Single().Instance} wait_us=900");
        node.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.InRange(node.Clock.Wait, TimeSpan.FromHours(1), TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task AServiceWithoutInstancesIsForgottenWhenItIsRemoved()
    {
        await using ControlledNode node = new ControlledNode().Connect();
        StoredService stored = node.Want("web");
        ScriptedFront front = node.Front();
        node.Control.Remove(stored.Id);
        Assert.Contains("GONE service=web", front.Told);
        Assert.Empty(node.Control.Services());
    }

    [Fact]
    public async Task AServiceWithInstancesIsForgottenWithTheLast()
    {
        await using ControlledNode node = new ControlledNode().Connect();
        StoredService stored = node.Want("web", new ScaleSettings { Min = 1 });
        string instance = node.Sent<AgentCommand.Start>().Single().Instance;
        node.Control.OnAgent(new AgentEvent.Ready(instance, 1000));
        node.Control.Remove(stored.Id);
        Assert.Equal(instance, Assert.Single(node.Sent<AgentCommand.Stop>()).Instance);
        ScriptedFront front = node.Front();
        node.Control.OnAgent(new AgentEvent.Ended(instance, true, "told to", []));
        Assert.Contains("GONE service=web", front.Told);
        Assert.Empty(node.Control.Instances());
    }

    [Fact]
    public async Task AnotherAgentStartsAllAnewAndRefusesNobody()
    {
        await using ControlledNode node = new ControlledNode().Connect();
        node.Want("web", new ScaleSettings { Min = 1 });
        node.Control.OnAgent(new AgentEvent.Ready(node.Sent<AgentCommand.Start>().Single().Instance, 1000));
        node.Want("slow");
        ScriptedFront front = node.Front();
        node.Commands.Clear();

        // No link is there for what is asked for now.
        node.Connect(run: "2", links: 0);
        front.Say("WANT seq=1 service=slow");
        Assert.DoesNotContain(front.Told, static line => line.StartsWith("REFUSE", StringComparison.Ordinal));
        Assert.Empty(node.Sent<AgentCommand.Start>());
        node.Control.OnAgent(new AgentEvent.LinkReady(90, "10.0.1.90"));
        node.Control.OnAgent(new AgentEvent.LinkReady(91, "10.0.1.91"));
        Assert.Equal(2, node.Sent<AgentCommand.Start>().Count());
        Assert.Single(front.Told, static line => line.StartsWith("GIVE seq=1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatIsBegunWhileAnAgentTellsWhatItHasIsNotTakenForLost()
    {
        await using ControlledNode node = new ControlledNode().Connect();
        node.Want("web", new ScaleSettings { Min = 1 });
        node.Control.OnAgent(new AgentEvent.Ready(node.Sent<AgentCommand.Start>().Single().Instance, 1000));
        node.Commands.Clear();
        node.Connect(run: "2", links: 2);
        AgentCommand.Start start = Assert.Single(node.Sent<AgentCommand.Start>());
        Assert.Equal(start.Instance, Assert.Single(node.Control.Instances()).Name);
    }

    [Fact]
    public async Task WithoutRoomEveryRequestIsRefusedAtOnceNotOnlyTheFirst()
    {
        await using ControlledNode node = new ControlledNode().Connect();
        node.Want("big", new ScaleSettings { Min = 1 }, new NamespaceLimits { Instances = 1 });
        node.Want("web", limits: new NamespaceLimits { Instances = 1 });
        ScriptedFront front = node.Front();
        front.Say("WANT seq=1 service=web");
        node.Clock.Advance(TimeSpan.FromSeconds(1));
        front.Say("WANT seq=2 service=web");
        Assert.Equal(["full", "full"], front.Told.Where(static line => line.StartsWith("REFUSE", StringComparison.Ordinal)).Select(static line => line.Split("reason=")[1]));
    }

    [Fact]
    public async Task AnInstanceDrainsUntilEveryFrontHasLetGo()
    {
        await using ControlledNode node = new ControlledNode().Connect();
        node.Want("web", new ScaleSettings { Min = 1 });
        string instance = node.Sent<AgentCommand.Start>().Single().Instance;
        ScriptedFront first = node.Front();
        ScriptedFront second = node.Front();
        node.Control.OnAgent(new AgentEvent.Ready(instance, 1000));
        first.Say($"USE instance={instance} active=1");
        Assert.True(node.Control.Retire(instance));
        second.Say($"DRAINED instance={instance}");
        node.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(node.Sent<AgentCommand.Stop>());
        first.Say($"DRAINED instance={instance}");
        Assert.Equal(instance, Assert.Single(node.Sent<AgentCommand.Stop>()).Instance);
    }
}
