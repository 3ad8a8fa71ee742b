// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Deploying;

namespace Uaas.Cli.Verbs;

/// <summary><c>uaas volume</c>: what outlives instances.</summary>
internal static class VolumeCommands
{
    private static readonly Argument<string> Name = new("volume") { Description = "SERVICE/VOLUME" };
    private static readonly Argument<string[]> Names = new("volume") { Description = "SERVICE/VOLUME", Arity = ArgumentArity.OneOrMore };

    internal static Command Create() => new("volume", "Looks at, and removes, what outlives instances")
    {
        Verb.Create("ls", "Lists volumes", ListAsync, Verb.Json),
        Verb.Create("inspect", "Shows all of a volume, as JSON", InspectAsync, Name, Verb.Namespace),
        Verb.Create("rm", "Removes volumes that no service has, and all that is in them", RemoveAsync, Names, Verb.Namespace),
    };

    private static async Task ListAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        IReadOnlyList<VolumeView> volumes = await api.GetAsync("volumes", ApiJson.Default.IReadOnlyListVolumeView).ConfigureAwait(false);
        if (arguments.GetValue(Verb.Json))
        {
            Screen.Json(volumes, ApiJson.Default.IReadOnlyListVolumeView);
            return;
        }
        Screen.Table(["NAMESPACE", "VOLUME", "STATE", "SIZE MiB", "USED MiB", "CLAIMED MiB", "AGE"], volumes.Select(one => (IReadOnlyList<string>)
            [one.Namespace, $"{one.Service}/{one.Name}", one.State, Screen.Megabytes(one.SizeBytes), Screen.Megabytes(one.UsedBytes), Screen.Megabytes(one.ClaimedBytes), one.CreatedAt is { } made ? Screen.Age(made) : ""]));
    }

    private static async Task InspectAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation) =>
        Screen.Json(await api.GetAsync(PathOf(arguments, arguments.GetRequiredValue(Name)), ApiJson.Default.VolumeView).ConfigureAwait(false), ApiJson.Default.VolumeView);

    private static async Task RemoveAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        foreach (string name in arguments.GetRequiredValue(Names))
        {
            using HttpResponseMessage response = await api.SendAsync(HttpMethod.Delete, PathOf(arguments, name), null).ConfigureAwait(false);
            Console.Out.WriteLine($"removed {name}");
        }
    }

    private static string PathOf(ParseResult arguments, string volume) => volume.Split('/') is [{ Length: > 0 } service, { Length: > 0 } name]
        ? $"namespaces/{Uri.EscapeDataString(arguments.GetValue(Verb.Namespace)!)}/volumes/{Uri.EscapeDataString(service)}/{Uri.EscapeDataString(name)}"
        : throw new UaasException(Failure.Usage, $"'{volume}' names no volume", "write SERVICE/VOLUME, as uaas volume ls does");
}
