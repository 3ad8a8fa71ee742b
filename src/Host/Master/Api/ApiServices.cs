// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Uaas.Configuration;
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
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Whether the front serves HTTPS: certificates that are applied are of no use otherwise, which is said.</summary>
    public bool ServesHttps { get; init; }

    /// <summary>The ports beside HTTP that the front listens on.</summary>
    public IReadOnlyCollection<int> TcpPorts { get; init; } = [];

    /// <summary>What is wanted of a front that this daemon's was not started with. Another front may have it.</summary>
    internal IEnumerable<string> LackOf(Deployment deployment)
    {
        if (deployment.Tls.Certificates.Count > 0 && !ServesHttps)
            yield return "tls: this daemon serves no HTTPS: start it with --https-port PORT";
        foreach ((ServiceDefinition service, TcpPort port) in deployment.Services.SelectMany(service => service.Ports.Tcp.Select(port => (service, port))).Where(one => !TcpPorts.Contains(one.port.Listen)))
            yield return $"services.{service.Name}.ports.{port.Name}: this daemon does not listen on {port.Listen}: start it with --tcp {port.Listen}";
    }

    /// <summary>Held by a request with that idempotency key while it is carried out. A few keys share one, so that there is a bound.</summary>
    internal SemaphoreSlim TurnOf(string key) => _turns[(uint)key.GetHashCode(StringComparison.Ordinal) % (uint)_turns.Length];
}
