// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Master.Fronts;
using Uaas.Master.Storage;
using Uaas.Protocol.Agent;
using Uaas.Scheduling;

namespace Uaas.Master.Control;

/// <summary>What the agent says.</summary>
public sealed partial class ControlLoop
{
    // A front that waits for an instance finds out first that it answers; the agent asks only where none has said so by then.
    private const int ProbeAfterMilliseconds = 200;

    private readonly ManualResetEventSlim _agentSynced = new();
    private readonly Dictionary<int, IPAddress> _links = [];
    private readonly HashSet<int> _takenLinks = [];
    private readonly Queue<int> _linkOrder = new();
    private readonly Queue<InstanceRecord> _withoutLink = new();
    private readonly HashSet<string> _prepared = new(StringComparer.Ordinal);
    private readonly HashSet<string> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _followers = new(StringComparer.Ordinal);
    private volatile TaskCompletionSource _measured = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _agentRun;
    private bool _isAgentTelling = true;

    /// <summary>The memory of the node in bytes; null before its agent has said so.</summary>
    public long? NodeMemory { get; private set; }

    /// <summary>Whether the agent has told all that it has.</summary>
    public bool HasNode => _agentSynced.IsSet;

    /// <summary>Called with each line that an instance of a followed service prints. Must not block.</summary>
    public event Action<AgentEvent.Printed>? Printed;

    /// <summary>One more, or one less, wants to see what the instances of a service print as they do.</summary>
    /// <param name="service">The service, by its name on the node.</param>
    /// <param name="change">1 or −1.</param>
    public void Follow(string service, int change)
    {
        lock (_lock)
        {
            int before = _followers.GetValueOrDefault(service);
            _followers[service] = before + change;
            if ((before == 0) != (before + change == 0))
                _agent.Send(new AgentCommand.Follow(service, change > 0));
        }
    }

    /// <summary>Has the agent measure what instances cost.</summary>
    /// <param name="within">How long that may take; what was measured before is shown where it takes longer.</param>
    /// <param name="cancellation">Calls it off.</param>
    public async Task MeasureAsync(TimeSpan within, CancellationToken cancellation)
    {
        Task measured = _measured.Task;
        _agent.Send(new AgentCommand.Sample());
        await Task.WhenAny(measured, Task.Delay(within, cancellation)).ConfigureAwait(false);
    }

    /// <summary>Takes in what the agent says.</summary>
    public void OnAgent(AgentEvent told)
    {
        if (told is AgentEvent.Printed printed)
        {
            Printed?.Invoke(printed);
            return;
        }
        if (told is AgentEvent.Described described)
        {
            OnDescribed(described);
            return;
        }
        lock (_lock)
        {
            Observe(told);
            Reconcile();
        }
    }

    private void Observe(AgentEvent told)
    {
        switch (told)
        {
            case AgentEvent.Hello hello: OnHello(hello); break;
            case AgentEvent.Known known: _prepared.Add(known.Template); break;
            case AgentEvent.Running running: OnRunning(running); break;
            case AgentEvent.LinkReady link: OnLink(link); break;
            case AgentEvent.Synced: OnSynced(); break;
            case AgentEvent.Started started: OnStarted(started); break;
            case AgentEvent.Booted booted: OnBooted(booted); break;
            case AgentEvent.Ready ready: OnReady(ready.Instance, ready.AfterMicroseconds); break;
            case AgentEvent.Ended ended: OnEnded(ended); break;
            case AgentEvent.Refused refused: OnRefused(refused); break;
            case AgentEvent.Costs costs: OnCosts(costs); break;
            default: break;
        }
    }

