// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Uaas.Front.Tracing;
using Uaas.Gateway;
using Yarp.ReverseProxy.Forwarder;

namespace Uaas.Front;

/// <summary>A request on its way through the front.</summary>
/// <param name="context">The client's side.</param>
/// <param name="route">The route that it takes.</param>
/// <param name="service">The service that it goes to.</param>
/// <param name="master">Who is told when an instance comes up.</param>
internal sealed class FrontRequest(HttpContext context, FrontRoute route, ServiceGate service, MasterLink master)
{
    private readonly long _cameIn = Stopwatch.GetTimestamp();

    internal HttpContext Context { get; } = context;

    internal FrontRoute Route { get; } = route;

    internal ServiceGate Service { get; } = service;

    /// <summary>The instance that it was given; null before.</summary>
    internal KnownInstance? Instance { get; private set; }

    /// <summary>Its span; null where it is not traced.</summary>
    internal Activity? Trace { get; init; }

    /// <summary>When it was given an instance, and when there was a connection to that; of traced requests alone.</summary>
    internal DateTimeOffset GivenAt { get; private set; }

    /// <inheritdoc cref="GivenAt"/>
    internal DateTimeOffset ConnectedAt { get; private set; }

    /// <summary>Whether it had to wait for an instance.</summary>
    internal bool HasWaited { get; private set; }

    internal TimeSpan Elapsed => Stopwatch.GetElapsedTime(_cameIn);

    /// <summary>How the request and its answer are changed on the way.</summary>
    internal HttpTransformer Transformer => new FrontTransformer(this);

    /// <summary>Tells the master that an instance which was being started answers.</summary>
    internal void SayUp(KnownInstance instance, TimeSpan waited) => master.SayUp(instance.Id, waited);

    internal void Note(Admission admission)
    {
        Instance = admission.Instance;
        HasWaited |= admission.Waited;
        if (Trace is null)
            return;
        GivenAt = DateTimeOffset.UtcNow;
        if (admission.Waited)
            FrontTracer.Add(Trace, "accepted", Trace.StartTimeUtc, GivenAt);
    }

    /// <summary>It is over.</summary>
    internal void Count() => Service.Statistics.Add(Elapsed, Context.Response.StatusCode);

    /// <summary>There is a connection to its instance, made for it.</summary>
    internal void NoteConnected()
    {
        ConnectedAt = DateTimeOffset.UtcNow;
        if (HasWaited)
            FrontTracer.Add(Trace!, "connected", GivenAt, ConnectedAt);
    }

    /// <summary>The answer has begun.</summary>
    internal void NoteAnswered()
    {
        if (Trace is not null && HasWaited)
            FrontTracer.Add(Trace, "first byte", ConnectedAt > GivenAt ? ConnectedAt : GivenAt, DateTimeOffset.UtcNow);
    }
}

/// <summary>
/// Passes the target on byte for byte, but for a prefix that the route takes off; tells the master when an instance that was being started answers, and
/// tells the client how long it waited for that, if it asked.
/// </summary>
/// <param name="request">The request.</param>
internal sealed class FrontTransformer(FrontRequest request) : HttpTransformer
{
    /// <summary>A request with this header gets it back: milliseconds from the request to the answer where it waited for an instance, otherwise 0.</summary>
    internal const string ColdStartHeader = "Uaas-Cold-Start";

    /// <inheritdoc/>
    public override async ValueTask TransformRequestAsync(HttpContext context, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellation)
    {
        await TargetTransformer.Instance.TransformRequestAsync(context, proxyRequest, destinationPrefix, cancellation).ConfigureAwait(false);
        if (request.Route.Strip && proxyRequest.RequestUri is { } uri)
            proxyRequest.RequestUri = TargetTransformer.Parse(destinationPrefix + StripPrefix(uri.OriginalString[destinationPrefix.Length..], request.Route.Path)) ?? uri;
        if (request.Trace is { } trace)
            FrontTracer.Pass(trace, proxyRequest, request);
    }

    /// <inheritdoc/>
    public override ValueTask<bool> TransformResponseAsync(HttpContext context, HttpResponseMessage? proxyResponse, CancellationToken cancellation)
    {
        if (proxyResponse is not null && request.Instance is { } instance)
        {
            TimeSpan elapsed = request.Elapsed;
            request.NoteAnswered();
            if (instance.IsCold && instance.TrySayUp())
                request.SayUp(instance, elapsed);
            if (context.Request.Headers.ContainsKey(ColdStartHeader))
                context.Response.Headers[ColdStartHeader] = request.HasWaited ? elapsed.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture) : "0";
        }
        return base.TransformResponseAsync(context, proxyResponse, cancellation);
    }

    /// <summary>The target without the prefix, however it is encoded there; as it is where it does not begin with it, as one with dot segments may not.</summary>
    internal static string StripPrefix(string target, string prefix)
    {
        int at = 0;
        foreach (byte expected in Encoding.UTF8.GetBytes(prefix.TrimEnd('/')))
        {
            if (at == target.Length || ByteAt(target, ref at) != expected)
                return target;
        }
        return at < target.Length && target[at] == '/' ? target[at..] : string.Concat("/", target.AsSpan(at));
    }

    /// <summary>The byte that a target has at a place, decoded; the place moves behind it.</summary>
    private static int ByteAt(string target, ref int at)
    {
        if (target[at] == '%' && at + 2 < target.Length && byte.TryParse(target.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            at += 3;
            return value;
        }
        return target[at++];
    }
}
