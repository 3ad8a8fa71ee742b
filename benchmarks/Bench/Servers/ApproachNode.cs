// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using Uaas.Bench.Machine;

namespace Uaas.Bench.Servers;

/// <summary>A daemon with a site, its pictures and video: in services of their own, or all in one, by the one word <c>mode</c>.</summary>
internal sealed class ApproachNode : IDisposable
{
    /// <summary>Where live streams are, and films.</summary>
    internal const string Film = "film.flv";

    private readonly NodeCommand _daemon;

    /// <param name="bench">The workbench.</param>
    /// <param name="mode">The word.</param>
    /// <param name="content">What is served.</param>
    internal ApproachNode(Workbench bench, string mode, string content)
    {
        string place = bench.Place($"approach-{mode}");
        (Rtmp, Http) = (NodeCommand.FreeEndPoint(), NodeCommand.FreeEndPoint());
        string file = Path.Combine(place, "uaas.yaml");
        File.WriteAllText(file, Yaml(mode, content, Rtmp.Port));
        _daemon = new NodeCommand(bench, place, null, "up", "-f", file, "--state", Path.Combine(place, "state"), "--port", Http.Port.ToString(CultureInfo.InvariantCulture));
        try
        {
            _daemon.Await("ready ");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where pages, pictures, streams and films are asked for.</summary>
    internal IPEndPoint Http { get; }

    /// <summary>Where streams are published.</summary>
    internal IPEndPoint Rtmp { get; }

    /// <summary>The monitors of its instances.</summary>
    internal IReadOnlyList<int> Instances => [.. ProcessTree.Below(_daemon.Id).Where(static living => living.Name == "uaas-spt").Select(static living => living.Id)];

    /// <inheritdoc/>
    public void Dispose() => _daemon.Dispose();

    private static string Yaml(string mode, string content, int rtmp) => $$"""
        mode: {{mode}}
        combined: { scale: 1 }
        services:
          web:
            image: http
            content: {{content}}
            vmm: spt
            route: /
            scale: { min: 1, max: 2 }
          img:
            image: img
            content: {{content}}
            vmm: spt
            route: { path: /, extensions: [jpg] }
            scale: { min: 1, max: 4, concurrency: 4, window: 6s }
          flv:
            image: flv
            content: {{content}}
            vmm: spt
            route: [/live, /vod]
            ports: { rtmp: { listen: {{rtmp}}, port: 1935 } }
            scale: 1

        """;
}
