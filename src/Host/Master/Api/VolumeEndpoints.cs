// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Uaas.Master.Deploying;

namespace Uaas.Master.Api;

/// <summary>Volumes.</summary>
internal static class VolumeEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes, ApiServices api)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1");
        group.MapGet("/volumes", (HttpContext context) => TypedResults.Ok<IReadOnlyList<VolumeView>>([.. api.Deployer.Volumes().Where(volume => Tokens.Sees(context, volume.Namespace))])).WithSummary("All volumes: those on the disk, and those that services want");
        group.MapGet("/namespaces/{owner}/volumes/{service}/{name}", (string owner, string service, string name) => Get(api, owner, service, name)).WithSummary("A volume");
        group.MapDelete("/namespaces/{owner}/volumes/{service}/{name}", (string owner, string service, string name, CancellationToken cancellation) =>
            RemoveAsync(api, owner, service, name, cancellation)).WithSummary("Removes a volume that no service has, and all that is in it");
    }

    private static IResult Get(ApiServices api, string owner, string service, string name) =>
        api.Deployer.Volumes().FirstOrDefault(volume => volume.Namespace == owner && volume.Service == service && volume.Name == name) is { } found
            ? TypedResults.Ok(found) : NoVolume(owner, service, name);

    private static async Task<IResult> RemoveAsync(ApiServices api, string owner, string service, string name, CancellationToken cancellation) =>
        await api.Deployer.RemoveVolumeAsync(owner, service, name, cancellation).ConfigureAwait(false) ? TypedResults.NoContent() : NoVolume(owner, service, name);

    private static IResult NoVolume(string owner, string service, string name) => Problems.NotFound($"there is no volume {service}/{name} in namespace {owner}", "uaas volume ls lists those that there are");
}
