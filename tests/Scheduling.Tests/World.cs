// SPDX-License-Identifier: Apache-2.0

using Uaas.Configuration;

namespace Uaas.Scheduling.Tests;

/// <summary>A cluster whose instances do what a test says, in a time that a test moves.</summary>
internal sealed class World
{
    internal static readonly ServiceId Web = new(1);

    private static readonly ResourceDemand s_demand = new(32 << 20, 10);

    internal World(int nodes = 3, ulong seed = 1)
    {
        Cluster = new ClusterState(seed);
        for (int i = 0; i < nodes; i++)
            Cluster.SetNode(Node(i));
    }

    internal ClusterState Cluster { get; }

    internal TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(1000);

    internal TimeSpan? Due { get; private set; }

    /// <summary>All actions since the last <see cref="Run"/> began.</summary>
    internal List<SchedulerAction> Actions { get; } = [];

    internal IEnumerable<Instance> Instances => Cluster.InstancesOf(Web);

    internal ServiceStatus Status => Cluster.StatusOf(Web, Now)!;

    internal static NodeSpec Node(int number, long mebibytes = 1024, int millicores = 4000, MonitorSet monitors = MonitorSet.Spt, IReadOnlySet<ImageId>? images = null) =>
        new() { Id = new NodeId(number), Capacity = new ResourceDemand(mebibytes << 20, millicores), Monitors = monitors, Images = images };

    internal static RevisionSpec Revision(int number = 1) => new(number, s_demand, MonitorSet.All, new ImageId(1));

    internal static ServiceSpec Spec(int min = 0, int max = 10, int revision = 1) => new()
    {
        Id = Web,
        Revision = Revision(revision),
        Scale = new ScaleSettings { Min = min, Max = max, Concurrency = 10 },
    };

    /// <summary>Wants the service, and brings up what it needs.</summary>
    internal World With(ServiceSpec spec)
    {
        Cluster.SetService(spec, Now);
        return Settle();
    }

    internal World Run()
    {
        Actions.Clear();
        return RunOn();
    }

    internal World After(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        return Run();
    }

    /// <summary>Passes time until something is due.</summary>
    internal void Wait() => Now = Due ?? throw new InvalidOperationException("nothing is due");

    /// <summary>Passes time, running when it is asked to, and answering every start and stop at once.</summary>
    internal World Pass(double seconds)
    {
        Actions.Clear();
        TimeSpan end = Now + TimeSpan.FromSeconds(seconds);
        Obey();
        while (Due is { } due && due <= end)
        {
            Assert.True(due > Now || Actions.Count < 100_000, "the reconciler asks to be run again and again at the same time");
            Now = due > Now ? due : Now;
            Obey();
        }
        Now = end;
        Obey();
        return this;
    }

    /// <summary>Runs and answers every start with ready and every stop with ended, until there is nothing to do.</summary>
    internal World Settle()
    {
        Actions.Clear();
        Obey();
        return this;
    }

    internal World Load(params int[] answering)
    {
        foreach ((Instance instance, int count) in Ready().Zip(answering))
            Cluster.Answering(instance.Id, count, Now);
        return this;
    }

    internal List<Instance> Ready() => [.. Instances.Where(static instance => instance.Phase == InstancePhase.Ready).OrderBy(static instance => instance.Id.Value)];

    internal IEnumerable<T> All<T>() where T : SchedulerAction => Actions.OfType<T>();

    internal void Fail(Instance instance, EndCause cause = EndCause.Crash) => Cluster.Ended(instance.Id, cause, Now);

    /// <summary>Brings all that is starting to ready.</summary>
    internal World Boot()
    {
        foreach (Instance instance in Instances.Where(static instance => instance.Phase <= InstancePhase.Starting).ToList())
            Cluster.Ready(instance.Id, Now);
        return this;
    }

    private World RunOn()
    {
        Due = Reconciler.Run(Cluster, Now, Actions);
        return this;
    }

    private void Obey()
    {
        int done = 0;
        while (true)
        {
            RunOn();
            if (done == Actions.Count)
                return;
            for (; done < Actions.Count; done++)
            {
                if (Actions[done] is SchedulerAction.Start start)
                    Cluster.Ready(start.Instance, Now);
                else if (Actions[done] is SchedulerAction.Stop stop)
                    Cluster.Ended(stop.Instance, EndCause.Exit, Now);
                else if (Actions[done] is SchedulerAction.Drain drain)
                    Cluster.Withdrawn(drain.Instance);
            }
        }
    }
}
