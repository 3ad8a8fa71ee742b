// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Reflection;
using System.Threading.Tasks;
using Uaas.Agent;
using Uaas.Cli;
using Uaas.Instances;
using Uaas.Linux;
using Uaas.Net.Testing;
using Uaas.Networking;
using Monitor = Uaas.Cli.Monitor;

namespace Uaas.Samples.Tests;

/// <summary>Samples on spt in a network namespace of their own, in which they reach each other.</summary>
internal sealed class BootedSamples : IDisposable
{
    private const int MemoryMebibytes = 32;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly NetworkNamespace _namespace = new();
    private readonly NodeNetwork _network;
    private readonly TapLinks _links;
    private readonly List<(InstanceConnection Connection, IInstance Instance)> _booted = [];

    internal BootedSamples()
    {
        _network = _namespace.Run(NodeNetwork.Prepare);
        _namespace.Run(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            return 0;
        });
        _links = new TapLinks(_network, new InstanceLinkOptions(Offloads: true));
    }

    /// <summary>The repository's root, with a slash behind it.</summary>
    internal static string RepositoryRoot { get; } =
        typeof(BootedSamples).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>Boots a sample. Its requests go to the address of the client that is returned.</summary>
    internal HttpClient Boot(string sample, params string[] arguments) => Boot("spt", sample, null, arguments);

    /// <summary>Boots a sample on a monitor, with settings.</summary>
    internal HttpClient Boot(string monitor, string sample, SealedMemory? settings, params string[] arguments)
    {
        string name = sample.ToLowerInvariant();
        IMonitorDriver driver = Monitor.ByKey(monitor).CreateDriver(Locations.Find());
        InstanceConnection connection = _namespace.Run(() => _links.Connect(_booted.Count));
        IInstance instance = _namespace.Run(() => driver.Start(new InstanceSpec
        {
            Name = name,
            Image = Path.Combine(RepositoryRoot, "samples", sample, "bin", "images", $"{name}.{driver.ImageKind}"),
            Settings = settings?.Descriptor,
            MemoryMebibytes = MemoryMebibytes,
            Arguments = [.. BootArguments.For(name, connection), .. arguments],
            Networks = [connection.Attachment!],
        }));
        _booted.Add((connection, instance));
        return Client(connection.Address);
    }

    /// <summary>Address of the sample that was booted last.</summary>
    internal IPAddress LastAddress => _booted[^1].Connection.Address;

    /// <summary>How the sample that was booted last ends.</summary>
    internal Task<InstanceExit> EndAsync() => _booted[^1].Instance.WaitAsync().WaitAsync(s_patience);

    /// <summary>The process of the sample that was booted last.</summary>
    internal int LastProcess => _booted[^1].Instance.Handle.Process;

    /// <summary>What the samples have printed.</summary>
    internal string Console => string.Join('\n', _booted.SelectMany(booted => booted.Instance.Console.Tail()).Select(line => line.Text));

    public void Dispose()
    {
        foreach ((InstanceConnection connection, IInstance instance) in _booted)
        {
            instance.Dispose();
            connection.Dispose();
        }

        _network.Dispose();
        _namespace.Dispose();
    }

    /// <summary>A connection to the sample that was booted last.</summary>
    internal Task<NetworkStream> ConnectAsync() => ConnectAsync(LastAddress);

    private HttpClient Client(IPAddress address)
    {
        SocketsHttpHandler handler = new() { ConnectCallback = async (_, _) => await ConnectAsync(address), AllowAutoRedirect = false };
        return new HttpClient(handler) { BaseAddress = new Uri("http://sample/"), Timeout = s_patience };
    }

    private async Task<NetworkStream> ConnectAsync(IPAddress address)
    {
        Socket socket = _namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        socket.NoDelay = true;
        await socket.ConnectAsync(new IPEndPoint(address, 80)).WaitAsync(s_patience);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
