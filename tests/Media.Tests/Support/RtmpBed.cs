// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Http;
using Uaas.Http.Tests.Support;
using Uaas.Media.Amf;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Rtmp;
using Uaas.Net.Tcp;

namespace Uaas.Media.Tests.Support;

/// <summary>The RTMP server on the guest's own TCP, and clients on the other end of a wire that may lose frames. Time is virtual.</summary>
internal sealed class RtmpBed
{
    private const int Port = 1935;

    private readonly HttpClock _clock = new();

    internal RtmpBed(int seed = 1, double trouble = 0, int capacity = 1 << 20, StreamKeys? keys = null, int maxConnections = 16)
    {
        Streams = new StreamTable(2, capacity, maxConnections, keys);
        Server = new RtmpServer(Streams, maxConnections);
        Link = new LossyLink(_clock, seed, trouble, maxConnections) { Turn = Streams.Turn, NextTurn = () => Streams.NextDeadline };
        Assert.True(Link.Server.Tcp.Listen(Port, Server));
    }

    internal StreamTable Streams { get; }

    internal RtmpServer Server { get; }

    internal LossyLink Link { get; }

    /// <summary>The stream of that name, which is there.</summary>
    internal LiveStream Stream(string name = "film") => Streams.Find(System.Text.Encoding.ASCII.GetBytes(name))!;

    /// <summary>A client that shakes hands and connects, then publishes or plays.</summary>
    internal RtmpPeer Open(string verb, string name = "film")
    {
        RtmpPeer peer = OpenRaw();
        peer.Send([3, .. new byte[1536], .. new byte[1536]]);
        peer.Command(0, "connect", 1, static (ref AmfWriter amf) =>
        {
            amf.BeginObject();
            amf.Property("app"u8, "live"u8);
            amf.EndObject();
        });
        peer.Command(0, "createStream", 2, static (ref AmfWriter amf) => amf.Null());
        byte[] text = System.Text.Encoding.ASCII.GetBytes(name);
        peer.Command(1, verb, 3, (ref AmfWriter amf) =>
        {
            amf.Null();
            amf.String(text);
        });
        return peer;
    }

    /// <summary>A client that has said nothing.</summary>
    internal RtmpPeer OpenRaw()
    {
        RtmpPeer peer = new();
        Assert.NotNull(Link.Client.Tcp.Connect(LossyLink.ServerAddress, Port, peer));
        Assert.True(Link.Until(() => peer.IsOpen));
        return peer;
    }

    /// <summary>A client that publishes.</summary>
    internal RtmpPeer Publish(string name = "film")
    {
        RtmpPeer peer = Open("publish", name);
        string stream = name.Split('?')[0];
        Assert.True(Link.Until(() => Streams.Find(System.Text.Encoding.ASCII.GetBytes(stream)) is { IsPublishing: true }));
        peer.Packet(TagType.Video, 0, Packets.VideoHeader());
        peer.Packet(TagType.Video, 0, Packets.Key());
        return peer;
    }

    /// <summary>Lets so many seconds pass.</summary>
    internal void Pass(double seconds) => Link.Until(() => false, seconds);
}

/// <summary>The other end of an RTMP connection: it sends what it is told to, and keeps what it gets.</summary>
internal sealed class RtmpPeer : TcpHandler
{
    private const int HandshakeSize = 1 + 2 * 1536;

    private readonly List<byte> _outgoing = [];
    private readonly List<byte> _received = [];
    private TcpConnection? _connection;

    internal delegate void WriteArguments(ref AmfWriter amf);

    internal bool IsOpen { get; private set; }

    internal bool IsClosed { get; private set; }

    internal bool IsFinishedByServer { get; private set; }

    internal TcpCloseReason? Reason { get; private set; }

    /// <summary>Whether it takes what comes.</summary>
    internal bool Reads { get; set; } = true;

    /// <summary>All messages so far.</summary>
    internal List<(RtmpMessage Message, byte[] Body)> Messages
    {
        get
        {
            MessageBuffers buffers = new(32, 8, 1 << 20);
            ChunkReader reader = new(buffers);
            reader.Reset();
            reader.MaxMessage = buffers.LargeSize;
            List<(RtmpMessage, byte[])> messages = [];
            byte[] bytes = [.. _received.Skip(HandshakeSize)];
            int position = 0;
            while (reader.Read(bytes, ref position, out RtmpMessage message, out ReadOnlySpan<byte> body) == ChunkStatus.Message)
            {
                messages.Add((message, body.ToArray()));
                if (message.Type == RtmpMessageType.SetChunkSize) reader.TrySetChunkSize((uint)(body[0] << 24 | body[1] << 16 | body[2] << 8 | body[3]));
            }

            return messages;
        }
    }

    /// <summary>The sound and pictures among them.</summary>
    internal List<(RtmpMessage Message, byte[] Body)> Media => [.. Messages.Where(each => each.Message.Type is RtmpMessageType.Audio or RtmpMessageType.Video)];

    /// <summary>Whether the server has said a code, such as NetStream.Play.Start.</summary>
    internal bool Was(string code) => Messages.Any(each => each.Message.Type == RtmpMessageType.CommandAmf0 && System.Text.Encoding.Latin1.GetString(each.Body).Contains(code, StringComparison.Ordinal));

    internal void Send(ReadOnlySpan<byte> bytes)
    {
        if (IsClosed) return;
        _outgoing.AddRange(bytes.ToArray());
        _connection!.Offer(bytes.Length);
    }

    internal void Command(uint stream, string name, ulong transaction, WriteArguments write)
    {
        AmfWriter amf = new(new byte[120]);
        amf.String(System.Text.Encoding.ASCII.GetBytes(name));
        amf.Number(transaction);
        write(ref amf);
        SendMessage(3, 20, 0, stream, amf.Written);
    }

    internal void Packet(TagType type, uint time, byte[] body) => SendMessage(6, (byte)type, time, 1, body);

    internal void Reset() => _connection!.Abort();

    public override void Established(TcpConnection connection)
    {
        _connection = connection;
        IsOpen = true;
    }

    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        if (!Reads) return 0;
        _received.AddRange(data.ToArray());
        return data.Length;
    }

    public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
    {
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_outgoing).Slice((int)offset, destination.Length).CopyTo(destination);
        return destination.Length;
    }

    public override void Acknowledged(TcpConnection connection, long offset)
    {
    }

    public override void PeerFinished(TcpConnection connection)
    {
        IsFinishedByServer = true;
        connection.Finish();
    }

    public override void TimerFired(TcpConnection connection)
    {
    }

    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
        IsClosed = true;
        Reason = reason;
    }

    /// <summary>One message in chunks of 128 bytes, the size that RTMP begins with.</summary>
    private void SendMessage(byte chunkStream, byte type, uint time, uint stream, ReadOnlySpan<byte> body)
    {
        const int chunk = 128;
        bool isExtended = time >= 0xFFFFFF;
        uint field = isExtended ? 0xFFFFFF : time;
        byte[] extension = isExtended ? [(byte)(time >> 24), (byte)(time >> 16), (byte)(time >> 8), (byte)time] : [];
        List<byte> bytes =
        [
            chunkStream, (byte)(field >> 16), (byte)(field >> 8), (byte)field, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, type,
            (byte)stream, 0, 0, 0, .. extension,
        ];
        for (int at = 0; at < body.Length; at += chunk)
        {
            if (at > 0) bytes.AddRange([(byte)(0xC0 | chunkStream), .. extension]);
            bytes.AddRange(body.Slice(at, Math.Min(chunk, body.Length - at)).ToArray());
        }

        Send([.. bytes]);
    }
}
