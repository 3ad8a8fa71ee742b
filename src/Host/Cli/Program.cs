// SPDX-License-Identifier: Apache-2.0

using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli.Images;
using Uaas.Cli.Installing;
using Uaas.Cli.Nginx;
using Uaas.Cli.Serving;
using Uaas.Cli.Verbs;
using Uaas.Configuration;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>The <c>uaas</c> command.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            // The processes that this program starts of itself, past the parser: their one argument is from it.
            if (arguments is [var role, var options] && FindRole(role) is { } run)
                return await PlayAsync(run, options).ConfigureAwait(false);
            return await RunAsync(arguments).ConfigureAwait(false);
        }
        catch (UaasException e)
        {
            Tell(e.Message, e.Remedy);
            return ExitCode.Of(e.Failure);
        }
        catch (ConfigurationException e)
        {
            Tell(e.Message, arguments is ["build", ..] ? "nothing of it was built" : "nothing of it was applied");
            return ExitCode.Configuration;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"uaas: unexpected: {e}").ConfigureAwait(false);
            return ExitCode.Internal;
        }
    }

    private static async Task<int> PlayAsync(Func<string, Task<int>> run, string options)
    {
        try
        {
            return await run(options).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was told to end while it began.
            return ExitCode.Ok;
        }
    }

    private static Func<string, Task<int>>? FindRole(string role) => role switch
    {
        NodeLauncher.NodeCommand => options => NodeHost.RunAsync(NodeOptions.FromJson(options)),
        AgentHost.Command => options => AgentHost.RunAsync(ServeOptions.FromJson(options)),
        MasterHost.Command => options => MasterHost.RunAsync(ServeOptions.FromJson(options)),
        OutsideHost.Command => options => OutsideHost.RunAsync(ServeOptions.FromJson(options)),
        FrontHost.Command => options => FrontHost.RunAsync(ServeOptions.FromJson(options)),
        _ => null,
    };

    private static Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("Unikernels as a service, in C#.") { RunCommand.Create(), DoctorCommand.Create(), DemoCommand.Create(), ServeCommand.Create(), UpCommand.Create(), UpCommand.CreateApply(), NginxCommand.Create() };
        foreach (Command command in ImageCommands.Create())
            root.Add(command);
        foreach (Command command in InstallCommand.Create())
            root.Add(command);
        foreach (Command command in LookCommands.Create().Append(DescribeCommand.Create()).Concat(FollowCommands.Create()).Concat(ChangeCommands.Create()).Append(VolumeCommands.Create()).Append(CompletionCommand.Create()))
            root.Add(command);
        // Windows' ways to ask for help would be offered as words, and shadow paths.
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Aliases.Remove("/h");
            help.Aliases.Remove("/?");
        }
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count == 0)
            return parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        foreach (string error in CommandLineErrors.Of(parsed))
            Tell(error, null);
        Tell("wrong command line", "uaas --help, or uaas VERB --help, says what there is");
        return Task.FromResult(ExitCode.Usage);
    }

    private static void Tell(string message, string? remedy)
    {
        Console.Error.WriteLine($"uaas: {message}");
        if (remedy is not null)
            Console.Error.WriteLine($"  → {remedy}");
    }
}
