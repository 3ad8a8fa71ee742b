// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Scheduling.Scaling;

/// <summary>
/// The mean of a value over the last while, weighted by time. It is told of changes, not asked at intervals: a value that does not change costs nothing.
/// Times are rounded to the sixtieth part of the window in which they lie.
/// </summary>
internal sealed class LoadWindow
{
    internal const int Slots = 60;

    private readonly double[] _areas = new double[Slots];
    private readonly double _slot;
    private double _time;
    private readonly double _start;
    private double _value;

    /// <summary>A window in which nothing has happened yet.</summary>
    internal LoadWindow(TimeSpan length, TimeSpan now)
    {
        _slot = length.TotalSeconds / Slots;
        _time = _start = now.TotalSeconds;
    }

    internal TimeSpan Slot => TimeSpan.FromSeconds(_slot);

    /// <summary>The value from now on.</summary>
    internal void Set(double value, TimeSpan now)
    {
        Advance(now.TotalSeconds);
        _value = value;
    }

    /// <summary>The mean of the last <paramref name="slots"/> sixtieths up to now, or of the time since the beginning if that is shorter.</summary>
    internal double Mean(int slots, TimeSpan now)
    {
        Advance(now.TotalSeconds);
        long current = (long)(_time / _slot);
        double area = 0;
        for (long slot = Math.Max(0, current - slots + 1); slot <= current; slot++)
            area += _areas[(int)(slot % Slots)];
        double oldest = Math.Max(_start, (current - slots + 1) * _slot);
        double time = _time - oldest;
        return time > 0 ? area / time : _value;
    }

    private void Advance(double now)
    {
        if (now <= _time)
            return;
        long from = (long)(_time / _slot);
        long to = (long)(now / _slot);
        if (to == from)
        {
            _areas[(int)(from % Slots)] += _value * (now - _time);
        }
        else
        {
            _areas[(int)(from % Slots)] += _value * (((from + 1) * _slot) - _time);
            for (long slot = Math.Max(from + 1, to - Slots); slot < to; slot++)
                _areas[(int)(slot % Slots)] = _value * _slot;
            _areas[(int)(to % Slots)] = _value * (now - (to * _slot));
        }
        _time = now;
    }
}
