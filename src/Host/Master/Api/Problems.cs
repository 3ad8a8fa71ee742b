// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Master.Deploying;

namespace Uaas.Master.Api;

/// <summary>Failures as problem details (RFC 9457), with what to do about them in <c>remedy</c>.</summary>
internal static class Problems
{
    private const string SeeDescription = "see /openapi.json";

    internal static IResult NotFound(string what, string remedy) => Of(StatusCodes.Status404NotFound, "not-found", what, remedy);

    internal static IResult Bad(string what, string remedy) => Of(StatusCodes.Status400BadRequest, "bad-request", what, remedy);

    internal static IResult Of(int status, string kind, string what, string? remedy)
    {
        var problem = new ProblemDetails { Status = status, Type = $"urn:uaas:problem:{kind}", Title = kind, Detail = what };
        if (remedy is not null)
            problem.Extensions["remedy"] = remedy;
        return TypedResults.Problem(problem);
    }

    /// <summary>Answers what an operation throws.</summary>
    internal static async Task AnswerFailuresAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
            if (!context.Response.HasStarted && context.Response.ContentType is null && ExplainStatus(context) is { } failure)
                await failure.ExecuteAsync(context).ConfigureAwait(false);
        }
        catch (Exception e) when (!context.Response.HasStarted && Explain(e) is not null)
        {
            await Explain(e)!.ExecuteAsync(context).ConfigureAwait(false);
        }
    }

    /// <summary>What the server itself refuses, with a status and nothing else.</summary>
    private static IResult? ExplainStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => Bad("the request is not of the form that this takes", SeeDescription),
        StatusCodes.Status404NotFound => NotFound($"there is nothing at {context.Request.Path}", SeeDescription),
        StatusCodes.Status405MethodNotAllowed => Of(StatusCodes.Status405MethodNotAllowed, "method-not-allowed", $"{context.Request.Path} takes no {context.Request.Method}", SeeDescription),
        StatusCodes.Status415UnsupportedMediaType => Of(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "the content is to be JSON", "send Content-Type: application/json"),
        _ => null,
    };

    private static IResult? Explain(Exception e) => e switch
    {
        UaasException known => Of(StatusOf(known.Failure), WordOf(known.Failure), known.Message, known.Remedy),
        ConfigurationException wrong => Of(StatusCodes.Status422UnprocessableEntity, "configuration", wrong.Message, "docs/uaas-yaml.md says what each key may be"),
        ConflictException conflict => Of(StatusCodes.Status412PreconditionFailed, "conflict", conflict.Message, "read it again, and send its ETag in If-Match"),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } other => Of(other.StatusCode, "unsupported-media-type", other.Message, "send Content-Type: application/json"),
        BadHttpRequestException bad => Of(bad.StatusCode, "bad-request", bad.Message, SeeDescription),
        JsonException json => Of(StatusCodes.Status400BadRequest, "bad-request", json.Message, SeeDescription),
        _ => null,
    };

    private static int StatusOf(Failure failure) => failure switch
    {
        Failure.Disk => StatusCodes.Status507InsufficientStorage,
        Failure.InUse => StatusCodes.Status409Conflict,
        Failure.NotFound => StatusCodes.Status404NotFound,
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    private static string WordOf(Failure failure) => failure.ToString().ToLowerInvariant();
}
