// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Completions;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Cli.Serving;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Control;

namespace Uaas.Cli.Verbs;

/// <summary>What all verbs over the API have in common.</summary>
internal static class Verb
{
    // Of all questions of one completion. A daemon answers at once; what takes its time on a busy machine is this command's own start.
    private static readonly Lazy<CancellationTokenSource> Patience = new(() => new CancellationTokenSource(TimeSpan.FromSeconds(5)));

    internal static readonly Option<string> Namespace = new("--namespace", "-n") { Description = "The namespace", DefaultValueFactory = _ => Deployment.DefaultNamespace, HelpName = "NAME" };
    internal static readonly Option<string?> OfNamespace = new("--namespace", "-n") { Description = "Of that namespace alone", HelpName = "NAME" };
    internal static readonly Option<bool> Json = new("--json") { Description = "For programs: JSON instead of a table" };
    internal static readonly Argument<string> Service = Named(new Argument<string>("service") { Description = "Name of the service" }, ServiceNames);
    internal static readonly Argument<string?> OfService = Named(new Argument<string?>("service") { Description = "Of that service alone", Arity = ArgumentArity.ZeroOrOne }, ServiceNames);
    internal static readonly Argument<string> Instance = Named(new Argument<string>("instance") { Description = "Name of the instance" }, InstanceNames);
    internal static readonly Argument<string> Either = Named(new Argument<string>("name") { Description = "Name of the service, or of an instance" }, context => ServiceNames(context).Concat(InstanceNames(context)));

    /// <summary>A verb that asks the daemon.</summary>
    internal static Command Create(string name, string description, Func<ParseResult, ApiClient, CancellationToken, Task> run, params ReadOnlySpan<Symbol> symbols)
    {
        var command = new Command(name, description) { ServeCommand.State };
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Option option)
                command.Add(option);
            else if (symbol is Argument argument)
                command.Add(argument);
        }
        command.SetAction((arguments, _) => UntilCtrlCAsync(async cancellation =>
        {
            using ApiClient api = Open(arguments);
            await run(arguments, api, cancellation).ConfigureAwait(false);
        }));
        return command;
    }

    /// <summary>Does something until it ends, or until Ctrl-C, which ends what is followed well: nothing is undone by it.</summary>
    internal static async Task<int> UntilCtrlCAsync(Func<CancellationToken, Task> run)
    {
        using var stop = new CancellationTokenSource();
        using var signals = new StopSignals(stop.Cancel);
        try
        {
            await run(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }
        return ExitCode.Ok;
    }

    /// <summary>The API of the daemon that was named.</summary>
    internal static ApiClient Open(ParseResult arguments) => new(StateDirectory.Find(arguments.GetValue(ServeCommand.State)).ApiSocket);

    /// <summary>The path of the service that was named, in the API.</summary>
    internal static string ServicePath(ParseResult arguments) => ServicePath(arguments.GetValue(Namespace)!, arguments.GetRequiredValue(Service));

    /// <summary>The path of a service in the API.</summary>
    internal static string ServicePath(string owner, string name) => $"namespaces/{Uri.EscapeDataString(owner)}/services/{Uri.EscapeDataString(name)}";

    /// <summary>The name that a service has on the node.</summary>
    internal static string ServiceKey(string owner, string name) => owner == Deployment.DefaultNamespace ? name : $"{owner}/{name}";

    private static Argument<T> Named<T>(Argument<T> argument, Func<CompletionContext, IEnumerable<CompletionItem>> names)
    {
        argument.CompletionSources.Add(names);
        return argument;
    }

    private static IEnumerable<CompletionItem> ServiceNames(CompletionContext context) => NamesFrom(context, async (api, cancellation) =>
        (await api.GetAsync("services", ApiJson.Default.IReadOnlyListServiceView, cancellation).ConfigureAwait(false)).Select(service => service.Name));

    private static IEnumerable<CompletionItem> InstanceNames(CompletionContext context) => NamesFrom(context, async (api, cancellation) =>
        (await api.GetAsync("instances", ApiJson.Default.IReadOnlyListInstanceView, cancellation).ConfigureAwait(false)).Select(instance => instance.Name));

    /// <summary>Names that a daemon knows; none where it does not answer.</summary>
    private static IEnumerable<CompletionItem> NamesFrom(CompletionContext context, Func<ApiClient, CancellationToken, Task<IEnumerable<string>>> ask)
    {
        try
        {
            using ApiClient api = Open(context.ParseResult);
            return [.. ask(api, Patience.Value.Token).GetAwaiter().GetResult().Distinct().Select(name => new CompletionItem(name))];
        }
        catch (Exception e) when (e is UaasException or OperationCanceledException)
        {
            return [];
        }
    }
}
