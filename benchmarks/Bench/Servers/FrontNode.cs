// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;

namespace Uaas.Bench.Servers;

/// <summary>A daemon with services at zero, and nginx as its front: the product as a person runs it.</summary>
internal sealed class FrontNode : IDisposable
{
    private readonly NodeCommand _daemon;
    private readonly NodeCommand? _nginx;

    /// <param name="bench">The workbench.</param>
    /// <param name="services">How many services there are.</param>
    internal FrontNode(Workbench bench, int services)
    {
        string place = bench.Place("front-node");
        string file = Path.Combine(place, "uaas.yaml");
        File.WriteAllText(file, "services:\n" + string.Concat(Enumerable.Range(0, services).Select(i =>
            $"  s{i}:\n    image: http\n    vmm: spt\n    content: {bench.Site.Folder}\n    route: {{path: /s{i}, strip: true}}\n    scale: {{min: 0, idle: 1s}}\n")));
        string[] common = ["-f", file, "--state", Path.Combine(place, "state")];
        _daemon = new NodeCommand(bench, place, null, ["up", .. common, "--port", "0"]);
        try
        {
            _daemon.Await("ready ");
            EndPoint = NodeCommand.FreeEndPoint();
            _nginx = new NodeCommand(bench, place, null, ["nginx", .. common, "--port", EndPoint.Port.ToString(CultureInfo.InvariantCulture)]);
            _nginx.Await("serving ");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where nginx listens.</summary>
    internal IPEndPoint EndPoint { get; }

    /// <summary>Instances that were started so far.</summary>
    internal int Starts => _daemon.Log.Split('\n').Count(static line => line.EndsWith("from 0 to 1 instances", StringComparison.Ordinal));

    /// <summary>Instances that have ended so far.</summary>
    internal int Ends => _daemon.Log.Split('\n').Count(static line => line.Contains(" ended: ", StringComparison.Ordinal));

    /// <inheritdoc/>
    public void Dispose()
    {
        _nginx?.Dispose();
        _daemon.Dispose();
    }
}
