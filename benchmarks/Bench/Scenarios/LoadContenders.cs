// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Net;
using Uaas.Bench.Machine;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>The servers that are compared under load, all started, each on the servers' processor; they take turns.</summary>
internal sealed class LoadContenders : IDisposable
{
    /// <summary>The usual MTU of Ethernet.</summary>
    internal const int UsualMtu = 1500;

    private const int LargeMtu = 65535;
    private const int NginxPort = 8080;

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);

    private readonly Stack<IDisposable> _parts = new();
    private readonly List<LoadContender> _all = [];

    /// <summary>Starts them all.</summary>
    internal LoadContenders(Workbench bench)
    {
        Missing = bench.Artifacts.WhyMissing("spt");
        try
        {
            if (Missing is null)
                StartOurs(bench);
            StartNginxBehindVeth(bench, 0, UsualMtu);
            StartNginxBehindVeth(bench, 1, LargeMtu);
            StartNginxOnLoopback(bench);
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
    internal IReadOnlyList<LoadContender> All => _all;

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_parts.TryPop(out IDisposable? part))
            part.Dispose();
    }

    private void StartOurs(Workbench bench)
    {
        GuestNetwork network = Keep(new GuestNetwork("uaas"));
        foreach (int mtu in new[] { UsualMtu, GuestNetwork.LargestMtu })
            Add(bench, LoadContender.OursName(mtu > UsualMtu), bench.Unikernel.PrepareSpt(network, mtu));
    }

    private void StartNginxBehindVeth(Workbench bench, int number, int mtu)
    {
        VethLink link = Keep(new VethLink(number, mtu));
        string name = LoadContender.VethName(mtu > UsualMtu);
        Add(bench, name, NginxPeer.Prepare(name, bench.Place($"nginx-veth-{mtu}"), bench.Site.Folder, link.Server, link.Client, new IPEndPoint(link.ServerAddress, NginxPort)));
    }

    private void StartNginxOnLoopback(Workbench bench)
    {
        NetworkNamespace network = Keep(new NetworkNamespace("loopback"));
        string name = LoadContender.LoopbackName;
        Add(bench, name, NginxPeer.Prepare(name, bench.Place("nginx-loopback"), bench.Site.Folder, network, network, new IPEndPoint(IPAddress.Loopback, NginxPort)));
    }

    private void Add(Workbench bench, string name, Server server)
    {
        Keep(server);
        server.StartUntilAnswer(Site.Small.Path, StartTime, bench.Processors.Server);
        server.RequireSite(bench.Site);
        _all.Add(new LoadContender(name, server));
    }

    private T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Push(part);
        return part;
    }
}

/// <summary>A server under load.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Server">The server.</param>
internal sealed record LoadContender(string Name, Server Server)
{
    /// <summary>nginx, its clients in its own namespace.</summary>
    internal const string LoopbackName = "nginx, loopback";

    /// <summary>Ours, at the usual or at a large MTU.</summary>
    internal static string OursName(bool large) => large ? "uaas spt, MTU 65521" : "uaas spt, MTU 1500";

    /// <summary>nginx in a namespace, at the usual or at a large MTU.</summary>
    internal static string VethName(bool large) => large ? "nginx, veth, MTU 65535" : "nginx, veth, MTU 1500";
}
