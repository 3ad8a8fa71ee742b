// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Cli;
using Uaas.Host.Tests;
using Uaas.Instances;
using Xunit;
using Monitor = Uaas.Cli.Monitor;

namespace Uaas.Services.Tests;

/// <summary>A test against a booted http service on one monitor. Skipped by name where that monitor is of no use on this machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MonitorTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public MonitorTheoryAttribute(string monitor) => Skip = MonitorRequirement.FindObstacle(monitor);
}

/// <summary>One such test.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MonitorFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    /// <param name="monitor">Key of the monitor.</param>
    /// <param name="privilege">What it takes; none where the command makes the node.</param>
    public MonitorFactAttribute(string monitor, Privilege privilege = Privilege.OwnRoot) => Skip = MonitorRequirement.FindObstacle(monitor, privilege);
}

/// <summary>What a test of a booted service needs.</summary>
internal static class MonitorRequirement
{
    private static readonly Lazy<KvmProbe> s_kvm = new(KvmProbe.Run);

    /// <summary>Why services cannot be tried on the monitor of that key; null where they can.</summary>
    internal static string? FindObstacle(string key, Privilege privilege = Privilege.OwnRoot)
    {
        Locations locations = Locations.Find();
        if (Obstacle.ToNode(privilege) is { } obstacle) return obstacle;
        Monitor monitor = Monitor.ByKey(key);
        Doctor doctor = new(locations, each => each.CreateDriver(locations), () => s_kvm.Value);
        if (doctor.FindObstacle(monitor) is not null) return $"needs a usable {key}";

        // An image that was not built is no reason to skip: the test fails and says so.
        return null;
    }
}
