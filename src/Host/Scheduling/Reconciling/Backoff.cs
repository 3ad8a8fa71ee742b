// SPDX-License-Identifier: Apache-2.0

using System;
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

    internal void Reset()
    {
        Failures = 0;
        _lastEnd = NextStart = TimeSpan.MinValue;
    }

    private TimeSpan Delay(RestartSettings settings)
    {
        if (Failures <= 1)
            return TimeSpan.Zero;
        double factor = Math.Pow(2, Math.Min(Failures - 2, 60));
        return settings.Backoff * factor < settings.MaxBackoff ? settings.Backoff * factor : settings.MaxBackoff;
    }
}
