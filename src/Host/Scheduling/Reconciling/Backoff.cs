// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Configuration;

namespace Uaas.Scheduling.Reconciling;

/// <summary>
/// When the instances of a service may be started, after some ended on their own. The first replacement is at once; then the wait doubles. What was started
/// before the last end does not count again: twenty that one bad request kills are one failure, not twenty.
/// </summary>
internal sealed class Backoff
{
    private TimeSpan _lastEnd = TimeSpan.MinValue;
    private InstanceId _newestThen;
    private Instance? _candidate;

    /// <summary>Ends in a row.</summary>
    internal int Failures { get; private set; }

    /// <summary>No start before this.</summary>
    internal TimeSpan NextStart { get; private set; } = TimeSpan.MinValue;

    /// <summary>Whether only one instance is tried at a time, until one lasts.</summary>
    internal bool IsCautious => Failures > 1;

    internal bool IsCrashLoop(RestartSettings settings) => Failures >= settings.CrashLoop;

    /// <summary>An instance ended on its own, or was not ready in time.</summary>
    /// <param name="instance">Which.</param>
    /// <param name="newest">The number of the newest instance of all.</param>
    /// <param name="settings">How long to wait.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether it counts: the wait has changed.</returns>
    internal bool Ended(Instance instance, InstanceId newest, RestartSettings settings, TimeSpan now)
    {
        Lasts(instance, settings, now);
        if (Failures != 0 && instance.Id.Value <= _newestThen.Value)
            return false;
        _newestThen = newest;
        Failures = Math.Min(Failures + 1, int.MaxValue - 1);
        _lastEnd = now;
        NextStart = now + Delay(settings);
        return true;
    }

    /// <summary>An instance has been ready until now: if it came after the last end, and for long enough, the ends so far were no row.</summary>
    internal void Lasts(Instance instance, RestartSettings settings, TimeSpan now)
    {
        if (Failures != 0 && instance.ReadyAt > _lastEnd && now - instance.ReadyAt >= settings.Settle)
            Reset();
    }

    /// <summary>Resets when an instance that came after the last end has lasted.</summary>
    /// <returns>When the first of them will have; null when there is none, or nothing to reset.</returns>
    internal TimeSpan? LooksForOneThatLasts(List<Instance> instances, RestartSettings settings, TimeSpan now)
    {
        if (Failures == 0)
            return null;
        if (_candidate is not { Phase: InstancePhase.Ready or InstancePhase.Draining } || _candidate.ReadyAt <= _lastEnd)
            _candidate = Oldest(instances);
        if (_candidate is null)
            return null;
        Lasts(_candidate, settings, now);
        return Failures == 0 ? null : _candidate.ReadyAt + settings.Settle;
    }

    internal void Reset()
    {
        _candidate = null;
        Failures = 0;
        _lastEnd = NextStart = TimeSpan.MinValue;
    }

    /// <summary>The instance that answers and came first after the last end.</summary>
    private Instance? Oldest(List<Instance> instances)
    {
        Instance? oldest = null;
        foreach (Instance instance in instances)
        {
            if (instance.Phase is InstancePhase.Ready or InstancePhase.Draining && instance.ReadyAt > _lastEnd && !(instance.ReadyAt >= oldest?.ReadyAt))
                oldest = instance;
        }
        return oldest;
    }

    private TimeSpan Delay(RestartSettings settings)
    {
        if (Failures <= 1)
            return TimeSpan.Zero;
        double factor = Math.Pow(2, Math.Min(Failures - 2, 60));
        return settings.Backoff * factor < settings.MaxBackoff ? settings.Backoff * factor : settings.MaxBackoff;
    }
}
