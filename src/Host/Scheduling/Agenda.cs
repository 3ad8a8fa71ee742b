// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Scheduling.Reconciling;

namespace Uaas.Scheduling;

/// <summary>Which services are to be looked at: at once, at a time, or when there is room.</summary>
internal sealed class Agenda
{
    /// <summary>Room for one instance wakes so many services that wait: the first may need more than has become free.</summary>
    private const int WokenByRoom = 4;

    private readonly Queue<ServiceState> _now = new();
    private readonly PriorityQueue<ServiceState, TimeSpan> _later = new();
    private readonly Queue<ServiceState> _starved = new();

    internal void Add(ServiceState service)
    {
        if (service.IsDirty)
            return;
        service.IsDirty = true;
        _now.Enqueue(service);
    }

    /// <summary>The next service to look at now, or null.</summary>
    internal ServiceState? Next(TimeSpan now)
    {
        while (_later.TryPeek(out ServiceState? service, out TimeSpan due) && due <= now)
        {
            if (service.Due <= now)
            {
                Add(service);
                service.Due = null;
            }
            DropFirst();
        }
        if (!_now.TryDequeue(out ServiceState? next))
            return null;
        next.IsDirty = false;
        return next;
    }

    /// <summary>Looks at a service again at a time. One entry a service counts: the earliest; when it comes up, the service is put back if its time has moved.</summary>
    internal void At(ServiceState service, TimeSpan? due)
    {
        service.Due = due;
        Queue(service);
    }

    /// <summary>When something is due next.</summary>
    internal TimeSpan? NextDue()
    {
        while (_later.TryPeek(out ServiceState? service, out TimeSpan due))
        {
            if (service.Due == due)
                return due;
            DropFirst();
        }
        return null;
    }

    internal void WhenThereIsRoom(ServiceState service)
    {
        if (service.IsStarved)
            return;
        service.IsStarved = true;
        _starved.Enqueue(service);
    }

    internal void RoomForOne() => Wake(WokenByRoom);

    internal void RoomForAll() => Wake(_starved.Count);

    private void Wake(int count)
    {
        for (; count > 0 && _starved.TryDequeue(out ServiceState? service); count--)
        {
            service.IsStarved = false;
            Add(service);
        }
    }

    /// <summary>Takes the first entry out. If it was the one that counts, the service gets another at its time now, if it has one.</summary>
    private void DropFirst()
    {
        _later.TryDequeue(out ServiceState? service, out TimeSpan due);
        if (service!.QueuedFor != due)
            return;
        service.QueuedFor = null;
        Queue(service);
    }

    private void Queue(ServiceState service)
    {
        if (service.Due is not { } due || service.QueuedFor <= due)
            return;
        service.QueuedFor = due;
        _later.Enqueue(service, due);
    }
}
