// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Uaas.Configuration;
using Uaas.Master.Fronts;
using Uaas.Master.Storage;
using Uaas.Master.Tracing;
using Uaas.Protocol.Front;
using Uaas.Scheduling;

namespace Uaas.Master.Control;

/// <summary>What fronts say, and what they are told.</summary>
public sealed partial class ControlLoop
{
    private const int MaxWantsOfAFront = 16_384;

    private static readonly TimeSpan AgentWithin = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A front has come: it is told all that there is. Not before the agent has said what there is, since what a front is not told of it takes for gone.
    /// </summary>
    internal void OnFront(FrontSession front)
    {
        _agentSynced.Wait(AgentWithin);
        lock (_lock)
        {
            front.Send(FrontMessages.Hello());
            foreach (ServiceRecord service in _byKey.Values)
                front.Send(FrontMessages.Service(service));
            foreach (InstanceRecord record in _instances.Values.Where(record => record.Address is not null))
            {
                if (record.IsAnnounced)
                    front.Send(FrontMessages.Instance(record, "ready"));
                else if (record.Undrained is { } undrained && undrained.Add(front))
                    front.Send(FrontMessages.Instance(record, "draining"));
                else if (record.IsAsker)
                    front.Send(FrontMessages.Asker(record));
            }
            SendRoutes(front);
            _fronts.Add(front);
        }
        _history.Add(null, null, "front-connected", front.Name);
    }

    /// <summary>A front is gone, and what it was doing with it.</summary>
    internal void OnFrontGone(FrontSession front)
    {
        lock (_lock)
        {
            if (!_fronts.Remove(front))
                return;
            _unknown.RemoveAll(held => held.Want.Front == front);
            foreach (ServiceRecord service in _services.Values)
            {
                service.Wants.RemoveAll(want => want.Front == front);
                service.LastStatistics.Remove(front);
                if (service.Loads.Remove(front))
                    _cluster.Waiting(service.Id, service.Waiting, Now);
            }
            foreach (InstanceRecord record in _instances.Values)
            {
                if (record.Active.Remove(front))
                    _cluster.Answering(record.Id, record.Answering, Now);
                OnDrained(record, front);
            }
            Reconcile();
        }
        _history.Add(null, null, "front-gone", front.Name);
    }

    /// <summary>A front has said something.</summary>
    /// <exception cref="FormatException">It is not what the protocol allows.</exception>
    internal void OnFrontLine(FrontSession front, FrontLine line)
    {
        lock (_lock)
        {
            switch (line.Kind)
            {
                case "WANT": OnWant(front, line.Number("seq"), line.Text("service"), line.OptionalText("trace")); break;
                case "LEAVE": OnLeave(front, line.Number("seq")); break;
                case "LOAD": OnLoad(front, line.Text("service"), new FrontLoad(line.Count("active"), line.Count("waiting"), line.Number("done"))); break;
                case "STATS": OnStatistics(front, line.Text("service"), RequestStatistics.Read(line)); return;
                case "USE": OnUse(front, line.Text("instance"), line.Count("active")); break;
                case "UP": OnUp(line.Text("instance"), line.Number("wait_us")); break;
                case "NOTE": _history.Add(null, null, line.Text("kind"), line.Text("text")); break;
                case "LOST": OnFrontLost(line.Text("instance"), line.Text("reason")); break;
                case "DRAINED":
                    if (_byName.TryGetValue(line.Text("instance"), out InstanceRecord? record))
                        OnDrained(record, front);
                    break;
                default: return;
            }
            Reconcile();
        }
    }

    private void OnWant(FrontSession front, long sequence, string key, string? trace)
    {
        if (!_byKey.TryGetValue(key, out ServiceRecord? service))
        {
            HoldUnknown(new Want(front, sequence), key);
            return;
        }
        if (FindForRequest(service) is { } record)
        {
            Give(front, sequence, record);
            return;
        }
        if (_services.Values.Sum(other => other.Wants.Count(want => want.Front == front)) >= MaxWantsOfAFront)
        {
            front.Send(FrontMessages.Refuse(sequence, 503, 1, "full"));
            return;
        }
        service.Wants.Add(new Want(front, sequence, MasterTracer.Read(trace) is { } context ? new StartTrace(context, _clock.GetUtcNow()) : null));
        _cluster.Waiting(service.Id, service.Waiting, Now);
        Reconcile();
        if (service.Wants.Count == 0 || _cluster.StatusOf(service.Id, Now) is not { } status)
            return;
        if (status.IsCrashLooping)
            RefuseAll(service, "broken");
        else if (status is { Obstacle: not null, Starting: 0 })
            RefuseAll(service, "full");
    }

    private void OnLeave(FrontSession front, long sequence)
    {
        _unknown.RemoveAll(held => held.Want.Front == front && held.Want.Sequence == sequence);
        foreach (ServiceRecord service in _services.Values)
        {
            if (service.Wants.RemoveAll(want => want.Front == front && want.Sequence == sequence) > 0)
                _cluster.Waiting(service.Id, service.Waiting, Now);
        }
    }

    private void OnLoad(FrontSession front, string key, FrontLoad load)
    {
        if (!_byKey.TryGetValue(key, out ServiceRecord? service))
            return;
        service.Done += Math.Max(0, load.Done - service.Loads.GetValueOrDefault(front).Done);
        service.Loads[front] = load;
        _cluster.Waiting(service.Id, service.Waiting, Now);
    }

