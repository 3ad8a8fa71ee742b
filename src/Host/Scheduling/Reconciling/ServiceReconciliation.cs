// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Configuration;

namespace Uaas.Scheduling.Reconciling;

/// <summary>One look at one service: first each instance by itself, then how many there are to be.</summary>
internal sealed partial class ServiceReconciliation(ClusterState cluster, ServiceState service, TimeSpan now, List<SchedulerAction> actions)
{
    /// <summary>When fronts that did not confirm have surely heard that an instance drains.</summary>
    private static readonly TimeSpan s_withdrawWithin = TimeSpan.FromSeconds(1);

    /// <summary>How long an instance has to end once it is told; then it is killed.</summary>
    private static readonly TimeSpan s_stopWithin = TimeSpan.FromSeconds(5);

    /// <summary>When to look again although nothing was observed.</summary>
    internal TimeSpan? Due { get; private set; }

    private ServiceId Id => service.Spec.Id;

    private RestartSettings Restart => service.Spec.Restart;

    internal void Run()
    {
        service.NextDeadline(now);

        // Before any end is counted: what lasts now ends the row that was.
        if (service.Backoff.LooksForOneThatLasts(service.Instances, Restart, now) is { } time)
            LookAgain(time);
        for (int i = 0; i < service.Touched.Count; i++)
        {
            service.Touched[i].IsTouched = false;
            Look(service.Touched[i]);
        }
        service.Touched.Clear();
        if (service.RemovedAt is not null)
            Clear();
        else
            Scale();
        PublishRoutes();
        if (service.NextDeadline(now) is { } deadline)
            LookAgain(deadline);
        if (service.Touched.Count != 0)
            cluster.Agenda.Add(service);
    }

    private void Look(Instance instance)
    {
        switch (instance.Phase)
        {
            case InstancePhase.Pending or InstancePhase.Starting:
                LookAtStarting(instance);
                break;
            case InstancePhase.Ready when instance.Leaving == DrainReason.Requested:
                Drain(instance, DrainReason.Requested);
                break;
            case InstancePhase.Ready:
                service.LookAt(instance, TimeSpan.MaxValue);
                break;
            case InstancePhase.Draining:
                LookAtDraining(instance);
                break;
            case InstancePhase.Stopping:
                LookAtStopping(instance);
                break;
            case InstancePhase.Ended or InstancePhase.Failed:
                LookAtEnded(instance);
                break;
            default:
                break;
        }
    }

    private void LookAtStarting(Instance instance)
    {
        TimeSpan deadline = instance.PlacedAt + service.Spec.ReadyWithin;
        if (instance.Leaving == DrainReason.Requested)
        {
            Stop(instance, force: true, "it was asked for");
        }
        else if (now < deadline)
        {
            service.LookAt(instance, deadline);
        }
        else
        {
            Report(EventKind.ReadyDeadlinePassed, instance, $"not ready within {service.Spec.ReadyWithin.TotalSeconds:0.###} s");
            CountFailure(instance);
            Stop(instance, force: true, "it was not ready in time");
        }
    }

    private void LookAtDraining(Instance instance)
    {
        TimeSpan withdrawn = instance.IsWithdrawn ? instance.Since : instance.Since + s_withdrawWithin;
        if (instance.Answering == 0 && now >= withdrawn)
        {
            Stop(instance, force: false, "it has nothing left to answer");
            return;
        }
        TimeSpan deadline = instance.Leaving == DrainReason.ScaleDown ? TimeSpan.MaxValue : instance.LeavingAt!.Value + service.Spec.DrainWithin;
        if (now < deadline)
        {
            service.LookAt(instance, instance.Answering == 0 && withdrawn < deadline ? withdrawn : deadline);
            return;
        }
        Report(EventKind.DrainDeadlinePassed, instance, $"still answering {instance.Answering} after {service.Spec.DrainWithin.TotalSeconds:0.###} s");
        Stop(instance, force: true, "it had its time to finish");
    }

    private void LookAtStopping(Instance instance)
    {
        if (now < instance.Since + s_stopWithin)
            service.LookAt(instance, instance.Since + s_stopWithin);
        else
            Stop(instance, force: true, "it did not end when it was told to");
    }

    private void LookAtEnded(Instance instance)
    {
        if (instance.Phase == InstancePhase.Failed)
        {
            Report(EventKind.InstanceFailed, instance, instance.Cause switch
            {
                EndCause.Exit => "it ended by itself",
                EndCause.Crash => "it ended with an error",
                EndCause.StartFailed => "it could not be started",
                _ => "its node is gone",
            });
            if (instance is { Leaving: DrainReason.None, Cause: not EndCause.NodeLost })
                CountFailure(instance);
        }
        actions.Add(new SchedulerAction.Remove(instance.Id, instance.Node));
        cluster.Forget(instance, service);
    }

    /// <summary>Ends all instances of a service that is not wanted any more, and forgets it with the last.</summary>
    private void Clear()
    {
        foreach (Instance instance in service.Instances)
        {
            if (instance.Phase is InstancePhase.Pending or InstancePhase.Starting)
            {
                Stop(instance, force: true, "its service is gone");
            }
            else if (instance.Phase == InstancePhase.Ready)
            {
                Drain(instance, DrainReason.Removed);
            }
            else if (instance is { Phase: InstancePhase.Draining, Leaving: DrainReason.ScaleDown })
            {
                // From now on its time is limited.
                (instance.Leaving, instance.LeavingAt) = (DrainReason.Removed, now);
                LookAtDraining(instance);
            }
        }
        if (service.Instances.Count == 0)
            cluster.Forget(service);
    }

    private void PublishRoutes()
    {
        if (!service.AreRoutesStale)
            return;
        service.AreRoutesStale = false;
        actions.Add(new SchedulerAction.SetRoutes(Id, service.ReadyIds.ToArray()));
    }

    private void Drain(Instance instance, DrainReason why)
    {
        (instance.Leaving, instance.LeavingAt) = (why, now);
        instance.IsWithdrawn = false;
        cluster.Move(instance, service, InstancePhase.Draining, now);
        actions.Add(new SchedulerAction.Drain(instance.Id, instance.Node, why));
        LookAtDraining(instance);
    }

    private void Stop(Instance instance, bool force, string reason)
    {
        cluster.Move(instance, service, InstancePhase.Stopping, now);
        actions.Add(new SchedulerAction.Stop(instance.Id, instance.Node, force, reason));
        service.LookAt(instance, now + s_stopWithin);
    }

    /// <summary>An instance of the current revision did not last: the next start may have to wait.</summary>
    private void CountFailure(Instance instance)
    {
        if (instance.Revision.Number != service.Rollout.Current.Number || !service.Backoff.Ended(instance, cluster.NewestInstance, Restart, now))
            return;
        if (service.Backoff.Failures == Restart.CrashLoop)
            Report(EventKind.CrashLoop, null, $"{service.Backoff.Failures} instances in a row did not last");
        if (service.Backoff.NextStart > now)
            Report(EventKind.BackingOff, null, $"the next start is in {(service.Backoff.NextStart - now).TotalSeconds:0.###} s");
    }

    private void Report(EventKind kind, Instance? instance, string message) => actions.Add(new SchedulerAction.Report(Id, kind, instance?.Id, message));

    /// <summary>Looks again at a time to come; what was due already has been seen to.</summary>
    private void LookAgain(TimeSpan time)
    {
        if (time > now && !(time >= Due))
            Due = time;
    }
}
