// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Crypto;
using Uaas.Http;
using Uaas.Media.Live;

namespace Uaas.Media.Play;

/// <summary>One who plays by WebSocket (RFC 6455): each tag is a binary frame; pings are answered between them.</summary>
internal sealed class WebSocketViewer : ResponseBody
{
    /// <summary>The end is in order (RFC 6455, 7.4.1).</summary>
    private const ushort NormalClosure = 1000;

    private const ushort ProtocolError = 1002;
    private const int FrameHeader = 2;
    private const int ControlSize = 1024;
    private const int MaxAnswer = FrameHeader + WebSocketReader.MaxControl;
    private const int KeyLength = 24;
    private const int KeyBytes = 16;
    private const byte FinalClose = 0x88;
    private const byte FinalPong = 0x8A;

    private readonly Viewer _viewer;
    private readonly ViewerOutput _output;
    private readonly Incoming _incoming;
    private HttpResponse? _response;
    private bool _isClosing;

    public WebSocketViewer()
    {
        _viewer = new Viewer(new Sink(this));
        _output = new ViewerOutput(_viewer, ControlSize, MaxAnswer);
        _incoming = new Incoming(this);
    }

    public override long Length => UnknownLength;

    /// <summary>Whether a client asks for WebSocket, at all.</summary>
    public static bool IsAskedFor(in HttpRequest request) =>
        request.Method == HttpMethod.Get && Ascii.EqualsIgnoreCase(request.Header(HeaderName.Upgrade), "websocket"u8)
        && (ConnectionOptionsReader.Read(request.Header(HeaderName.Connection)) & ConnectionOptions.Upgrade) != 0;

    /// <summary>Answers a client that asks for WebSocket (4.2.2): 101 and the stream, or why not.</summary>
    public void Begin(in HttpRequest request, HttpResponse response, LiveStream stream, bool catchesUp)
    {
        if (!request.TryFind("sec-websocket-version"u8, out ReadOnlySpan<byte> version) || !version.SequenceEqual("13"u8))
        {
            response.Start(HttpStatus.UpgradeRequired);
            response.AddLines("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"u8);
            response.SendPhrase();
            return;
        }

        if (request.Version != HttpVersion.Http11 || !request.TryFind("sec-websocket-key"u8, out ReadOnlySpan<byte> key)
            || key.Length != KeyLength || Base64.DecodedLength(key) != KeyBytes)
        {
            response.SendStatus(HttpStatus.BadRequest);
            return;
        }

        _response = response;
        _isClosing = false;
        _output.Reset();
        _incoming.Reset();
        Span<byte> accept = stackalloc byte[Base64.EncodedLength(Sha1.Size)];
        WriteAccept(key, accept);
        response.Start(HttpStatus.SwitchingProtocols);
        response.AddHeader("Sec-WebSocket-Accept"u8, accept);
        response.Upgrade("websocket"u8, this, _incoming);
        if (response.State == ResponseState.Streaming && !_viewer.TryBegin(stream, FramingKind.WebSocket, catchesUp)) Close(NormalClosure);
    }

    public override int Read(long offset, Span<byte> destination) => _output.Supply(offset, destination);

    public override void Acknowledged(long offset) => _output.Acknowledge(offset);

    public override void Release()
    {
        _viewer.Leave();
        _response = null;
    }

    private static void WriteAccept(ReadOnlySpan<byte> key, Span<byte> accept)
    {
        ReadOnlySpan<byte> suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;
        Span<byte> text = stackalloc byte[KeyLength + 36];
        key.CopyTo(text);
        suffix.CopyTo(text[KeyLength..]);
        Span<byte> digest = stackalloc byte[Sha1.Size];
        Sha1.Hash(text, digest);
        Base64.Encode(digest, accept);
    }

    private void Close(ushort code)
    {
        if (_isClosing || _response == null) return;
        _isClosing = true;
        if (!_output.HasRoom)
        {
            _response.Abort();
            return;
        }

        Span<byte> payload = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(payload, code);
        Say(FinalClose, payload);
        _response.End();
    }

    /// <summary>Sends a control frame, for which there is room.</summary>
    private void Say(byte first, ReadOnlySpan<byte> payload)
    {
        Span<byte> frame = stackalloc byte[MaxAnswer];
        frame[0] = first;
        frame[1] = (byte)payload.Length;
        payload.CopyTo(frame[FrameHeader..]);
        long before = _output.End;
        _output.AddControl(frame[..(FrameHeader + payload.Length)]);
        _response!.Produced(_output.End - before);
    }

    /// <summary>What the client says.</summary>
    private sealed class Incoming(WebSocketViewer viewer) : RequestBody
    {
        private readonly WebSocketReader _reader = new();

        public void Reset() => _reader.Reset();

        public override int Receive(HttpResponse response, ReadOnlySpan<byte> data)
        {
            int position = 0;
            while (!viewer._isClosing)
            {
                WebSocketEvent happened = _reader.Read(data, ref position);
                if (happened == WebSocketEvent.None) break;
                if (happened == WebSocketEvent.Close) viewer.Close(NormalClosure);
                else if (happened == WebSocketEvent.Broken) viewer.Close(ProtocolError);
                // Where earlier answers have not gone out yet, this one may be left out (5.5.3).
                else if (viewer._output.HasRoom) viewer.Say(FinalPong, _reader.Payload);
            }

            return data.Length;
        }

        public override void Completed(HttpResponse response) => viewer.Close(NormalClosure);

        public override void Aborted(HttpResponse response)
        {
        }
    }

    /// <summary>Connects the viewer to the response.</summary>
    private sealed class Sink(WebSocketViewer owner) : ViewerSink
    {
        public override void Offer(long count)
        {
            if (owner._isClosing) return;
            owner._output.AddMedia(count);
            owner._response!.Produced(count);
        }

        public override void Cut() => owner._response!.Abort();

        public override void Finish() => owner.Close(NormalClosure);
    }
}
