// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Bench.Machine;
using Uaas.Linux;
using Uaas.Networking;
using Uaas.Networking.Lanes;

namespace Uaas.Bench.Servers;

/// <summary>What one end of a connection measured.</summary>
/// <param name="RoundTrip">Nanoseconds of a round trip of one byte; 0 where none was made.</param>
/// <param name="Throughput">Bytes a second; 0 where none were sent.</param>
internal sealed record LinkFigures(double RoundTrip, double Throughput);

/// <summary>
/// Two ends of a TCP connection on two processors: unikernels in a node's network, one linked to the other as the product links them; or two processes with a veth pair
/// between them. The server stays; a client is started anew for each measurement.
/// </summary>
internal abstract partial class LinkBed : IDisposable
{
    internal const int EchoPort = 7;
    internal const int SourcePort = 19;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Measures with a client of its own.</summary>
    internal abstract LinkFigures Measure(long rounds, long megabytes);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Runs a client to its end and reads what it printed.</summary>
    protected static LinkFigures Read(Server client, int processor)
    {
        client.Start(processor);
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (true)
        {
            Match match = ReportLine().Match(client.Log);
            if (match.Success)
                return new LinkFigures(Number(match, "round"), Rate(Number(match, "bytes"), Number(match, "time")));
            if (Environment.TickCount64 > deadline)
                throw new UaasException(Failure.Lost, $"{client.Name} does not end; it printed: {client.Log.Trim()}");
            Thread.Sleep(20);
        }
    }

    private static double Number(Match match, string group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    private static double Rate(double bytes, double nanoseconds) => nanoseconds == 0 ? 0 : bytes * 1e9 / nanoseconds;

    [GeneratedRegex(@"link rounds=\d+ round_ns=(?<round>\d+) bytes=(?<bytes>\d+) bytes_ns=(?<time>\d+) failure=0")]
    private static partial Regex ReportLine();
}

/// <summary>Two unikernels on spt.</summary>
internal sealed class UnikernelLink : LinkBed, INameDirectory
{
    internal const string Name = "unikernels, linked";

    private const int Memory = 16;
    private const uint Clients = 1;
    private const uint Servers = 2;

    private static readonly LinkTarget[] s_links = [new(Servers, EchoPort), new(Servers, SourcePort)];

    private readonly Workbench _bench;
    private readonly string _place;
    private readonly GuestNetwork _network = new("links");
    private readonly LinkFirewall _firewall;
    private readonly LaneBroker _lanes = new();
    private readonly NameServer _names;
    private readonly Server _server;

    internal UnikernelLink(Workbench bench)
    {
        _bench = bench;
        _place = bench.Place("links");
        _firewall = _network.Namespace.Run(LinkFirewall.Install);
        _names = _network.Namespace.Run(() => NameServer.Start(new IPEndPoint(NodeNetwork.NodeAddress, 53), this));
        _lanes.Expect(s_links);
        _server = Prepare("server", Servers, [], ["role=server"]);
        _server.Start(bench.Processors.Server);
    }

    internal override LinkFigures Measure(long rounds, long megabytes)
    {
        using Server client = Prepare("client", Clients, s_links,
            ["link=7:peer:7,19:peer:19", string.Create(CultureInfo.InvariantCulture, $"rounds={rounds}"), string.Create(CultureInfo.InvariantCulture, $"megabytes={megabytes}")]);
        try
        {
            return Read(client, _bench.Processors.Client);
        }
        finally
        {
            client.Dispose();
            _lanes.Expel(client.EndPoint.Address);
        }
    }

    /// <inheritdoc/>
    public ValueTask<NameAnswer> FindAsync(IPAddress asker, string name, CancellationToken cancellation) => ValueTask.FromResult(new NameAnswer(NameCode.Ok, _server.EndPoint.Address));

    /// <inheritdoc/>
    public override void Dispose()
    {
        _server.Dispose();
        _names.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _lanes.Dispose();
        _firewall.Dispose();
        _network.Dispose();
    }

    private Server Prepare(string role, uint service, LinkTarget[] links, string[] words)
    {
        InstanceLink link = _network.AddInstance(offloads: true);
        _firewall.Admit(link.Address, service, links);
        InstanceLanes lanes = _lanes.Admit(link.Address, service, links)!;
        List<string> arguments =
        [
            $"--mem={Memory}",
            $"--net:service=@{link.Tap.Descriptor.DangerousGetHandle()}",
            $"--net-mac:service={link.EthernetAddress}",
            $"--lanes=@{lanes.Directory.DangerousGetHandle()}",
            .. lanes.Lanes.Select(lane => $"--lane=@{lane.DangerousGetHandle()}"),
            "--",
            _bench.Artifacts.Image("link", "spt"),
            $"ip={link.Address}/32",
            $"gw={NodeNetwork.NodeAddress}",
            .. words,
        ];
        string log = Path.Combine(_place, $"{role}-{link.Address}.log");
        return new Server($"{role} on spt", _network.Namespace, _network.Namespace, new IPEndPoint(link.Address, EchoPort), new ServerCommand(_bench.Artifacts.SptTender, arguments, [link.Tap.Descriptor, lanes.Directory, .. lanes.Lanes]), log, link);
    }
}

/// <summary>Two processes.</summary>
internal sealed class ProcessPair : LinkBed
{
    internal const string Name = "processes, veth pair";

    private const int Mtu = 1500;

    private readonly Workbench _bench;
    private readonly string _place;
    private readonly VethLink _link = new(7, Mtu);
    private readonly Server _server;
    private int _clients;

    internal ProcessPair(Workbench bench)
    {
        _bench = bench;
        _place = bench.Place("veth-pair");
        _server = Prepare("server", _link.Server, [], "server");
        _server.Start(bench.Processors.Server);
        long deadline = Environment.TickCount64 + 20_000;
        while (!_server.Log.Contains("listening", StringComparison.Ordinal))
        {
            if (Environment.TickCount64 > deadline)
                throw new UaasException(Failure.Boot, $"the server over veth does not listen; it printed: {_server.Log.Trim()}");
            Thread.Sleep(20);
        }
    }

    internal override LinkFigures Measure(long rounds, long megabytes)
    {
        using Server client = Prepare("client", _link.Client, [rounds.ToString(CultureInfo.InvariantCulture), megabytes.ToString(CultureInfo.InvariantCulture)], $"client-{_clients++}");
        return Read(client, _bench.Processors.Client);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _server.Dispose();
        _link.Dispose();
    }

    private Server Prepare(string role, NetworkNamespace network, string[] words, string file) =>
        new($"{role} over veth", network, network, new IPEndPoint(_link.ServerAddress, EchoPort),
            new ServerCommand(Environment.ProcessPath!, [Clients.LinkPeer.Verb, role, _link.ServerAddress.ToString(), .. words], []), Path.Combine(_place, $"{file}.log"));
}
