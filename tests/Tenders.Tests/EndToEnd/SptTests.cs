// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>The built spt tender with real guests, on this machine: it needs Linux and no privilege.</summary>
public class SptTests
{
    public static TheoryData<string> Names => [.. Scenarios.Spt.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ends_as_it_must(string name)
    {
        Scenario scenario = Scenarios.Spt.Single(s => s.Name == name);
        string folder = Directory.CreateTempSubdirectory("uaas tender ").FullName;
        try
        {
            scenario.WriteFiles(folder);
            string images = Path.Combine(BuiltPrograms.Root, "out", "images");
            using TenderRun run = new(scenario.Platform, scenario.ArgumentsIn(folder, images));
            int status = run.Wait();
            Assert.Contains(scenario.Expected, run.Output + run.Errors, StringComparison.Ordinal);
            Assert.Equal(scenario.Status, status);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void A_request_to_stop_reaches_the_guest()
    {
        using TenderRun run = new("spt", ["--mem=4", BuiltPrograms.Guest("faults", "spt"), "idle"], "idle");
        Signals.Terminate(run.ProcessId);
        Assert.Equal(7, run.Wait());
        Assert.Equal("stopped\n", run.Output);
    }

    [Fact]
    public void An_idle_guest_costs_less_than_200_KiB()
    {
        using TenderRun run = new("spt", ["--mem=512", BuiltPrograms.Guest("faults", "spt"), "idle"], "idle");
        string resident = File.ReadLines($"/proc/{run.ProcessId}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        int kibibytes = int.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(kibibytes, 1, 200);
    }
}
