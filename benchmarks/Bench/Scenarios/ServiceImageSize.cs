// SPDX-License-Identifier: Apache-2.0

using System.IO;
using Uaas.Bench.Results;

namespace Uaas.Bench.Scenarios;

/// <summary>Bytes of a service's images.</summary>
/// <param name="service">The service.</param>
/// <param name="largest">Kilobytes that each may have.</param>
internal sealed class ServiceImageSize(string service, double largest) : Scenario
{
    private const double Kilobyte = 1000;

    internal override string Name => "size";

    internal override string Summary => "bytes of the images";

    internal override void Run(Workbench bench)
    {
        foreach (string platform in new[] { "spt", "hvt", "pvh" })
        {
            string path = bench.Artifacts.Image(service, platform);
            string? missing = File.Exists(path) ? null : $"there is no {path}: ./uaas build";
            bench.Report.Add(Workbench.Complete(
                    new Comparison(Name, $"{service} image, {platform}", "kB", Better.Less), "uaas", missing is null ? [new FileInfo(path).Length / Kilobyte] : [], missing)
                .WithGoal(new Goal(largest)));
        }
    }
}
