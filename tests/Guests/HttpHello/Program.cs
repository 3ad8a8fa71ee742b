// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Net;
using Uaas.Platform;
using Uaas.Service;

/// <summary>The least web service: one page of 612 bytes, from memory.</summary>
internal static class Program
{
    internal static void Main() => Unikernel.Run(new HelloService());

    private sealed class HelloService : UnikernelService
    {
        private const ushort Port = 80;

        private readonly HttpClock _clock = new();
        private readonly HttpServer _server;

        internal HelloService() => _server = new HttpServer(new Page(), new HttpLimits(), _clock, log: null);

        public override ReadOnlySpan<byte> Name => "hello"u8;

        public override bool IsDrained => _server.IsDrained;

        public override bool Start(BootArguments arguments, NetworkStack network) => network.Tcp.Listen(Port, new TcpHttpListener(_server));

        public override void Turn(long now) => _clock.Set(now, Machine.UtcNow / 1_000_000_000);

        public override void BeginDrain() => _server.Drain();
    }

    private sealed class Page : HttpHandler
    {
        private readonly byte[] _content = new byte[612];

        internal Page() => _content.AsSpan().Fill((byte)'x');

        public override void Handle(in HttpRequest request, HttpResponse response)
        {
            response.Start(HttpStatus.Ok);
            response.Send(_content);
        }
    }
}
