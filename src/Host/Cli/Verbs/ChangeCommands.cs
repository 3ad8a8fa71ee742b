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
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Control;
using Uaas.Master.Storage;

namespace Uaas.Cli.Verbs;

/// <summary>The verbs that change what is wanted: delete, scale, stop, restart, rollout, token.</summary>
internal static class ChangeCommands
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private static readonly Option<int?> Min = new("--min") { Description = "Least instances" };
    private static readonly Option<int?> Max = new("--max") { Description = "Most instances" };
    private static readonly Option<int?> To = new("--to") { Description = "The revision to go back to (default: the one before)" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Wait until the rollout has ended" };
    private static readonly Option<Role> RoleOption = new("--role") { Description = "What it allows", DefaultValueFactory = _ => Role.Read };
    private static readonly Argument<string> Instance = new("instance") { Description = "Name of the instance" };
    private static readonly Argument<string> Name = new("name") { Description = "Name of the token" };

    internal static IEnumerable<Command> Create()
    {
        yield return Verb.Create("delete", "Takes a service out", DeleteAsync, Verb.Service, Verb.Namespace);
        yield return Verb.Create("scale", "Sets how many instances a service has", ScaleAsync, Verb.Service, Verb.Namespace, Min, Max);
        yield return Verb.Create("stop", "Drains and ends an instance; another takes its place where one is needed", StopAsync, Instance);
        yield return Verb.Create("restart", "Replaces all instances of a service, without a gap", RestartAsync, Verb.Service, Verb.Namespace);
        yield return new Command("rollout", "Looks at, or takes back, a change of a service")
        {
            Verb.Create("status", "Shows how the revisions of a service fare", StatusAsync, Verb.Service, Verb.Namespace, Wait, Verb.Json),
            Verb.Create("undo", "Has a service go back to a revision that it had", UndoAsync, Verb.Service, Verb.Namespace, To),
        };
        yield return new Command("token", "Tokens for the API over TCP")
        {
            Verb.Create("create", "Makes a token and shows it, this once", CreateTokenAsync, Name, RoleOption),
            Verb.Create("list", "Lists tokens", ListTokensAsync, Verb.Json),
            Verb.Create("delete", "Takes a token out", DeleteTokenAsync, Name),
        };
    }

    private static async Task DeleteAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await api.SendAsync(HttpMethod.Delete, Verb.ServicePath(arguments), null).ConfigureAwait(false);
        Console.Out.WriteLine($"deleted {arguments.GetRequiredValue(Verb.Service)}");
    }

    private static async Task ScaleAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        var scale = new ScaleRequest(arguments.GetValue(Min), arguments.GetValue(Max));
        if (scale is { Min: null, Max: null })
            throw new UaasException(Failure.Usage, "neither --min nor --max is given", "uaas scale SERVICE --min N --max N");
        ServiceView service = await api.SendAsync(HttpMethod.Patch, Verb.ServicePath(arguments) + "/scale", JsonContent.Create(scale, ApiJson.Default.ScaleRequest), ApiJson.Default.ServiceView).ConfigureAwait(false);
        Console.Out.WriteLine($"{service.Name}: {service.Min} to {service.Max} instances");
    }

    private static async Task StopAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        string name = arguments.GetRequiredValue(Instance);
        using HttpResponseMessage response = await api.SendAsync(HttpMethod.Delete, $"instances/{Uri.EscapeDataString(name)}", null).ConfigureAwait(false);
        Console.Out.WriteLine($"stopping {name}");
    }

    private static async Task RestartAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await api.SendAsync(HttpMethod.Post, Verb.ServicePath(arguments) + "/restart", null).ConfigureAwait(false);
        Console.Out.WriteLine($"restarting {arguments.GetRequiredValue(Verb.Service)}");
    }

    private static async Task StatusAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        ServiceView service;
        while (true)
        {
            service = await api.GetAsync(Verb.ServicePath(arguments), ApiJson.Default.ServiceView).ConfigureAwait(false);
            if (!arguments.GetValue(Wait) || service.State != "rolling")
                break;
            await Task.Delay(LookEvery, cancellation).ConfigureAwait(false);
        }
        if (arguments.GetValue(Verb.Json))
        {
            Screen.Json(service, ApiJson.Default.ServiceView);
            return;
        }
        Screen.Table(["REVISION", "STATE", "IMAGE", "SINCE", "WHY"], service.Revisions.Select(one => (IReadOnlyList<string>)
            [$"{one.Number}{(one.Number == service.Wanted ? " *" : "")}", one.State, one.Image, one.CreatedAt.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), one.Reason ?? ""]));
    }

    private static async Task UndoAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        RevisionResult result = await api.SendAsync(HttpMethod.Post, Verb.ServicePath(arguments) + "/undo",
            JsonContent.Create(new UndoRequest(arguments.GetValue(To)), ApiJson.Default.UndoRequest), ApiJson.Default.RevisionResult).ConfigureAwait(false);
        Console.Out.WriteLine($"{arguments.GetRequiredValue(Verb.Service)}: revision {result.Revision}");
    }

    private static async Task CreateTokenAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        var request = new TokenRequest(arguments.GetRequiredValue(Name), arguments.GetValue(RoleOption));
        TokenResult result = await api.SendAsync(HttpMethod.Post, "tokens", JsonContent.Create(request, ApiJson.Default.TokenRequest), ApiJson.Default.TokenResult).ConfigureAwait(false);
        Console.Out.WriteLine(result.Token);
    }

    private static async Task ListTokensAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        IReadOnlyList<StoredToken> tokens = await api.GetAsync("tokens", ApiJson.Default.IReadOnlyListStoredToken).ConfigureAwait(false);
        if (arguments.GetValue(Verb.Json))
            Screen.Json(tokens, ApiJson.Default.IReadOnlyListStoredToken);
        else
            Screen.Table(["TOKEN", "ROLE", "AGE"], tokens.Select(one => (IReadOnlyList<string>)[one.Name, one.Role.ToString().ToLowerInvariant(), Screen.Age(one.CreatedAt)]));
    }

    private static async Task DeleteTokenAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await api.SendAsync(HttpMethod.Delete, $"tokens/{Uri.EscapeDataString(arguments.GetRequiredValue(Name))}", null).ConfigureAwait(false);
        Console.Out.WriteLine($"deleted {arguments.GetRequiredValue(Name)}");
    }
}
