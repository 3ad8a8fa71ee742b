// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Web;

/// <summary>Says what it was asked, and sends back what it is sent, however much that is.</summary>
internal sealed class Program : WebService
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "echo"u8;

    internal static void Main() => Run(new Program());

    /// <inheritdoc/>
    protected override void Setup(WebSetup web)
    {
        web.Get("/{*path}"u8, Describe);
        web.Stream(HttpMethod.Post, "/"u8, SendBack);
        web.Get("/slow/{seconds}"u8, Wait);
    }

    /// <summary>Method, target and fields as JSON.</summary>
    private static WebTask Describe(WebRequest request, WebResponse response)
    {
        JsonWriter json = response.Json();
        json.StartObject();
        json.String("method"u8, HttpMethods.NameOf(request.Method));
        json.String("path"u8, request.Path);
        json.String("query"u8, request.RawQuery);
        json.Name("fields"u8);
        json.StartArray();
        for (int i = 0; i < request.HeaderCount; i++)
        {
            json.StartArray();
            json.String(request.HeaderNameAt(i));
            json.String(request.HeaderValueAt(i));
            json.EndArray();
        }

        json.EndArray();
        json.EndObject();
        return response.Send(json);
    }

    /// <summary>The content, piece by piece as it arrives: a gigabyte passes through 64 KiB.</summary>
    private static async WebTask SendBack(WebRequest request, WebResponse response)
    {
        response.Stream("application/octet-stream"u8);
        while (await request.MoreContent())
        {
            if (!await response.Flush()) return;
            response.Write(request.Content);
        }
    }

    /// <summary>Answers later. Others are served meanwhile.</summary>
    private static async WebTask Wait(WebRequest request, WebResponse response)
    {
        const long second = 1_000_000_000;
        if (!Digits.TryRead(request.Route("seconds"u8), out long seconds) || seconds > 60)
        {
            await response.Only(HttpStatus.BadRequest);
            return;
        }

        await WebWait.For(seconds * second);
        await response.Text("done\n"u8);
    }
}
