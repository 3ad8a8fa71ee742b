// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Bench.Scenarios;

/// <summary>A part of the benchmark that can be run by itself.</summary>
internal abstract class Scenario
{
    /// <summary>The word that selects it.</summary>
    internal abstract string Name { get; }

    /// <summary>What it measures, in a line.</summary>
    internal abstract string Summary { get; }

    /// <summary>Measures, and adds what it finds to the workbench's report.</summary>
    internal abstract void Run(Workbench bench);
}
