// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Uaas.Master.Storage;

namespace Uaas.Master.Api;

/// <summary>
/// Who may do what over TCP: the bearer of a token (RFC 6750), by its role. Whoever can connect to the unix socket may do everything: it is its owner's
/// alone. A token is 256 random bits; its SHA-256 is what is kept.
/// </summary>
internal static class Tokens
{
    private const string Scheme = "Bearer ";
    private const string NamespaceItem = "uaas.namespace";
    private const int Size = 32;

    internal static void Map(IEndpointRouteBuilder routes, ApiServices api)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1/tokens");
        group.MapGet("", (HttpContext context) => TypedResults.Ok<IReadOnlyList<StoredToken>>([.. api.Store.Tokens().Where(token => Sees(context, token.Namespace))]))
            .WithSummary("The tokens, without themselves");
        group.MapPost("", (TokenRequest request, HttpContext context) => Create(api, request, context)).WithSummary("Makes a token; it is shown this once").Produces<TokenResult>();
        group.MapDelete("/{name}", (string name, HttpContext context) => Delete(api, name, context)).WithSummary("Takes a token out").Produces(StatusCodes.Status204NoContent);
    }

    /// <summary>Whether whoever asks may see what is of a namespace; null for what is the node's own.</summary>
    internal static bool Sees(HttpContext context, string? owner) => context.Items[NamespaceItem] is not string own || own == owner;

    /// <summary>Lets a request pass, or answers it.</summary>
    internal static async Task RequireAsync(HttpContext context, RequestDelegate next, Store store)
    {
        // The unix socket has no address of a peer.
        if (context.Connection.RemoteIpAddress is null || context.Request.Path == "/v1/health")
        {
            await next(context).ConfigureAwait(false);
            return;
        }
        if (Bearer(context, store) is not { } token)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.Of(StatusCodes.Status401Unauthorized, "unauthorized", "no valid token", "send Authorization: Bearer TOKEN; uaas token create makes one").ExecuteAsync(context).ConfigureAwait(false);
            return;
        }
        if (token.Role < Needed(context.Request))
        {
            await Problems.Of(StatusCodes.Status403Forbidden, "forbidden", $"the token {token.Name} may only {token.Role.ToString().ToLowerInvariant()}", "use a token with a greater role").ExecuteAsync(context).ConfigureAwait(false);
            return;
        }
        if (token.Namespace is { } own)
        {
            if (!IsWithin(context.Request.Path, own))
            {
                await Problems.Of(StatusCodes.Status403Forbidden, "forbidden", $"the token {token.Name} is for namespace {own} alone", "use a token of that namespace, or one that is for all").ExecuteAsync(context).ConfigureAwait(false);
                return;
            }
            context.Items[NamespaceItem] = own;
        }
        await next(context).ConfigureAwait(false);
    }

    /// <summary>Whether a token of a namespace may ask for a path at all. What lists things of all namespaces shows it its own.</summary>
    private static bool IsWithin(PathString path, string own) =>
        path.StartsWithSegments("/v1/namespaces", StringComparison.OrdinalIgnoreCase, out PathString rest) ? rest.StartsWithSegments("/" + own, StringComparison.Ordinal)
            : path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase) || path == "/openapi.json";

    internal static Role Needed(HttpRequest request)
    {
        // As routes are found: whatever the case of its letters.
        if (request.Path.StartsWithSegments("/v1/tokens", StringComparison.OrdinalIgnoreCase))
            return Role.Admin;
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? Role.Read : Role.Deploy;
    }

    private static StoredToken? Bearer(HttpContext context, Store store)
    {
        string? header = context.Request.Headers.Authorization;
        return header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? store.FindToken(Hash(header[Scheme.Length..].Trim())) : null;
    }

    private static IResult Create(ApiServices api, TokenRequest request, HttpContext context)
    {
        // Who is of a namespace makes tokens for that alone.
        string? owner = request.Namespace ?? context.Items[NamespaceItem] as string;
        if (!Sees(context, owner))
            return Problems.Of(StatusCodes.Status403Forbidden, "forbidden", $"this token makes none for namespace {owner}", "leave the namespace out");
        if (request.Name.Length is 0 or > 64 || request.Name.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.')))
            return Problems.Bad("a token's name is of 1 to 64 letters, digits, dots, dashes", "choose another name");
        if (api.Store.Tokens().Any(token => token.Name == request.Name))
            return Problems.Of(StatusCodes.Status409Conflict, "conflict", $"there is a token {request.Name} already", "delete it first, or choose another name");
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Size));
        api.Store.Change(change => change.AddToken(request.Name, request.Role, owner, Hash(token), api.Clock.GetUtcNow()));
        return TypedResults.Ok(new TokenResult(request.Name, request.Role, token));
    }

    private static IResult Delete(ApiServices api, string name, HttpContext context)
    {
        bool found = api.Store.Tokens().Any(token => token.Name == name && Sees(context, token.Namespace));
        if (found)
            api.Store.Change(change => found = change.RemoveToken(name));
        return found ? TypedResults.NoContent() : Problems.NotFound($"there is no token {name}", "uaas token list lists those that there are");
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
