// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using Uaas.Scheduling;

namespace Uaas.Simulator;

/// <summary>What befalls the world.</summary>
public sealed partial class Simulation
{
    private static readonly TimeSpan s_nodeIsBackAfter = TimeSpan.FromSeconds(60);

    private void Disturb()
    {
        TimeSpan end = _now + _options.Duration;
        Repeat(_options.CrashesPerSecond, end, CrashAnInstance);
        Repeat(_options.NodeFailuresPerSecond, end, FailANode);
        Repeat(_options.LoadChangesPerSecond, end, ChangeALoad);
        Repeat(_options.RolloutsPerSecond, end, RollOut);
        Repeat(_options.RemovalsPerSecond, end, ReplaceAService);
        RunUntil(end);
    }

    private void Repeat(double perSecond, TimeSpan end, Action happening)
    {
        if (perSecond <= 0)
            return;
        TimeSpan next = _now + _random.Wait(perSecond);
        if (next >= end)
            return;
        At(next, () =>
        {
            happening();
            Repeat(perSecond, end, happening);
        });
    }

    private SimulatedService AnyService() => _wanted[_random.Below(_wanted.Count)];

    private void CrashAnInstance()
    {
        SimulatedService service = AnyService();
        if (service.Instances.Count == 0)
            return;
        SimulatedInstance instance = service.Instances[_random.Below(service.Instances.Count)];
        if (!instance.IsTold)
            End(instance, EndCause.Crash);
    }

    private void FailANode()
    {
        SimulatedNode node = _nodes[_random.Below(_nodes.Length)];
        if (!node.IsAlive)
            return;
        node.IsAlive = false;
        foreach (SimulatedInstance instance in node.Instances.ToList())
            End(instance, EndCause.NodeLost);
        Tell(() => _cluster.RemoveNode(node.Spec.Id, _now));
        At(_now + s_nodeIsBackAfter, () =>
        {
            node.IsAlive = true;
            Tell(() => _cluster.SetNode(node.Spec));
        });
    }

    private void ChangeALoad()
    {
        SimulatedService service = AnyService();
        int most = Math.Max(Concurrency, (service.Spec.Scale.Max - 2) / 2 * Concurrency);

        // A tenth falls silent; the others go anywhere between nothing and a little beyond what they began with.
        service.Load = _random.Below(10) == 0 ? 0 : _random.Below((int)(most * 1.2) + 1);
        Distribute(service);
    }

    private void RollOut()
    {
        SimulatedService service = AnyService();
        int number = service.BadRevisions.Append(service.Spec.Revision.Number).Max() + 1;
        if (_random.Below(5) == 0)
            service.BadRevisions.Add(number);
        service.Spec = service.Spec with { Revision = service.Spec.Revision with { Number = number } };
        service.Backoff.Reset();
        Tell(() => _cluster.SetService(service.Spec, _now));
    }

    private void ReplaceAService()
    {
        int place = _random.Below(_wanted.Count);
        SimulatedService service = _wanted[place];
        _wanted[place] = _wanted[^1];
        _wanted.RemoveAt(_wanted.Count - 1);
        service.IsRemoved = true;
        service.Load = 0;
        Tell(() => _cluster.RemoveService(service.Spec.Id, _now));
        AddService(Math.Max(1, (service.Spec.Scale.Max - 2) / 2));
    }
}
