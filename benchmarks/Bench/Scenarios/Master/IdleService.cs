// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.Linq;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>A service with many instances that nobody asks.</summary>
internal static class IdleService
{
    private const string Name = "idle";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The service, as uaas.yaml has it.</summary>
    internal static string Yaml(Workbench bench, int instances) => MasterNode.Service(bench, Name,
        string.Create(CultureInfo.InvariantCulture, $"min: {instances}, max: {Math.Max(instances, 1)}, idle: 1s"), "    resources: {reserve: {memory: 1MiB}}\n");

    /// <summary>Waits until all of them answer.</summary>
    internal static void Await(MasterNode node, int instances) => node.Api.Until($"{instances} instances running", Patience, api =>
        api.Instances().Count(static one => one is { Service: Name, State: "running" }) == instances);
}