    /// <summary>Another run of the agent than before has nothing of what was there: a node died and another is there.</summary>
    private void OnHello(AgentEvent.Hello hello)
    {
        _links.Clear();
        _takenLinks.Clear();
        _linkOrder.Clear();
        _prepared.Clear();
        _found.Clear();
        bool isAnother = _agentRun is not null && _agentRun != hello.Run;
        if (isAnother)
        {
            _history.Add(null, null, "node-lost", "the node agent was started anew; so are the instances");
            _withoutLink.Clear();
            foreach (InstanceRecord record in _instances.Values)
                TellGone(record);
            _cluster.RemoveNode(Node, Now);
        }
        _agentRun = hello.Run;
        NodeMemory = hello.MemoryBytes;
        _cluster.SetNode(new NodeSpec
        {
            Id = Node,
            Capacity = new ResourceDemand(hello.MemoryBytes, hello.Processors * 1000),
            Monitors = MonitorSet.All,
        });

        // With the new node there: without one, whoever waits would be told that there is no room.
        if (isAnother)
            Reconcile();
        _isAgentTelling = true;
    }

    /// <summary>An instance that a former master started, or that this one knows.</summary>
    private void OnRunning(AgentEvent.Running running)
    {
        _found.Add(running.Instance);
        if (_byName.ContainsKey(running.Instance))
            return;
        var id = new InstanceId(running.Number);
        InstancePhase phase = running.IsReady ? InstancePhase.Ready : InstancePhase.Starting;
        if (!_byKey.TryGetValue(running.Service, out ServiceRecord? service) || service.RevisionSpecOf(running.Revision) is not { } revision
            || !_cluster.Adopt(id, service.Id, revision, Node, phase, Now))
        {
            _agent.Send(new AgentCommand.Stop(running.Instance, StopGraceMilliseconds));
            return;
        }
        ReserveNumber(service, running.Number);
        var record = new InstanceRecord(id, running.Instance, service, running.Revision, running.StartedAt)
        {
            Address = new IPEndPoint(IPAddress.Parse(running.Address), service.Definition.Ports.Http ?? 0),
            Reason = "found running",
            IsGiven = true,
        };
        _instances[id] = record;
        _byName[record.Name] = record;
    }

    private void OnSynced()
    {
        foreach (InstanceRecord record in _instances.Values.Where(record => record.Address is not null && !_found.Contains(record.Name)).ToList())
            OnLost(record, EndCause.NodeLost);
        foreach (ServiceRecord service in _services.Values)
            Prepare(service, service.Stored.Wanted);
        foreach ((string service, int count) in _followers)
        {
            if (count > 0)
                _agent.Send(new AgentCommand.Follow(service, true));
        }
        _isAgentTelling = false;
        BeginThoseWithoutLink();
        _agentSynced.Set();
    }

    private void OnLink(AgentEvent.LinkReady link)
    {
        // A link that becomes ready while the agent tells all that there is may be told twice, the second time when it has been taken.
        if (!_takenLinks.Contains(link.Number) && _links.TryAdd(link.Number, IPAddress.Parse(link.Address)))
            _linkOrder.Enqueue(link.Number);

        // Until the agent has told all, what is begun now would be missing in what it tells.
        if (!_isAgentTelling)
            BeginThoseWithoutLink();
    }

    /// <summary>The instance has ended, or never was: its link may be told of again.</summary>
    private void ReleaseLink(InstanceRecord record)
    {
        if (record.Link is { } link)
            _takenLinks.Remove(link);
        record.Link = null;
    }

    private void BeginThoseWithoutLink()
    {
        while (_withoutLink.TryPeek(out InstanceRecord? next))
        {
            bool isWanted = _instances.ContainsKey(next.Id) && _cluster.Find(next.Id) is { Phase: InstancePhase.Pending or InstancePhase.Starting };
            if (isWanted && !TryBegin(next))
                return;
            _withoutLink.Dequeue();
        }
    }

    private void BeginWhenThereIsALink(InstanceRecord record)
    {
        if (!TryBegin(record))
            _withoutLink.Enqueue(record);
    }

