// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Uaas.Configuration;
using Uaas.Master.Control;
using Uaas.Master.Deploying;
using Uaas.Master.Storage;

namespace Uaas.Master.Api;

/// <summary>Namespaces, services and instances.</summary>
internal static class ServiceEndpoints
{
    // The agent reads a few files of each instance.
    internal static readonly TimeSpan MeasureWithin = TimeSpan.FromMilliseconds(200);

    private const string SeeServices = "uaas services lists those that there are";

    internal static void Map(IEndpointRouteBuilder routes, ApiServices api)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1");
        group.MapGet("/health", () => TypedResults.Ok(new Health("ok", typeof(ServiceEndpoints).Assembly.GetName().Version?.ToString(3) ?? "", api.FrontUrl, api.Control.HasNode)))
            .WithSummary("Whether the master is there, and where the front serves");
        group.MapPut("/namespaces/{owner}", async (string owner, HttpContext context, CancellationToken cancellation) =>
            await ApplyAsync(api, owner, await DeploymentBody.ReadAsync(context.Request, owner, cancellation).ConfigureAwait(false), context, cancellation).ConfigureAwait(false)).Accepts<Deployment>("application/json").WithSummary("Makes a namespace what a deployment says; services that it does not name go").Produces<ApplyResult>();
        group.MapGet("/services", (HttpContext context) => TypedResults.Ok<IReadOnlyList<ServiceView>>([.. api.Control.Services().Where(service => Tokens.Sees(context, service.Namespace))]))
            .WithSummary("All services");
        group.MapGet("/instances", (bool? measure, HttpContext context, CancellationToken cancellation) => InstancesAsync(api, measure ?? false, context, cancellation))
            .WithSummary("All instances; with measure=true, what they cost right now");
        group.MapGet("/instances/{name}", async (string name, HttpContext context, CancellationToken cancellation) =>
            await api.Control.DescribeAsync(name, cancellation).ConfigureAwait(false) is { } detail && Tokens.Sees(context, detail.Instance.Namespace) ? TypedResults.Ok(detail) : NoInstance(api, name, context))
            .WithSummary("What an instance is: its monitor, what was booted, its devices, what it said").Produces<InstanceDetail>();
        group.MapDelete("/instances/{name}", (string name, HttpContext context) => Stop(api, name, context)).WithSummary("Drains and ends an instance; another takes its place where one is needed").Produces(StatusCodes.Status202Accepted);
        group.MapGet("/namespaces/{owner}/services/{name}", (string owner, string name, HttpContext context) => Get(api, owner, name, context)).WithSummary("A service").Produces<ServiceView>();
        group.MapDelete("/namespaces/{owner}/services/{name}", (string owner, string name, HttpContext context, CancellationToken cancellation) => DeleteAsync(api, owner, name, context, cancellation))
            .WithSummary("Takes a service out").Produces(StatusCodes.Status204NoContent);
        group.MapPatch("/namespaces/{owner}/services/{name}/scale", (string owner, string name, ScaleRequest scale, HttpContext context, CancellationToken cancellation) =>
            ScaleAsync(api, owner, name, scale, context, cancellation)).WithSummary("Other bounds for a service's instances").Produces<ServiceView>();
        group.MapPost("/namespaces/{owner}/services/{name}/restart", (string owner, string name, HttpContext context, CancellationToken cancellation) => RestartAsync(api, owner, name, context, cancellation))
            .WithSummary("Replaces all instances of a service by instances of the same revision, without a gap").Produces(StatusCodes.Status204NoContent);
        group.MapPost("/namespaces/{owner}/services/{name}/undo", (string owner, string name, UndoRequest undo, HttpContext context, CancellationToken cancellation) => UndoAsync(api, owner, name, undo, context, cancellation))
            .WithSummary("Has a service go back to a revision that it had").Produces<RevisionResult>();
    }

    private static async Task<IResult> ApplyAsync(ApiServices api, string owner, Deployment deployment, HttpContext context, CancellationToken cancellation)
    {
        if (deployment.Namespace != owner)
            return Problems.Bad($"the deployment is of namespace {deployment.Namespace}, not {owner}", "send it to its own namespace");
        ApplyResult result = await api.Deployer.ApplyAsync(deployment, IfMatch(context), cancellation).ConfigureAwait(false);
        if (api.Deployer.FindNamespace(owner) is { } space)
            context.Response.Headers.ETag = Deployer.ETagOf(space);
        return TypedResults.Ok(result with { Warnings = [.. result.Warnings, .. api.LackOf(deployment)] });
    }

    private static async Task<Microsoft.AspNetCore.Http.HttpResults.Ok<IReadOnlyList<InstanceView>>> InstancesAsync(ApiServices api, bool measure, HttpContext context, CancellationToken cancellation)
    {
        if (measure)
            await api.Control.MeasureAsync(MeasureWithin, cancellation).ConfigureAwait(false);
        return TypedResults.Ok<IReadOnlyList<InstanceView>>([.. api.Control.Instances().Where(instance => Tokens.Sees(context, instance.Namespace))]);
    }

    private static IResult Get(ApiServices api, string owner, string name, HttpContext context)
    {
        if (api.Control.Service(owner, name) is not { } service)
            return NoService(api, owner, name);
        context.Response.Headers.ETag = service.Etag;
        return TypedResults.Ok(service);
    }

    private static async Task<IResult> DeleteAsync(ApiServices api, string owner, string name, HttpContext context, CancellationToken cancellation) =>
        await api.Deployer.DeleteAsync(owner, name, IfMatch(context), cancellation).ConfigureAwait(false) ? TypedResults.NoContent() : NoService(api, owner, name);

    private static async Task<IResult> ScaleAsync(ApiServices api, string owner, string name, ScaleRequest scale, HttpContext context, CancellationToken cancellation)
    {
        if (scale.Min < 0 || scale.Max < 1 || scale.Min > scale.Max)
            return Problems.Bad("min is from 0, max from 1, and min is at most max", "uaas scale SERVICE --min N --max N");
        bool found = await api.Deployer.ChangeAsync(owner, name, IfMatch(context), definition => definition with { Scale = Merge(definition.Scale, scale) }, cancellation).ConfigureAwait(false);
        return found ? Get(api, owner, name, context) : NoService(api, owner, name);
    }

    /// <summary>A bound that is given moves the other one where they would cross.</summary>
    private static ScaleSettings Merge(ScaleSettings settings, ScaleRequest scale)
    {
        int min = scale.Min ?? Math.Min(settings.Min, scale.Max ?? settings.Max);
        return settings with { Min = min, Max = scale.Max ?? Math.Max(settings.Max, min) };
    }

    private static async Task<IResult> RestartAsync(ApiServices api, string owner, string name, HttpContext context, CancellationToken cancellation) =>
        await api.Deployer.RestartAsync(owner, name, IfMatch(context), cancellation).ConfigureAwait(false) ? TypedResults.NoContent() : NoService(api, owner, name);

    private static async Task<IResult> UndoAsync(ApiServices api, string owner, string name, UndoRequest undo, HttpContext context, CancellationToken cancellation) =>
        await api.Deployer.UndoAsync(owner, name, undo.To, IfMatch(context), cancellation).ConfigureAwait(false) is { } revision
            ? TypedResults.Ok(new RevisionResult(revision))
            : Problems.NotFound($"there is no service {name} with such a revision", "uaas rollout status SERVICE lists its revisions");

    private static IResult Stop(ApiServices api, string name, HttpContext context) =>
        api.Control.Instances().Any(instance => instance.Name == name && Tokens.Sees(context, instance.Namespace)) && api.Control.Retire(name) ? TypedResults.Accepted((string?)null) : NoInstance(api, name, context);

    /// <summary>Whoever names a service where an instance is asked for is told so.</summary>
    private static IResult NoInstance(ApiServices api, string name, HttpContext context) => api.Control.Services().Any(service => service.Name == name && Tokens.Sees(context, service.Namespace))
        ? Problems.NotFound($"{name} is a service, not an instance", $"uaas ps {name} lists its instances")
        : Problems.NotFound($"there is no instance {name}", "uaas ps lists those that there are");

    /// <summary>Whoever names an instance where a service is asked for is told so.</summary>
    private static IResult NoService(ApiServices api, string owner, string name) => api.Control.Instances().Any(instance => instance.Name == name)
        ? Problems.NotFound($"{name} is an instance, not a service", $"uaas stop {name} replaces it; uaas ps shows the service of each")
        : Problems.NotFound($"there is no service {name} in namespace {owner}", SeeServices);

    private static string? IfMatch(HttpContext context) => context.Request.Headers.IfMatch is [{ Length: > 0 } value, ..] ? value : null;
}