    private void OnStatistics(FrontSession front, string key, RequestStatistics told)
    {
        if (!_byKey.TryGetValue(key, out ServiceRecord? service))
            return;
        service.Statistics = service.Statistics.Plus(told.Since(service.LastStatistics.GetValueOrDefault(front, RequestStatistics.None)));
        service.LastStatistics[front] = told;
    }

    /// <summary>A front says so of an instance that it has used since it last did: so even where it uses it no more, the service was not idle.</summary>
    private void OnUse(FrontSession front, string instance, int active)
    {
        if (!_byName.TryGetValue(instance, out InstanceRecord? record))
            return;
        if (active == 0 && record.Answering == 0)
            _cluster.Answering(record.Id, 1, Now);
        record.Active[front] = active;
        _cluster.Answering(record.Id, record.Answering, Now);
    }

    private void OnUp(string instance, long waitMicroseconds)
    {
        Wakes.Add(waitMicroseconds / 1e6);
        OnReady(instance, waitMicroseconds);
    }

    /// <summary>That a front could not reach it is worth knowing; one that fails when it is asked for its health is replaced.</summary>
    private void OnFrontLost(string instance, string reason)
    {
        if (!_byName.TryGetValue(instance, out InstanceRecord? record))
            return;
        if (reason == "unhealthy")
        {
            if (_cluster.Retire(record.Id, Now))
                _history.Add(record.Service.Key, instance, "unhealthy", $"it failed to answer {record.Service.Definition.Health.Path} when it was asked: another takes its place");
            return;
        }
        _history.Add(record.Service.Key, instance, "unreachable", $"a front lost a connection to it: {reason}");
    }

    private void OnDrained(InstanceRecord record, FrontSession front)
    {
        if (record.Undrained is not { } undrained || !undrained.Remove(front))
            return;
        record.Active.Remove(front);
        _cluster.Answering(record.Id, record.Answering, Now);
        if (undrained.Count == 0)
            _cluster.Withdrawn(record.Id);
    }

    /// <summary>The instance that a request is best sent to: one that answers before one that is coming up; the least busy.</summary>
    private InstanceRecord? FindForRequest(ServiceRecord service)
    {
        InstanceRecord? best = null;
        var bestRank = (IsStarting: true, Active: int.MaxValue);
        foreach (Instance instance in _cluster.InstancesOf(service.Id))
        {
            if (!instance.IsServing || !_instances.TryGetValue(instance.Id, out InstanceRecord? record) || record.Address is null)
                continue;
            var rank = (instance.Phase != InstancePhase.Ready, record.Answering);
            if (best is null || rank.CompareTo(bestRank) < 0)
                (best, bestRank) = (record, rank);
        }
        return best;
    }

    private void AnswerWants(ServiceRecord service)
    {
        if (service.Wants.Count == 0 || FindForRequest(service) is not { } record)
            return;
        foreach (Want want in service.Wants)
            Give(want.Front, want.Sequence, record);
        service.Wants.Clear();
        _cluster.Waiting(service.Id, service.Waiting, Now);
    }

    private void Give(FrontSession front, long sequence, InstanceRecord record)
    {
        record.IsGiven = true;
        bool isCold = _cluster.Find(record.Id) is not { Phase: InstancePhase.Ready };
        front.Send(FrontMessages.Give(sequence, record, isCold));
    }

    private void RefuseAll(ServiceRecord service, string reason)
    {
        foreach (Want want in service.Wants)
            want.Front.Send(FrontMessages.Refuse(want.Sequence, 503, RetryAfter(service), reason));
        service.Wants.Clear();
        _cluster.Waiting(service.Id, service.Waiting, Now);
    }

    private int RetryAfter(ServiceRecord service) =>
        _cluster.StatusOf(service.Id, Now)?.NextStart is { } next && next > Now ? (int)Math.Ceiling((next - Now).TotalSeconds) : 1;

    /// <summary>These instances take requests from now on; fronts are told of those that are new to them.</summary>
    private void Announce(IReadOnlyList<InstanceId> instances)
    {
        foreach (InstanceId id in instances)
        {
            if (_instances.TryGetValue(id, out InstanceRecord? record) && !record.IsAnnounced)
                AnnounceReady(record);
        }
        if (instances.Count > 0 && _instances.TryGetValue(instances[0], out InstanceRecord? first))
            AnswerWants(first.Service);
    }

    private void AnnounceReady(InstanceRecord record)
    {
        record.IsAnnounced = true;
        record.IsGiven = true;
        if (record.Address is not null)
            TellFronts(FrontMessages.Instance(record, "ready"));
    }

    private void TellGone(InstanceRecord record)
    {
        if (record.IsGiven)
            TellFronts(FrontMessages.GoneInstance(record.Name));
        record.IsGiven = false;
        record.IsAnnounced = false;
        record.Undrained = null;
    }

    private void TellRoutes()
    {
        TellFronts(FrontMessages.GoneRoutes());
        foreach (FrontSession front in _fronts)
            SendRoutes(front);
    }

    private void SendRoutes(FrontSession front)
    {
        foreach (ServiceRecord service in _byKey.Values)
        {
            foreach (Route route in service.Definition.Routes)
                front.Send(FrontMessages.Route(service, route));
            foreach (TcpPort port in service.Definition.Ports.Tcp)
                front.Send(FrontMessages.Tcp(service, port));
        }
        foreach (StoredNamespace owner in _owners.Values)
        {
            foreach (CertificateFiles files in owner.Tls.Certificates)
                front.Send(FrontMessages.Certificate(files, owner.Tls.Minimum));
        }
        front.Send(FrontMessages.Synced());
    }

    private void TellFronts(byte[] line)
    {
        foreach (FrontSession front in _fronts)
            front.Send(line);
    }
}
