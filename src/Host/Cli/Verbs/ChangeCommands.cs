// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Json;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Control;
using Uaas.Master.Storage;

namespace Uaas.Cli.Verbs;

/// <summary>The verbs that change what is wanted: delete, scale, stop, restart, rollout, token.</summary>
internal static class ChangeCommands
{
    private static readonly Option<int?> Min = new("--min") { Description = "Least instances", HelpName = "N" };
    private static readonly Option<int?> Max = new("--max") { Description = "Most instances", HelpName = "N" };
    private static readonly Option<int?> Replicas = new("--replicas") { Description = "As many instances, always", HelpName = "N" };
    private static readonly Argument<string?> Count = new("count") { Description = "As many instances, always; or bounds, MIN-MAX", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int?> To = new("--to", "--to-revision") { Description = "The revision to go back to (default: the one before)", HelpName = "N" };
    private static readonly Option<Role> RoleOption = new("--role") { Description = "What it allows", DefaultValueFactory = _ => Role.Read };
    private static readonly Option<string?> File = new("--file", "-f") { Description = "Take out the services that this file names", HelpName = "FILE" };
    private static readonly Argument<string[]> Services = new("service") { Description = "Names of services", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Argument<string[]> Instances = new("instance") { Description = "Names of instances", Arity = ArgumentArity.OneOrMore };
    private static readonly Argument<string> Name = new("name") { Description = "Name of the token" };

    internal static IEnumerable<Command> Create()
    {
        Services.CompletionSources.AddRange(Verb.Service.CompletionSources);
        Instances.CompletionSources.AddRange(Verb.Instance.CompletionSources);
        yield return Verb.Create("delete", "Takes services out", DeleteAsync, Services, Verb.Namespace, File);
        yield return Verb.Create("scale", "Sets how many instances a service has", ScaleAsync, Verb.Service, Count, Verb.Namespace, Min, Max, Replicas);
        yield return Verb.Create("stop", "Drains and ends instances; others take their place where they are needed", StopAsync, Instances);
        yield return Restart();
        Command status = Verb.Create("status", "Shows how the revisions of a service fare", StatusAsync, Verb.Service, Verb.Namespace, Rollout.Wait, Verb.Json);
        status.Aliases.Add("history");
        yield return new Command("rollout", "Looks at, or takes back, a change of a service")
        {
            status,
            Verb.Create("undo", "Has a service go back to a revision that it had", UndoAsync, Verb.Service, Verb.Namespace, To, Rollout.Wait),
            Restart(),
        };
        yield return new Command("token", "Tokens for the API over TCP")
        {
            Verb.Create("create", "Makes a token and shows it, this once", CreateTokenAsync, Name, RoleOption, Verb.OfNamespace),
            Verb.Create("list", "Lists tokens", ListTokensAsync, Verb.Json),
            Verb.Create("delete", "Takes a token out", DeleteTokenAsync, Name),
        };
    }

    private static Command Restart() => Verb.Create("restart", "Replaces all instances of a service, without a gap", RestartAsync, Verb.Service, Verb.Namespace, Rollout.Wait);

    private static async Task DeleteAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        string owner = arguments.GetValue(Verb.Namespace)!;
        string[] names = arguments.GetValue(Services) ?? [];
        if (arguments.GetValue(File) is { } file)
        {
            Deployment deployment = ConfigurationReader.Read(file);
            owner = deployment.Namespace;
            names = [.. names, .. deployment.Services.Select(service => service.Name)];
        }
        if (names.Length == 0)
            throw new UaasException(Failure.Usage, "neither a service nor a file is named", "uaas delete SERVICE, or uaas delete -f uaas.yaml");
        foreach (string name in names.Distinct())
        {
            using HttpResponseMessage response = await api.SendAsync(HttpMethod.Delete, Verb.ServicePath(owner, name), null, cancellation).ConfigureAwait(false);
            Console.Out.WriteLine($"deleted {name}");
        }
    }

    private static async Task ScaleAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        ScaleRequest scale = Bounds(arguments);
        ServiceView service = await api.SendAsync(HttpMethod.Patch, Verb.ServicePath(arguments) + "/scale", JsonContent.Create(scale, ApiJson.Default.ScaleRequest), ApiJson.Default.ServiceView).ConfigureAwait(false);
        Console.Out.WriteLine($"{service.Name}: {service.Min} to {service.Max} instances");
    }

