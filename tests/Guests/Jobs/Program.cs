// SPDX-License-Identifier: Apache-2.0

using Uaas.Http;
using Uaas.Web;

/// <summary>A service with files and jobs: counts by a timer, does something slow by another, and serves the content where no route does.</summary>
internal sealed class Program : WebService
{
    private const long Millisecond = 1_000_000;

    private readonly byte[] _last = new byte[16];
    private long _ticks;
    private long _slowRuns;
    private int _slowNow;
    private int _mostAtOnce;

    internal static void Main() => Run(new Program());

    protected override void Setup(WebSetup web)
    {
        web.Files();
        web.Every(5 * Millisecond, Tick);
        web.Every(Millisecond, BeSlow);
        web.Get("/ticks"u8, Tell);
        web.Get("/pages/own.html"u8, static (request, response) => response.Html("made by a route\n"u8));
    }

    // What a job makes is gone when it ends: a thousand runs take no more memory than one.
    private WebTask Tick()
    {
        byte[] scratch = new byte[8 << 10];
        scratch[0] = (byte)++_ticks;
        _last[0] = scratch[0];
        return WebTask.Completed;
    }

    private async WebTask BeSlow()
    {
        _slowNow++;
        if (_slowNow > _mostAtOnce) _mostAtOnce = _slowNow;
        await WebWait.For(30 * Millisecond);
        _slowNow--;
        _slowRuns++;
    }

    private WebTask Tell(WebRequest request, WebResponse response)
    {
        response.AddHeader("Cache-Control"u8, "no-store"u8);
        JsonWriter json = response.Json();
        json.StartObject();
        json.Number("ticks"u8, _ticks);
        json.Number("slow"u8, _slowRuns);
        json.Number("most"u8, _mostAtOnce);
        json.EndObject();
        return response.Send(json);
    }
}
