// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;
using Uaas.Master.Control;
using Uaas.Master.Deploying;
using Uaas.Master.Storage;

namespace Uaas.Master.Api;

/// <summary>What the API gives access to.</summary>
/// <param name="Control">What there is.</param>
/// <param name="Deployer">Changes what is wanted.</param>
/// <param name="Store">What is stored.</param>
/// <param name="History">What happens.</param>
/// <param name="Agent">The way to the node agent.</param>
/// <param name="LogFolder">Where consoles are kept.</param>
/// <param name="FrontUrl">Where the front serves; null where none does.</param>
/// <param name="Clock">The clock.</param>
public sealed record ApiServices(ControlLoop Control, Deployer Deployer, Store Store, History History, IAgentPort Agent, string LogFolder, string? FrontUrl, TimeProvider Clock)
{
    /// <summary>Whether the front serves HTTPS: certificates that are applied are of no use otherwise, which is said.</summary>
    public bool ServesHttps { get; init; }

    /// <summary>Held by the request with an idempotency key that is being carried out.</summary>
    internal SemaphoreSlim OneKeyAtATime { get; } = new(1);
}
