// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;

namespace Uaas.Images.Tests;

/// <summary>A registry that gives the images of a store as a test has it do: with tokens, broken off, without ranges.</summary>
internal sealed class ScriptedRegistry : IAsyncDisposable
{
    private readonly ImageStore _store;
    private readonly WebApplication _application;

    private ScriptedRegistry(ImageStore store, WebApplication application)
    {
        _store = store;
        _application = application;
    }

    internal string Host { get; private set; } = "";

    /// <summary>Where clients are sent for a token; null where none is asked for.</summary>
    internal string? Realm { get; set; }

    /// <summary>The token that opens it.</summary>
    internal string Token { get; set; } = "open sesame";

    /// <summary>After so many bytes of each blob it ends.</summary>
    internal long CutAfter { get; set; } = long.MaxValue;

    /// <summary>Whether a blob that ends early takes the connection with it, and with that perhaps bytes that were on their way.</summary>
    internal bool BreaksOff { get; set; }

    /// <summary>Whether a request for a part of a blob gets that part.</summary>
    internal bool KnowsRanges { get; set; } = true;

    /// <summary>Bytes of blobs sent.</summary>
    internal long Sent { get; private set; }

    /// <summary>The requests, as method, path and query.</summary>
    internal List<string> Requests { get; } = [];

    internal static async Task<ScriptedRegistry> StartAsync(ImageStore store)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        WebApplication application = builder.Build();
        var registry = new ScriptedRegistry(store, application);
        application.Run(registry.AnswerAsync);
        await application.StartAsync();
        registry.Host = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Authority;
        return registry;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        lock (Requests)
            Requests.Add($"{context.Request.Method} {path}{context.Request.QueryString}");
        if (path == "/token")
            return context.Response.WriteAsync($$"""{"token":"{{Token}}"}""");
        if (Realm is not null && context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{Realm}\",service=\"test, with a comma\",scope=\"ignored\"";
            return Task.CompletedTask;
        }
        return path.Contains("/manifests/", StringComparison.Ordinal) ? GiveManifestAsync(context) : GiveBlobAsync(context, path[(path.LastIndexOf('/') + 1)..]);
    }

    private Task GiveManifestAsync(HttpContext context)
    {
        context.Response.ContentType = OciMediaTypes.Manifest;
        return context.Response.SendFileAsync(_store.PathOf(_store.List()[0].Manifest));
    }

    private async Task GiveBlobAsync(HttpContext context, string digest)
    {
        byte[] bytes = await File.ReadAllBytesAsync(_store.PathOf(new Descriptor("", Digest.Parse(digest)!, 0)));
        int from = 0;
        if (KnowsRanges && context.Request.GetTypedHeaders().Range is { } range)
        {
            from = (int)range.Ranges.First().From!.Value;
            context.Response.StatusCode = 206;
        }
        if (BreaksOff)
            context.Response.ContentLength = bytes.Length - from;
        int count = (int)Math.Min(bytes.Length - from, CutAfter);
        Sent += count;
        await context.Response.Body.WriteAsync(bytes.AsMemory(from, count));
        await context.Response.Body.FlushAsync();
        if (BreaksOff && count < bytes.Length - from)
            context.Abort();
    }
}
