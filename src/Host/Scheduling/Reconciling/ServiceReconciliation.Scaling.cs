// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Configuration;
using Uaas.Scheduling.Placement;

namespace Uaas.Scheduling.Reconciling;

/// <summary>How many instances there are to be, of which revision, and where.</summary>
internal sealed partial class ServiceReconciliation
{
    /// <summary>A service that found no room tries again so often, if nothing tells it of any.</summary>
    private static readonly TimeSpan s_tryAgainIn = TimeSpan.FromSeconds(5);

    /// <summary>Those that are not ready leave before those that are; then those that answer least; the youngest first, whose caches are coldest.</summary>
    private static readonly Comparer<Instance> s_lastToLeaveFirst = Comparer<Instance>.Create(static (a, b) =>
        a.Phase == InstancePhase.Ready != (b.Phase == InstancePhase.Ready) ? (a.Phase == InstancePhase.Ready ? -1 : 1)
        : a.Answering != b.Answering ? b.Answering.CompareTo(a.Answering)
        : a.Id.Value.CompareTo(b.Id.Value));

    private RevisionSpec Current => service.Rollout.Current;

    private Census Census => service.Census;

    private void Scale()
    {
        int target = service.Scaler.Target(Census.New + Census.Old, now);
        if (target != service.Target)
            Report(EventKind.Scaled, null, $"from {service.Target} to {target} instances");
        service.Target = target;
        UndoWhenStuck(target);
        Complete(target);

        // First out, then in: one that makes room is replaced in the same run.
        TakeAway(target);
        Add(target);

        // At the end: what was drained or called back has changed the load.
        if (service.Scaler.NextChange(target, now) is { } change)
            LookAgain(change);
    }

    /// <summary>Goes back to the revision before when the current one does not come up.</summary>
    private void UndoWhenStuck(int target)
    {
        if (!service.Rollout.IsProgressing)
            return;
        RolloutSettings settings = service.Spec.Rollout;
        TimeSpan? deadline = service.Rollout.Progress(Census.NewReady, target, settings, now);
        string? reason = target > 0 && service.Backoff.IsCrashLoop(Restart) ? $"{service.Backoff.Failures} instances of revision {Current.Number} in a row did not last"
            : now >= deadline ? $"no further instance of revision {Current.Number} was ready within {settings.Deadline.TotalSeconds:0.###} s: {Census.NewReady} of {target} are{(service.Obstacle is { } obstacle ? $" ({obstacle})" : "")}"
            : null;
        if (reason is null || !service.Rollout.CanUndo)
        {
            if (reason is null && deadline is { } time && service.Rollout.CanUndo)
                LookAgain(time);
            return;
        }
        if (service.Rollout.TryMarkFailed(reason))
            Report(EventKind.RolloutFailed, null, reason);
        if (!settings.AutoUndo)
            return;
        int failed = Current.Number;
        service.Rollout.Undo(now);
        service.Backoff.Reset();
        Census.Recount(service.Instances, Current.Number);
        actions.Add(new SchedulerAction.UndoRollout(Id, failed, Current.Number, reason));
    }

    private void Complete(int target)
    {
        bool isUp = target > 0 ? Census.NewReady >= target : service.Rollout.WasEverReady;
        if (!service.Rollout.IsProgressing || Census.Old != 0 || !isUp)
            return;
        if (service.Rollout.CanUndo)
            Report(EventKind.RolloutFinished, null, $"revision {Current.Number} has taken the place of {service.Rollout.Proven!.Number}");
        service.Rollout.Complete();
    }

    /// <summary>Takes instances away: of the old revision as far as enough others are ready, and of the new one beyond the target.</summary>
    private void TakeAway(int target)
    {
        if (Census.Old != 0)
        {
            int spared = Math.Max(0, Census.NewReady + Census.OldReady - LeastReady(target));
            int leaving = Census.OldStarting + Math.Min(spared, Census.OldReady);
            if (leaving > 0)
                Remove(isNew: false, leaving, DrainReason.Rollout);
        }
        int surplus = Census.New - target;
        if (surplus > 0)
            Remove(isNew: true, surplus, DrainReason.ScaleDown);
    }

