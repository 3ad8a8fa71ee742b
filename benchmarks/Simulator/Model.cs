// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Scheduling;

namespace Uaas.Simulator;

/// <summary>An instance as it really is, whatever the scheduler believes.</summary>
internal sealed class SimulatedInstance(InstanceId id, SimulatedService service, int revision, SimulatedNode node, TimeSpan at)
{
    internal InstanceId Id { get; } = id;

    internal SimulatedService Service { get; } = service;

    internal int Revision { get; } = revision;

    internal SimulatedNode Node { get; } = node;

    internal TimeSpan StartedAt { get; } = at;

    internal TimeSpan? ReadyAt { get; set; }

    internal TimeSpan? DrainingAt { get; set; }

    internal DrainReason Why { get; set; }

    internal bool IsTold { get; set; }

    internal bool IsGone { get; set; }

    internal int Answering { get; set; }

    /// <summary>Whether one of what it answers is a stream, which outlasts its drain.</summary>
    internal bool HasStream { get; set; }

    internal bool TakesRequests => ReadyAt is not null && DrainingAt is null && !IsTold && !IsGone;
}

/// <summary>A node as it really is.</summary>
internal sealed class SimulatedNode(NodeSpec spec)
{
    internal NodeSpec Spec { get; } = spec;

    internal bool IsAlive { get; set; } = true;

    internal long UsedMemory { get; set; }

    internal int UsedCpu { get; set; }

    internal HashSet<SimulatedInstance> Instances { get; } = [];
}

/// <summary>A service as its owner and its clients are.</summary>
internal sealed class SimulatedService(ServiceSpec spec)
{
    internal ServiceSpec Spec { get; set; } = spec;

    internal bool IsRemoved { get; set; }

    /// <summary>Requests at a time that its clients make.</summary>
    internal int Load { get; set; }

    /// <summary>Revisions of which no instance ever gets ready.</summary>
    internal HashSet<int> BadRevisions { get; } = [];

    internal List<SimulatedInstance> Instances { get; } = [];

    /// <summary>How many of them take requests or are about to.</summary>
    internal int Serving { get; set; }

    /// <summary>Requests that wait, as the scheduler was told last.</summary>
    internal int Waiting { get; set; }

    internal BackoffModel Backoff { get; } = new();

    internal void Remove(SimulatedInstance instance, TimeSpan now)
    {
        Backoff.ResetIfAnyLasted(this, now);
        int place = Instances.IndexOf(instance);
        Instances[place] = Instances[^1];
        Instances.RemoveAt(Instances.Count - 1);
    }
}

/// <summary>When the next start may be, by the words of the documentation: a second opinion.</summary>
internal sealed class BackoffModel
{
    private int _failures;
    private long _newest;
    private TimeSpan _lastEnd;
    private TimeSpan _notBefore;

    internal void Reset() => _failures = 0;

    internal void Failed(SimulatedInstance instance, long newest, TimeSpan now)
    {
        ResetIfAnyLasted(instance.Service, now);
        if (_failures != 0 && instance.Id.Value <= _newest)
            return;
        _failures++;
        (_newest, _lastEnd) = (newest, now);
        Configuration.RestartSettings settings = instance.Service.Spec.Restart;
        double wait = _failures == 1 ? 0 : settings.Backoff.TotalSeconds * Math.Pow(2, _failures - 2);
        _notBefore = now + TimeSpan.FromSeconds(Math.Min(wait, settings.MaxBackoff.TotalSeconds));
    }

    internal bool Allows(SimulatedService service, TimeSpan now)
    {
        ResetIfAnyLasted(service, now);
        return _failures == 0 || now >= _notBefore;
    }

    internal void ResetIfAnyLasted(SimulatedService service, TimeSpan now)
    {
        if (_failures != 0 && service.Instances.Exists(instance => !instance.IsTold && instance.ReadyAt > _lastEnd && now - instance.ReadyAt >= service.Spec.Restart.Settle))
            _failures = 0;
    }
}

/// <summary>What a namespace really takes.</summary>
internal sealed class SimulatedNamespace
{
    internal int Instances { get; set; }

    internal int? MaxInstances { get; init; }
}
