// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using Uaas.Http.Tests.Support;
using Xunit;

namespace Uaas.Services.Tests.Comparison;

/// <summary>A test that puts the http service on one monitor beside nginx. Skipped by name where a program or the monitor is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ComparisonFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    /// <param name="monitor">Key of the monitor.</param>
    /// <param name="client">The program that asks both.</param>
    public ComparisonFactAttribute(string monitor, string client)
    {
        string? missing = new[] { NginxProcess.Program, client }.FirstOrDefault(program => !File.Exists(program));
        Skip = MonitorRequirement.FindObstacle(monitor) ?? (missing is null ? null : $"needs {Path.GetFileName(missing)}");
    }
}
