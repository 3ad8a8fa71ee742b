// SPDX-License-Identifier: Apache-2.0

using Uaas.Configuration;

namespace Uaas.Scheduling.Tests;

public sealed class ScalingTests
{
    [Fact]
    public void ANewServiceWithoutMinimumStartsNothing()
    {
        World world = new World().With(World.Spec());
        Assert.Empty(world.Instances);
        Assert.Null(world.Due);
    }

    [Fact]
    public void TheMinimumIsStartedAndRouted()
    {
        World world = new World().With(World.Spec(min: 2));
        Assert.Equal(2, world.Ready().Count);
        Assert.Equal(world.Ready().Select(static instance => instance.Id), world.All<SchedulerAction.SetRoutes>().Last().Instances);
    }

    [Fact]
    public void TheFirstWaitingRequestStartsOneInstance()
    {
        World world = new World().With(World.Spec());
        world.Cluster.Waiting(World.Web, 1, world.Now);
        Assert.Single(world.Run().All<SchedulerAction.Start>());
        Assert.Empty(world.After(0.001).All<SchedulerAction.Start>());
    }

    [Fact]
    public void ASuddenCrowdStartsAllItNeedsAtOnce()
    {
        World world = new World().With(World.Spec());
        world.Cluster.Waiting(World.Web, 95, world.Now);
        Assert.Equal(10, world.Run().All<SchedulerAction.Start>().Count());
    }

    [Fact]
    public void TheMaximumHolds()
    {
        World world = new World().With(World.Spec(max: 3));
        world.Cluster.Waiting(World.Web, 10_000, world.Now);
        Assert.Equal(3, world.Settle().Ready().Count);
    }

    [Fact]
    public void AnIdleServiceGoesToZeroAfterItsTimeAndNotBefore()
    {
        World world = new World().With(World.Spec());
        world.Cluster.Waiting(World.Web, 1, world.Now);
        world.Settle().Cluster.Waiting(World.Web, 0, world.Now);
        Assert.Single(world.Pass(59.9).Ready());
        Assert.Empty(world.Pass(0.2).Instances);
        Assert.Null(world.Due);
    }

    [Fact]
    public void AnInstanceThatAnswersOneLongStreamIsNeverStopped()
    {
        World world = new World().With(World.Spec());
        world.Cluster.Waiting(World.Web, 1, world.Now);
        world.Settle().Load(1).Cluster.Waiting(World.Web, 0, world.Now);
        Assert.Single(world.Pass(100_000).Ready());
        Assert.Empty(world.Load(0).Pass(61).Instances);
    }

    [Fact]
    public void StreamsOnSomeDoNotKeepTheOthers()
    {
        World world = new World().With(World.Spec());
        world.Cluster.Waiting(World.Web, 50, world.Now);
        world.Settle().Cluster.Waiting(World.Web, 0, world.Now);
        Assert.Equal(5, world.Ready().Count);
        world.Load(1, 0, 1, 0, 0).Pass(200);
        Assert.Equal(2, world.Instances.Count());
        Assert.All(world.Instances, static instance => Assert.Equal(1, instance.Answering));
        Assert.Single(world.Ready());
    }

    [Fact]
    public void ADrainingInstanceIsCalledBackBeforeANewOneIsStarted()
    {
        World world = new World().With(World.Spec());
        world.Cluster.Waiting(World.Web, 50, world.Now);
        world.Settle().Cluster.Waiting(World.Web, 0, world.Now);
        world.Load(1, 1, 1, 1, 1).Pass(200);
        Assert.Single(world.Ready());
        Assert.Equal(5, world.Instances.Count());
        world.Cluster.Waiting(World.Web, 29, world.Now);
        world.Settle();
        Assert.Equal(2, world.All<SchedulerAction.Resume>().Count());
        Assert.Empty(world.All<SchedulerAction.Start>());
    }

    [Fact]
    public void RequestsThatWaitForAnInstanceThatComesUpAreLoad()
    {
        World world = new World().With(World.Spec());
        world.Cluster.Waiting(World.Web, 1, world.Now);
        world.Run().Cluster.Waiting(World.Web, 0, world.Now);
        world.Cluster.Answering(world.Instances.Single().Id, 60, world.Now);
        Assert.Equal(5, world.Run().All<SchedulerAction.Start>().Count());
    }

