// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Agent;
using Uaas.Cli;
using Uaas.Instances;
using Uaas.Net.Testing;
using Uaas.Networking;
using Uaas.Networking.Lanes;
using Monitor = Uaas.Cli.Monitor;

namespace Uaas.Services.Tests.Links;

/// <summary>A node's network with its filter and its name server, and instances of the guest that is either end of a link.</summary>
internal sealed class LinkedNode : INameDirectory, IDisposable
{
    internal const uint ClientService = 1;
    internal const uint ServerService = 2;

    private const int MemoryMebibytes = 16;

    private readonly NetworkNamespace _namespace = new();
    private readonly NodeNetwork _network;
    private readonly LinkFirewall _firewall;
    private readonly LaneBroker _lanes = new();
    private readonly NameServer _names;
    private readonly IMonitorDriver _driver;
    private readonly string _image;
    private readonly ConcurrentQueue<IDisposable> _held = new();
    private int _count;
    private int _next;

    internal LinkedNode(string monitorKey)
    {
        _lanes.Expect([new LinkTarget(ServerService, 7)]);
        Locations locations = Locations.Find();
        _driver = Monitor.ByKey(monitorKey).CreateDriver(locations);
        _image = locations.ExistingImage("link", _driver.ImageKind);
        _network = _namespace.Run(NodeNetwork.Prepare);
        _firewall = _namespace.Run(LinkFirewall.Install);
        _names = _namespace.Run(() => NameServer.Start(new IPEndPoint(NodeNetwork.NodeAddress, 53), this));
    }

    /// <summary>The servers' addresses, which the names lead to in turn.</summary>
    internal List<IPAddress> Servers { get; } = [];

    /// <summary>Starts a server when a name is first asked for.</summary>
    internal bool StartsOnDemand { get; init; }

    /// <summary>Whether instances on spt share memory.</summary>
    internal bool HasLanes { get; init; } = true;

    /// <summary>Starts the end that is connected to.</summary>
    internal IInstance StartServer()
    {
        (IInstance instance, IPAddress address) = Start(ServerService, [], "role=server");
        Servers.Add(address);
        return instance;
    }

    /// <summary>Starts the end that connects, with links that its boot arguments may or may not use.</summary>
    internal IInstance StartClient(IReadOnlyList<LinkTarget> links, params string[] arguments) => Start(ClientService, links, arguments).Instance;

    /// <summary>A guest that others built, with Linux's own network stack: another namespace, whose only way out is an instance's link.</summary>
    internal ForeignGuest StartForeign(IReadOnlyList<LinkTarget> links)
    {
        InstanceLink link = _namespace.Run(() => _network.AddInstance(_count++, new InstanceLinkOptions(Offloads: false)));
        _held.Enqueue(link);
        _firewall.Admit(link.Address, ClientService, links);
        var guest = new ForeignGuest(link);
        _held.Enqueue(guest);
        return guest;
    }

    public ValueTask<NameAnswer> FindAsync(IPAddress asker, string name, CancellationToken cancellation)
    {
        if (name != "peer")
            return ValueTask.FromResult(new NameAnswer(NameCode.NoSuchName));
        if (Servers.Count == 0 && StartsOnDemand)
            StartServer();
        return ValueTask.FromResult(Servers.Count == 0 ? new NameAnswer(NameCode.ServerFailure) : new NameAnswer(NameCode.Ok, Servers[_next++ % Servers.Count]));
    }

    /// <summary>The counters of the node's interfaces, for the message of a test that failed.</summary>
    internal string Describe() => _namespace.Command("ip -s -s link");

    /// <summary>Bytes that instances have sent over their taps so far.</summary>
    internal long BytesOverTaps()
    {
        using var links = JsonDocument.Parse(_namespace.Command("ip -j -s link"));
        return links.RootElement.EnumerateArray()
            .Where(link => link.GetProperty("ifname").GetString()!.StartsWith("uaas", StringComparison.Ordinal))
            .Sum(link => link.GetProperty("stats64").GetProperty("rx").GetProperty("bytes").GetInt64());
    }

    public void Dispose()
    {
        foreach (IDisposable held in _held.Reverse())
            held.Dispose();
        _names.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _lanes.Dispose();
        _firewall.Dispose();
        _network.Dispose();
        _namespace.Dispose();
    }

    private (IInstance Instance, IPAddress Address) Start(uint service, IReadOnlyList<LinkTarget> links, params string[] arguments)
    {
        int number = _count++;
        InstanceConnection connection = _namespace.Run(() => new TapLinks(_network, new InstanceLinkOptions(Offloads: true)).Connect(number));
        _held.Enqueue(connection);
        _firewall.Admit(connection.Address, service, links);
        InstanceLanes? lanes = HasLanes && _driver.ImageKind == "spt" ? _lanes.Admit(connection.Address, service, links) : null;
        IInstance instance = _namespace.Run(() => _driver.Start(new InstanceSpec
        {
            Name = $"link-{number}",
            Image = _image,
            MemoryMebibytes = MemoryMebibytes,
            Arguments = [.. BootArguments.For($"link-{number}", connection), .. arguments],
            Networks = [connection.Attachment!],
            Lanes = lanes is null ? [] : [lanes.Directory, .. lanes.Lanes],
        }));
        _held.Enqueue(instance);
        _ = instance.WaitAsync().ContinueWith(_ => _lanes.Expel(connection.Address), TaskScheduler.Default);
        return (instance, connection.Address);
    }
}
