// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Net;
using Uaas.Bench.Clients.Video;
using Uaas.Bench.Machine;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>A server of live video under load, by one of its protocols.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Server">The server, started.</param>
/// <param name="Kind">How viewers play.</param>
internal sealed record VideoContender(string Name, Server Server, PlayKind Kind)
{
    /// <summary>Ours by RTMP.</summary>
    internal const string OursRtmp = "uaas spt, RTMP";

    /// <summary>Ours by HTTP-FLV.</summary>
    internal const string OursHttp = "uaas spt, HTTP-FLV";

    /// <summary>The peer.</summary>
    internal const string Nginx = "nginx-rtmp, veth";

    /// <summary>Where its viewers connect.</summary>
    internal IPEndPoint Viewing => Kind == PlayKind.HttpFlv ? new IPEndPoint(Server.EndPoint.Address, VideoServers.HttpPort) : Server.EndPoint;
}

/// <summary>Ours and nginx, both started on the servers' processor, each with the same film published to it in real time.</summary>
internal sealed class VideoContenders : IDisposable
{
    private readonly Stack<IDisposable> _parts = new();
    private readonly List<VideoContender> _all = [];

    /// <summary>Starts them, and publishers for them.</summary>
    internal VideoContenders(Workbench bench, bool withPeer = true)
    {
        Missing = bench.Artifacts.WhyMissing("spt", "flv");
        try
        {
            Recording film = Recording.Make(bench.Folder);
            if (Missing is null)
            {
                GuestNetwork network = Keep(new GuestNetwork("flv"));
                Server ours = Start(bench, VideoServers.PrepareOurs(bench.Artifacts, bench.Site, network, bench.Place("flv")), film);
                _all.Add(new VideoContender(VideoContender.OursRtmp, ours, PlayKind.Rtmp));
                _all.Add(new VideoContender(VideoContender.OursHttp, ours, PlayKind.HttpFlv));
            }
            if (withPeer)
            {
                VethLink link = Keep(new VethLink(0, LoadContenders.UsualMtu));
                Server nginx = Start(bench, VideoServers.PrepareNginx(link, bench.Place("nginx-rtmp")), film);
                _all.Add(new VideoContender(VideoContender.Nginx, nginx, PlayKind.Rtmp));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why ours are not among them; null where they are.</summary>
    internal string? Missing { get; }

    /// <summary>Ours first.</summary>
    internal IReadOnlyList<VideoContender> All => _all;

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_parts.TryPop(out IDisposable? part))
            part.Dispose();
    }

    private Server Start(Workbench bench, Server server, Recording film)
    {
        Keep(server).Start(bench.Processors.Server);
        Keep(server.Clients.Run(() => new VideoPublisher(film, server.EndPoint, bench.Processors.Client)));
        return server;
    }

    private T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Push(part);
        return part;
    }
}
