// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Net;
using Uaas.Net.Tcp;

namespace Uaas.Media.Rtmp;

/// <summary>One RTMP peer: a publisher or a player. This file has the handshake, messages and the end; the other the commands.</summary>
public sealed partial class RtmpConnection : TcpHandler
{
    internal const int ControlSize = 4096;
    private const int MaxAnswer = 1000;
    private const int HandshakeSize = DigestHandshake.Size;
    private const byte Version = 3;
    private const uint AcknowledgementWindow = 2_500_000;

    private enum Phase : byte
    {
        Hello,
        Echo,
        Messages,
        Over,
    }

    private readonly RtmpServer _server;
    private readonly ChunkReader _reader;
    private readonly ViewerOutput _output;
    private readonly Viewer _viewer;
    private TcpConnection? _tcp;
    private Phase _phase;
    private LiveStream? _published;
    private bool _isConnected;
    private bool _isStalled;
    private long _received;
    private long _acknowledgedAt;
    private uint _window;

    internal RtmpConnection(RtmpServer server, int slot)
    {
        _server = server;
        Slot = slot;
        _reader = new ChunkReader(server.Buffers);
        _viewer = new Viewer(new Sink(this));
        _output = new ViewerOutput(_viewer, ControlSize, MaxAnswer);
    }

    internal int Slot { get; }

    /// <inheritdoc/>
    public override void Established(TcpConnection connection)
    {
        _tcp = connection;
        _phase = Phase.Hello;
        _published = null;
        _isConnected = _isStalled = false;
        _received = _acknowledgedAt = 0;
        _window = AcknowledgementWindow;
        _reader.Reset();
        _output.Reset();
        connection.SetTimer(_server.Now + RtmpServer.HandshakeTimeout);
    }

