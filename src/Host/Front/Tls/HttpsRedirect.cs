// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Uaas.Gateway;

namespace Uaas.Front.Tls;

/// <summary>Sends plain HTTP on to HTTPS.</summary>
internal static class HttpsRedirect
{
    private const int DefaultPort = 443;

    // Who hands out certificates asks for these by plain HTTP (RFC 8555, section 8.3).
    private const string Challenges = "/.well-known/acme-challenge/";

    /// <summary>Answers with where to go (RFC 9110, section 15.4.9: the method stays); false where there is nowhere to go, or the path is one that is asked for by plain HTTP.</summary>
    internal static bool TryAnswer(HttpContext context, FrontOptions options)
    {
        if (options.TlsListener is null || !context.Request.Host.HasValue || context.Request.Path.StartsWithSegments(Challenges.TrimEnd('/'), StringComparison.Ordinal))
            return false;
        string target = TargetTransformer.OriginForm(context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "/");
        string host = context.Request.Host.Host;
        string port = options.TlsPort == DefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{options.TlsPort}");
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = $"https://{host}{port}{target}";
        context.Response.Headers.CacheControl = "no-store";
        return true;
    }
}
