// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using Xunit;

namespace Uaas.KvmBed;

/// <summary>The tenders where KVM works, whatever this machine has.</summary>
[Trait("Needs", "kvm-bed")]
public class BedTests(Bed bed) : IClassFixture<Bed>
{
    public static TheoryData<string> Names => [.. BedScenarios.All.Select(s => s.Name)];

    [BedTheory]
    [MemberData(nameof(Names))]
    public void Ends_as_it_must(string name)
    {
        BedScenario scenario = BedScenarios.All.Single(s => s.Name == name);
        Assert.True(bed.Results.TryGetValue(name, out BedResult? result), $"the bed ended before this scenario:\n{bed.Console}");
        Assert.True(result!.Output.Contains(scenario.Expected, StringComparison.Ordinal), $"expected '{scenario.Expected}' in:\n{result.Output}");
        Assert.Equal(scenario.Status, result.Status);
    }
}

/// <summary>A theory that needs the test bed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BedTheoryAttribute : TheoryAttribute
{
    public BedTheoryAttribute() => Skip = Bed.Obstacle;
}
