// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Simulator;

/// <summary>Seeded randomness (SplitMix64), the same on every machine and version of .NET.</summary>
internal sealed class Randomness(ulong seed)
{
    private ulong _state = seed;

    internal ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    internal int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);

    internal double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>The time to the next of events that come at a rate and know nothing of each other (exponential).</summary>
    internal TimeSpan Wait(double perSecond) => TimeSpan.FromSeconds(-Math.Log(1 - Share()) / perSecond);

    internal TimeSpan Between(double least, double most) => TimeSpan.FromSeconds(least + (Share() * (most - least)));
}
