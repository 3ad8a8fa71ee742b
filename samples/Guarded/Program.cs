// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Web;

/// <summary>Greets everybody, and shows /private to who knows the token. Greeting and token are settings: they come neither with the image nor on a command line.</summary>
internal sealed class Program : WebService
{
    private static ReadOnlySpan<byte> Scheme => "Bearer "u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "guarded"u8;

    internal static void Main() => Run(new Program());

    /// <inheritdoc/>
    protected override void Setup(WebSetup web)
    {
        // Without a token nobody could be told from anybody: then it does not start.
        web.Setting("TOKEN"u8);
        web.Get("/"u8, static (request, response) => response.Text(WebSettings.Get("GREETING"u8, "Hello!\n"u8)));
        web.Get("/private"u8, Private);
    }

    private static WebTask Private(WebRequest request, WebResponse response)
    {
        WebSettings.TryGet("TOKEN"u8, out ReadOnlySpan<byte> token);
        if (request.TryHeader("authorization"u8, out ReadOnlySpan<byte> given) && given.StartsWith(Scheme) && AreEqual(given[Scheme.Length..], token)) return response.Text("for your eyes only\n"u8);
        response.AddHeader("WWW-Authenticate"u8, "Bearer"u8);
        return response.Only(HttpStatus.Unauthorized);
    }

    /// <summary>Takes as long for a token that is nearly right as for one that is all wrong, so that none can be guessed letter by letter.</summary>
    private static bool AreEqual(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (one.Length != other.Length) return false;
        int difference = 0;
        for (int i = 0; i < one.Length; i++) difference |= one[i] ^ other[i];
        return difference == 0;
    }
}
