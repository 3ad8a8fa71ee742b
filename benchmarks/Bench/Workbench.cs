// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench;

/// <summary>What every scenario works with; what it made on disk is gone when it is disposed of.</summary>
internal sealed class Workbench : IDisposable
{
    private static string? s_folder;

    private readonly Action<string> _say;
    private LinuxImage? _linux;

    /// <param name="options">How long to measure.</param>
    /// <param name="say">Takes a line about what is going on.</param>
    internal Workbench(BenchOptions options, Action<string> say)
    {
        Options = options;
        _say = say;
        Folder = s_folder = Directory.CreateTempSubdirectory("uaas-bench-").FullName;
        Site = Site.Create(Folder);
        Wrk = new Wrk(Folder, Processors);
        Unikernel = new Unikernel(Artifacts, Site, Folder);
    }

    /// <summary>How long to measure.</summary>
    internal BenchOptions Options { get; }

    /// <summary>A folder for this run.</summary>
    internal string Folder { get; }

    /// <summary>What is served.</summary>
    internal Site Site { get; }

    /// <summary>Who runs where.</summary>
    internal Processors Processors { get; } = Processors.Choose();

    /// <summary>What the build made.</summary>
    internal Artifacts Artifacts { get; } = Artifacts.Find();

    /// <summary>Ours.</summary>
    internal Unikernel Unikernel { get; }

    /// <summary>The load generator.</summary>
    internal Wrk Wrk { get; }

    /// <summary>What has been found.</summary>
    internal Report Report { get; } = new();

    /// <summary>The Linux of the microVM; fetched at first use.</summary>
    internal LinuxImage Linux => _linux ??= LinuxImage.Fetch(Path.Combine(Artifacts.Root, "bench"));

    /// <summary>Says what is going on.</summary>
    internal void Say(string line) => _say(line);

    /// <summary>A folder of this run for something of that name.</summary>
    internal string Place(string name) => Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;

    /// <summary>Ours, with the samples of its rounds, or why there are none.</summary>
    internal static Comparison Complete(Comparison comparison, string contender, IReadOnlyList<double> samples, string? missing) =>
        missing is null ? comparison.WithOurs(contender, samples) : comparison.WithoutOurs(missing);

    /// <inheritdoc/>
    public void Dispose() => RemoveFolder();

    /// <summary>Removes what this run made on disk, also when it is cut short.</summary>
    internal static void RemoveFolder()
    {
        if (s_folder is { } folder && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
