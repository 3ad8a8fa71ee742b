// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Content;
using Uaas.Fuzz.Http;
using Uaas.Http;
using Uaas.Http.Static;

namespace Uaas.Fuzz.Content;

/// <summary>Whole connections to a static site: paths, ranges, conditions, negotiation. Whatever a client asks for, all that is announced is sent.</summary>
internal sealed class StaticSiteTarget : IFuzzTarget
{
    private readonly HttpClock _clock = new();
    private readonly HttpServer _server;
    private readonly FuzzTransport _transport = new();

    public StaticSiteTarget()
    {
        ContentSeed device = new();
        device.Set(ContentSeed.Make());
        HttpCheck.Holds(ContentImage.Mount(device, 0, out ContentImage? image) == ContentResult.Ok, "the image is good");
        HttpCheck.Holds(SiteRules.TryParse(new SiteRulesTarget().Seeds[0], out SiteRules? rules), "the rules are good");
        _clock.Set(1, 1_700_000_001);
        _server = new HttpServer(new StaticSite(image!, rules!, _clock), new HttpLimits { MaxConnections = 1, MaxOverloadConnections = 0 }, _clock, null);
    }

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br;q=0.5, *;q=0\r\nIf-None-Match: \"x\", W/\"AAAAAAAAAAAAAAAAAAAAAA\"\r\n\r\nHEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        "GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9,100-199,-5\r\nIf-Range: \"AAAAAAAAAAAAAAAAAAAAAA\"\r\n\r\n"u8.ToArray(),
        "GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=4990-\r\nIf-Unmodified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\nIf-Match: *\r\n\r\n"u8.ToArray(),
        "GET /moved/a%20b/c?d=e HTTP/1.1\r\nHost: a\r\n\r\nGET /old HTTP/1.1\r\nHost: a\r\n\r\nGET /d?x HTTP/1.1\r\nHost: a\r\n\r\nGET /d/../none/x HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        "OPTIONS /a.txt HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n\r\nDELETE / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        HttpConnection connection = _server.Open()!;
        _transport.Open(connection);
        _transport.Send(input);
        _transport.FinishSending();
        _transport.Close();
        HttpCheck.Holds(_server.ActiveConnections == 0 && _server.Buffers.InUse == 0, "nothing is left over");
        HttpCheck.Holds(_server.Counters.BadResponses == 0, "every head fits and is well-formed");
    }
}
