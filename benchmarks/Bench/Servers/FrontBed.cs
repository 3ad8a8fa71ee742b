// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using Uaas.Bench.Scenarios;

namespace Uaas.Bench.Servers;

/// <summary>One instance on spt, and two nginx before it in the node's network: with the module and without, all on the servers' processor.</summary>
internal sealed class FrontBed : IDisposable
{
    private const int ModulePort = 8081;
    private const int PlainPort = 8082;

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);

    private readonly Stack<IDisposable> _parts = new();

    internal FrontBed(Workbench bench, string name)
    {
        try
        {
            GuestNetwork network = Keep(new GuestNetwork(name));
            Server instance = Keep(bench.Unikernel.PrepareSpt(network));
            instance.StartUntilAnswer(Site.Small.Path, StartTime, bench.Processors.Server);
            string socket = Path.Combine(bench.Place(name), "front.sock");
            Keep(new FrontMaster(socket, NginxFront.Service, instance.EndPoint));
            Module = Start(bench, NginxFront.PrepareModule(bench.Place($"{name}-module"), WhereModulesAre(bench), socket, network.Namespace, new IPEndPoint(IPAddress.Loopback, ModulePort)));
            Plain = Start(bench, NginxFront.PreparePlain(bench.Place($"{name}-plain"), instance.EndPoint, network.Namespace, new IPEndPoint(IPAddress.Loopback, PlainPort)));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>nginx with the module.</summary>
    internal Server Module { get; }

    /// <summary>nginx without.</summary>
    internal Server Plain { get; }

    /// <summary>Both.</summary>
    internal IReadOnlyList<LoadContender> Contenders => [new(NginxFront.Module, Module), new(NginxFront.Plain, Plain)];

    /// <summary>Why this cannot be measured; null where it can.</summary>
    internal static string? WhyMissing(Workbench bench) =>
        bench.Artifacts.WhyMissing("spt") ?? (File.Exists(Path.Combine(WhereModulesAre(bench), "ngx_http_uaas_module.so")) ? null : "the modules for nginx are not built: ./uaas build");

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_parts.TryPop(out IDisposable? part))
            part.Dispose();
    }

    private static string WhereModulesAre(Workbench bench) => Path.Combine(bench.Artifacts.Root, "nginx");

    private Server Start(Workbench bench, Server server)
    {
        Keep(server).StartUntilAnswer(Site.Small.Path, StartTime, bench.Processors.Server);
        return server;
    }

    private T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Push(part);
        return part;
    }
}
