// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Bench;

/// <summary>How long to measure.</summary>
/// <param name="Quick">Few and short rounds: to see that everything works, not to quote.</param>
internal sealed record BenchOptions(bool Quick)
{
    /// <summary>Rounds of each contender under load.</summary>
    internal int LoadRounds => Quick ? 2 : 7;

    /// <summary>Length of one round under load.</summary>
    internal TimeSpan LoadTime => TimeSpan.FromSeconds(Quick ? 1 : 2);

    /// <summary>Starts of each contender as a process.</summary>
    internal int ProcessStarts => Quick ? 20 : 200;

    /// <summary>Starts of each contender on QEMU.</summary>
    internal int MachineStarts => Quick ? 2 : 10;

    /// <summary>Batches in which idle instances are started.</summary>
    internal int IdleBatches => Quick ? 4 : 10;

    /// <summary>Idle instances at a time, in the end.</summary>
    internal int IdleInstances => IdleBatches * (Quick ? 50 : 100);

    /// <summary>Requests of the endurance run.</summary>
    internal long SoakRequests => Quick ? 100_000 : 10_000_000;

    /// <summary>Connections of the endurance run.</summary>
    internal long SoakConnections => Quick ? 20_000 : 1_000_000;

    /// <summary>Images that are made in a round.</summary>
    internal int Images => Quick ? 10 : 40;

    /// <summary>Rounds of each contender with an audience.</summary>
    internal int VideoRounds => Quick ? 1 : 5;

    /// <summary>Length of one round with an audience.</summary>
    internal TimeSpan VideoTime => TimeSpan.FromSeconds(Quick ? 4 : 10);

    /// <summary>Viewers that join one after the other.</summary>
    internal int VideoJoins => Quick ? 50 : 500;

    /// <summary>Until a stream's buffer has been used to its end: 4 MiB of packets, and 4,096 of them.</summary>
    internal TimeSpan VideoFillTime => TimeSpan.FromSeconds(Quick ? 20 : 75);

    /// <summary>Length of the endurance run with an audience.</summary>
    internal TimeSpan VideoSoakTime => Quick ? TimeSpan.FromSeconds(20) : TimeSpan.FromMinutes(10);

    /// <summary>Round trips that are measured at a time.</summary>
    internal long LinkRounds => Quick ? 5_000 : 50_000;

    /// <summary>MiB that are sent at a time.</summary>
    internal long LinkMegabytes => Quick ? 512 : 4096;

    /// <summary>Rounds of each approach.</summary>
    internal int ApproachRounds => Quick ? 1 : 5;

    /// <summary>Length of each part of such a round.</summary>
    internal TimeSpan ApproachTime => TimeSpan.FromSeconds(Quick ? 3 : 6);

    /// <summary>How long nginx is reloaded every second.</summary>
    internal TimeSpan ReloadTime => TimeSpan.FromSeconds(Quick ? 5 : 60);

    /// <summary>How often all services are asked from zero.</summary>
    internal int ColdRounds => Quick ? 1 : 50;

    /// <summary>Requests to services at zero, one after the other.</summary>
    internal int ColdStarts => Quick ? 100 : 1000;

    /// <summary>Idle instances beside those that start from zero.</summary>
    internal int ResidentInstances => Quick ? 100 : 1000;

    /// <summary>Idle instances that a daemon keeps.</summary>
    internal int KeptInstances => Quick ? 200 : 2000;

    /// <summary>How long idle instances are watched.</summary>
    internal TimeSpan IdleTime => TimeSpan.FromSeconds(Quick ? 5 : 30);

    /// <summary>How often a crowd comes.</summary>
    internal int Surges => Quick ? 1 : 7;

    /// <summary>How long a service is updated again and again.</summary>
    internal TimeSpan RolloutTime => TimeSpan.FromSeconds(Quick ? 8 : 60);

    /// <summary>How long processes of a node are killed.</summary>
    internal TimeSpan ChaosTime => Quick ? TimeSpan.FromSeconds(20) : TimeSpan.FromMinutes(10);
}
