// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

/// <summary>The load generator wrk, one thread, bound to the clients' processor.</summary>
/// <param name="folder">Where its script and output go.</param>
/// <param name="processors">The processors.</param>
internal sealed class Wrk(string folder, Processors processors)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly string _script = WriteScript(folder);

    /// <summary>Sends requests over kept-alive connections for a while.</summary>
    /// <param name="network">The namespace that it runs in; null for the benchmark's own.</param>
    /// <param name="url">What to ask for.</param>
    /// <param name="connections">How many connections at a time.</param>
    /// <param name="duration">For how long, in whole seconds.</param>
    /// <exception cref="UaasException">It failed, or did not end.</exception>
    internal WrkResult Run(NetworkNamespace? network, Uri url, int connections, TimeSpan duration)
    {
        string seconds = ((int)duration.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string[] arguments = ["-t1", $"-c{connections.ToString(CultureInfo.InvariantCulture)}", $"-d{seconds}s", "-s", _script, url.ToString()];
        string path = Path.Combine(folder, "wrk.out");
        using var output = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        using ChildProcess child = network is not null
            ? network.Start(Programs.Require("wrk"), arguments, processors.Client, output)
            : Processors.Bound(processors.Client, () => Children.Add(ChildProcess.Start(new ChildProcessStart { Program = Programs.Require("wrk"), Arguments = arguments, Output = output })));
        if (!child.Exited.Wait(duration + Grace))
            throw new UaasException(Failure.Lost, $"wrk did not end: {url}");
        return WrkResult.Parse(File.ReadAllText(path));
    }

    private static string WriteScript(string folder)
    {
        string path = Path.Combine(folder, "report.lua");
        using Stream source = typeof(Wrk).Assembly.GetManifestResourceStream("report.lua") ?? throw new InvalidOperationException("report.lua is not in the assembly");
        using FileStream file = File.Create(path);
        source.CopyTo(file);
        return path;
    }
}
