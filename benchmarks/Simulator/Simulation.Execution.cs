// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Uaas.Scheduling;

namespace Uaas.Simulator;

/// <summary>Nodes and fronts: they do what the scheduler asks for, in their own time.</summary>
public sealed partial class Simulation
{
    private void Reconcile()
    {
        _actions.Clear();
        _newestBefore = _cluster.NewestInstance;
        long begin = Stopwatch.GetTimestamp();
        _due = Reconciler.Run(_cluster, _now, _actions);
        long ticks = Stopwatch.GetTimestamp() - begin;
        _ticks += ticks;
        _longest = Math.Max(_longest, ticks);
        _actionCount += _actions.Count;
        foreach (SchedulerAction action in _actions)
            CarryOut(action);
    }

    private void CarryOut(SchedulerAction action)
    {
        switch (action)
        {
            case SchedulerAction.Start start:
                Start(start);
                break;
            case SchedulerAction.Drain drain when _instances.TryGetValue(drain.Instance, out SimulatedInstance? instance):
                Drain(instance, drain.Why);
                break;
            case SchedulerAction.Resume resume when _instances.TryGetValue(resume.Instance, out SimulatedInstance? instance):
                instance.DrainingAt = null;
                instance.Service.Serving++;
                break;
            case SchedulerAction.Stop stop when _instances.TryGetValue(stop.Instance, out SimulatedInstance? instance):
                Stop(instance, stop.Force);
                break;
            case SchedulerAction.SetRoutes routes:
                Route(routes);
                break;
            case SchedulerAction.UndoRollout undo:
                Undo(undo);
                break;
            default:
                break;
        }
    }

    private void Start(SchedulerAction.Start start)
    {
        SimulatedService service = _services[start.Service];
        SimulatedInstance instance = new(start.Instance, service, start.Revision, _nodes[start.Node.Value], _now);
        _instances.Add(instance.Id, instance);
        service.Instances.Add(instance);
        service.Serving++;
        Count(instance, +1);
        _placements++;
        _promises.CheckStart(instance, _namespaces[service.Spec.Namespace], _now);
        bool isBad = service.BadRevisions.Contains(start.Revision);
        if (isBad && start.Revision % 2 == 0)
            return; // It hangs.
        At(_now + _random.Between(0.001, 0.02), () =>
        {
            if (instance.IsGone || instance.IsTold)
                return;
            if (isBad)
            {
                End(instance, EndCause.Crash);
                return;
            }
            instance.ReadyAt = _now;
            Tell(() => _cluster.Ready(instance.Id, _now));
        });
    }

    private void Drain(SimulatedInstance instance, DrainReason why)
    {
        instance.DrainingAt = _now;
        instance.Why = why;
        instance.Service.Serving--;
        instance.HasStream = instance.Answering > 0 && _random.Below(20) == 0;
        At(_now + TimeSpan.FromMilliseconds(5), () => Tell(() => _cluster.Withdrawn(instance.Id)));
        TimeSpan since = _now;
        At(_now + (instance.HasStream ? _random.Between(20, 200) : _random.Between(0.05, 2)), () =>
        {
            if (instance.IsGone || instance.DrainingAt != since)
                return;
            Answer(instance, 0);
        });
    }

    private void Stop(SimulatedInstance instance, bool isForced)
    {
        _promises.CheckStop(instance, isForced, _now);
        if (instance.IsTold)
            return;
        if (instance.ReadyAt is null && _now >= instance.StartedAt + instance.Service.Spec.ReadyWithin && instance.Revision == instance.Service.Spec.Revision.Number)
            instance.Service.Backoff.Failed(instance, _newestBefore.Value, _now);
        if (instance.DrainingAt is null)
            instance.Service.Serving--;
        instance.Service.Backoff.ResetIfAnyLasted(instance.Service, _now);
        instance.IsTold = true;
        At(_now + _random.Between(0.001, 0.01), () => End(instance, EndCause.Exit));
    }

    /// <summary>The clients' requests go to the instances that the fronts know, evenly.</summary>
    private void Route(SchedulerAction.SetRoutes routes)
    {
        SimulatedService service = _services[routes.Service];
        List<SimulatedInstance?> targets = [.. routes.Instances.Select(id => _instances.GetValueOrDefault(id))];
        _promises.CheckRoutes(service, targets, _now);
        Distribute(service);
    }

    private void Distribute(SimulatedService service)
    {
        List<SimulatedInstance> able = service.Instances.FindAll(static instance => instance.TakesRequests);
        for (int i = 0; i < able.Count; i++)
            Answer(able[i], (service.Load / able.Count) + (i < service.Load % able.Count ? 1 : 0));
        int waiting = able.Count == 0 && !service.IsRemoved ? service.Load : 0;
        if (waiting == service.Waiting)
            return;
        service.Waiting = waiting;
        Tell(() => _cluster.Waiting(service.Spec.Id, waiting, _now));
    }

    private void Answer(SimulatedInstance instance, int count)
    {
        if (instance.Answering == count)
            return;
        instance.Answering = count;
        Tell(() => _cluster.Answering(instance.Id, count, _now));
    }

    private void Undo(SchedulerAction.UndoRollout undo)
    {
        SimulatedService service = _services[undo.Service];
        _undone++;
        if (!service.BadRevisions.Contains(undo.From) && _namespaces[service.Spec.Namespace].MaxInstances is null)
            _promises.Add($"{_now}: revision {undo.From} of service {undo.Service.Value} was undone, although it works: {undo.Reason}");
        service.Spec = service.Spec with { Revision = service.Spec.Revision with { Number = undo.To } };
        service.Backoff.Reset();
        Tell(() => _cluster.SetService(service.Spec, _now));
    }

    private void End(SimulatedInstance instance, EndCause cause)
    {
        if (instance.IsGone)
            return;
        instance.IsGone = true;
        if (instance.DrainingAt is null && !instance.IsTold)
        {
            instance.Service.Serving--;
            if (instance.Revision == instance.Service.Spec.Revision.Number && cause != EndCause.NodeLost)
                instance.Service.Backoff.Failed(instance, _cluster.NewestInstance.Value, _now);
        }
        _instances.Remove(instance.Id);
        instance.Service.Remove(instance, _now);
        Count(instance, -1);
        if (cause != EndCause.NodeLost)
            Tell(() => _cluster.Ended(instance.Id, cause, _now));
    }

    private void Count(SimulatedInstance instance, int sign)
    {
        ResourceDemand demand = instance.Service.Spec.Revision.Demand;
        instance.Node.UsedMemory += sign * demand.MemoryBytes;
        instance.Node.UsedCpu += sign * demand.CpuMillicores;
        _namespaces[instance.Service.Spec.Namespace].Instances += sign;
        _ = sign > 0 ? instance.Node.Instances.Add(instance) : instance.Node.Instances.Remove(instance);
    }
}
