// SPDX-License-Identifier: Apache-2.0

using Uaas.Configuration;

namespace Uaas.Scheduling.Tests;

public sealed class RolloutTests
{
    [Theory]
    [InlineData(1, 0, 5)]
    [InlineData(3, 0, 5)]
    [InlineData(0, 1, 5)]
    [InlineData(2, 2, 5)]
    [InlineData(1, 0, 1)]
    public void EnoughAreReadyAndNoMoreThanAllowedAtEveryStep(int surge, int unavailable, int target)
    {
        ServiceSpec spec = World.Spec(min: target) with { Rollout = new RolloutSettings { MaxSurge = surge, MaxUnavailable = unavailable } };
        World world = new World().With(spec);
        world.Cluster.SetService(spec with { Revision = World.Revision(2) }, world.Now);
        for (int step = 0; step < 100 && world.Instances.Any(static instance => instance.Revision.Number == 1); step++)
        {
            world.After(0.1);
            Assert.True(world.Ready().Count >= target - unavailable, $"{world.Ready().Count} ready in step {step}");
            Assert.True(world.Instances.Count(static instance => instance.IsServing) <= target + surge);
            foreach (Instance instance in world.Instances.ToList())
            {
                if (instance.Phase == InstancePhase.Pending)
                    world.Cluster.Ready(instance.Id, world.Now);
                else if (instance.Phase == InstancePhase.Draining)
                    world.Cluster.Withdrawn(instance.Id);
                else if (instance.Phase == InstancePhase.Stopping)
                    world.Cluster.Ended(instance.Id, EndCause.Exit, world.Now);
            }
        }
        world.Settle();
        Assert.Equal(target, world.Ready().Count(static instance => instance.Revision.Number == 2));
        Assert.Equal([RevisionOutcome.Complete, RevisionOutcome.Complete], world.Status.Revisions.Select(static revision => revision.Outcome));
    }

    [Fact]
    public void ARevisionThatCrashesIsUndone()
    {
        World world = new World().With(World.Spec(min: 2));
        world.Cluster.SetService(World.Spec(min: 2, revision: 2), world.Now);
        SchedulerAction.UndoRollout? undo = null;
        for (int step = 0; step < 100 && undo is null; step++)
        {
            foreach (SchedulerAction.Start start in world.After(1).All<SchedulerAction.Start>().ToList())
                world.Cluster.Ended(start.Instance, EndCause.Crash, world.Now);
            undo = world.All<SchedulerAction.UndoRollout>().SingleOrDefault();
            Assert.Equal(2, world.Ready().Count);
        }
        Assert.Equal((2, 1), (undo!.From, undo.To));
        Assert.Equal(1, world.Status.Revision);
        Assert.Equal([RevisionOutcome.Complete, RevisionOutcome.Failed], world.Status.Revisions.Select(static revision => revision.Outcome));
        Assert.Contains("in a row did not last", world.Status.Revisions[1].Reason, StringComparison.Ordinal);
        Assert.Empty(world.Pass(100).All<SchedulerAction.Start>());
    }

    [Fact]
    public void ARevisionThatNeverGetsReadyIsUndoneAtItsDeadline()
    {
        World world = new World().With(World.Spec(min: 2));
        world.Cluster.SetService(World.Spec(min: 2, revision: 2) with { ReadyWithin = TimeSpan.FromHours(1) }, world.Now);
        world.Run();
        Assert.Empty(world.After(59.9).All<SchedulerAction.UndoRollout>());
        Assert.Single(world.After(0.1).All<SchedulerAction.UndoRollout>());
        Assert.Equal(2, world.Ready().Count);
        Assert.All(world.Instances.Where(static instance => instance.IsServing), static instance => Assert.Equal(1, instance.Revision.Number));
    }

    [Fact]
    public void AnUndoneRevisionIsNotTriedAgainUntilAnotherIsWanted()
    {
        World world = new World().With(World.Spec(min: 1));
        ServiceSpec bad = World.Spec(min: 1, revision: 2) with { ReadyWithin = TimeSpan.FromHours(1) };
        world.Cluster.SetService(bad, world.Now);
        world.Run().After(60);
        world.Cluster.SetService(bad with { Scale = bad.Scale with { Max = 20 } }, world.Now);
        Assert.DoesNotContain(world.Settle().Instances, static instance => instance.IsServing && instance.Revision.Number == 2);
        world.With(World.Spec(min: 1, revision: 3));
        Assert.Equal(3, Assert.Single(world.Ready()).Revision.Number);
    }

    [Fact]
    public void WhatTheMasterMakesOfAnUndoChangesNothing()
    {
        World world = new World().With(World.Spec(min: 1));
        world.Cluster.SetService(World.Spec(min: 1, revision: 2) with { ReadyWithin = TimeSpan.FromHours(1) }, world.Now);
        world.Run().After(60);
        world.Settle();
        Assert.Empty(world.With(World.Spec(min: 1, revision: 1)).Actions);
    }

