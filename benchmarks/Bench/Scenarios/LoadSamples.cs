// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios;

/// <summary>One round of one contender.</summary>
/// <param name="Wrk">What wrk found.</param>
/// <param name="ProcessorMicroseconds">Processor time per request of the server and of the kernel on its behalf, in microseconds.</param>
internal sealed record LoadSample(WrkResult Wrk, double ProcessorMicroseconds);

/// <summary>Rounds of load in which contenders take turns.</summary>
internal sealed class LoadSamples
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, List<LoadSample>> _samples = new(StringComparer.Ordinal);

    private LoadSamples()
    {
    }

    /// <summary>Measures.</summary>
    /// <param name="bench">The workbench.</param>
    /// <param name="contenders">Who takes turns.</param>
    /// <param name="body">What is asked for.</param>
    /// <param name="connections">Connections at a time.</param>
    /// <exception cref="UaasException">A server answered with errors.</exception>
    internal static LoadSamples Take(Workbench bench, IReadOnlyList<LoadContender> contenders, Body body, int connections)
    {
        var result = new LoadSamples();
        foreach (LoadContender contender in contenders)
        {
            result._samples[contender.Name] = [];
            bench.Wrk.Run(contender.Server.Clients, contender.Server.Url(body.Path), connections, WarmUp);
        }
        for (int round = 0; round < bench.Options.LoadRounds; round++)
        {
            foreach (LoadContender contender in contenders)
                result._samples[contender.Name].Add(Round(bench, contender, body, connections));
        }
        return result;
    }

    /// <summary>One figure of every round of a contender.</summary>
    internal IReadOnlyList<double> Of(string contender, Func<LoadSample, double> figure) =>
        _samples.TryGetValue(contender, out List<LoadSample>? samples) ? [.. samples.Select(figure)] : [];

    private static LoadSample Round(Workbench bench, LoadContender contender, Body body, int connections)
    {
        Server server = contender.Server;
        IReadOnlySet<int> processes = server.Processes();
        MachineTime before = MachineTime.Now(processes);
        WrkResult result = bench.Wrk.Run(server.Clients, server.Url(body.Path), connections, bench.Options.LoadTime);
        TimeSpan used = MachineTime.OfServers(before, MachineTime.Now(processes));
        if (result.Errors != 0 || result.Requests == 0)
            throw new UaasException(Failure.Lost, $"{contender.Name}: {result.Errors} errors in {result.Requests} requests of {body.Name}; it printed: {server.Log.Trim()}");
        bench.Say($"{contender.Name}, {body.Name}, {connections} connections: {result.RequestsPerSecond:N0}/s, p50 {result.MedianMicroseconds} µs");
        return new LoadSample(result, used.TotalMicroseconds / result.Requests);
    }
}
