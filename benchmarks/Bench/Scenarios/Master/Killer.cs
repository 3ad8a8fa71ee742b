// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Uaas.Bench.Machine;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>Something that was killed.</summary>
/// <param name="Victim">What: instance, master, front, agent.</param>
/// <param name="Process">Its process.</param>
/// <param name="Time">When, as a <see cref="Stopwatch"/> timestamp.</param>
internal sealed record Death(string Victim, LivingProcess Process, long Time);

/// <summary>Kills processes of a node at random: the same seed, the same kinds in the same order.</summary>
/// <param name="node">The node.</param>
/// <param name="seed">The seed.</param>
internal sealed class Killer(MasterNode node, int seed)
{
    /// <summary>An instance is its tender's process.</summary>
    internal const string Instance = "instance";

    /// <summary>The master.</summary>
    internal const string Master = "master";

    /// <summary>The front.</summary>
    internal const string Front = "front";

    /// <summary>The node agent, and with it the front and all instances.</summary>
    internal const string Agent = "agent";

    // How often each is killed, of ten times.
    private static readonly string[] s_draws = [Instance, Instance, Instance, Instance, Instance, Master, Master, Master, Front, Agent];

    private readonly Random _random = new(seed);
    private readonly List<Death> _deaths = [];

    /// <summary>What was killed, in order.</summary>
    internal IReadOnlyList<Death> Deaths => _deaths;

    /// <summary>Kills one; nothing where there is none of the kind just now.</summary>
    internal void Strike()
    {
        string victim = s_draws[_random.Next(s_draws.Length)];
        int draw = _random.Next();
        if (Find(victim, draw) is not { } process)
            return;
        _deaths.Add(new Death(victim, process, Stopwatch.GetTimestamp()));
        _ = Native.Kill(process.Id, Native.KillSignal);
    }

    /// <summary>How long to wait before the next.</summary>
    internal TimeSpan Pause() => TimeSpan.FromMilliseconds(_random.Next(200, 2200));

    /// <summary>How many of a kind were killed.</summary>
    internal int Count(string victim) => _deaths.Count(death => death.Victim == victim);

    private LivingProcess? Find(string victim, int draw)
    {
        if (victim != Instance)
            return node.Find($"serve-{victim}");
        List<LivingProcess> tenders = [.. node.Processes().Where(static living => living.Name == "uaas-spt").OrderBy(static living => living.Id)];
        return tenders.Count == 0 ? null : tenders[draw % tenders.Count];
    }
}
