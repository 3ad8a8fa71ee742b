// SPDX-License-Identifier: Apache-2.0

using Uaas.Configuration;

namespace Uaas.Scheduling.Tests;

public sealed class PlacementTests
{
    [Fact]
    public void SpreadPutsInstancesOfAServiceOnDifferentNodes()
    {
        World world = new World(nodes: 5).With(World.Spec(min: 10));
        Assert.Equal([2, 2, 2, 2, 2], world.Instances.GroupBy(static instance => instance.Node.Value).Select(static group => group.Count()));
    }

    [Fact]
    public void PackFillsOneNodeBeforeTheNext()
    {
        World world = new World(nodes: 5).With(World.Spec(min: 40, max: 40) with { Placement = PlacementPolicy.Pack });
        Assert.Equal([(0, 32), (1, 8)], world.Instances.GroupBy(static instance => instance.Node.Value).Select(static group => (group.Key, group.Count())).Order());
    }

    [Fact]
    public void NoNodeIsGivenMoreThanItHas()
    {
        World world = new World(nodes: 100).With(World.Spec(min: 5000, max: 5000));
        Assert.Equal(3200, world.Instances.Count());
        Assert.All(world.Instances.GroupBy(static instance => instance.Node.Value), static node => Assert.Equal(32, node.Count()));
        Assert.Contains(world.All<SchedulerAction.Report>(), static report => report.Kind == EventKind.Unplaceable);
    }

    [Fact]
    public void ProcessorTimeIsALimitToo()
    {
        World world = new World(nodes: 0);
        world.Cluster.SetNode(World.Node(0, millicores: 25));
        Assert.Equal(2, world.With(World.Spec(min: 3)).Ready().Count);
    }

    [Fact]
    public void OnlyNodesWithTheMonitorAndTheImageAreTaken()
    {
        World world = new World(nodes: 0);
        world.Cluster.SetNode(World.Node(0, monitors: MonitorSet.QemuTcg));
        world.Cluster.SetNode(World.Node(1, images: new HashSet<ImageId> { new(2) }));
        world.Cluster.SetNode(World.Node(2, images: new HashSet<ImageId> { new(1) }));
        world.Cluster.SetNode(World.Node(3) with { Schedulable = false });
        world.With(World.Spec(min: 3) with { Revision = World.Revision() with { Monitors = MonitorSet.Spt } });
        Assert.Equal([2, 2, 2], world.Ready().Select(static instance => instance.Node.Value));
    }

    [Fact]
    public void TheOneNodeThatFitsAmongThousandsIsFound()
    {
        World world = new World(nodes: 0);
        for (int i = 0; i < 3000; i++)
            world.Cluster.SetNode(World.Node(i, mebibytes: i == 1234 ? 64 : 8));
        Assert.Equal(1234, Assert.Single(world.With(World.Spec(min: 1)).Ready()).Node.Value);
    }

    [Fact]
    public void RoomThatAppearsIsUsedWithoutWaiting()
    {
        World world = new World(nodes: 0).With(World.Spec(min: 2));
        Assert.Empty(world.Instances);
        world.Cluster.SetNode(World.Node(0));
        Assert.Equal(2, world.Settle().Ready().Count);
    }

    [Fact]
    public void AnObstacleIsSaidOnce()
    {
        World world = new World(nodes: 0).With(World.Spec(min: 2));
        Assert.Single(world.All<SchedulerAction.Report>(), static report => report.Kind == EventKind.Unplaceable);
        Assert.Empty(world.Pass(100).All<SchedulerAction.Report>());
    }

    [Fact]
    public void ANamespaceKeepsToItsQuota()
    {
        World world = new World();
        world.Cluster.SetQuota(default, new NamespaceLimits { MemoryBytes = 100 << 20 });
        Assert.Equal(3, world.With(World.Spec(min: 5)).Ready().Count);
        Assert.Contains(world.All<SchedulerAction.Report>(), static report => report.Kind == EventKind.QuotaReached);
        world.Cluster.SetQuota(default, new NamespaceLimits { Instances = 4 });
        Assert.Equal(4, world.Settle().Ready().Count);
    }

    [Fact]
    public void QuotaThatAnotherServiceGivesBackIsUsed()
    {
        World world = new World();
        world.Cluster.SetQuota(default, new NamespaceLimits { Instances = 2 });
        ServiceSpec other = World.Spec(min: 2) with { Id = new ServiceId(2) };
        world.With(other);
        Assert.Empty(world.With(World.Spec(min: 1)).Instances);
        world.Cluster.SetService(other with { Scale = new ScaleSettings { Min = 1, Max = 1 } }, world.Now);
        Assert.Single(world.Settle().Ready());
    }
}
