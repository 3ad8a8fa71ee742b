// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Uaas.Agent;
using Uaas.Cli;
using Uaas.Host.Images;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Uaas.Net.Testing;
using Uaas.Networking;
using Uaas.Volumes;
using Monitor = Uaas.Cli.Monitor;

namespace Uaas.Services.Tests;

/// <summary>A service that is booted in a test.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MemoryMebibytes">Memory of the instance in MiB.</param>
internal sealed record BootedService(string Name, int MemoryMebibytes)
{
    /// <summary>A site.</summary>
    internal static BootedService Http { get; } = new("http", 24);

    /// <summary>Video.</summary>
    internal static BootedService Flv { get; } = new("flv", 72);

    /// <summary>Pictures.</summary>
    internal static BootedService Img { get; } = new("img", 96);

    /// <summary>A site, its pictures and video.</summary>
    internal static BootedService Combined { get; } = new("combined", 192);
}

/// <summary>A site packed from files, served by one instance of a service in a network namespace of its own.</summary>
internal sealed class BootedSite : IDisposable
{
    private const int SectorSize = 16384;
    private const long VolumeBytes = 16 << 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    // What a busy machine takes to come to it. Nothing that is tested ends by this.
    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("uaas-site-");
    private readonly NetworkNamespace _namespace = new();
    private readonly NodeNetwork _network;
    private readonly InstanceConnection _connection;
    private readonly IInstance _instance;
    private VolumeFile? _volume;

    /// <summary>Packs the files and boots; the first connection waits in the tap until the guest listens.</summary>
    internal BootedSite(string monitorKey, IEnumerable<(string Path, byte[] Content)> files, params string[] arguments)
        : this(BootedService.Http, monitorKey, files, arguments)
    {
    }

    /// <summary>Packs the files and boots any service.</summary>
    internal BootedSite(BootedService service, string monitorKey, IEnumerable<(string Path, byte[] Content)> files, params string[] arguments)
        : this(service, monitorKey, null, files, arguments)
    {
    }

    /// <summary>Packs the files and boots any service, with a file to record to; null for none.</summary>
    internal BootedSite(BootedService service, string monitorKey, string? volume, IEnumerable<(string Path, byte[] Content)> files, params string[] arguments)
    {
        string image = Pack(files, indexesFilms: service == BootedService.Flv || service == BootedService.Combined);
        Locations locations = Locations.Find();
        IMonitorDriver driver = Monitor.ByKey(monitorKey).CreateDriver(locations);
        KernelFile kernel = KernelFile.Find(locations.ExistingImage(service.Name, driver.ImageKind))!;
        _network = _namespace.Run(NodeNetwork.Prepare);
        _connection = _namespace.Run(() => new TapLinks(_network, new InstanceLinkOptions(Offloads: true)).Connect(0));
        _instance = _namespace.Run(() => driver.Start(new InstanceSpec
        {
            Name = $"{service.Name}-1",
            Image = locations.ExistingImage(service.Name, driver.ImageKind),
            MemoryMebibytes = service.MemoryMebibytes,
            Arguments = [.. BootArguments.For($"{service.Name}-1", _connection), .. arguments],
            Networks = [_connection.Attachment!],
            Blocks = BlockDevices.Complete([new BlockAttachment("content", image, SectorSize), .. Volume(volume, kernel)], kernel),
        }));
        _volume?.Dispose();
    }

    /// <summary>The running instance.</summary>
    internal IInstance Instance => _instance;

    /// <summary>The instance's address, within the namespace.</summary>
    internal IPAddress Address => _connection.Address;

    /// <summary>The namespace, in which clients run.</summary>
    internal NetworkNamespace Namespace => _namespace;

    /// <summary>All that the instance has printed.</summary>
    internal string Console => string.Join("\n", _instance.Console.Tail().Select(line => line.Text));

    /// <summary>The link between node and instance.</summary>
    internal InstanceLink Link => _connection.Link!;

    /// <summary>A port of the instance.</summary>
    internal IPEndPoint EndPoint(int port = 80) => new(_connection.Address, port);

    /// <summary>Runs something on the node's side of the link.</summary>
    internal T Run<T>(Func<T> function) => _namespace.Run(function);

    /// <summary>A socket on the node's side, not yet connected.</summary>
    internal Socket NewSocket()
    {
        Socket socket = Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        socket.SendTimeout = (int)s_patience.TotalMilliseconds;
        socket.ReceiveTimeout = (int)s_answerWithin.TotalMilliseconds;
        socket.NoDelay = true;
        return socket;
    }

    /// <summary>Opens a connection to a port of the instance.</summary>
    internal Socket Connect(int port = 80)
    {
        Socket socket = NewSocket();
        try
        {
            if (!socket.ConnectAsync(EndPoint(port)).Wait(s_patience)) throw new TimeoutException("no connection within its time");
            return socket;
        }
        catch (Exception failure)
        {
            socket.Dispose();
            throw new IOException($"cannot connect to the instance; its console:\n{Console}", failure);
        }
    }

    /// <summary>Sends bytes on a connection of their own and returns all that comes back until the instance closes it.</summary>
    internal byte[] Exchange(byte[] request, int port = 80)
    {
        using Socket socket = Connect(port);
        socket.Send(request);
        using MemoryStream received = new();
        byte[] buffer = new byte[64 * 1024];
        for (int count; (count = socket.Receive(buffer)) > 0;) received.Write(buffer, 0, count);
        return received.ToArray();
    }

    public void Dispose()
    {
        _instance.Dispose();
        _connection.Dispose();
        _network.Dispose();
        _namespace.Dispose();
        _directory.Delete(recursive: true);
    }

    /// <summary>The monitor inherits the open file, and the lock on it.</summary>
    private BlockAttachment[] Volume(string? path, KernelFile kernel)
    {
        if (path is null) return [];
        _volume = VolumeFile.Open(path, File.Exists(path) ? new FileInfo(path).Length : VolumeBytes);
        return [BlockDevices.Of("recordings", _volume, kernel)];
    }

    private string Pack(IEnumerable<(string Path, byte[] Content)> files, bool indexesFilms)
    {
        string root = Directory.CreateDirectory(Path.Combine(_directory.FullName, "content")).FullName;
        foreach ((string path, byte[] content) in files)
        {
            string file = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }

        string image = Path.Combine(_directory.FullName, "image");
        ContentPacker.Pack(new PackOptions { ContentDirectory = root, ImagePath = image, Modified = new DateTimeOffset(2024, 2, 29, 12, 34, 56, TimeSpan.Zero), IndexesFilms = indexesFilms });
        return image;
    }
}
