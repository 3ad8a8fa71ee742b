// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Threading;
using Uaas.Instances;
using Uaas.Protocol.Agent;

namespace Uaas.Agent;

/// <summary>An instance that the agent runs for the master.</summary>
/// <param name="command">What it was started by.</param>
/// <param name="template">What it is made of.</param>
/// <param name="link">Its link.</param>
internal sealed class ServedInstance(AgentCommand.Start command, PreparedTemplate template, PooledLink link)
{
    private int _isReady;

    internal string Name => command.Instance;

    internal PreparedTemplate Template { get; } = template;

    internal PooledLink Link { get; } = link;

    internal DateTimeOffset StartedAt { get; } = DateTimeOffset.UtcNow;

    internal long StartedTicks { get; } = Stopwatch.GetTimestamp();

    /// <summary>The running instance; set when its process has been started.</summary>
    internal IInstance? Instance { get; set; }

    /// <summary>Whether it was told to end.</summary>
    internal bool IsStopping { get; set; }

    /// <summary>Called off when it ends.</summary>
    internal CancellationTokenSource Over { get; } = new();

    /// <summary>Notes that it answers; false where that was known.</summary>
    internal bool TryMarkReady() => Interlocked.Exchange(ref _isReady, 1) == 0;

    internal AgentEvent.Running Describe() => new(Name, command.Number, Template.Definition.Id, Template.Definition.Service, Template.Definition.Revision,
        Link.Link.Address.ToString(), Volatile.Read(ref _isReady) == 1, StartedAt);
}
