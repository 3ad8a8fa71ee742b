// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Uaas.Gateway;

/// <summary>
/// Passes the request's target on byte for byte: the instance alone decodes it, once, so that no two readers can differ about what it means. Keeps the
/// host that the client asked for and says who the client is.
/// </summary>
internal sealed class TargetTransformer : HttpTransformer
{
    internal static readonly TargetTransformer Instance = new();

    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public override async ValueTask TransformRequestAsync(HttpContext context, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellation)
    {
        await base.TransformRequestAsync(context, proxyRequest, destinationPrefix, cancellation).ConfigureAwait(false);
        proxyRequest.Headers.Host = context.Request.Host.Value;

        // What the client itself says of these is hearsay: nobody stands before the gateway whom it could believe.
        proxyRequest.Headers.Remove("Forwarded");
        Set(proxyRequest, "X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        Set(proxyRequest, "X-Forwarded-Host", context.Request.Host.Value);
        Set(proxyRequest, "X-Forwarded-Proto", context.Request.Scheme);

        string target = OriginForm(context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "/");
        proxyRequest.RequestUri = Parse(destinationPrefix + target)
            ?? RequestUtilities.MakeDestinationAddress(destinationPrefix, context.Request.Path, context.Request.QueryString);
    }

    /// <summary>An address whose path and query stay as they are; null where it is none.</summary>
    internal static Uri? Parse(string address) => Uri.TryCreate(address, AsItIs, out Uri? uri) ? uri : null;

    private static void Set(HttpRequestMessage request, string name, string? value)
    {
        request.Headers.Remove(name);
        if (!string.IsNullOrEmpty(value))
            request.Headers.TryAddWithoutValidation(name, value);
    }

    /// <summary>A target without scheme and host (RFC 9112, section 3.2), whatever form the client gave it.</summary>
    internal static string OriginForm(string target)
    {
        if (target.StartsWith('/'))
            return target;
        int host = target.IndexOf("://", StringComparison.Ordinal);
        if (host < 0)
            return "/";
        int path = target.IndexOfAny(['/', '?'], host + 3);
        if (path < 0)
            return "/";
        return target[path] == '/' ? target[path..] : "/" + target[path..];
    }
}
