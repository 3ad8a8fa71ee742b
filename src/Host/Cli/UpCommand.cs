// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli.Serving;
using Uaas.Configuration;
using Uaas.Master.Deploying;

namespace Uaas.Cli;

/// <summary><c>uaas up</c>: makes what uaas.yaml says so, with a daemon of its own where none runs, and <c>uaas apply</c>, which only tells the daemon.</summary>
internal static class UpCommand
{
    private static readonly Option<string> File = new("--file", "-f") { Description = "What is wanted", DefaultValueFactory = _ => "uaas.yaml", HelpName = "FILE" };

    internal static Command Create()
    {
        var command = new Command("up", "Applies uaas.yaml; runs a daemon until Ctrl-C where none runs") { File, ServeCommand.State, ServeCommand.Port, ServeCommand.Listen, ServeCommand.Api, ServeCommand.Quiet };
        command.SetAction((arguments, _) => UpAsync(arguments));
        return command;
    }

    internal static Command CreateApply()
    {
        var command = new Command("apply", "Tells the daemon what is wanted") { File, ServeCommand.State };
        command.SetAction(async (arguments, _) =>
        {
            Deployment deployment = ConfigurationReader.Read(arguments.GetValue(File)!);
            using var api = new ApiClient(StateDirectory.Find(arguments.GetValue(ServeCommand.State)).ApiSocket);
            Show(await api.ApplyAsync(deployment).ConfigureAwait(false));
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<int> UpAsync(ParseResult arguments)
    {
        Deployment deployment = ConfigurationReader.Read(arguments.GetValue(File)!);
        StateDirectory state = StateDirectory.Find(arguments.GetValue(ServeCommand.State));
        state.Create();
        using var api = new ApiClient(state.ApiSocket);
        if (IsHeld(state))
        {
            Show(await api.ApplyAsync(deployment).ConfigureAwait(false));
            return ExitCode.Ok;
        }
        using Daemon daemon = await Daemon.StartAsync(state, ServeCommand.Address(arguments), ServeCommand.ApiAddress(arguments), TcpPorts(deployment), !arguments.GetValue(ServeCommand.Quiet)).ConfigureAwait(false);
        using var signals = new StopSignals(daemon.Stop);
        try
        {
            Show(await api.ApplyAsync(deployment).ConfigureAwait(false));
            Console.Out.WriteLine($"ready {daemon.Url}");
        }
        catch
        {
            daemon.Stop();
            await daemon.Ended.ConfigureAwait(false);
            throw;
        }
        await daemon.Ended.ConfigureAwait(false);
        return ExitCode.Ok;
    }

    /// <summary>The ports that the daemon listens on beside HTTP: those that the file names. Another one takes a daemon that was started with it.</summary>
    private static IEnumerable<int> TcpPorts(Deployment deployment) => deployment.Services.SelectMany(service => service.Ports.Tcp).Select(port => port.Listen);

    private static bool IsHeld(StateDirectory state)
    {
        using System.IO.FileStream? held = state.TryLock();
        return held is null;
    }

    private static void Show(ApplyResult result)
    {
        foreach (string warning in result.Warnings)
            Console.Error.WriteLine($"uaas: {warning}");
        foreach ((string word, System.Collections.Generic.IReadOnlyList<string> names) in new[] { ("created", result.Created), ("updated", result.Updated), ("unchanged", result.Unchanged), ("deleted", result.Deleted) })
        {
            foreach (string name in names)
                Console.Out.WriteLine($"{word} {name}");
        }
    }
}