    [Fact]
    public void ABadRevisionOfAServiceAtZeroIsUndoneByTheFirstRequest()
    {
        World world = new World().With(World.Spec());
        world.Cluster.Waiting(World.Web, 1, world.Now);
        world.Settle().Cluster.Waiting(World.Web, 0, world.Now);
        Assert.Empty(world.Pass(100).Instances);
        world.Cluster.SetService(World.Spec(revision: 2), world.Now);
        Assert.Null(world.Pass(1000).Due);
        world.Cluster.Waiting(World.Web, 1, world.Now);
        bool isUndone = false;
        for (int step = 0; step < 20 && !isUndone; step++)
        {
            foreach (SchedulerAction.Start start in world.Run().All<SchedulerAction.Start>().Where(static start => start.Revision == 2).ToList())
                world.Cluster.Ended(start.Instance, EndCause.Crash, world.Now);
            world.After(1);
            foreach (SchedulerAction.Start start in world.All<SchedulerAction.Start>().Where(static start => start.Revision == 2).ToList())
                world.Cluster.Ended(start.Instance, EndCause.Crash, world.Now);
            isUndone = world.Status.Revision == 1;
        }
        Assert.Equal(1, Assert.Single(world.Settle().Boot().Settle().Ready()).Revision.Number);
    }

    [Fact]
    public void WithoutUndoTheFailureIsSaidOnceAndTheOldOnesServeOn()
    {
        ServiceSpec spec = World.Spec(min: 2) with { Rollout = new RolloutSettings { AutoUndo = false }, ReadyWithin = TimeSpan.FromHours(1) };
        World world = new World().With(spec);
        world.Cluster.SetService(spec with { Revision = World.Revision(2) }, world.Now);
        world.Run();
        Assert.Single(world.After(60).All<SchedulerAction.Report>(), static report => report.Kind == EventKind.RolloutFailed);
        Assert.Empty(world.After(60).Actions);
        Assert.Equal(2, world.Ready().Count);
    }

    [Fact]
    public void AFurtherRevisionTakesThePlaceOfOneThatIsUnderWay()
    {
        World world = new World().With(World.Spec(min: 3));
        world.Cluster.SetService(World.Spec(min: 3, revision: 2), world.Now);
        world.Run().Boot().Run();
        world.With(World.Spec(min: 3, revision: 3));
        world.Pass(60);
        Assert.All(world.Ready(), static instance => Assert.Equal(3, instance.Revision.Number));
        Assert.Equal([RevisionOutcome.Complete, RevisionOutcome.Superseded, RevisionOutcome.Complete], world.Status.Revisions.Select(static revision => revision.Outcome));
    }

    [Fact]
    public void WhereThereIsNoRoomForOneMoreOneGoesFirst()
    {
        World world = new World();
        world.Cluster.SetQuota(default, new NamespaceLimits { Instances = 3 });
        world.With(World.Spec(min: 5));
        Assert.Equal(3, world.Ready().Count);
        world.With(World.Spec(min: 5, revision: 2)).Pass(59);
        Assert.Equal([2, 2, 2], world.Ready().Select(static instance => instance.Revision.Number));
    }

    [Fact]
    public void TheLastInstanceIsNotGivenUpForARevisionThatHasNoRoom()
    {
        World world = new World();
        world.Cluster.SetQuota(default, new NamespaceLimits { Instances = 1 });
        world.With(World.Spec(min: 1));
        world.With(World.Spec(min: 1, revision: 2)).Pass(61);
        Assert.Equal(1, Assert.Single(world.Ready()).Revision.Number);
        Assert.Contains("QuotaReached", world.Status.Revisions[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TheHistoryIsBounded()
    {
        ServiceSpec spec = World.Spec(min: 1) with { Rollout = new RolloutSettings { History = 3 } };
        World world = new World().With(spec);
        for (int revision = 2; revision < 20; revision++)
            world.With(spec with { Revision = World.Revision(revision) });
        Assert.Equal([16, 17, 18, 19], world.Status.Revisions.Select(static revision => revision.Number));
    }

    [Fact]
    public void StreamsOfTheOldRevisionEndAtTheDrainDeadline()
    {
        World world = new World().With(World.Spec(min: 1));
        world.Load(1);
        InstanceId old = world.Ready()[0].Id;
        world.With(World.Spec(min: 1, revision: 2));
        Assert.Equal(InstancePhase.Draining, world.Cluster.Find(old)!.Phase);
        world.Pass(29);
        Assert.NotNull(world.Cluster.Find(old));
        world.Pass(1.1);
        Assert.Null(world.Cluster.Find(old));
    }
}
