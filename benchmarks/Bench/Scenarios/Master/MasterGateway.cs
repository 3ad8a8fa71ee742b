// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>What the embedded front adds to a request that finds an instance, against YARP as its documentation sets it up, before the same instance in the same network.</summary>
internal sealed class MasterGateway : Scenario
{
    private const string Ours = "the front";
    private const string Plain = "plain YARP";
    private const double MostRatio = 1.3;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    internal override string Name => "gateway";

    internal override string Summary => "612 B through the front, against plain YARP before the same instance, one connection and thirty";

    internal override void Run(Workbench bench)
    {
        if (MasterNode.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(new Comparison(Name, "612 B", "µs", Better.Less).WithoutOurs(missing));
            return;
        }
        using var node = new MasterNode(bench, Name, MasterNode.Service(bench, "warm", "min: 1, max: 1"), bench.Processors.Server);
        node.Api.Until("one instance running", Patience, static api => api.Instances() is [{ State: "running" }]);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using ChildProcess proxy = StartProxy(bench, node, listener);
        try
        {
            foreach (int connections in (int[])[1, 30])
                Compare(bench, connections, new Uri($"http://{node.EndPoint}/warm{Site.Small.Path}"), new Uri($"http://{listener.LocalEndPoint}{Site.Small.Path}"));
        }
        finally
        {
            proxy.Kill();
            proxy.Exited.Wait(Patience);
        }
    }

    private static ChildProcess StartProxy(Workbench bench, MasterNode node, Socket listener)
    {
        string program = Path.Combine(AppContext.BaseDirectory.Replace("/Bench/", "/PlainProxy/", StringComparison.Ordinal), "Uaas.PlainProxy");
        LivingProcess agent = node.Find("serve-agent") ?? throw new UaasException(Failure.Lost, "there is no node agent");
        string destination = $"http://{node.Api.Instances()[0].Address}/";
        using NetworkNamespace network = NetworkNamespace.Of(agent.Id);
        using SafeFileHandle log = File.OpenHandle(Path.Combine(bench.Folder, "proxy.log"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        using var inherited = new SafeFileHandle(listener.Handle, ownsHandle: false);
        return network.Start(program, [$"{listener.Handle}", destination], bench.Processors.Server, log, inherited);
    }

    private void Compare(Workbench bench, int connections, Uri ours, Uri plain)
    {
        var samples = new Dictionary<string, List<WrkResult>>(StringComparer.Ordinal) { [Ours] = [], [Plain] = [] };
        (string Name, Uri Url)[] contenders = [(Ours, ours), (Plain, plain)];
        foreach ((string _, Uri url) in contenders)
            bench.Wrk.Run(null, url, connections, WarmUp);
        for (int round = 0; round < bench.Options.LoadRounds; round++)
        {
            foreach ((string name, Uri url) in contenders)
            {
                WrkResult result = bench.Wrk.Run(null, url, connections, bench.Options.LoadTime);
                if (result.Errors != 0 || result.Requests == 0)
                    throw new UaasException(Failure.Lost, $"{name}: {result.Errors} errors in {result.Requests} requests");
                bench.Say($"{name}, {connections} connections: {result.RequestsPerSecond:N0}/s, p50 {result.MedianMicroseconds} µs");
                samples[name].Add(result);
            }
        }
        string what = connections == 1 ? "612 B, one connection" : $"612 B, {connections} connections";
        bench.Report.Add(With($"{what}, p50", "µs", Better.Less, static result => result.MedianMicroseconds).WithGoal(new Goal(MostRatio, Plain)));
        bench.Report.Add(With($"{what}, p99", "µs", Better.Less, static result => result.P99Microseconds));
        bench.Report.Add(With(what, "requests/s", Better.More, static result => result.RequestsPerSecond));

        Comparison With(string quantity, string unit, Better better, Func<WrkResult, double> figure) =>
            new Comparison(Name, quantity, unit, better).WithOurs(Ours, samples[Ours].Select(figure)).WithPeer(Plain, samples[Plain].Select(figure));
    }
}
