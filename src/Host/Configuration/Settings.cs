// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Configuration;

/// <summary>How many instances a service has, and when.</summary>
public sealed record ScaleSettings
{
    /// <summary>Least instances; 0: none when nobody asks.</summary>
    public int Min { get; init; }

    /// <summary>Most instances that take new requests.</summary>
    public int Max { get; init; } = 10;

    /// <summary>Requests that one instance is to answer at a time: the target, not a limit.</summary>
    public int Concurrency { get; init; } = 100;

    /// <summary>How long a service at one instance must be without a request before it goes to none.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The stable window: scaling down follows the mean of this time.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Instances kept ready beyond what is needed.</summary>
    public int Spares { get; init; }
}

/// <summary>What an instance gets, and what placement sets aside for it.</summary>
public sealed record ResourceSettings
{
    /// <summary>Bytes in a mebibyte.</summary>
    public const long Mebibyte = 1 << 20;

    /// <summary>The guest's memory in bytes: a whole number of MiB.</summary>
    public long MemoryBytes { get; init; } = 32 * Mebibyte;

    /// <summary>Most processor time, in thousandths of a core.</summary>
    public int CpuMillicores { get; init; } = 1000;

    /// <summary>Memory that placement sets aside, in bytes; at most <see cref="MemoryBytes"/>. Less of it places more instances than memory would hold if all used theirs.</summary>
    public long ReservedMemoryBytes { get; init; } = 32 * Mebibyte;

    /// <summary>Processor time that placement sets aside, in thousandths of a core; at most <see cref="CpuMillicores"/>.</summary>
    public int ReservedCpuMillicores { get; init; } = 1;

    /// <summary>The guest's memory in MiB.</summary>
    public int MemoryMebibytes => (int)(MemoryBytes / Mebibyte);
}

/// <summary>When an instance counts as ready.</summary>
public sealed record HealthSettings
{
    /// <summary>The path that must answer with a status below 500; null: the HTTP port accepting a connection is enough.</summary>
    public string? Path { get; init; }

    /// <summary>How long that may take from the start.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How often an instance that is ready is asked for the path by the front; null for never: what fails is found out by traffic alone.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>So many failures in a row, and it is replaced.</summary>
    public int Failures { get; init; } = 3;
}

/// <summary>What happens when an instance ends on its own.</summary>
public sealed record RestartSettings
{
    /// <summary>The wait before the second start in a row; it doubles each time. The first replacement is at once.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an instance must be ready to count as well: ends before that are in a row.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Ends in a row that are called a crash loop.</summary>
    public int CrashLoop { get; init; } = 5;
}

/// <summary>How a new revision takes the place of the old one.</summary>
public sealed record RolloutSettings
{
    /// <summary>Instances beyond the needed ones while both revisions run.</summary>
    public int MaxSurge { get; init; } = 1;

    /// <summary>Instances that may be missing meanwhile.</summary>
    public int MaxUnavailable { get; init; }

    /// <summary>How long the new revision may go without a further instance becoming ready before it is undone.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether it is undone by itself.</summary>
    public bool AutoUndo { get; init; } = true;

    /// <summary>Past revisions that are remembered.</summary>
    public int History { get; init; } = 10;
}
