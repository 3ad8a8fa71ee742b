// SPDX-License-Identifier: Apache-2.0

using Uaas.Simulator;

namespace Uaas.Scheduling.Tests;

/// <summary>The simulator of <c>./uaas bench scheduler</c>, small.</summary>
public sealed class SimulationTests
{
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 20).Select(static seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void NoPromiseIsBrokenUnderRandomFailures(ulong seed)
    {
        SimulationReport report = new Simulation(Small(seed)).Run();
        Assert.True(report.Violations.Count == 0, string.Join('\n', report.Violations));
        Assert.True(report.ChurnPlacements > 1000, $"only {report.ChurnPlacements} placements");
    }

    [Fact]
    public void ASeedDecidesEverything()
    {
        SimulationReport first = new Simulation(Small(42)).Run();
        SimulationReport second = new Simulation(Small(42)).Run();
        Assert.Equal((first.Actions, first.Observations, first.ChurnPlacements, first.MostUse), (second.Actions, second.Observations, second.ChurnPlacements, second.MostUse));
    }

    [Fact]
    public void NodesAreFilledEvenly()
    {
        SimulationReport report = new Simulation(new SimulationOptions { Nodes = 500, Services = 200, Instances = 50_000, Duration = TimeSpan.Zero }).Run();
        Assert.InRange(report.MostUse / report.MeanUse, 1, 1.1);
        Assert.Empty(report.Violations);
    }

    private static SimulationOptions Small(ulong seed) => new()
    {
        Seed = seed,
        Nodes = 60,
        Services = 80,
        Instances = 3000,
        Duration = TimeSpan.FromSeconds(120),
        CrashesPerSecond = 5,
        NodeFailuresPerSecond = 0.05,
        LoadChangesPerSecond = 4,
        RolloutsPerSecond = 0.5,
        RemovalsPerSecond = 0.1,
    };
}
