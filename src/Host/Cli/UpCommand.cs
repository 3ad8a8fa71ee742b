// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Cli.Serving;
using Uaas.Cli.Verbs;
using Uaas.Cli.Watching;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Deploying;

namespace Uaas.Cli;

/// <summary><c>uaas up</c>: makes what uaas.yaml says so, with a daemon of its own where none runs, and <c>uaas apply</c>, which only tells the daemon.</summary>
internal static class UpCommand
{
    private const string FromDaemon = "deployment: ";
    private const string Services = "services";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private static readonly Option<string> File = new("--file", "-f") { Description = "What is wanted; - is standard input", DefaultValueFactory = _ => "uaas.yaml", HelpName = "FILE" };
    private static readonly Argument<string?> FileWord = new("file") { Description = "The same as --file", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say whether the file is right" };
    private static readonly Option<bool> Detach = new("--detach", "-d") { Description = "Where a daemon runs: do not show events" };

    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Apply it again whenever it, or what it names (content, secrets, projects), changes" };

    internal static Command Create()
    {
        var command = new Command("up", "Applies uaas.yaml and shows events until Ctrl-C; runs a daemon meanwhile where none runs") { File, Detach, ServeCommand.State, ServeCommand.Port, ServeCommand.Listen, ServeCommand.Api, ServeCommand.Quiet, Watch };
        foreach (Option option in FrontSettings.Options)
            command.Add(option);
        command.SetAction((arguments, _) => UpAsync(arguments));
        return command;
    }

    internal static Command CreateApply()
    {
        var command = new Command("apply", "Tells the daemon what is wanted") { FileWord, File, DryRun, Rollout.Wait, ServeCommand.State };
        command.SetAction((arguments, _) => Verb.UntilCtrlCAsync(cancellation => ApplyAsync(arguments, cancellation)));
        return command;
    }

    private static async Task ApplyAsync(ParseResult arguments, CancellationToken cancellation)
    {
        string file = arguments.GetValue(FileWord) ?? arguments.GetValue(File)!;
        Deployment deployment = ConfigurationReader.Read(file);
        if (arguments.GetValue(DryRun))
        {
            Console.Out.WriteLine($"{file} is right: {string.Join(", ", deployment.Services.Select(service => service.Name))}; nothing was applied");
            return;
        }
        using ApiClient api = Verb.Open(arguments);
        Show(await SendAsync(api, deployment, file).ConfigureAwait(false));
        if (arguments.GetValue(Rollout.Wait))
        {
            foreach (ServiceDefinition service in deployment.Services)
                await Rollout.WaitAsync(api, Verb.ServicePath(deployment.Namespace, service.Name), cancellation).ConfigureAwait(false);
        }
    }

    private static async Task<int> UpAsync(ParseResult arguments)
    {
        Deployment deployment = ConfigurationReader.Read(arguments.GetValue(File)!);
        StateDirectory state = StateDirectory.Find(arguments.GetValue(ServeCommand.State));
        state.Create();
        using var api = new ApiClient(state.ApiSocket);
        if (IsHeld(state))
            return await Verb.UntilCtrlCAsync(cancellation => JoinAsync(api, deployment, arguments, cancellation)).ConfigureAwait(false);
        if (arguments.GetValue(Detach))
            throw new UaasException(Failure.Daemon, $"no daemon runs on {state.Root}", "keep one: uaas serve, or uaas install; uaas up without --detach runs one until Ctrl-C");
        using DeploymentWatch? watch = BeginWatch(arguments, api, deployment);
        using Daemon daemon = await Daemon.StartAsync(state, ServeCommand.Address(arguments), ServeCommand.ApiAddress(arguments), TcpPorts(deployment), !arguments.GetValue(ServeCommand.Quiet), FrontSettings.Read(arguments, deployment.Tls.Certificates.Count > 0)).ConfigureAwait(false);
        bool isCalledOff = false;
        using var signals = new StopSignals(() =>
        {
            isCalledOff = true;
            daemon.Stop();
        });
        try
        {
            Task<ApplyResult> applied = ApplyAsync(api, deployment, arguments.GetValue(File)!);
            if (await Task.WhenAny(applied, daemon.Ended).ConfigureAwait(false) != applied)
                return Ended(daemon, isCalledOff);
            Show(await applied.ConfigureAwait(false));
            Console.Out.WriteLine($"ready {daemon.Url}");
            if (daemon.HttpsUrl is { } https)
                Console.Out.WriteLine($"https {https}");
        }
        catch
        {
            daemon.Stop();
            await daemon.Ended.ConfigureAwait(false);
            if (daemon.ExitCode != ExitCode.Ok || isCalledOff)
                return Ended(daemon, isCalledOff);
            throw;
        }
        using var over = new CancellationTokenSource();
        Task watching = watch?.RunAsync(over.Token) ?? Task.CompletedTask;
        await daemon.Ended.ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        return daemon.ExitCode;
    }

    /// <summary>How a daemon has ended that never was ready.</summary>
    private static int Ended(Daemon daemon, bool isCalledOff) => daemon.ExitCode != ExitCode.Ok || !isCalledOff ? daemon.ExitCode : ExitCode.Interrupted;

    /// <summary>A daemon that runs already is told; what follows is shown until Ctrl-C, which leaves all as it is.</summary>
    private static async Task JoinAsync(ApiClient api, Deployment deployment, ParseResult arguments, CancellationToken cancellation)
    {
        RequireNothingElse(arguments, await api.GetAsync("health", ApiJson.Default.Health, cancellation).ConfigureAwait(false));
        using DeploymentWatch? watch = BeginWatch(arguments, api, deployment);
        Show(await SendAsync(api, deployment, arguments.GetValue(File)!).ConfigureAwait(false));
        Health health = await api.GetAsync("health", ApiJson.Default.Health, cancellation).ConfigureAwait(false);
        Console.Out.WriteLine($"ready {health.Url}");
        Task watching = watch?.RunAsync(cancellation) ?? Task.CompletedTask;
        if (arguments.GetValue(Detach))
        {
            await watching.ConfigureAwait(false);
            return;
        }
        Console.Error.WriteLine("uaas: a daemon runs already and goes on after Ctrl-C");
        await FollowCommands.FollowEventsAsync(api, cancellation).ConfigureAwait(false);
        await watching.ConfigureAwait(false);
    }

    /// <summary>What says how a daemon is started is of no use to one that runs: it is refused, unless that one was started so.</summary>
    private static void RequireNothingElse(ParseResult arguments, Health health)
    {
        Uri? url = health.Url is { } text ? new Uri(text) : null;
        string[] given = [.. new[] { ServeCommand.Api }.Concat(FrontSettings.Options).Where(option => IsGiven(arguments, option)).Select(option => option.Name)];
        if (IsGiven(arguments, ServeCommand.Port) && arguments.GetValue(ServeCommand.Port) is not 0 and var port && port != url?.Port)
            given = [ServeCommand.Port.Name, .. given];
        if (IsGiven(arguments, ServeCommand.Listen) && arguments.GetValue(ServeCommand.Listen) != url?.Host.Trim('[', ']'))
            given = [ServeCommand.Listen.Name, .. given];
        if (given.Length > 0)
            throw new UaasException(Failure.Usage, $"a daemon runs already, and serves {health.Url}: {string.Join(", ", given)} would change nothing of it", "leave that out; or end that daemon first; or give another directory: --state DIR");
    }

    private static bool IsGiven(ParseResult arguments, Option option) => arguments.GetResult(option) is { Implicit: false };

    /// <summary>Watches the file and what it names, where that was asked for; begun before the first application, so that no edit is missed.</summary>
    private static DeploymentWatch? BeginWatch(ParseResult arguments, ApiClient api, Deployment deployment)
    {
        string file = arguments.GetValue(File)!;
        return arguments.GetValue(Watch)
            ? new DeploymentWatch(file, deployment, async changed => Show(await SendAsync(api, changed, file).ConfigureAwait(false), withUnchanged: false), text => Console.Error.WriteLine($"uaas: {text}"))
            : null;
    }

    /// <summary>Applies, and waits until there is a node to carry it out: an agent that cannot live ends the daemon instead.</summary>
    private static async Task<ApplyResult> ApplyAsync(ApiClient api, Deployment deployment, string file)
    {
        ApplyResult result = await SendAsync(api, deployment, file).ConfigureAwait(false);
        await UntilNodeAsync(api).ConfigureAwait(false);
        return result;
    }

    /// <summary>Waits until a daemon that is being started has a node.</summary>
    internal static async Task UntilNodeAsync(ApiClient api)
    {
        while (!(await api.GetAsync("health", ApiJson.Default.Health).ConfigureAwait(false)).Node)
            await Task.Delay(LookEvery).ConfigureAwait(false);
    }

    /// <summary>Tells the daemon. What it refuses by a key is shown with the line of that key.</summary>
    private static async Task<ApplyResult> SendAsync(ApiClient api, Deployment deployment, string file)
    {
        try
        {
            return await api.ApplyAsync(deployment).ConfigureAwait(false);
        }
        catch (UaasException e) when (e.Message.Contains(Services, StringComparison.Ordinal))
        {
            IEnumerable<string> lines = e.Message.Split('\n').Select(line => line.StartsWith(FromDaemon, StringComparison.Ordinal) ? line[FromDaemon.Length..] : line)
                .Select(line => line.StartsWith(Services, StringComparison.Ordinal) && ConfigurationReader.PlaceOf(file, line[..Math.Max(0, line.IndexOf(": ", StringComparison.Ordinal))]) is { } place ? $"{place}: {line}" : line);
            throw new UaasException(e.Failure, string.Join('\n', lines), e.Remedy ?? "nothing of it was applied", e);
        }
    }

    /// <summary>The ports that the daemon listens on beside HTTP: those that the file names. Another one takes a daemon that was started with it.</summary>
    private static IEnumerable<int> TcpPorts(Deployment deployment) => deployment.Services.SelectMany(service => service.Ports.Tcp).Select(port => port.Listen);

    private static bool IsHeld(StateDirectory state)
    {
        using System.IO.FileStream? held = state.TryLock();
        return held is null;
    }

    private static void Show(ApplyResult result, bool withUnchanged = true)
    {
        foreach (string warning in result.Warnings)
            Console.Error.WriteLine($"uaas: {warning}");
        foreach ((string word, IReadOnlyList<string> names) in new[] { ("created", result.Created), ("updated", result.Updated), ("unchanged", withUnchanged ? result.Unchanged : []), ("deleted", result.Deleted) })
        {
            foreach (string name in names)
                Console.Out.WriteLine($"{word} {name}");
        }
    }
}
