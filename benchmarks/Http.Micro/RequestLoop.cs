// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Wire;

namespace Uaas.Benchmarks.Http;

/// <summary>One connection that asks again and again, over a transport that is a few fields.</summary>
internal sealed class RequestLoop
{
    private readonly byte[] _request;
    private readonly byte[] _frame = new byte[2048];
    private readonly HttpConnection _connection;
    private readonly Transport _transport = new();

    public RequestLoop(byte[] request)
    {
        _request = request;
        HttpClock clock = new();
        clock.Set(1, 784_111_777);
        HttpServer server = new(new FileHandler(), new HttpLimits(), clock, null);
        _connection = server.Open()!;
        _connection.Established(_transport);
    }

    /// <summary>Has <paramref name="count"/> requests answered: received, supplied, acknowledged.</summary>
    public void Run(int count)
    {
        for (int i = 0; i < count; i++)
        {
            long before = _transport.Offered;
            if (_connection.Receive(_request) != _request.Length) throw new InvalidOperationException("not consumed");
            int length = (int)(_transport.Offered - before);
            if (_connection.Supply(before, _frame.AsSpan(0, length)) != length) throw new InvalidOperationException("not supplied");
            _connection.Acknowledged(_transport.Offered);
        }
    }

    /// <summary>What a static site does for a small file, without the search for it.</summary>
    private sealed class FileHandler : HttpHandler
    {
        private readonly FileBody _body = new();

        public override void Handle(in HttpRequest request, HttpResponse response)
        {
            if (request.ReadPath(out _) != RequestPathResult.Ok) response.SendStatus(HttpStatus.BadRequest);
            response.Start(HttpStatus.Ok);
            response.AddLines("Content-Type: text/html; charset=utf-8\r\nETag: \"5f3a9c2b1d4e6f70\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nAccept-Ranges: bytes\r\n"u8);
            response.Send(_body);
        }
    }

    private sealed class FileBody : ResponseBody
    {
        private readonly byte[] _bytes = new byte[612];

        public override long Length => _bytes.Length;

        public override int Read(long offset, Span<byte> destination)
        {
            _bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return destination.Length;
        }

        public override void Release()
        {
        }
    }

    private sealed class Transport : HttpTransport
    {
        public long Offered { get; private set; }

        public override Ipv4Address RemoteAddress => default;

        public override ushort RemotePort => 0;

        public override void Offer(long count) => Offered += count;

        public override void Finish() => throw new InvalidOperationException("finished");

        public override void Abort() => throw new InvalidOperationException("aborted");

        public override void ResumeReceive()
        {
        }

        public override void ResumeSend()
        {
        }

        public override void SetTimer(long deadline)
        {
        }
    }
}
