// SPDX-License-Identifier: Apache-2.0

using System;
using System.CommandLine;
using System.Net;
using System.Threading.Tasks;
using Uaas.Cli.Serving;

namespace Uaas.Cli;

/// <summary><c>uaas serve</c>: the daemon, in the foreground.</summary>
internal static class ServeCommand
{
    internal static readonly Option<string?> State = new("--state") { Description = "The daemon's directory (default: UAAS_STATE, /var/lib/uaas for root, ~/.local/state/uaas)", HelpName = "DIR", Recursive = true };
    internal static readonly Option<int> Port = new("--port") { Description = "The port that the front serves on; 0 takes any that is free", DefaultValueFactory = _ => 8080 };
    internal static readonly Option<string> Listen = new("--listen") { Description = "The address that the front serves on", DefaultValueFactory = _ => "127.0.0.1", HelpName = "ADDRESS" };
    internal static readonly Option<string?> Api = new("--api") { Description = "Where the API listens on TCP too, for bearers of tokens (uaas token create)", HelpName = "ADDRESS:PORT" };
    internal static readonly Option<int[]> Tcp = new("--tcp") { Description = "A port for a protocol that is not HTTP (a service's ports.tcp); may be given several times", HelpName = "PORT" };
    internal static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Do not show events" };

    internal static Command Create()
    {
        var command = new Command("serve", "Runs the daemon (node agent, master and front) until Ctrl-C") { State, Port, Listen, Api, Tcp, Quiet };
        foreach (Option option in FrontSettings.Options)
            command.Add(option);
        command.SetAction((arguments, _) => RunAsync(StateDirectory.Find(arguments.GetValue(State)), Address(arguments), ApiAddress(arguments), arguments.GetValue(Tcp) ?? [], !arguments.GetValue(Quiet), FrontSettings.Read(arguments, hasCertificates: false)));
        return command;
    }

    /// <summary>The address that was given to serve on.</summary>
    internal static IPEndPoint Address(ParseResult arguments)
    {
        if (arguments.GetValue(Port) is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
            throw new Linux.UaasException(Linux.Failure.Usage, $"--port takes a number up to {IPEndPoint.MaxPort}, not {arguments.GetValue(Port)}");
        return IPAddress.TryParse(arguments.GetValue(Listen), out IPAddress? address) ? new IPEndPoint(address, arguments.GetValue(Port)) : throw new Linux.UaasException(Linux.Failure.Usage, $"--listen takes an IP address, not '{arguments.GetValue(Listen)}'");
    }

    /// <summary>Where the API was told to listen; null for nowhere.</summary>
    internal static IPEndPoint? ApiAddress(ParseResult arguments)
    {
        if (arguments.GetValue(Api) is not { } given)
            return null;
        return IPEndPoint.TryParse(given, out IPEndPoint? address) && address.Port != 0 ? address
            : throw new Linux.UaasException(Linux.Failure.Usage, $"--api takes an address with a port, such as 127.0.0.1:7070, not '{given}'");
    }

    private static async Task<int> RunAsync(StateDirectory state, IPEndPoint address, IPEndPoint? api, int[] tcp, bool isVerbose, FrontSettings front)
    {
        using Daemon daemon = await Daemon.StartAsync(state, address, api, tcp, isVerbose, front).ConfigureAwait(false);
        using var signals = new StopSignals(daemon.Stop);
        Console.Out.WriteLine($"serving {daemon.Url}");
        if (daemon.HttpsUrl is { } https)
            Console.Out.WriteLine($"serving {https}");
        using (var client = new ApiClient(state.ApiSocket))
        {
            Task ready = UpCommand.UntilNodeAsync(client);
            await Task.WhenAny(ready, daemon.Ended).ConfigureAwait(false);
            if (ready.IsCompletedSuccessfully)
                ServiceManager.Tell("READY=1");
        }
        await daemon.Ended.ConfigureAwait(false);
        return daemon.ExitCode;
    }
}
