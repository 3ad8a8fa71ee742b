// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Cli.Nginx;
using Uaas.Front;
using Uaas.Net.Testing;

namespace Uaas.Nginx.Tests.FrontDoor;

/// <summary>nginx with the module, by the configuration that <c>uaas nginx</c> writes.</summary>
internal sealed class NginxDoor : FrontDoor
{
    private readonly NginxBed _bed;

    private NginxDoor(NginxBed bed, DoorPlan plan, int port)
        : base(bed.Folder, plan, port) => _bed = bed;

    internal static async Task<FrontDoor> StartAsync(DoorPlan plan)
    {
        int port = FreePort.Find();

        // One worker: each is a front of its own, and learns of a change in its own time.
        var bed = new NginxBed(folder => NginxConfiguration.Write(plan.Deployment, GeneratedNginx.Settings(folder, port)).Replace("worker_processes auto", "worker_processes 1", StringComparison.Ordinal) + "daemon off;\n");
        var door = new NginxDoor(bed, plan, port);
        await bed.StartAsync();
        await NginxBed.UntilAsync(() => door.Master.Connections > 0, "its worker is there");
        return door;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _bed.DisposeAsync();
    }
}

/// <summary>The embedded gateway.</summary>
internal sealed class GatewayDoor : FrontDoor
{
    private readonly string _folder;
    private readonly FrontServer _server;

    private GatewayDoor(string folder, DoorPlan plan, int port, FrontServer server)
        : base(folder, plan, port)
    {
        _folder = folder;
        _server = server;
    }

    internal static async Task<FrontDoor> StartAsync(DoorPlan plan)
    {
        int port = FreePort.Find();
        string folder = Directory.CreateTempSubdirectory("uaas-gateway-").FullName;
        var server = FrontServer.Create(new FrontOptions
        {
            Listener = Listen(port),
            TcpListeners = plan.ListenPort == 0 ? new Dictionary<int, int>() : new Dictionary<int, int> { [plan.ListenPort] = Listen(plan.ListenPort) },
            MasterSocket = Path.Combine(folder, "front.sock"),
        });
        var door = new GatewayDoor(folder, plan, port, server);
        await server.StartAsync(CancellationToken.None);
        await NginxBed.UntilAsync(() => door.Master.Connections > 0, "it is there");
        return door;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A listening descriptor that is the front's alone.</summary>
    private static int Listen(int port)
    {
        System.Net.Sockets.Socket socket = NodeLauncher.Listen(new IPEndPoint(IPAddress.Loopback, port));
        int descriptor = (int)socket.Handle;
        socket.SafeHandle.SetHandleAsInvalid();
        return descriptor;
    }
}