    [Fact]
    public void AnInstanceThatRequestsWaitForIsNotStoppedWhileItComesUp()
    {
        World world = new World().With(World.Spec(min: 1));
        world.Cluster.SetService(World.Spec(min: 2), world.Now);
        world.Run();
        Instance second = world.Instances.Single(static instance => instance.Phase == InstancePhase.Pending);
        world.Cluster.Answering(second.Id, 1, world.Now);
        world.Cluster.SetService(World.Spec(min: 1), world.Now);
        Assert.Empty(world.Run().All<SchedulerAction.Stop>());
        world.Cluster.Ready(second.Id, world.Now);
        Assert.Single(world.Run().All<SchedulerAction.Drain>());
    }

    [Fact]
    public void SparesAreKeptBeyondNeedAndAtZero()
    {
        ServiceSpec spec = World.Spec(max: 4) with { Scale = new ScaleSettings { Max = 4, Concurrency = 10, Spares = 2 } };
        World world = new World().With(spec);
        Assert.Equal(2, world.Ready().Count);
        world.Cluster.Waiting(World.Web, 5, world.Now);
        Assert.Equal(3, world.Settle().Ready().Count);
        world.Cluster.Waiting(World.Web, 35, world.Now);
        Assert.Equal(4, world.Settle().Ready().Count);
    }

    [Fact]
    public void ALoadThatStaysTheSameNeedsNoTimer()
    {
        World world = new World().With(World.Spec(min: 1));
        world.Load(5).Pass(100);
        Assert.Null(world.Due);
    }

    [Fact]
    public void LoadThatGrowsSlowlyIsFollowedWithoutPanic()
    {
        World world = new World().With(World.Spec(min: 4));
        world.Load(15, 15, 15, 15).Pass(30);
        Assert.Equal(6, world.Ready().Count);
        Assert.False(world.Status.IsPanicking);
    }

    [Fact]
    public void APeakIsHeldForAWindowAndThenGivenBack()
    {
        World world = new World().With(World.Spec(min: 1));
        world.Load(80).Settle();
        Assert.Equal(8, world.Ready().Count);
        world.Load(0);
        Assert.Equal(8, world.Pass(30).Ready().Count);
        Assert.Single(world.Pass(40).Ready());
    }

    [Fact]
    public void ChangedLimitsAreMadeSo()
    {
        World world = new World().With(World.Spec(min: 1));
        Assert.Equal(4, world.With(World.Spec(min: 4)).Ready().Count);
        Assert.Single(world.With(World.Spec(min: 1)).Ready());
    }

    [Fact]
    public void WhatWasFoundAfterARestartIsKeptForAWindow()
    {
        World world = new();
        world.Cluster.SetService(World.Spec(), world.Now);
        for (int i = 0; i < 3; i++)
            Assert.True(world.Cluster.Adopt(new InstanceId(100 + i), World.Web, World.Revision(), new NodeId(i), InstancePhase.Ready, world.Now));
        Assert.Equal(3, world.Pass(59).Ready().Count);
        Assert.Empty(world.Pass(2).Instances);
        world.Cluster.Waiting(World.Web, 1, world.Now);
        Assert.Equal(103, Assert.Single(world.Run().All<SchedulerAction.Start>()).Instance.Value);
    }

    [Fact]
    public void WhatCannotBeAdoptedIsSaid()
    {
        World world = new();
        Assert.False(world.Cluster.Adopt(new InstanceId(1), World.Web, World.Revision(), new NodeId(0), InstancePhase.Ready, world.Now));
        world.Cluster.SetService(World.Spec(), world.Now);
        Assert.False(world.Cluster.Adopt(new InstanceId(1), World.Web, World.Revision(), new NodeId(9), InstancePhase.Ready, world.Now));
        Assert.True(world.Cluster.Adopt(new InstanceId(1), World.Web, World.Revision(), new NodeId(0), InstancePhase.Starting, world.Now));
        Assert.False(world.Cluster.Adopt(new InstanceId(1), World.Web, World.Revision(), new NodeId(0), InstancePhase.Starting, world.Now));
    }
}
