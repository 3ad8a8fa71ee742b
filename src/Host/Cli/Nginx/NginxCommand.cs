// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Uaas.Cli.Serving;
using Uaas.Configuration;
using Uaas.Linux;

namespace Uaas.Cli.Nginx;

/// <summary><c>uaas nginx</c>: nginx as a front of the node, for what uaas.yaml says.</summary>
internal static class NginxCommand
{
    private const string Nginx = "/usr/sbin/nginx";
    private const string Enter = "/usr/bin/nsenter";
    private const string Unshare = "/usr/bin/unshare";
    private const string StreamModule = "/usr/lib/nginx/modules/ngx_stream_module.so";
    private const int DefaultPort = 8088;

    private static readonly Option<string> File = new("--file", "-f") { Description = "What is served", DefaultValueFactory = _ => "uaas.yaml", HelpName = "FILE" };
    private static readonly Option<int> Port = new("--port", "-p") { Description = "Where to serve; the TCP ports of uaas.yaml are served beside it", DefaultValueFactory = _ => DefaultPort };
    private static readonly Option<bool> Check = new("--check") { Description = "Write the configuration, have nginx check it, and stop" };
    private static readonly Option<bool> Reload = new("--reload") { Description = "Write the configuration, have the nginx that runs take it, and stop" };
    private static readonly Option<bool> Print = new("--print") { Description = "Write the configuration to standard output, and stop" };

    internal static Command Create()
    {
        var command = new Command("nginx", "Runs nginx as a front of the node, with a configuration of its own making") { File, ServeCommand.State, Port, ServeCommand.Listen, Check, Reload, Print };
        command.SetAction((arguments, _) => Task.FromResult(Run(arguments)));
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        Deployment deployment = ConfigurationReader.Read(arguments.GetValue(File)!);
        StateDirectory state = StateDirectory.Find(arguments.GetValue(ServeCommand.State));
        if (!IPAddress.TryParse(arguments.GetValue(ServeCommand.Listen), out IPAddress? address))
            throw new UaasException(Failure.Usage, $"--listen takes an IP address, not '{arguments.GetValue(ServeCommand.Listen)}'");
        if (arguments.GetValue(Port) is < 1 or > IPEndPoint.MaxPort)
            throw new UaasException(Failure.Usage, $"--port takes 1 to {IPEndPoint.MaxPort}: nginx is to know it by its number");
        NginxSettings settings = Settings(state, new IPEndPoint(address, arguments.GetValue(Port)));
        string configuration = NginxConfiguration.Write(deployment, settings);
        if (arguments.GetValue(Print))
        {
            Console.Out.Write(configuration);
            return ExitCode.Ok;
        }
        RequireProgram();
        state.Create();
        Directory.CreateDirectory(settings.Folder);
        string path = Path.Combine(settings.Folder, "nginx.conf");
        System.IO.File.WriteAllText(path, configuration);
        List<string> command = ["-p", settings.Folder, "-c", path, "-e", "stderr"];
        if (arguments.GetValue(Check))
            ProcessImage.Replace(Nginx, [.. command, "-t"], [], []);
        if (arguments.GetValue(Reload))
            return NginxReload.Run(Nginx, command, settings.Folder);
        Serve(state, settings.Address, deployment, [.. command, "-g", "daemon off;"]);
        return ExitCode.Ok;
    }

    private static NginxSettings Settings(StateDirectory state, IPEndPoint address) => new()
    {
        Modules = Locations.Find().NginxModules,
        StreamModule = StreamModule,
        Folder = Path.Combine(state.Root, "nginx"),
        MasterSocket = state.FrontSocket,
        Address = address,
        IsPrivileged = Environment.IsPrivilegedProcess,
    };

    /// <summary>
    /// This process becomes nginx, in the node's network. The sockets are opened here, in the network of the clients, and handed over as nginx hands them to
    /// its successor at an upgrade: their numbers in the variable NGINX. It takes inherited sockets as they are: one that blocks would hold a worker, with all
    /// its connections, that was woken for a client whom another worker has accepted.
    /// </summary>
    private static void Serve(StateDirectory state, IPEndPoint address, Deployment deployment, IReadOnlyList<string> command)
    {
        int node = FindNode(state);
        List<Socket> sockets = [NodeLauncher.Listen(address, "--port")];
        sockets.AddRange(deployment.Services.SelectMany(service => service.Ports.Tcp).Select(port => NodeLauncher.ListenForService(address.Address, port.Listen)));
        foreach (Socket socket in sockets)
            socket.Blocking = false;
        string numbers = string.Concat(sockets.Select(socket => string.Create(CultureInfo.InvariantCulture, $"{socket.Handle};")));
        Console.Out.WriteLine($"serving http://{address}/");
        Console.Out.Flush();
        ProcessImage.Replace(Enter, [.. Entering(node), Nginx, .. command], [$"NGINX={numbers}"], [.. sockets.Select(socket => socket.SafeHandle)]);
    }

    /// <summary>
    /// How the node's network is entered. Where the node is an ordinary user's, that takes its user namespace too, in which the user is root: nginx would take itself for root and try to
    /// change files and processes to other users, of whom there are none. In a further namespace it is the user that it is.
    /// </summary>
    private static IEnumerable<string> Entering(int node)
    {
        string[] network = [$"--net=/proc/{node}/ns/net"];
        if (Environment.IsPrivilegedProcess)
            return [.. network, "--"];
        return
        [
            .. network, $"--user=/proc/{node}/ns/user", "--preserve-credentials", "--", Unshare, "--user",
            string.Create(CultureInfo.InvariantCulture, $"--map-user={CurrentUser.Id}"), string.Create(CultureInfo.InvariantCulture, $"--map-group={CurrentUser.Group}"), "--",
        ];
    }

    private static int FindNode(StateDirectory state)
    {
        try
        {
            int node = int.Parse(System.IO.File.ReadAllText(state.NodeProcess), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
            if (System.IO.File.Exists($"/proc/{node}/ns/net"))
                return node;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // Then there is none.
        }
        throw new UaasException(Failure.Daemon, $"no daemon runs on {state.Root}", "start one: uaas serve; or say where it is: --state DIR");
    }

    private static void RequireProgram()
    {
        foreach ((string path, string package) in new[] { (Nginx, "nginx-light"), (StreamModule, "libnginx-mod-stream"), (Enter, "util-linux") })
        {
            if (!System.IO.File.Exists(path))
                throw new UaasException(Failure.NotBuilt, $"{path} is not there", $"install it: apt-get install {package}");
        }
        string modules = Locations.Find().NginxModules;
        if (!System.IO.File.Exists(Path.Combine(modules, "ngx_http_uaas_module.so")))
            throw new UaasException(Failure.NotBuilt, $"the modules for nginx are not in {modules}", "build them: ./uaas build");
    }
}
