// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Devices;
using Uaas.Net;
using Uaas.Net.Names;
using Uaas.Net.Tcp;
using Uaas.Platform;
using Uaas.Service;

/// <summary>One end of a link, or the other.</summary>
internal sealed class LinkService : UnikernelService
{
    private const ushort EchoPort = 7;
    private const ushort SourcePort = 19;
    private const int MaxConnections = 64;
    private const int Window = 1 << 20; // many frames of 64 KiB under way, so that neither end waits for the other
    private const int Buffers = 4;
    private const ulong MostRounds = 10_000_000;
    private const ulong MostMegabytes = 1_000_000;

    private NetworkStack? _network;
    private RoundTrips? _roundTrips;
    private Download? _download;

    public override ReadOnlySpan<byte> Name => "link"u8;

    public override ReadOnlySpan<byte> ArgumentKeys => "role rounds megabytes host"u8;

    public override bool IsDrained => true;

    public override bool StopRequested => _roundTrips is { IsOver: true } && _download is { IsOver: true };

    public override NetworkConfiguration Configure(BootArguments arguments, NetworkConfiguration address) =>
        new(address, MaxConnections) { ReceiveBufferSize = Window, ReceiveBuffers = Buffers };

    public override bool Start(BootArguments arguments, NetworkStack network)
    {
        _network = network;
        if (arguments.TryGet("role"u8, out ReadOnlySpan<byte> role) && role.SequenceEqual("server"u8))
            return network.Tcp.Listen(EchoPort, new EchoListener()) && network.Tcp.Listen(SourcePort, new SourceListener(network.Loans));

        _roundTrips = new RoundTrips(Number(arguments, "rounds"u8, MostRounds));
        _download = new Download(Number(arguments, "megabytes"u8, MostMegabytes) << 20);
        return Dial(arguments, EchoPort, _roundTrips) && (_download.Wanted == 0 || Dial(arguments, SourcePort, _download));
    }

    public override void BeginDrain()
    {
        if (_roundTrips != null) Report();
    }

    private static long Number(BootArguments arguments, ReadOnlySpan<byte> key, ulong maximum) =>
        arguments.TryGet(key, out ReadOnlySpan<byte> text) && ArgumentValue.TryParseNumber(text, maximum, out ulong number) ? (long)number : 0;

    private bool Dial(BootArguments arguments, ushort port, TcpHandler handler)
    {
        if (!arguments.TryGet("host"u8, out ReadOnlySpan<byte> host)) host = "localhost"u8;
        DialResult result = _network!.Dialer.Dial(host, port, handler);
        if (result == DialResult.Ok) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "cannot_dial"u8);
        line.Field("port"u8, port);
        line.Field("result"u8, (int)result);
        line.Write();
        return false;
    }

    private void Report()
    {
        Log line = Log.Info(stackalloc byte[Log.LineMax], "link"u8);
        line.Field("rounds"u8, _roundTrips!.Done);
        line.Field("round_ns"u8, _roundTrips.Done == 0 ? 0 : _roundTrips.Elapsed / _roundTrips.Done);
        line.Field("bytes"u8, _download!.Received);
        line.Field("bytes_ns"u8, _download.Elapsed);
        line.Field("failure"u8, _roundTrips.Failure);
        line.Write();
    }

    private sealed class EchoListener : TcpListener
    {
        public override TcpHandler? Accept(TcpConnection connection) => new Echo();
    }

    private sealed class SourceListener(FrameLoans? loans) : TcpListener
    {
        private readonly byte[] _bytes = new byte[1 << 16];

        public override TcpHandler? Accept(TcpConnection connection)
        {
            _bytes.AsSpan().Fill((byte)'x');
            return new Source(_bytes, loans);
        }
    }
}
