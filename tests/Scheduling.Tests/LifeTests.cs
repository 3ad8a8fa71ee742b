// SPDX-License-Identifier: Apache-2.0

using Uaas.Configuration;

namespace Uaas.Scheduling.Tests;

public sealed class LifeTests
{
    [Fact]
    public void RunningAgainAsksForNothingMore()
    {
        World world = new();
        world.Cluster.SetService(World.Spec(min: 3), world.Now);
        Assert.NotEmpty(world.Run().Actions);
        world.Cluster.Touch();
        Assert.Empty(world.Run().Actions);
    }

    [Fact]
    public void EqualHistoriesGiveEqualActions()
    {
        static List<string> Play(ulong seed)
        {
            World world = new World(nodes: 100, seed).With(World.Spec(min: 20, max: 50));
            world.Cluster.Waiting(World.Web, 400, world.Now);
            return [.. world.Run().Actions.Select(static action => action.ToString())];
        }
        Assert.Equal(Play(7), Play(7));
        Assert.NotEqual(Play(7), Play(8));
    }

    [Fact]
    public void ADeadInstanceIsReplacedAtOnce()
    {
        World world = new World().With(World.Spec(min: 2));
        world.Fail(world.Ready()[0]);
        world.Run();
        Assert.Single(world.All<SchedulerAction.Start>());
        Assert.Single(world.All<SchedulerAction.Remove>());
        Assert.Single(world.All<SchedulerAction.SetRoutes>());
        Assert.Contains(world.All<SchedulerAction.Report>(), static report => report.Kind == EventKind.InstanceFailed);
    }

    [Fact]
    public void StartsThatFailWaitTwiceAsLongEachTime()
    {
        World world = new();
        world.Cluster.SetService(World.Spec(min: 1), world.Now);
        List<double> starts = [];
        TimeSpan begin = world.Now;
        while (starts.Count < 12)
        {
            if (world.Run().All<SchedulerAction.Start>().SingleOrDefault() is { } start)
            {
                starts.Add((world.Now - begin).TotalSeconds);
                world.Cluster.Ended(start.Instance, EndCause.StartFailed, world.Now);
            }
            else
            {
                world.Wait();
            }
        }
        Assert.Equal([0, 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 162.2], starts.Select(static time => Math.Round(time, 3)));
        Assert.True(world.Status.IsCrashLooping);
    }

    [Fact]
    public void OneThatLastsEndsTheRow()
    {
        World world = new World().With(World.Spec(min: 1));
        for (int i = 0; i < 3; i++)
        {
            world.Fail(world.Ready()[0]);
            world.Pass(2);
        }
        world.Pass(10.1);
        world.Fail(world.Ready()[0]);
        Assert.Single(world.Run().All<SchedulerAction.Start>());
    }

    [Fact]
    public void WhatIsDueIsNeverInThePast()
    {
        World world = new World().With(World.Spec(min: 2));
        world.After(20);
        world.Fail(world.Ready()[0]);
        world.Run();
        Assert.True(world.Due > world.Now, $"due at {world.Due}, and it is {world.Now}");
    }

    [Fact]
    public void ManyThatOneCauseKillsCountOnce()
    {
        World world = new World().With(World.Spec(min: 8));
        foreach (Instance instance in world.Ready())
            world.Fail(instance);
        Assert.Equal(8, world.Run().All<SchedulerAction.Start>().Count());
        Assert.False(world.Status.IsCrashLooping);
    }

    [Fact]
    public void OneAtATimeIsTriedWhileStartsFail()
    {
        World world = new World();
        world.Cluster.SetService(World.Spec(min: 5), world.Now);
        for (int round = 0; round < 3; round++)
        {
            foreach (SchedulerAction.Start start in world.Run().All<SchedulerAction.Start>().ToList())
                world.Cluster.Ended(start.Instance, EndCause.Crash, world.Now);
        }
        Assert.Single(world.After(60).All<SchedulerAction.Start>());
    }

    [Fact]
    public void ALostNodeIsNoFaultOfTheService()
    {
        World world = new World(nodes: 3).With(World.Spec(min: 6));
        for (int i = 0; i < 2; i++)
        {
            world.Cluster.RemoveNode(new NodeId(i), world.Now);
            world.Settle();
        }
        Assert.Equal(6, world.Ready().Count);
        Assert.All(world.Instances, static instance => Assert.Equal(2, instance.Node.Value));
        Assert.Null(world.Status.NextStart);
    }