    /// <summary>
    /// How many have to stay ready while the old revision goes. Where there is no room for one more, one goes first: better one less for a moment than a
    /// rollout that cannot go on. The last one is not given up for that.
    /// </summary>
    private int LeastReady(int target)
    {
        int unavailable = service.Spec.Rollout.MaxUnavailable;
        if (service.Obstacle is not null)
        {
            target = Math.Min(target, Census.New + Census.Old + Census.Leaving);
            unavailable = target > 1 ? Math.Max(1, unavailable) : unavailable;
        }
        return Math.Max(0, target - unavailable);
    }

    /// <summary>Takes instances away. One that is coming up, and that requests wait for already, is left until it can be drained.</summary>
    private void Remove(bool isNew, int count, DrainReason why)
    {
        // The best so far, the worst of them on top.
        PriorityQueue<Instance, Instance> leaving = new(count + 1, s_lastToLeaveFirst);
        foreach (Instance instance in service.Instances)
        {
            if (!instance.IsServing || (instance.Revision.Number == Current.Number) != isNew)
                continue;
            if (leaving.Count < count)
                leaving.Enqueue(instance, instance);
            else
                leaving.EnqueueDequeue(instance, instance);
        }
        while (leaving.TryDequeue(out Instance? instance, out _))
        {
            if (instance.Phase == InstancePhase.Ready)
                Drain(instance, why);
            else if (instance.Answering == 0)
                Stop(instance, force: true, "it is not needed any more");
        }
    }

    private void Add(int target)
    {
        int missing = target - Census.New;
        if (Census.Old != 0)
            missing = Math.Min(missing, target + service.Spec.Rollout.MaxSurge - Census.New - Census.Old);
        if (service.Spec.IsExclusive && missing > 0)
            missing = Census.Leaving + Census.New + Census.Old == 0 ? 1 : 0;
        if (missing > 0)
            missing -= CallBack(missing);
        if (missing > 0)
            Start(missing, target);
        else
            service.Obstacle = null;
    }

    /// <summary>Sends requests again to instances that were draining because there was less to do: they are there already.</summary>
    private int CallBack(int count)
    {
        int called = 0;
        for (int i = 0; i < service.Instances.Count && called < count && Census.Leaving > 0; i++)
        {
            Instance instance = service.Instances[i];
            if (instance is not { Phase: InstancePhase.Draining, Leaving: DrainReason.ScaleDown } || instance.Revision.Number != Current.Number)
                continue;
            (instance.Leaving, instance.LeavingAt) = (DrainReason.None, null);
            cluster.Move(instance, service, InstancePhase.Ready, now);
            service.LookAt(instance, TimeSpan.MaxValue);
            actions.Add(new SchedulerAction.Resume(instance.Id, instance.Node));
            called++;
        }
        return called;
    }

    private void Start(int count, int target)
    {
        for (; count > 0; count--)
        {
            if (service.Backoff.NextStart > now)
            {
                LookAgain(service.Backoff.NextStart);
                return;
            }
            if (service.Backoff.IsCautious && Census.NewStarting > 0)
                return;
            if (!service.Owner.HasRoomFor(Current.Demand))
            {
                Starve(EventKind.QuotaReached, "the namespace has used up its limits");
                return;
            }
            if (cluster.Placer.Choose(Current, service.Spec.Placement, service.OnNode) is not { } node)
            {
                Starve(EventKind.Unplaceable, $"no node has {Current.Demand.MemoryBytes / ResourceSettings.Mebibyte} MiB and {Current.Demand.CpuMillicores}m free, one of the monitors and the image");
                return;
            }
            Instance instance = cluster.Place(service, node.Spec.Id, now);
            actions.Add(new SchedulerAction.Start(instance.Id, Id, Current.Number, node.Spec.Id, target == 1 ? "an instance is needed" : $"{target} instances are needed"));
            service.LookAt(instance, now + service.Spec.ReadyWithin);
        }
        service.Obstacle = null;
    }

    private void Starve(EventKind obstacle, string message)
    {
        if (service.Obstacle != obstacle)
            Report(obstacle, null, message);
        service.Obstacle = obstacle;
        cluster.Agenda.WhenThereIsRoom(service);
        LookAgain(now + s_tryAgainIn);
    }
}