    private static ScaleRequest Bounds(ParseResult arguments)
    {
        const string remedy = "uaas scale SERVICE 3, or uaas scale SERVICE --min N --max N";
        int? both = arguments.GetValue(Replicas);
        var scale = new ScaleRequest(arguments.GetValue(Min) ?? both, arguments.GetValue(Max) ?? both);
        if (arguments.GetValue(Count) is { } count)
        {
            string[] parts = count.Split('-');
            if (parts.Length > 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int min) || !int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int max))
                throw new UaasException(Failure.Usage, $"'{count}' is neither a number nor MIN-MAX", remedy);
            scale = new ScaleRequest(min, max);
        }
        if (scale is { Min: null, Max: null })
            throw new UaasException(Failure.Usage, "it is not said how many", remedy);
        if (scale is { Min: 0, Max: 0 })
            throw new UaasException(Failure.Usage, "0 to 0 instances could never answer", $"to have none while nobody asks: --min 0; to take it out: uaas delete {arguments.GetRequiredValue(Verb.Service)}");
        return scale;
    }

    private static async Task StopAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        foreach (string name in arguments.GetRequiredValue(Instances))
        {
            using HttpResponseMessage response = await api.SendAsync(HttpMethod.Delete, $"instances/{Uri.EscapeDataString(name)}", null, cancellation).ConfigureAwait(false);
            Console.Out.WriteLine($"stopping {name}");
        }
    }

    private static async Task RestartAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await api.SendAsync(HttpMethod.Post, Verb.ServicePath(arguments) + "/restart", null, cancellation).ConfigureAwait(false);
        Console.Out.WriteLine($"restarting {arguments.GetRequiredValue(Verb.Service)}");
        if (arguments.GetValue(Rollout.Wait))
            await Rollout.WaitAsync(api, Verb.ServicePath(arguments), cancellation).ConfigureAwait(false);
    }

    private static async Task StatusAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        UaasException? failed = null;
        if (arguments.GetValue(Rollout.Wait))
        {
            try
            {
                await Rollout.WaitAsync(api, Verb.ServicePath(arguments), cancellation).ConfigureAwait(false);
            }
            catch (UaasException e) when (e.Failure == Failure.Boot)
            {
                failed = e;
            }
        }
        ServiceView service = await api.GetAsync(Verb.ServicePath(arguments), ApiJson.Default.ServiceView, cancellation).ConfigureAwait(false);
        Show(arguments, service);
        if (failed is not null)
            throw failed;
    }

    private static void Show(ParseResult arguments, ServiceView service)
    {
        if (arguments.GetValue(Verb.Json))
        {
            Screen.Json(service, ApiJson.Default.ServiceView);
            return;
        }
        Screen.Table(["REVISION", "STATE", "IMAGE", "SINCE", "WHY"], service.Revisions.Select(one => (IReadOnlyList<string>)
            [$"{one.Number}{(one.Number == service.Wanted ? " *" : "")}", one.State, one.Image, one.CreatedAt.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), one.Reason ?? ""]), "IMAGE", "SINCE");
    }

    private static async Task UndoAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        RevisionResult result = await api.SendAsync(HttpMethod.Post, Verb.ServicePath(arguments) + "/undo",
            JsonContent.Create(new UndoRequest(arguments.GetValue(To)), ApiJson.Default.UndoRequest), ApiJson.Default.RevisionResult).ConfigureAwait(false);
        Console.Out.WriteLine($"{arguments.GetRequiredValue(Verb.Service)}: revision {result.Revision}");
        if (arguments.GetValue(Rollout.Wait))
            await Rollout.WaitAsync(api, Verb.ServicePath(arguments), cancellation).ConfigureAwait(false);
    }

    private static async Task CreateTokenAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        var request = new TokenRequest(arguments.GetRequiredValue(Name), arguments.GetValue(RoleOption), arguments.GetValue(Verb.OfNamespace));
        TokenResult result = await api.SendAsync(HttpMethod.Post, "tokens", JsonContent.Create(request, ApiJson.Default.TokenRequest), ApiJson.Default.TokenResult).ConfigureAwait(false);
        Console.Out.WriteLine(result.Token);
    }

    private static async Task ListTokensAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        IReadOnlyList<StoredToken> tokens = await api.GetAsync("tokens", ApiJson.Default.IReadOnlyListStoredToken).ConfigureAwait(false);
        if (arguments.GetValue(Verb.Json))
            Screen.Json(tokens, ApiJson.Default.IReadOnlyListStoredToken);
        else
            Screen.Table(["TOKEN", "ROLE", "NAMESPACE", "AGE"], tokens.Select(one => (IReadOnlyList<string>)[one.Name, one.Role.ToString().ToLowerInvariant(), one.Namespace ?? "all", Screen.Age(one.CreatedAt)]));
    }

    private static async Task DeleteTokenAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await api.SendAsync(HttpMethod.Delete, $"tokens/{Uri.EscapeDataString(arguments.GetRequiredValue(Name))}", null).ConfigureAwait(false);
        Console.Out.WriteLine($"deleted {arguments.GetRequiredValue(Name)}");
    }
}