    [Fact]
    public void OneThatIsNotReadyInTimeIsKilledAndReplaced()
    {
        World world = new World();
        world.Cluster.SetService(World.Spec(min: 1), world.Now);
        SchedulerAction.Start start = Assert.Single(world.Run().All<SchedulerAction.Start>());
        world.Cluster.Started(start.Instance, world.Now);
        Assert.Empty(world.After(19.9).Actions);
        world.After(0.1);
        Assert.True(Assert.Single(world.All<SchedulerAction.Stop>()).Force);
        Assert.Single(world.All<SchedulerAction.Start>());
        Assert.Contains(world.All<SchedulerAction.Report>(), static report => report.Kind == EventKind.ReadyDeadlinePassed);
    }

    [Fact]
    public void OneThatDoesNotEndWhenToldIsKilled()
    {
        World world = new World().With(World.Spec(min: 1));
        world.Cluster.Retire(world.Ready()[0].Id, world.Now);
        world.Run();
        world.Cluster.Withdrawn(world.All<SchedulerAction.Drain>().Single().Instance);
        Assert.False(Assert.Single(world.Run().All<SchedulerAction.Stop>()).Force);
        Assert.True(Assert.Single(world.After(5).All<SchedulerAction.Stop>()).Force);
        Assert.True(Assert.Single(world.After(5).All<SchedulerAction.Stop>()).Force);
    }

    [Fact]
    public void OneThatIsToGoFinishesWhatItAnswersWithinItsTime()
    {
        World world = new World().With(World.Spec(min: 1));
        world.Load(3);
        InstanceId old = world.Ready()[0].Id;
        world.Cluster.Retire(old, world.Now);
        world.Run();
        Assert.Equal(old, Assert.Single(world.All<SchedulerAction.Drain>()).Instance);
        Assert.Single(world.All<SchedulerAction.Start>());
        Assert.DoesNotContain(world.After(29.9).All<SchedulerAction.Stop>(), stop => stop.Instance == old);
        Assert.True(Assert.Single(world.After(0.1).All<SchedulerAction.Stop>(), stop => stop.Instance == old).Force);
    }

    [Fact]
    public void ARemovedServiceIsDrainedAndForgotten()
    {
        World world = new World().With(World.Spec(min: 2));
        world.Cluster.RemoveService(World.Web, world.Now);
        world.Settle();
        Assert.Empty(world.All<SchedulerAction.SetRoutes>().First().Instances);
        Assert.Equal(2, world.All<SchedulerAction.Remove>().Count());
        Assert.Null(world.Cluster.StatusOf(World.Web, world.Now));
        Assert.Equal(0, world.Cluster.InstanceCount);
    }

    [Fact]
    public void WhatArrivesLateIsIgnored()
    {
        World world = new World().With(World.Spec(min: 1));
        Instance instance = world.Ready()[0];
        world.Fail(instance);
        world.Cluster.Ready(instance.Id, world.Now);
        world.Cluster.Answering(instance.Id, 5, world.Now);
        world.Cluster.Ended(instance.Id, EndCause.Crash, world.Now);
        world.Settle();
        world.Cluster.Started(instance.Id, world.Now);
        world.Cluster.Withdrawn(instance.Id);
        Assert.False(world.Cluster.Retire(instance.Id, world.Now));
        Assert.Empty(world.Run().Actions);
    }

    [Fact]
    public void AnExclusiveServiceStartsTheNextWhenTheLastHasEnded()
    {
        ServiceSpec spec = World.Spec(min: 1, max: 1) with { IsExclusive = true, Rollout = new RolloutSettings { MaxSurge = 0, MaxUnavailable = 1 } };
        World world = new World().With(spec);
        world.Cluster.SetService(spec with { Revision = World.Revision(2) }, world.Now);
        world.Run();
        Instance old = Assert.Single(world.Instances);
        Assert.Equal(InstancePhase.Draining, old.Phase);
        world.Cluster.Withdrawn(old.Id);
        Assert.Empty(world.Run().All<SchedulerAction.Start>());
        world.Cluster.Ended(old.Id, EndCause.Exit, world.Now);
        Assert.Equal(2, Assert.Single(world.Run().All<SchedulerAction.Start>()).Revision);
    }
}