    /// <inheritdoc/>
    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        int consumed = 0;
        while (_phase < Phase.Messages && TryHandshake(data[consumed..], out int size)) consumed += size;
        if (_phase == Phase.Messages) consumed = ReadMessages(data, consumed);
        if (_phase == Phase.Over) consumed = data.Length;
        _received += consumed;
        Acknowledge();
        if (_published != null) _server.Streams.Flush(_published);
        Send();
        return consumed;
    }

    /// <inheritdoc/>
    public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
    {
        int supplied = _output.Supply(offset, destination);
        if (supplied >= 0) return supplied;
        connection.Abort();
        return 0;
    }

    /// <inheritdoc/>
    public override void Acknowledged(TcpConnection connection, long offset)
    {
        _output.Acknowledge(offset);
        if (!_isStalled || !_output.HasRoom) return;
        _isStalled = false;
        connection.ResumeReceive();
    }

    /// <inheritdoc/>
    public override void PeerFinished(TcpConnection connection) => End();

    /// <inheritdoc/>
    public override void TimerFired(TcpConnection connection)
    {
        if (_viewer.State == ViewerState.Idle || _phase == Phase.Over) connection.Abort();
    }

    /// <inheritdoc/>
    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
        Unpublish();
        _viewer.Leave();
        _reader.Release();
        _phase = Phase.Over;
        _tcp = null;
        _server.Close(this);
    }

    /// <summary>C0 and C1 are answered by S0, S1 and S2, C2 by nothing (5.2). Who sends no digest gets none: S1 then says so, and players look for none.</summary>
    private bool TryHandshake(ReadOnlySpan<byte> data, out int size)
    {
        size = _phase == Phase.Hello ? 1 + HandshakeSize : HandshakeSize;
        if (_phase >= Phase.Messages || data.Length < size) return false;
        if (_phase == Phase.Echo)
        {
            _phase = Phase.Messages;
            return true;
        }

        if (data[0] != Version)
        {
            Refuse();
            return false;
        }

        Span<byte> answer = stackalloc byte[1 + 2 * HandshakeSize];
        answer.Clear();
        answer[0] = Version;
        ReadOnlySpan<byte> hello = data.Slice(1, HandshakeSize);
        if (!DigestHandshake.TryAnswer(hello, (ulong)_server.Now, answer[1..])) hello.CopyTo(answer[(1 + HandshakeSize)..]);
        _output.AddControl(answer);
        _phase = Phase.Echo;
        return true;
    }

    private int ReadMessages(ReadOnlySpan<byte> data, int position)
    {
        while (_phase == Phase.Messages)
        {
            if (!_output.HasRoom)
            {
                _isStalled = true;
                break;
            }

            ChunkStatus status = _reader.Read(data, ref position, out RtmpMessage message, out ReadOnlySpan<byte> body);
            if (status == ChunkStatus.NeedMore) break;
            if (status == ChunkStatus.Refused || !TryHandle(in message, body)) Refuse();
        }

        return position;
    }

    /// <summary>Handles a message. False when it breaks the protocol.</summary>
    private bool TryHandle(in RtmpMessage message, ReadOnlySpan<byte> body)
    {
        switch (message.Type)
        {
            case RtmpMessageType.SetChunkSize:
                return body.Length >= 4 && _reader.TrySetChunkSize(BinaryPrimitives.ReadUInt32BigEndian(body));
            case RtmpMessageType.Abort:
                if (body.Length < 4) return false;
                _reader.AbortMessage(BinaryPrimitives.ReadUInt32BigEndian(body));
                return true;
            case RtmpMessageType.WindowAcknowledgementSize:
                if (body.Length < 4) return false;
                _window = Math.Clamp(BinaryPrimitives.ReadUInt32BigEndian(body), 1u << 16, 1u << 30);
                return true;
            case RtmpMessageType.UserControl:
                return TryHandleUserControl(body);
            case RtmpMessageType.CommandAmf0:
                return TryHandleCommand(body);
            case RtmpMessageType.CommandAmf3:
                // AMF0 behind one byte, as long as no value says otherwise.
                return !body.IsEmpty && TryHandleCommand(body[1..]);
            case RtmpMessageType.Audio:
                return TryPublish(TagType.Audio, message.Timestamp, body);
            case RtmpMessageType.Video:
                return TryPublish(TagType.Video, message.Timestamp, body);
            case RtmpMessageType.DataAmf0:
                return TryPublishData(message.Timestamp, body);
            default:
                return true;
        }
    }

    private bool TryHandleUserControl(ReadOnlySpan<byte> body)
    {
        const ushort PingRequest = 6;
        const ushort PingResponse = 7;
        if (body.Length < 2) return false;
        if (BinaryPrimitives.ReadUInt16BigEndian(body) != PingRequest) return true;
        if (body.Length < 6) return false;
        ControlWriter writer = new(stackalloc byte[64]);
        writer.UserControl(PingResponse, BinaryPrimitives.ReadUInt32BigEndian(body[2..]));
        _output.AddControl(writer.Written);
        return true;
    }

    private bool TryPublish(TagType type, uint timestamp, ReadOnlySpan<byte> body)
    {
        if (_published == null) return false;
        _tcp!.SetTimer(_server.Now + RtmpServer.PublisherTimeout);
        // What no player could use is left out; the publisher need not know.
        if (!_published.TryAdd(type, timestamp, body)) _published.Counters.Unusable++;
        return true;
    }

    private bool TryPublishData(uint timestamp, ReadOnlySpan<byte> body) =>
        _published == null || !ScriptData.TryReadMetadata(body, out ReadOnlySpan<byte> metadata) || TryPublish(TagType.Script, timestamp, metadata);

    private void Acknowledge()
    {
        if (_phase != Phase.Messages || _received - _acknowledgedAt < _window / 2 || !_output.HasRoom) return;
        _acknowledgedAt = _received;
        ControlWriter writer = new(stackalloc byte[64]);
        writer.Number(RtmpMessageType.Acknowledgement, (uint)_received);
        _output.AddControl(writer.Written);
    }

    /// <summary>The server stops. Who neither publishes nor plays is cut off; a viewer is told by its stream.</summary>
    internal void Drain()
    {
        if (_tcp == null || _phase == Phase.Over) return;
        if (_published != null && _output.HasRoom)
        {
            EndPublishing();
            End();
        }
        else if (_viewer.State == ViewerState.Idle)
        {
            _tcp.Abort();
        }
    }

    /// <summary>Offers what was added to the outgoing stream.</summary>
    private void Send()
    {
        if (_tcp != null) _tcp.Offer(_output.End - _tcp.Offered);
    }

    /// <summary>The peer broke the protocol.</summary>
    private void Refuse()
    {
        _server.Counters.Refused++;
        _phase = Phase.Over;
        Unpublish();
        _tcp!.Abort();
    }

    /// <summary>Nothing more is said after what was.</summary>
    private void End()
    {
        _phase = Phase.Over;
        Unpublish();
        Send();
        _tcp?.Finish();
        _tcp?.SetTimer(_server.Now + RtmpServer.LingerTimeout);
    }

    private void Unpublish()
    {
        if (_published == null) return;
        _published.Flush();
        _server.Streams.EndPublishing(_published);
        _published = null;
    }

    /// <summary>Connects the viewer to the outgoing stream.</summary>
    private sealed class Sink(RtmpConnection connection) : ViewerSink
    {
        public override void Offer(long count)
        {
            connection._output.AddMedia(count);
            connection.Send();
        }

        public override void Cut() => connection._tcp?.Abort();

        public override void Finish() => connection.EndOfStream();
    }
}
