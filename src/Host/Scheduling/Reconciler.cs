// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Scheduling.Reconciling;

namespace Uaas.Scheduling;

/// <summary>Finds what has to be done so that what is there becomes what is wanted.</summary>
public static class Reconciler
{
    /// <summary>
    /// Looks at the services of which something has changed and those whose time has come. Run it after each batch of observations, and at the time that it
    /// returns. A second run without an observation between adds no action.
    /// </summary>
    /// <param name="cluster">The picture; the actions are marked in it as under way.</param>
    /// <param name="now">The time.</param>
    /// <param name="actions">Where actions are added, in the order they are to be carried out.</param>
    /// <returns>When to run again at the latest, if nothing is observed before; null: not before something is.</returns>
    public static TimeSpan? Run(ClusterState cluster, TimeSpan now, List<SchedulerAction> actions)
    {
        while (cluster.Agenda.Next(now) is { } service)
        {
            ServiceReconciliation reconciliation = new(cluster, service, now, actions);
            reconciliation.Run();
            cluster.Agenda.At(service, reconciliation.Due);
        }
        return cluster.Agenda.NextDue();
    }
}
