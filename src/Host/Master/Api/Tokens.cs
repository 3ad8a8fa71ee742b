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
    private const int Size = 32;

    internal static void Map(IEndpointRouteBuilder routes, ApiServices api)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1/tokens");
        group.MapGet("", () => TypedResults.Ok(api.Store.Tokens())).WithSummary("The tokens, without themselves");
        group.MapPost("", (TokenRequest request) => Create(api, request)).WithSummary("Makes a token; it is shown this once");
        group.MapDelete("/{name}", (string name) => Delete(api, name)).WithSummary("Takes a token out");
    }

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
        await next(context).ConfigureAwait(false);
    }

    internal static Role Needed(HttpRequest request)
    {
        if (request.Path.StartsWithSegments("/v1/tokens", StringComparison.Ordinal))
            return Role.Admin;
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? Role.Read : Role.Deploy;
    }

    private static StoredToken? Bearer(HttpContext context, Store store)
    {
        string? header = context.Request.Headers.Authorization;
        return header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? store.FindToken(Hash(header[Scheme.Length..].Trim())) : null;
    }

    private static IResult Create(ApiServices api, TokenRequest request)
    {
        if (request.Name.Length is 0 or > 64 || request.Name.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.')))
            return Problems.Bad("a token's name is of 1 to 64 letters, digits, dots, dashes", "choose another name");
        if (api.Store.Tokens().Any(token => token.Name == request.Name))
            return Problems.Of(StatusCodes.Status409Conflict, "conflict", $"there is a token {request.Name} already", "delete it first, or choose another name");
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Size));
        api.Store.Change(change => change.AddToken(request.Name, request.Role, Hash(token), api.Clock.GetUtcNow()));
        return TypedResults.Ok(new TokenResult(request.Name, request.Role, token));
    }

    private static IResult Delete(ApiServices api, string name)
    {
        bool found = false;
        api.Store.Change(change => found = change.RemoveToken(name));
        return found ? TypedResults.NoContent() : Problems.NotFound($"there is no token {name}", "uaas token list lists those that there are");
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
