// SPDX-License-Identifier: Apache-2.0

using System;
using System.CommandLine;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Cli.Serving;
using Uaas.Configuration;

namespace Uaas.Cli.Verbs;

/// <summary>What all verbs over the API have in common.</summary>
internal static class Verb
{
    internal static readonly Option<string> Namespace = new("--namespace", "-n") { Description = "The namespace", DefaultValueFactory = _ => Deployment.DefaultNamespace, HelpName = "NAME" };
    internal static readonly Option<bool> Json = new("--json") { Description = "For programs: JSON instead of a table" };
    internal static readonly Argument<string> Service = new("service") { Description = "Name of the service" };

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
        command.SetAction(async (arguments, cancellation) =>
        {
            using var api = new ApiClient(StateDirectory.Find(arguments.GetValue(ServeCommand.State)).ApiSocket);
            await run(arguments, api, cancellation).ConfigureAwait(false);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The path of the service that was named, in the API.</summary>
    internal static string ServicePath(ParseResult arguments) =>
        $"namespaces/{Uri.EscapeDataString(arguments.GetValue(Namespace)!)}/services/{Uri.EscapeDataString(arguments.GetRequiredValue(Service))}";

    /// <summary>The name that the service which was named has on the node.</summary>
    internal static string ServiceKey(ParseResult arguments)
    {
        string owner = arguments.GetValue(Namespace)!;
        string name = arguments.GetRequiredValue(Service);
        return owner == Deployment.DefaultNamespace ? name : $"{owner}/{name}";
    }
}
