// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Web;

/// <summary>
/// Calls other services for whoever asks: GET /call/N/PATH asks the Nth of <c>targets=HOST:PORT,…</c> for PATH and passes on what it answers, or 502 with why there is no
/// answer. GET /who tells which instance this is.
/// </summary>
internal sealed class Program : WebService
{
    private const int MaxTargets = 32;
    private const long Patience = 2 * HttpLimits.Second;

    private readonly WebClient?[] _targets = new WebClient?[MaxTargets];
    private int _count;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "caller"u8;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> OwnArguments => "targets"u8;

    /// <inheritdoc/>
    protected override WebLimits Limits => new() { MaxClients = MaxTargets, CallTimeout = Patience };

    internal static void Main() => Run(new Program());

    /// <inheritdoc/>
    protected override void Setup(WebSetup web)
    {
        if (web.TryArgument("targets"u8, out ReadOnlySpan<byte> rest))
        {
            while (!rest.IsEmpty && _count < MaxTargets)
            {
                int comma = rest.IndexOf((byte)',');
                AddTarget(web, comma < 0 ? rest : rest[..comma]);
                rest = comma < 0 ? default : rest[(comma + 1)..];
            }
        }

        web.Get("/who"u8, static (request, response) =>
        {
            BootName(out ReadOnlySpan<byte> name);
            return response.Text(name);
        });
        web.Get("/call/{n}/{*path}"u8, Call);
    }

    private static void BootName(out ReadOnlySpan<byte> name) => new Uaas.Boot.BootArguments(Uaas.Platform.Machine.CommandLine).TryGet("name"u8, out name);

    private void AddTarget(WebSetup web, ReadOnlySpan<byte> target)
    {
        int colon = target.IndexOf((byte)':');
        if (colon < 0 || !Uaas.Boot.ArgumentValue.TryParseNumber(target[(colon + 1)..], ushort.MaxValue, out ulong port))
        {
            web.Fail("bad_target"u8, target, "a target is HOST:PORT"u8);
            return;
        }

        _targets[_count++] = web.Client(target[..colon], (ushort)port);
    }

    private async WebTask Call(WebRequest request, WebResponse response)
    {
        if (Target(request) is not { } target)
        {
            await response.Only(HttpStatus.NotFound);
            return;
        }

        WebCall? call = target.Begin(HttpMethod.Get, PathOf(request));
        if (call is null)
        {
            await response.Only(HttpStatus.ServiceUnavailable);
            return;
        }

        if (!await call.Send(default))
        {
            response.Status = HttpStatus.BadGateway;
            await response.Text(Why(call.Failure));
            return;
        }

        response.Status = (HttpStatus)call.Status;
        response.Stream("text/plain"u8);
        while (await call.MoreContent() && await response.Flush()) response.Write(call.Content);
    }

    private WebClient? Target(WebRequest request) =>
        Uaas.Boot.ArgumentValue.TryParseNumber(request.Route("n"u8), MaxTargets - 1, out ulong n) ? _targets[(int)n] : null;

    // What follows "/call/N".
    private static ReadOnlySpan<byte> PathOf(WebRequest request)
    {
        ReadOnlySpan<byte> target = request.Target["/call/"u8.Length..];
        int slash = target.IndexOf((byte)'/');
        return slash < 0 ? "/"u8 : target[slash..];
    }

    private static ReadOnlySpan<byte> Why(CallFailure failure) => failure switch
    {
        CallFailure.NoService => "no service"u8,
        CallFailure.TimedOut => "timed out"u8,
        CallFailure.Refused => "refused"u8,
        CallFailure.Busy => "busy"u8,
        _ => "failed"u8,
    };
}