    /// <summary>
    /// Starts an instance on the link that has been unused for longest. Its address is known before it is started: who waits for it connects at once, while the
    /// agent starts it.
    /// </summary>
    private bool TryBegin(InstanceRecord record)
    {
        if (!_linkOrder.TryDequeue(out int link))
            return false;
        _links.Remove(link, out IPAddress? address);
        _takenLinks.Add(link);
        record.Link = link;
        Prepare(record.Service, record.Revision);
        string template = record.Service.Revisions[record.Revision].Template.Id;
        int probeAfter = record.Service.Wants.Count > 0 ? ProbeAfterMilliseconds : 0;
        _agent.Send(new AgentCommand.Start(record.Name, record.Id.Value, template, link, probeAfter, record.Trace is null ? null : true));
        record.Trace?.Reach("placed", record.Name, _clock.GetUtcNow());
        record.Address = new IPEndPoint(address!, record.Service.Definition.Ports.Http ?? 0);
        if (record.IsAsker)
        {
            record.IsGiven = true;
            TellFronts(FrontMessages.Asker(record));
        }
        AnswerWants(record.Service);
        return true;
    }

    private void Prepare(ServiceRecord service, int revision)
    {
        if (service.Revisions.TryGetValue(revision, out StoredRevision? stored) && _prepared.Add(stored.Template.Id))
            _agent.Send(new AgentCommand.Prepare(stored.Template));
    }

    private void OnStarted(AgentEvent.Started started)
    {
        if (_byName.TryGetValue(started.Instance, out InstanceRecord? record))
        {
            _cluster.Started(record.Id, Now);
            record.Trace?.Reach("spawned", record.Name, _clock.GetUtcNow());
        }
    }

    private void OnBooted(AgentEvent.Booted booted)
    {
        if (!_byName.TryGetValue(booted.Instance, out InstanceRecord? record))
            return;
        record.Trace?.Reach("booted", record.Name, booted.Time);
        record.Trace = null;
    }

    private void OnReady(string instance, long afterMicroseconds)
    {
        if (!_byName.TryGetValue(instance, out InstanceRecord? record) || record.ReadyAfterMicroseconds is not null)
            return;
        record.ReadyAfterMicroseconds = afterMicroseconds;
        _cluster.Ready(record.Id, Now);
        _history.Add(record.Service.Key, record.Name, "ready", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"answers after {afterMicroseconds / 1000.0:0.0} ms"));
    }

    private void OnEnded(AgentEvent.Ended ended)
    {
        if (!_byName.TryGetValue(ended.Instance, out InstanceRecord? record))
            return;
        ReleaseLink(record);
        record.Ending = ended.Meaning;
        if (!ended.AsTold)
            record.Service.Failures++;
        if (!ended.AsTold)
            record.Service.LastFailure = new FailureView(_clock.GetUtcNow(), record.Name, ended.Meaning, null, ended.LastLines);
        _history.Add(record.Service.Key, record.Name, ended.AsTold ? "ended" : "crashed", ended.Meaning);
        OnLost(record, ended.AsTold ? EndCause.Exit : EndCause.Crash);
    }

    private void OnRefused(AgentEvent.Refused refused)
    {
        if (!_byName.TryGetValue(refused.Instance, out InstanceRecord? record))
            return;
        ReleaseLink(record);
        record.Ending = refused.Message;
        record.Service.Failures++;
        record.Service.LastFailure = new FailureView(_clock.GetUtcNow(), record.Name, refused.Message, refused.Remedy, []);
        _history.Add(record.Service.Key, record.Name, "start-failed", refused.Message);
        OnLost(record, EndCause.StartFailed);
    }

    private void OnLost(InstanceRecord record, EndCause cause)
    {
        TellGone(record);
        _cluster.Ended(record.Id, cause, Now);
    }

    private void OnCosts(AgentEvent.Costs costs)
    {
        foreach (InstanceCost cost in costs.Instances)
        {
            if (!_byName.TryGetValue(cost.Instance, out InstanceRecord? record))
                continue;
            record.ResidentBytes = cost.ResidentBytes;
            record.ProcessorMilliseconds = cost.ProcessorMilliseconds;
        }
        _measured.TrySetResult();
        _measured = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
