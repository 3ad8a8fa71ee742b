// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Web;

/// <summary>
/// Passes requests on to another service, and changes what comes back: the request gets X-Forwarded-For and -Host, the response Via; text is passed in capitals.
/// </summary>
internal sealed class Program : WebService
{
    private const ushort DefaultPort = 9000;

    private WebClient? _origin;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "reverse-proxy"u8;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> OwnArguments => "origin"u8;

    internal static void Main() => Run(new Program());

    /// <inheritdoc/>
    protected override void Setup(WebSetup web)
    {
        // Linked by link=9000:SERVICE:80, or somewhere else by origin=HOST.
        bool isElsewhere = web.TryArgument("origin"u8, out ReadOnlySpan<byte> host);
        _origin = web.Client(isElsewhere ? host : "127.0.0.1"u8, isElsewhere ? (ushort)80 : DefaultPort);
        web.Get("/{*path}"u8, Forward);
        web.Post("/{*path}"u8, Forward);
        web.Put("/{*path}"u8, Forward);
        web.Delete("/{*path}"u8, Forward);
    }

    private async WebTask Forward(WebRequest request, WebResponse response)
    {
        WebCall? call = _origin!.Begin(request.Method, request.Target);
        if (call is null)
        {
            await response.Only(HttpStatus.ServiceUnavailable);
            return;
        }

        PassFields(request, call);
        if (!await call.Send(request.Content))
        {
            await response.Only(call.Failure == CallFailure.TimedOut ? HttpStatus.GatewayTimeout : HttpStatus.BadGateway);
            return;
        }

        bool isText = PassFields(call, response);
        response.Stream(default);
        while (await call.MoreContent() && await response.Flush())
        {
            if (isText) WriteCapitals(call.Content, response);
            else response.Write(call.Content);
        }

        // A response that stops short must not look whole.
        if (call.Failure != CallFailure.None) response.Abort();
    }

    private static void PassFields(WebRequest request, WebCall call)
    {
        for (int i = 0; i < request.HeaderCount; i++)
        {
            ReadOnlySpan<byte> name = request.HeaderNameAt(i);
            if (!HopByHop.Is(name) && !Ascii.EqualsIgnoreCase(name, "host"u8) && !Ascii.EqualsIgnoreCase(name, "expect"u8)) call.AddHeader(name, request.HeaderValueAt(i));
        }

        Span<byte> room = stackalloc byte[16];
        LineBuilder address = new(room);
        uint value = request.RemoteAddress.Value;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            address.Append((long)(value >> shift & 0xFF));
            if (shift > 0) address.Append("."u8);
        }

        call.AddHeader("X-Forwarded-For"u8, address.Text);
        call.AddHeader("X-Forwarded-Host"u8, request.Host);
    }

    /// <summary>Passes status and fields on; says whether the content is text that may be changed.</summary>
    private static bool PassFields(WebCall call, WebResponse response)
    {
        response.Status = (HttpStatus)call.Status;
        for (int i = 0; i < call.HeaderCount; i++)
        {
            ReadOnlySpan<byte> name = call.HeaderNameAt(i);
            if (!HopByHop.Is(name) && !Ascii.EqualsIgnoreCase(name, "date"u8)) response.AddHeader(name, call.HeaderValueAt(i));
        }

        response.AddHeader("Via"u8, "1.1 reverse-proxy"u8);
        bool isCoded = call.TryHeader("content-encoding"u8, out _);
        return !isCoded && call.TryHeader("content-type"u8, out ReadOnlySpan<byte> type) && type.StartsWith("text/plain"u8);
    }

    private static void WriteCapitals(ReadOnlySpan<byte> text, WebResponse response)
    {
        Span<byte> capitals = stackalloc byte[1024];
        while (!text.IsEmpty)
        {
            int count = Math.Min(text.Length, capitals.Length);
            for (int i = 0; i < count; i++) capitals[i] = text[i] is >= (byte)'a' and <= (byte)'z' ? (byte)(text[i] - 32) : text[i];
            response.Write(capitals[..count]);
            text = text[count..];
        }
    }
}
