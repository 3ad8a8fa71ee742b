// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Configuration;

namespace Uaas.Scheduling.Scaling;

/// <summary>
/// How many instances a service needs, by the number of requests at a time: what instances answer, and what waits. After Knative's pod autoscaler (KPA): the
/// mean over a stable window divided by the target per instance, a panic window of a tenth of it, and panic at twice of what there is, during which nothing is
/// taken away. Two things differ, since an instance here is there within milliseconds: the short window may raise the number outside panic too, and panic goes
/// by the requests of this moment. And it is not run at intervals: it says when its answer could change.
/// </summary>
internal sealed class Autoscaler
{
    private const int PanicSlots = LoadWindow.Slots / 10;
    private const double PanicThreshold = 2.0;

    /// <summary>A mean of 190 must not ask for one instance more because it was added up to 190.0000001.</summary>
    private const double Rounding = 1e-6;

    private ScaleSettings _settings;
    private LoadWindow _load;
    private TimeSpan? _activeAt;
    private TimeSpan? _panicUntil;
    private int _panicDesired;
    private TimeSpan? _heldUntil;
    private int _held;

    internal Autoscaler(ScaleSettings settings, TimeSpan now)
    {
        _settings = settings;
        _load = new LoadWindow(settings.Window, now);
    }

    /// <summary>Requests at a time, now.</summary>
    internal int Concurrency { get; private set; }

    /// <summary>The instances that they need.</summary>
    internal int Present => Needed(Concurrency);

    internal bool IsPanicking(TimeSpan now) => now < _panicUntil;

    internal double Mean(TimeSpan now) => _load.Mean(LoadWindow.Slots, now);

    internal void Configure(ScaleSettings settings, TimeSpan now)
    {
        if (settings.Window != _settings.Window)
        {
            _load = new LoadWindow(settings.Window, now);
            _load.Set(Concurrency, now);
        }
        _settings = settings;
    }

    /// <summary>Requests at a time, from now on.</summary>
    internal void Set(int concurrency, TimeSpan now)
    {
        if (Concurrency > 0 || concurrency > 0)
            _activeAt = now;
        Concurrency = concurrency;
        _load.Set(concurrency, now);
    }

    /// <summary>So many instances were found running, and what they do is not known yet: none is taken away for one window.</summary>
    internal void Hold(int instances, TimeSpan now)
    {
        _activeAt = now;
        _heldUntil = now + _settings.Window;
        _held = Math.Max(_held, instances);
    }

    /// <summary>How many instances are needed now, spares included, while so many serve or are about to.</summary>
    internal int Target(int serving, TimeSpan now)
    {
        int desired = Desired(serving, now);
        if (now >= _heldUntil)
            (_held, _heldUntil) = (0, null);
        int needed = Math.Clamp(Math.Max(desired, _held), _settings.Min, _settings.Max);
        return WithSpares(needed);
    }

    /// <summary>When the answer may change without anything being observed; null: it does not.</summary>
    internal TimeSpan? NextChange(int target, TimeSpan now)
    {
        int steady = WithSpares(Math.Clamp(Present, _settings.Min, _settings.Max));
        if (target == steady)
            return null;
        TimeSpan next = _heldUntil ?? (target > steady && IsPanicking(now) ? _panicUntil!.Value : now + _load.Slot);
        if (target > steady && Concurrency == 0 && _heldUntil is null)
        {
            // The last instance goes at one moment; of several, some may go before.
            TimeSpan idle = (_activeAt ?? now) + _settings.Idle;
            next = target == steady + 1 || idle < next ? idle : next;
        }
        return next > now ? next : now + _load.Slot;
    }

    private int Desired(int serving, TimeSpan now)
    {
        if (Concurrency == 0 && (_activeAt is null || now - _activeAt >= _settings.Idle))
        {
            _panicUntil = null;
            _panicDesired = 0;
            return 0;
        }
        int desired = Math.Max(1, Math.Max(Needed(_load.Mean(LoadWindow.Slots, now)), Needed(_load.Mean(PanicSlots, now))));
        int present = Present;
        if (present >= PanicThreshold * Math.Max(serving, 1))
            _panicUntil = now + _settings.Window;
        if (!IsPanicking(now))
        {
            _panicDesired = 0;
            return desired;
        }
        _panicDesired = Math.Max(_panicDesired, Math.Max(desired, present));
        return _panicDesired;
    }

    private int WithSpares(int needed) => (int)Math.Min(_settings.Max, (long)needed + _settings.Spares);

    private int Needed(double concurrency) => (int)Math.Min(int.MaxValue, Math.Ceiling((concurrency / _settings.Concurrency) - Rounding));
}
