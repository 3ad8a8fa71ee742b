// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Http;

namespace Uaas.Fuzz.Http;

/// <summary>
/// Whole connections: requests, content, chunks, answered by a handler that takes the content of some. What a client sends is answered the same however it is
/// cut; nothing is left over when it goes; no log line is broken.
/// </summary>
internal sealed class HttpConnectionTarget : IFuzzTarget
{
    private readonly HttpClock _clock = new();
    private readonly LogCheck _log = new();
    private readonly HttpServer _server;
    private readonly FuzzTransport _whole = new();
    private readonly FuzzTransport _pieces = new();
    private long _now = 1;

    public HttpConnectionTarget()
    {
        HttpLimits limits = new()
        {
            MaxRequestLine = 200,
            MaxHeadSize = 600,
            MaxHeaderCount = 8,
            MaxBody = 100,
            MaxDiscardedBody = 50,
            MaxConnections = 2,
            MaxOverloadConnections = 0,
        };
        AccessLog log = new(_log, _clock, AccessLogFormat.Combined, 2);
        _server = new HttpServer(new Answerer(), limits, _clock, log);
    }

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /body HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /stream HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhelloGET /next HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        "POST /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n1\r\n!\r\n0\r\nT: u\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        "PUT /leave HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        "GET /defer HTTP/1.1\r\nHost: a\r\n\r\nGET /upgrade HTTP/1.1\r\nHost: a\r\n\r\nraw bytes\r\n"u8.ToArray(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        Serve(_whole, input, input.Length);
        Serve(_pieces, input, 1 + input.Length % 13);
        HttpCheck.Holds(_whole.Received.SequenceEqual(_pieces.Received) && _whole.IsFinished == _pieces.IsFinished, "pieces are answered as the whole is");
        HttpCheck.Holds(_whole.Received.IsEmpty || _whole.Received.StartsWith("HTTP/1.1 "u8), "an answer begins with its status");
    }

    private void Serve(FuzzTransport transport, ReadOnlySpan<byte> input, int pieceSize)
    {
        _clock.Set(_now += 1000, 784_111_777);
        HttpConnection connection = _server.Open()!;
        transport.Open(connection);
        for (int sent = 0; sent < input.Length; sent += pieceSize) transport.Send(input.Slice(sent, Math.Min(pieceSize, input.Length - sent)));
        transport.FinishSending();
        HttpCheck.Holds(transport.Unconsumed <= 600 + pieceSize || !transport.IsFinished, "what is kept back is bounded");
        transport.Close();
        HttpCheck.Holds(_server.ActiveConnections == 0 && _server.Buffers.InUse == 0, "nothing is left over");
    }

    /// <summary>Answers by path: small and large content, streams, answers that never come, connections taken over.</summary>
    private sealed class Answerer : HttpHandler
    {
        private readonly Content _body = new(3000);
        private readonly Content _stream = new(ResponseBody.UnknownLength);
        private readonly Taker _taker = new();

        public override void Handle(in HttpRequest request, HttpResponse response)
        {
            if (request.ReadPath(out RequestPath path) != RequestPathResult.Ok)
            {
                response.SendStatus(HttpStatus.BadRequest);
                return;
            }

            if (path.Bytes.StartsWith("/take"u8)) request.ReceiveBody(_taker);
            if (path.Bytes.StartsWith("/defer"u8)) return;
            response.Start(HttpStatus.Ok);
            response.AddHeader("X-Query"u8, request.Query);
            if (path.Bytes.StartsWith("/body"u8)) response.Send(_body);
            else if (path.Bytes.StartsWith("/stream"u8)) Stream(response);
            else if (path.Bytes.StartsWith("/upgrade"u8)) response.Upgrade("raw"u8, _stream, _taker);
            else response.Send(request.Target);
        }

        private void Stream(HttpResponse response)
        {
            response.Stream(_stream);
            response.Produced(17);
            response.Produced(1);
            response.End();
        }
    }

    private sealed class Content(long length) : ResponseBody
    {
        public override long Length { get; } = length;

        public override int Read(long offset, Span<byte> destination)
        {
            for (int i = 0; i < destination.Length; i++) destination[i] = (byte)('a' + (offset + i) % 26);
            return destination.Length;
        }

        public override void Release()
        {
        }
    }

    private sealed class Taker : RequestBody
    {
        public override int Receive(HttpResponse response, ReadOnlySpan<byte> data) => data.Length;

        public override void Completed(HttpResponse response)
        {
        }

        public override void Aborted(HttpResponse response)
        {
        }
    }

    private sealed class LogCheck : LogSink
    {
        public override void WriteLine(ReadOnlySpan<byte> line)
        {
            HttpCheck.Holds(line.Length is > 1 and <= AccessLog.MaxLine && line[^1] == '\n', "a log line is bounded and ends");
            HttpCheck.Holds(!line[..^1].ContainsAnyInRange((byte)0, (byte)0x1F), "a log line is one line");
        }
    }
}
