// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Uaas.Configuration;
using Uaas.Scheduling;

namespace Uaas.Simulator;

/// <summary>
/// A cluster in time of its own: nodes, instances and clients are simulated event by event, the scheduler is the real one. Everything follows from the seed.
/// </summary>
public sealed partial class Simulation
{
    private const int Concurrency = 10;
    private const int NamespaceCount = 100;
    private const long Mebibyte = 1 << 20;

    /// <summary>After the disturbances: longer than every window, deadline and stream.</summary>
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(600);

    private readonly SimulationOptions _options;
    private readonly Randomness _random;
    private readonly ClusterState _cluster;
    private readonly Promises _promises = new();
    private readonly PriorityQueue<Action, TimeSpan> _events = new();
    private readonly SimulatedNode[] _nodes;
    private readonly Dictionary<ServiceId, SimulatedService> _services = [];
    private readonly List<SimulatedService> _wanted = [];
    private readonly Dictionary<NamespaceId, SimulatedNamespace> _namespaces = [];
    private readonly Dictionary<InstanceId, SimulatedInstance> _instances = [];
    private readonly List<SchedulerAction> _actions = [];
    private InstanceId _newestBefore;
    private TimeSpan _now;
    private TimeSpan? _due;
    private long _ticks;
    private long _longest;
    private long _observations;
    private long _actionCount;
    private int _placements;
    private int _undone;
    private int _nextService;

    /// <summary>A world that has not begun.</summary>
    public Simulation(SimulationOptions options)
    {
        _options = options;
        _random = new Randomness(options.Seed);
        _cluster = new ClusterState(options.Seed);
        _nodes = [.. Enumerable.Range(0, options.Nodes).Select(CreateNode)];
    }

    /// <summary>Fills the cluster, disturbs it, lets it come to rest, and says what was found.</summary>
    public SimulationReport Run()
    {
        Fill();
        (int fillPlacements, long fillTicks) = (_placements, _ticks);
        (double mean, double most, double deviation) = Use();
        int instances = _instances.Count;
        (_placements, _ticks, _longest, _observations) = (0, 0, 0, 0);
        Disturb();
        (int churnPlacements, long churnTicks, long longest, long observations) = (_placements, _ticks, _longest, _observations);
        Rest();
        return new SimulationReport(fillPlacements, Seconds(fillTicks), churnPlacements, Seconds(churnTicks), observations, _actionCount, instances, mean, most, deviation,
            Seconds(longest) * 1000, _undone, _promises.Violations);
    }

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;

    private void Fill()
    {
        foreach (SimulatedNode node in _nodes)
            _cluster.SetNode(node.Spec);
        for (int i = 0; i < NamespaceCount; i++)
        {
            // One in ten has a quota that it will feel.
            SimulatedNamespace owner = new() { MaxInstances = i % 10 == 9 ? Math.Max(1, _options.Instances / NamespaceCount) : null };
            _namespaces[new NamespaceId(i)] = owner;
            _cluster.SetQuota(new NamespaceId(i), new NamespaceLimits { Instances = owner.MaxInstances });
        }
        foreach (int size in Sizes())
            AddService(size);
        Reconcile();
        RunUntil(TimeSpan.FromSeconds(1));
    }

    /// <summary>Few services are large and many are small: the n-th largest has a share as 1/(n+10).</summary>
    private IEnumerable<int> Sizes()
    {
        double[] weights = [.. Enumerable.Range(0, _options.Services).Select(static i => 1.0 / (i + 10))];
        double sum = weights.Sum();
        double largest = Math.Max(1, _options.Instances / 100.0);
        return weights.Select(weight => (int)Math.Clamp(Math.Round(weight / sum * _options.Instances), 1, largest));
    }

    private SimulatedNode CreateNode(int number)
    {
        // On average a third more than all instances take, in machines of three sizes; one in twenty has only an emulator.
        double mean = (double)_options.Instances / _options.Nodes * 32 * 1.35;
        long mebibytes = (long)(mean * (0.5 + (0.5 * (number % 3))));
        return new SimulatedNode(new NodeSpec
        {
            Id = new NodeId(number),
            Capacity = new ResourceDemand(Math.Max(256, mebibytes) * Mebibyte, Math.Max(1000, (int)(mebibytes / 4))),
            Monitors = number % 20 == 19 ? MonitorSet.QemuTcg : MonitorSet.Spt | MonitorSet.QemuTcg,
        });
    }

    private void AddService(int size)
    {
        int number = _nextService++;
        ResourceDemand demand = new((8 << _random.Below(3)) * 2 * Mebibyte, 1 + _random.Below(8));
        SimulatedService service = new(new ServiceSpec
        {
            Id = new ServiceId(number),
            Namespace = new NamespaceId(number % NamespaceCount),
            Revision = new RevisionSpec(1, demand, number % 50 == 0 ? MonitorSet.QemuTcg : MonitorSet.Spt, new ImageId(number)),
            Scale = new ScaleSettings { Min = _random.Below(3) == 0 ? 1 : 0, Max = (size * 2) + 2, Concurrency = Concurrency },
            Rollout = new RolloutSettings { MaxSurge = 1 + (size / 10) },
        })
        {
            Load = size * Concurrency,
        };
        _services[service.Spec.Id] = service;
        _wanted.Add(service);
        Tell(() => _cluster.SetService(service.Spec, _now));
        Distribute(service);
    }

    private void RunUntil(TimeSpan end)
    {
        while (true)
        {
            TimeSpan next = _events.TryPeek(out _, out TimeSpan time) ? time : TimeSpan.MaxValue;
            if (_due < next)
                next = _due.Value;
            if (next > end)
                break;
            _now = next > _now ? next : _now;
            while (_events.TryPeek(out _, out time) && time <= _now)
                _events.Dequeue()();
            Reconcile();
        }
        _now = end;
    }

    private void Rest()
    {
        RunUntil(_now + s_calm);
        foreach (SimulatedService service in _services.Values)
        {
            SimulatedNamespace owner = _namespaces[service.Spec.Namespace];
            _promises.CheckCalm(service, hasRoom: !(owner.Instances + 10 > owner.MaxInstances), _now);
        }
        if (_instances.Count != _cluster.InstanceCount)
            _promises.Add($"there are {_instances.Count} instances, and the scheduler knows {_cluster.InstanceCount}");
        _cluster.Touch();
        int before = _actions.Count;
        Reconciler.Run(_cluster, _now, _actions);
        if (_actions.Count != before)
            _promises.Add($"at rest, {_actions.Count - before} more actions were asked for, such as {_actions[^1]}");
    }

    /// <summary>Mean, greatest and standard deviation of the share of its memory that each node has set aside.</summary>
    private (double Mean, double Most, double Deviation) Use()
    {
        // Nodes with an emulator alone are left out: few services may be placed there.
        double[] shares = [.. _nodes.Where(static node => node.IsAlive && node.Spec.Monitors.HasFlag(MonitorSet.Spt)).Select(static node => (double)node.UsedMemory / node.Spec.Capacity.MemoryBytes)];
        double mean = shares.Average();
        return (mean, shares.Max(), Math.Sqrt(shares.Average(share => (share - mean) * (share - mean))));
    }

    private void Tell(Action observation)
    {
        long begin = Stopwatch.GetTimestamp();
        observation();
        _ticks += Stopwatch.GetTimestamp() - begin;
        _observations++;
    }

    private void At(TimeSpan time, Action happening) => _events.Enqueue(happening, time);
}
