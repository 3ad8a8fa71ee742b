// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Front.Logging;

/// <summary>A request that is over, as it is written down.</summary>
internal readonly record struct AccessEntry
{
    /// <summary>When it came in.</summary>
    internal required DateTimeOffset Time { get; init; }

    /// <summary>The client's address.</summary>
    internal required string Remote { get; init; }

    internal required string Method { get; init; }

    /// <summary>The target as the client wrote it.</summary>
    internal required string Target { get; init; }

    internal required string Protocol { get; init; }

    internal required bool IsHttps { get; init; }

    internal required string Host { get; init; }

    internal required int Status { get; init; }

    /// <summary>Bytes of the answer's content.</summary>
    internal required long Bytes { get; init; }

    internal required TimeSpan Duration { get; init; }

    internal string? Referrer { get; init; }

    internal string? UserAgent { get; init; }

    internal string? Service { get; init; }

    internal string? Instance { get; init; }

    /// <summary>Whether it waited for an instance to come up.</summary>
    internal bool HasWaited { get; init; }
}
