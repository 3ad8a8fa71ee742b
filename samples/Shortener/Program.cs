// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Platform;
using Uaas.Web;

/// <summary>Shortens URLs: a form at /, the short ones at /{key}.</summary>
internal sealed class Program : WebService
{
    private const int DefaultCapacity = 10_000;
    private const int MaxCapacity = 1_000_000;

    private LinkTable? _links;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "shortener"u8;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> OwnArguments => "capacity"u8;

    private static ReadOnlySpan<byte> Form => "<!DOCTYPE html><title>Shorten</title><form method=post><input name=url type=url size=60 required><button>Shorten</button></form>"u8;

    internal static void Main() => Run(new Program());

    /// <inheritdoc/>
    protected override void Setup(WebSetup web)
    {
        _links = new LinkTable((int)web.Number("capacity"u8, 1, MaxCapacity, DefaultCapacity));
        web.Get("/"u8, static (request, response) => response.Html(Form));
        web.Post("/"u8, Shorten);
        web.Get("/{key}"u8, Follow);
    }

    private WebTask Shorten(WebRequest request, WebResponse response)
    {
        if (!request.TryForm("url"u8, out ReadOnlySpan<byte> url) || !LinkTable.IsUrl(url)) return response.Only(HttpStatus.UnprocessableContent);
        Span<byte> key = stackalloc byte[LinkTable.KeyLength];
        Machine.FillEntropy(key);
        LinkTable.MakeKey(key);
        _links!.Add(key, url);
        Span<byte> text = stackalloc byte[LinkTable.KeyLength + 2];
        text[0] = (byte)'/';
        key.CopyTo(text[1..]);
        text[^1] = (byte)'\n';
        response.Status = HttpStatus.Created;
        response.AddHeader("Location"u8, text[..^1]);
        return response.Text(text);
    }

    private WebTask Follow(WebRequest request, WebResponse response) =>
        _links!.TryFind(request.Route("key"u8), out ReadOnlySpan<byte> url) ? response.Redirect(url) : response.Only(HttpStatus.NotFound);
}
