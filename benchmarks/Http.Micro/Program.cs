// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Linq;
using Uaas.Benchmarks.Http;

const int Requests = 1000;
const int Rounds = 2000;

byte[] shortRequest = "GET /index.html HTTP/1.1\r\nHost: 10.77.0.2\r\n\r\n"u8.ToArray();
byte[] browserRequest = """
    GET /assets/site.css?v=3 HTTP/1.1
    Host: www.example.com
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
    Accept: text/css,*/*;q=0.1
    Accept-Language: en-US,en;q=0.5
    Accept-Encoding: gzip, deflate, br, zstd
    Connection: keep-alive
    Referer: https://www.example.com/
    Cookie: session=0123456789abcdef0123456789abcdef
    If-None-Match: "0123456789abcdef"


    """u8.ToArray();
browserRequest = [.. browserRequest.SelectMany(b => b == '\n' ? "\r\n"u8.ToArray() : [b])];

Measure("short request, 612 B", shortRequest);
Measure($"browser's request of {browserRequest.Length} B, 612 B", browserRequest);

static void Measure(string name, byte[] request)
{
    RequestLoop loop = new(request);
    loop.Run(100 * Requests);
    double[] nanoseconds = new double[Rounds];
    for (int round = 0; round < Rounds; round++)
    {
        long start = Stopwatch.GetTimestamp();
        loop.Run(Requests);
        nanoseconds[round] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Requests;
    }

    Array.Sort(nanoseconds);
    Console.WriteLine($"{name}: {nanoseconds[Rounds / 2]:F0} ns each (best {nanoseconds[0]:F0})");
}
