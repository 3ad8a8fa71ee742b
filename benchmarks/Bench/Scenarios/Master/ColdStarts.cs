// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>
/// Requests to services at zero, one after the other. There are many services, so that nobody waits for one to go to zero between two requests; all of them
/// have gone there before each round. That a request was cold the front says itself.
/// </summary>
internal static class ColdStarts
{
    private const int Services = 50;
    private const string ColdStartHeader = "Uaas-Cold-Start: ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The services, as uaas.yaml has them.</summary>
    internal static string Yaml(Workbench bench) => string.Concat(Enumerable.Range(0, Services).Select(i => MasterNode.Service(bench, $"cold{i}", "min: 0, idle: 1s")));

    /// <summary>Times from connecting to the front to the first byte of the answer, in milliseconds.</summary>
    /// <param name="node">The node.</param>
    /// <param name="starts">How many.</param>
    /// <param name="between">What is done between two of them, if anything.</param>
    internal static List<double> Take(MasterNode node, int starts, Action? between = null)
    {
        var times = new List<double>(starts);
        while (times.Count < starts)
        {
            AwaitZero(node);
            for (int i = 0; i < Services && times.Count < starts; i++)
            {
                times.Add(Ask(node, $"/cold{i}{Site.Small.Path}").TotalMilliseconds);
                between?.Invoke();
            }
        }
        return times;
    }

    private static void AwaitZero(MasterNode node) => node.Api.Until("all services at zero", Patience, static api =>
        api.InstancesOfServices().Where(static one => one.Key.StartsWith("cold", StringComparison.Ordinal)).All(static one => one.Value == 0));

    private static TimeSpan Ask(MasterNode node, string path)
    {
        byte[] request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {node.EndPoint}\r\nConnection: close\r\nUaas-Cold-Start: ?\r\n\r\n");
        byte[] answer = new byte[4096];
        long start = Stopwatch.GetTimestamp();
        using RawSocket socket = RawSocket.Open();
        if (socket.Connect(node.EndPoint) != 0 || !socket.Wait(Native.PollOut, Patience) || socket.TakeError() != 0 || !socket.Send(request) || !socket.Wait(Native.PollIn, Patience))
            throw new UaasException(Failure.Lost, $"{path} is not answered");
        int received = socket.Receive(answer);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        RequireCold(path, Encoding.ASCII.GetString(answer, 0, Math.Max(received, 0)));
        return time;
    }

    private static void RequireCold(string path, string head)
    {
        int at = head.IndexOf(ColdStartHeader, StringComparison.Ordinal);
        string word = at < 0 ? "" : head[(at + ColdStartHeader.Length)..].Split('\r')[0];
        if (!head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) || !double.TryParse(word, CultureInfo.InvariantCulture, out double waited) || waited <= 0)
            throw new UaasException(Failure.Lost, $"{path} was not answered by an instance that was started for it: {head}");
    }
}
