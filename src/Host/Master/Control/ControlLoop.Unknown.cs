// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Uaas.Master.Fronts;

namespace Uaas.Master.Control;

/// <summary>
/// Questions for services that are not wanted, or not yet. A front with routes of its own, as nginx has, is told of new ones before the master is, so that nothing of what is taken
/// away is asked for any more: for a moment it asks for what is about to be.
/// </summary>
public sealed partial class ControlLoop
{
    /// <summary>How long a service may be asked for before it is there.</summary>
    internal static readonly TimeSpan UnknownWithin = TimeSpan.FromSeconds(5);

    private readonly List<(Want Want, string Key, TimeSpan Until)> _unknown = [];
    private ITimer? _unknownTimer;

    private void HoldUnknown(Want want, string key)
    {
        if (_unknown.Count >= MaxWantsOfAFront)
        {
            want.Front.Send(FrontMessages.Refuse(want.Sequence, 503, 1, "full"));
            return;
        }
        _unknownTimer ??= _clock.CreateTimer(_ => RefuseUnknown(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (_unknown.Count == 0)
            _unknownTimer.Change(UnknownWithin, Timeout.InfiniteTimeSpan);
        _unknown.Add((want, key, Now + UnknownWithin));
    }

    /// <summary>There is such a service now.</summary>
    private void TakeUnknown(ServiceRecord service)
    {
        if (_unknown.RemoveAll(held => held.Key == service.Key && Keep(service, held.Want)) == 0)
            return;
        _cluster.Waiting(service.Id, service.Waiting, Now);
        AnswerWants(service);
    }

    private static bool Keep(ServiceRecord service, Want want)
    {
        service.Wants.Add(want);
        return true;
    }

    private void RefuseUnknown()
    {
        lock (_lock)
        {
            foreach ((Want want, _, _) in _unknown.Where(held => held.Until <= Now))
                want.Front.Send(FrontMessages.Refuse(want.Sequence, 503, 1, "unknown"));
            _unknown.RemoveAll(held => held.Until <= Now);
            if (_unknown.Count > 0)
                _unknownTimer?.Change(WaitUntil(_unknown[0].Until), Timeout.InfiniteTimeSpan);
        }
    }
}
